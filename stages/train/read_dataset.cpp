// read_dataset: a data set as the one input of a training.
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
        "Lists the examples of a data set (a data folder, a dataset file, …), which is one input of the run.";
    static constexpr Out<Dataset> dataset{"dataset", "where the examples are"};
    static auto ports() { return std::tuple(dataset); }

    struct Parameters {
        std::filesystem::path folder;
        std::string first_figure = "detect";
        std::vector<std::filesystem::path> needs;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}
                .add("folder", &Parameters::folder,
                     "the data folder, or a dataset file (*.h5), TFRecord files, COCO JSON", required)
                .add("first_figure", &Parameters::first_figure,
                     "whether masks count figures from 0 or from 1; \"detect\" finds it out",
                     choices({"detect", "0", "1"}))
                .add("needs", &Parameters::needs,
                     "what else must be there before the run begins: files and folders that are read when it "
                     "has gone on for long",
                     neutral);
        return list;
    }
    explicit ReadDataset(Parameters parameters) : parameters_(std::move(parameters)) {}

    void prepare(const RunSettings&) override {
        for (const auto& path : parameters_.needs) {
            std::error_code failed;
            if (!std::filesystem::exists(path, failed))
                throw Error(Cause::input, path.string() + ": does not exist, and is needed later in the run",
                            "check the path");
        }
        found_.examples = data_formats::open_example_set(
            parameters_.folder, {data_formats::first_figure_of(parameters_.first_figure), {}});
        if (found_.examples->size() == 0)
            throw Error(Cause::input, parameters_.folder.string() + ": holds no example",
                        "give another data set");
        for (std::size_t i = 0; i < found_.examples->size(); ++i) found_.examples->check(i);
    }
    std::vector<InputReference> inputs() const override {
        std::string facts;
        for (std::size_t i = 0; i < found_.examples->size(); ++i)
            facts += found_.examples->name(i) + " " + found_.examples->digest(i) + "\n";
        // "maps/" is called as "maps" is.
        const std::string name = (parameters_.folder / "").parent_path().filename().string();
        return {
            {name.empty() ? "dataset" : name, hex_digest(facts), PayloadTraits<Dataset>::bytes(found_), 0}};
    }
    void open(const InputReference&, Outputs& out, Context& context) const override {
        context.count("examples", static_cast<std::int64_t>(found_.examples->size()));
        out.emit(dataset, found_);
    }

  private:
    Parameters parameters_;
    Dataset found_;
};

const Registered<ReadDataset> registered("read_dataset");

}  // namespace
}  // namespace figurant::stages
