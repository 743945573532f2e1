// write_records: all examples of a run as one TFRecord file, dataset.record, as TensorFlow's Object Detection
// API reads it.
//
//     [stages.records]
//     type = "write_records"
//     from = "loaded"
//     folder = "${output}"

#include "base/file_writer.h"
#include "data_formats/data_folder/folder_files.h"
#include "data_formats/tf_record/tf_example.h"
#include "data_formats/tf_record/tf_record.h"
#include "pipeline/registry.h"
#include "stages/load/examples.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class WriteRecords : public Finish {
  public:
    static constexpr std::string_view sentence =
        "Writes all examples into one TFRecord file, dataset.record, in source order: pictures, boxes, "
        "classes, masks.";
    static constexpr In<LoadedExample> loaded{"example", "an example, its picture encoded"};
    static auto ports() { return std::tuple(loaded); }

    struct Parameters {
        std::filesystem::path folder;
        bool enabled = true;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}
                .add("folder", &Parameters::folder, "the folder for dataset.record", required)
                .add("enabled", &Parameters::enabled, "false: nothing is written");
        return list;
    }
    explicit WriteRecords(Parameters parameters) : parameters_(std::move(parameters)) {}

    std::string part(const Inputs& in, Context& context) const override {
        if (!parameters_.enabled) return {};
        auto example = in[loaded].example;
        example.name = in[loaded].stem + data_formats::picture_extension(example);
        tell_losses(example, context);
        return data_formats::tf_example_bytes(example);
    }
    void finish(const std::function<std::optional<FinishPart>()>& next, Context&) const override {
        if (!parameters_.enabled) return;
        FileWriter writer(parameters_.folder / "dataset.record");
        while (const auto input = next())
            for (const auto& item : input->items) writer.write(data_formats::framed_record(item));
        writer.commit();
    }

  private:
    static void tell_losses(const data_formats::StoredExample& example, Context& context) {
        std::size_t masks = 0, joints = 0;
        for (const auto& figure : example.figures) {
            masks += !figure.mask.empty();
            joints += !figure.keypoints.empty();
        }
        if (masks > 0 && masks < example.figures.size())
            context.count("left out of records: masks, where figures of the same picture have none",
                          static_cast<std::int64_t>(masks));
        if (joints > 0)
            context.count("left out of records: keypoints of figures", static_cast<std::int64_t>(joints));
        if (!example.body_parts.empty()) context.count("left out of records: body parts of pictures", 1);
    }
    Parameters parameters_;
};

const Registered<WriteRecords> registered("write_records");

}  // namespace
}  // namespace figurant::stages
