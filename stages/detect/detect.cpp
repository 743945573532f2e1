// detect: the network on one tile.
//
//     [stages.detect]
//     type = "detect"
//     from = "tiles"
//     model = "${model}"

#include <algorithm>
#include <memory>

#include "figures/mask_paste.h"
#include "pipeline/registry.h"
#include "stages/detect/model_file.h"
#include "stages/detect/network.h"
#include "stages/payloads.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

struct DetectParameters {
    std::filesystem::path model = "embedded";
    std::string tiling = "scales";
    std::int64_t tile_size = 512;
    double score_threshold = -1;
    std::string precision = "auto";
    std::int64_t team = 1;
};

class Detect : public pipeline::Map {
  public:
    static constexpr std::string_view sentence =
        "Finds the figures on a tile: boxes, scores and masks, by Mask R-CNN.";
    static constexpr In<figures::Tile> tile{"tile", "the tile to look at"};
    static constexpr Out<FoundOnTile> found{"figures", "the figures on it, in the coordinates of the map"};
    static auto ports() { return std::tuple(tile, found); }

    using Parameters = DetectParameters;
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}
                .add("model", &Parameters::model,
                     "the model file; \"embedded\" is the small one inside the program")
                .add("tiling", &Parameters::tiling,
                     "\"scales\": tiles are taken as they are; \"none\": a tile is a whole map, resized as "
                     "the network's "
                     "configuration says",
                     choices({"scales", "none"}))
                .add("tile_size", &Parameters::tile_size,
                     "greatest side of the tiles that will come; the memory of a call follows from it",
                     range(64, 8192))
                .add("score_threshold", &Parameters::score_threshold,
                     "figures that score below this are left out; below 0: as the "
                     "model says (detection_score_threshold)",
                     range(-1, 1))
                .add("precision", &Parameters::precision,
                     "the network's arithmetic; \"auto\" takes bfloat16 where the processor computes in it",
                     choices({"auto", "float32", "bfloat16"}))
                .add("team", &Parameters::team,
                     "threads of one call; part of what decides the results' last bits", range(1, 64));
        return list;
    }
    explicit Detect(Parameters parameters) : parameters_(std::move(parameters)) {}

    void prepare(const RunSettings& settings) override {
        const WeightsFile weights = read_model(parameters_.model);
        for (const auto& array : weights.arrays) resident_ += array.bytes.size();
        mask_rcnn::DetectorOptions options;
        options.device = settings.device;
        options.precision = parameters_.precision;
        if (parameters_.score_threshold >= 0) options.score_threshold = parameters_.score_threshold;
        options.team = static_cast<int>(parameters_.team);
        detector_ = network().detector(weights, options);
    }
    std::size_t resident_bytes() const override {
        return 2 * resident_;
    }  // the weights, and oneDNN's packed copy
    Needs needs() const override {
        Needs needs;
        needs.threads = static_cast<int>(parameters_.team);
        if (!detector_) return needs;
        const auto& config = detector_->config();
        needs.workspace = whole_maps()
                              ? detector_->workspace_bytes(config.min_dimension, config.max_dimension)
                              : detector_->workspace_bytes(parameters_.tile_size, parameters_.tile_size);
        return needs;
    }

    void process(const Inputs& in, Outputs& out, Context& context) const override {
        const figures::Tile& looked_at = in[tile];
        const cv::Mat& pixels = looked_at.pixels;
        const mask_rcnn::ImageView view{pixels.data, pixels.rows, pixels.cols,
                                        static_cast<std::int64_t>(pixels.step)};
        const auto detections =
            detector_->detect(view, whole_maps() ? mask_rcnn::Resize::fit : mask_rcnn::Resize::keep);
        FoundOnTile result{looked_at.map, {looked_at.window, looked_at.scale(), {}}};
        for (const auto& detection : detections) result.found.figures.push_back(on_map(detection, looked_at));
        context.count("tiles", 1);
        out.emit(found, std::move(result));
    }

  private:
    bool whole_maps() const { return parameters_.tiling == "none"; }

    figures::Figure on_map(const mask_rcnn::Detection& detection, const figures::Tile& tile_of_map) const {
        const auto& window = tile_of_map.window;
        const float x_scale = static_cast<float>(window.width) / static_cast<float>(tile_of_map.pixels.cols);
        const float y_scale = static_cast<float>(window.height) / static_cast<float>(tile_of_map.pixels.rows);
        const auto x = static_cast<float>(window.x), y = static_cast<float>(window.y);
        figures::Figure figure;
        figure.box = {x + detection.x_min * x_scale, y + detection.y_min * y_scale,
                      x + detection.x_max * x_scale, y + detection.y_max * y_scale};
        figure.score = detection.score;
        figure.category = detection.category;
        const auto& network = detector_->config();
        figure.mask = figures::paste_mask(detection.mask, static_cast<int>(network.mask_size), figure.box,
                                          tile_of_map.map.width, tile_of_map.map.height,
                                          static_cast<float>(network.mask_threshold));
        return figure;
    }

    Parameters parameters_;
    std::unique_ptr<const mask_rcnn::AbstractDetector> detector_;
    std::size_t resident_ = 0;
};

const Registered<Detect> registered("detect");

}  // namespace
}  // namespace figurant::stages
