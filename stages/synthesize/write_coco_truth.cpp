// write_coco_truth: the truth about all composed maps as one coco_ground_truth.json.
//
//     [stages.truth]
//     type = "write_coco_truth"
//     from = "compose"
//     folder = "${output}"
//
// Image ids count from 1 in the order of the maps, annotation ids from 1 over all of them.

#include "base/file_writer.h"
#include "data_formats/coco_json/coco_json.h"
#include "pipeline/registry.h"
#include "stages/synthesize/composition.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

figures::CocoAnnotation annotation(const synthesis::ComposedFigure& figure, const cv::Size& map) {
    const figures::PlacedMask mask{figure.offset.x, figure.offset.y,
                                   figures::RunLengthMask::encode(figure.mask)};
    figures::CocoAnnotation result;
    result.category_id = 1;
    result.bbox = {figure.box.x_min, figure.box.y_min, figure.box.width(), figure.box.height()};
    result.area = static_cast<double>(mask.local.area());
    result.segmentation = mask.on_image(map.height, map.width);
    return result;
}

class WriteCocoTruth : public Finish {
  public:
    static constexpr std::string_view sentence =
        "Writes the truth about all composed maps to coco_ground_truth.json: boxes, areas, masks.";
    static constexpr In<NamedComposition> composed{"map", "a composed map"};
    static auto ports() { return std::tuple(composed); }

    struct Parameters {
        std::filesystem::path folder;
        std::string format = "jpg";
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}
                .add("folder", &Parameters::folder, "the data folder", required)
                .add("format", &Parameters::format, "file format of the images, part of their names",
                     choices({"jpg", "png"}));
        return list;
    }
    explicit WriteCocoTruth(Parameters parameters) : parameters_(std::move(parameters)) {}

    /// A ground truth of this one map, as JSON text: parts are bytes.
    std::string part(const Inputs& in, Context&) const override {
        const auto& [name, map] = in[composed];
        figures::CocoTruth truth;
        truth.images.push_back({1, name + "." + parameters_.format, map.rgb.cols, map.rgb.rows});
        truth.categories.push_back({1, "character"});
        for (const auto& figure : map.figures) {
            truth.annotations.push_back(annotation(figure, map.rgb.size()));
            truth.annotations.back().id = static_cast<std::int64_t>(truth.annotations.size());
            truth.annotations.back().image_id = 1;
        }
        return data_formats::coco_truth_text(truth);
    }

    void finish(const std::function<std::optional<FinishPart>()>& next, Context&) const override {
        figures::CocoTruth all;
        all.categories.push_back({1, "character"});
        while (const auto input = next())
            for (const auto& item : input->items)
                append(data_formats::parse_coco_truth(item, input->input->name), all);
        data_formats::write_coco_truth(parameters_.folder / "coco_ground_truth.json", all);
    }

  private:
    static void append(figures::CocoTruth one, figures::CocoTruth& all) {
        const auto image = static_cast<std::int64_t>(all.images.size()) + 1;
        one.images.at(0).id = image;
        all.images.push_back(std::move(one.images[0]));
        for (auto& each : one.annotations) {
            each.image_id = image;
            each.id = static_cast<std::int64_t>(all.annotations.size()) + 1;
            all.annotations.push_back(std::move(each));
        }
    }
    Parameters parameters_;
};

const Registered<WriteCocoTruth> registered("write_coco_truth");

}  // namespace
}  // namespace figurant::stages
