// read_dataset: a data folder as the one input of a training.
//
//     [stages.dataset]
//     type = "read_dataset"
//     folder = "${dataset}"

#include "base/digest.h"
#include "pipeline/registry.h"
#include "stages/train/dataset.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class ReadDataset : public Source {
  public:
    static constexpr std::string_view sentence =
        "Lists the examples of a data folder (images/, masks/, keypoints/); the folder is one input of the "
        "run.";
    static constexpr Out<Dataset> dataset{"dataset", "where the examples are"};
    static auto ports() { return std::tuple(dataset); }

    struct Parameters {
        std::filesystem::path folder;
        std::string first_figure = "detect";
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}
                .add("folder", &Parameters::folder, "the data folder", required)
                .add("first_figure", &Parameters::first_figure,
                     "whether masks count figures from 0 or from 1; \"detect\" finds it out",
                     choices({"detect", "zero", "one"}));
        return list;
    }
    explicit ReadDataset(Parameters parameters) : parameters_(std::move(parameters)) {}

    void prepare(const RunSettings&) override {
        found_.folder = parameters_.folder;
        found_.entries = data_formats::list_examples(parameters_.folder);
        if (parameters_.first_figure == "zero") found_.first_figure = data_formats::FirstFigure::zero;
        if (parameters_.first_figure == "one") found_.first_figure = data_formats::FirstFigure::one;
    }
    std::vector<InputReference> inputs() const override {
        std::string facts;
        for (const auto& entry : found_.entries)
            facts +=
                entry.name + state_of(entry.image) + state_of(entry.mask) + state_of(entry.keypoints) + "\n";
        // "maps/" is called as "maps" is.
        const std::string name = (parameters_.folder / "").parent_path().filename().string();
        return {
            {name.empty() ? "dataset" : name, hex_digest(facts), PayloadTraits<Dataset>::bytes(found_), 0}};
    }
    void open(const InputReference&, Outputs& out, Context& context) const override {
        context.count("examples", static_cast<std::int64_t>(found_.entries.size()));
        out.emit(dataset, found_);
    }

  private:
    /// Size and time of a file, without reading it: data sets have many.
    static std::string state_of(const std::filesystem::path& file) {
        std::error_code failed;
        const auto size = std::filesystem::file_size(file, failed);
        if (failed) return " -";
        const auto changed = std::filesystem::last_write_time(file, failed).time_since_epoch();
        return " " + std::to_string(size) + " " + std::to_string(changed.count());
    }
    Parameters parameters_;
    Dataset found_;
};

const Registered<ReadDataset> registered("read_dataset");

}  // namespace
}  // namespace figurant::stages
