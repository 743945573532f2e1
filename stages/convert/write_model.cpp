// write_model: a model as model.h5, and weights.csv: what became of each tensor of its source.
//
//     [stages.write]
//     type = "write_model"
//     from = "model"
//     folder = "${output}"

#include "data_formats/csv/csv.h"
#include "data_formats/tensors/element_types.h"
#include "data_formats/weights/weights.h"
#include "pipeline/registry.h"
#include "stages/convert/tensors.h"
#include "stages/write/file_sink.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

std::string mapping_table(const mask_rcnn::WeightMapping& mapping) {
    std::string text = data_formats::csv_heading({"name", "use", "reason", "shape_found", "shape_wanted"});
    for (const auto& row : mapping.rows)
        text += data_formats::csv_line(
            {row.name, std::string(mask_rcnn::use_name(row.use)), row.reason,
             row.tensor ? data_formats::shape_text(row.found) : std::string(),
             row.wanted.empty() ? std::string() : data_formats::shape_text(row.wanted)});
    return text;
}

class WriteModel : public FileSink {
  public:
    static constexpr std::string_view sentence =
        "Writes a model as model.h5, and as weights.csv what became of each tensor that it was made of, if "
        "of any.";
    static constexpr In<ConvertedModel> model{"model", "the model"};
    static auto ports() { return std::tuple(model); }

    struct Parameters {
        std::filesystem::path folder;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list = ParameterList<Parameters>{}.add(
            "folder", &Parameters::folder, "the folder for model.h5 and weights.csv", required);
        return list;
    }
    explicit WriteModel(Parameters parameters) : folder_(std::move(parameters.folder)) {}

    Needs needs() const override { return {1, 0, {"hdf5"}}; }
    void write(const Inputs& in, FilesOfInput& files, Context&) const override {
        const auto& mapping = in[model].mapping;
        if (!mapping.rows.empty()) files.file(folder_ / "weights.csv").write(mapping_table(mapping));
        files.file(folder_ / "model.h5").write(data_formats::encode_weights(*in[model].model));
    }

  private:
    std::filesystem::path folder_;
};

const Registered<WriteModel> registered("write_model");

}  // namespace
}  // namespace figurant::stages
