// write_coco_results: the figures of all maps as one coco_results.json; with ground truth, metrics.json too.
//
//     [stages.results]
//     type = "write_coco_results"
//     from = "figures.figures"
//     folder = "${output}"
//     truth = "${truth}"
//
// Each figure has its map's name as file_name. A map's image_id is the ground truth's where there is one
// (matched by the relative path, else by the file name), else the map's place in source order, from 0. A map
// that a given ground truth does not know gets an id above all of its ids.

#include <filesystem>
#include <map>
#include <optional>

#include "base/file_writer.h"
#include "data_formats/coco_json/coco_json.h"
#include "data_formats/coco_json/name_index.h"
#include "metrics/coco_evaluation.h"
#include "pipeline/registry.h"
#include "stages/payloads.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

/// Which id a map has.
class ImageIds {
  public:
    ImageIds() = default;
    explicit ImageIds(const figures::CocoTruth& truth) : known_(true) {
        for (const auto& image : truth.images) {
            names_.add(image.file_name, image.id);
            above_ = std::max(above_, image.id + 1);
        }
    }
    std::optional<std::int64_t> of_truth(const std::string& map) const { return names_.find(map); }
    std::int64_t of(const InputReference& input) const {
        const auto place = static_cast<std::int64_t>(input.place);
        return of_truth(input.name).value_or(known_ ? above_ + place : place);
    }

  private:
    bool known_ = false;
    data_formats::NameIndex names_;
    std::int64_t above_ = 0;
};

class WriteCocoResults : public Finish {
  public:
    static constexpr std::string_view sentence =
        "Writes the figures of all maps to coco_results.json, and scores them where there is ground truth.";
    static constexpr In<figures::Detections> figures{"figures", "the figures of a map"};
    static auto ports() { return std::tuple(figures); }

    struct Parameters {
        std::filesystem::path folder, truth;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}
                .add("folder", &Parameters::folder, "the folder for coco_results.json and metrics.json",
                     required)
                .add("truth", &Parameters::truth,
                     "ground truth, COCO JSON; its ids are taken, and metrics.json is written; empty: none");
        return list;
    }
    explicit WriteCocoResults(Parameters parameters) : parameters_(std::move(parameters)) {}

    void prepare(const RunSettings&) override {
        if (parameters_.truth.empty()) return;
        truth_ = data_formats::read_coco_truth(parameters_.truth);
        ids_ = ImageIds(*truth_);
    }

    std::string part(const Inputs& in, Context& context) const override {
        if (truth_ && !ids_.of_truth(context.input().name))
            context.warn(context.input().name + " is not in the ground truth " + parameters_.truth.string() +
                         ": its figures are not scored");
        std::string text;
        const figures::Detections& found = in[figures];
        for (const auto& figure : found.figures)
            text += (text.empty() ? "" : ",\n") +
                    data_formats::coco_result_text(result(figure, found.map, context), context.input().name);
        return text;
    }

    void finish(const std::function<std::optional<FinishPart>()>& next, Context& context) const override {
        const auto path = parameters_.folder / "coco_results.json";
        FileWriter writer(path);
        writer.write("[");
        bool first = true;
        std::map<std::int64_t, std::string> scored;  // images of the truth, the maps that they are
        while (const auto input = next()) {
            const auto& name = input->input->name;
            const auto id = truth_ && !input->items.empty() ? ids_.of_truth(name) : std::nullopt;
            if (id) {
                const auto [other, fresh] = scored.emplace(*id, name);
                if (!fresh)
                    context.warn(other->second + " and " + name + " are the same image of the ground truth " +
                                 parameters_.truth.string() +
                                 " by their file name, and are scored as one: name the images there by their "
                                 "paths, or leave one out");
            }
            for (const auto& item : input->items) {
                if (item.empty()) continue;
                writer.write(first ? "\n" : ",\n");
                writer.write(item);
                first = false;
            }
        }
        writer.write(first ? "]\n" : "\n]\n");
        writer.commit();
        if (const auto missing = truth_ ? truth_->images.size() - scored.size() : 0; missing > 0)
            context.warn(std::to_string(missing) +
                         " images of the ground truth were not among the maps that were done: " +
                         "their figures count as missed");
        if (truth_) measure(path, context);
    }

  private:
    figures::CocoResult result(const figures::Figure& figure, const figures::MapInfo& map,
                               Context& context) const {
        figures::CocoResult result;
        result.image_id = ids_.of(context.input());
        result.category_id = figure.category;
        result.score = figure.score;
        const auto& box = figure.box;
        result.bbox = {{box.x_min, box.y_min, box.width(), box.height()}};
        result.segmentation = figure.mask.on_image(map.height, map.width);
        return result;
    }

    void measure(const std::filesystem::path& path, Context& context) const {
        auto results = data_formats::read_coco_results(path);
        // Maps beside the truth have results, but nothing to be scored against.
        std::map<std::int64_t, bool> known;
        for (const auto& image : truth_->images) known[image.id] = true;
        std::erase_if(results, [&](const auto& each) { return !known.contains(each.image_id); });
        const auto scores = metrics::evaluate_coco(*truth_, results);
        for (const auto& warning : scores.warnings) context.warn(warning);
        write_file(parameters_.folder / "metrics.json", metrics::to_json(scores));
        context.print(metrics::to_table(scores));
    }

    Parameters parameters_;
    std::optional<figures::CocoTruth> truth_;
    ImageIds ids_;
};

const Registered<WriteCocoResults> registered("write_coco_results");

}  // namespace
}  // namespace figurant::stages
