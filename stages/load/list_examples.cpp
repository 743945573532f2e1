// list_examples: the examples of data sets of any kind, one input each.
//
//     [stages.listed]
//     type = "list_examples"
//     paths = "${dataset}"

#include "pipeline/registry.h"
#include "stages/load/examples.h"
#include "stages/load/unique_stems.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class ListExamples : public Source {
  public:
    static constexpr std::string_view sentence =
        "Lists the examples of data sets, each an input of the run: data folders, COCO JSON with images, "
        "TFRecord files, dataset files.";
    static constexpr Out<ListedExample> listed{"example", "where the example is"};
    static auto ports() { return std::tuple(listed); }

    struct Parameters {
        std::vector<std::filesystem::path> paths;
        std::filesystem::path images;
        std::string first_figure = "detect";
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}
                .add("paths", &Parameters::paths,
                     "data folders, COCO JSON files, TFRecord files or folders of them, dataset files",
                     required, neutral)
                .add("images", &Parameters::images,
                     "the folder of the images that COCO JSON names; \"\": images/ beside the file, or its "
                     "own "
                     "folder")
                .add("first_figure", &Parameters::first_figure,
                     "whether masks count figures from 0 or from 1; \"detect\" finds it out",
                     choices({"detect", "0", "1"}));
        return list;
    }
    explicit ListExamples(Parameters parameters) : parameters_(std::move(parameters)) {}

    void prepare(const RunSettings&) override {
        if (parameters_.paths.empty())
            throw Error(Cause::input, "no data set was given", "give folders or files");
        const auto options = data_formats::ExampleSetOptions{
            data_formats::first_figure_of(parameters_.first_figure), parameters_.images};
        std::vector<std::pair<std::string, std::shared_ptr<const data_formats::ExampleSet>>> sets;
        for (const auto& path : parameters_.paths)
            sets.emplace_back((path / "").parent_path().filename().string(),
                              data_formats::open_example_set(path, options));
        set_ = data_formats::joined_sets(std::move(sets));
        std::vector<std::string> names;
        for (std::size_t i = 0; i < set_->size(); ++i) names.push_back(set_->name(i));
        if (names.empty())
            throw Error(Cause::input, parameters_.paths.front().string() + ": holds no example",
                        "give another data set");
        stems_ = unique_stems(names);
    }
    std::vector<InputReference> inputs() const override {
        std::vector<InputReference> references;
        for (std::size_t i = 0; i < set_->size(); ++i)
            references.push_back(
                {set_->name(i), set_->digest(i), sizeof(ListedExample) + stems_[i].size() + 64, i});
        return references;
    }
    void open(const InputReference& input, Outputs& out, Context& context) const override {
        out.emit(listed, ListedExample{set_, input.index, stems_.at(input.index)});
        context.count("examples", 1);
    }

  private:
    Parameters parameters_;
    std::shared_ptr<const data_formats::ExampleSet> set_;
    std::vector<std::string> stems_;
};

const Registered<ListExamples> registered("list_examples");

}  // namespace
}  // namespace figurant::stages
