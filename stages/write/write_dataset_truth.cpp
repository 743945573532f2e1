// write_dataset_truth: the truth about all examples of a run as one coco_ground_truth.json.
//
//     [stages.truth]
//     type = "write_dataset_truth"
//     from = "loaded"
//     folder = "${output}"
//
// Ids stay where all examples have some, and no two the same; else images and annotations are counted from 1.

#include <map>
#include <unordered_set>

#include "data_formats/coco_json/coco_json.h"
#include "data_formats/data_folder/folder_files.h"
#include "data_formats/dataset/example_message.h"
#include "pipeline/registry.h"
#include "stages/load/examples.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;
using data_formats::StoredExample;

figures::CocoAnnotation annotation(const data_formats::StoredFigure& figure, const StoredExample& example) {
    figures::CocoAnnotation result;
    result.id = figure.id;
    result.category_id = figure.category;
    result.bbox = figure.bbox;
    result.area = figure.area;
    result.iscrowd = figure.crowd;
    if (!figure.mask.empty()) result.segmentation = figure.mask.on_image(example.height, example.width);
    return result;
}

/// True when each is given and none twice.
template <class Elements>
bool all_tell_apart(const Elements& elements) {
    std::unordered_set<std::int64_t> seen;
    for (const auto& each : elements)
        if (each.id == 0 || !seen.insert(each.id).second) return false;
    return true;
}

/// The truth of examples that come one after the other.
class TruthOfExamples {
  public:
    void add(const StoredExample& example) {
        truth_.images.push_back({example.id, example.name, example.width, example.height});
        for (const auto& figure : example.figures) {
            truth_.annotations.push_back(annotation(figure, example));
            image_of_.push_back(truth_.images.size() - 1);
        }
        for (const auto& category : example.categories) categories_.emplace(category.id, category.name);
    }
    figures::CocoTruth truth() {
        if (!all_tell_apart(truth_.images)) count(truth_.images);
        if (!all_tell_apart(truth_.annotations)) count(truth_.annotations);
        for (std::size_t k = 0; k < image_of_.size(); ++k)
            truth_.annotations[k].image_id = truth_.images[image_of_[k]].id;
        for (const auto& [id, name] : categories_) truth_.categories.push_back({id, name});
        return std::move(truth_);
    }

  private:
    template <class Elements>
    static void count(Elements& elements) {
        for (std::size_t i = 0; i < elements.size(); ++i) elements[i].id = static_cast<std::int64_t>(i) + 1;
    }
    figures::CocoTruth truth_;
    std::vector<std::size_t> image_of_;  ///< of each annotation
    std::map<std::int64_t, std::string> categories_;
};

class WriteDatasetTruth : public Finish {
  public:
    static constexpr std::string_view sentence =
        "Writes the truth about all examples to coco_ground_truth.json: boxes, areas, masks, categories.";
    static constexpr In<LoadedExample> loaded{"example", "an example, its picture encoded"};
    static auto ports() { return std::tuple(loaded); }

    struct Parameters {
        std::filesystem::path folder;
        bool enabled = true;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list = ParameterList<Parameters>{}
                                     .add("folder", &Parameters::folder, "the data folder", required)
                                     .add("enabled", &Parameters::enabled, "false: nothing is written");
        return list;
    }
    explicit WriteDatasetTruth(Parameters parameters) : parameters_(std::move(parameters)) {}

    std::string part(const Inputs& in, Context&) const override {
        if (!parameters_.enabled) return {};
        StoredExample example = in[loaded].example;
        example.name = in[loaded].stem + data_formats::picture_extension(example);
        example.image.clear();
        return data_formats::example_to_bytes(example);
    }
    void finish(const std::function<std::optional<FinishPart>()>& next, Context&) const override {
        if (!parameters_.enabled) return;
        TruthOfExamples truth;
        while (const auto input = next())
            for (const auto& item : input->items)
                truth.add(data_formats::example_from_bytes(item, input->input->name));
        data_formats::write_coco_truth(parameters_.folder / "coco_ground_truth.json", truth.truth());
    }

  private:
    Parameters parameters_;
};

const Registered<WriteDatasetTruth> registered("write_dataset_truth");

}  // namespace
}  // namespace figurant::stages
