// draw_overlay: a map with its figures drawn over it, as a map again: drawn window by window when it is read,
// so that a map larger than memory stays so.
//
//     [stages.overlay]
//     type = "draw_overlay"
//     from = { map = "figures.map", figures = "figures.figures" }
//     mask_color = [128, 0, 255, 100]

#include <opencv2/imgproc.hpp>

#include "figures/drawing.h"
#include "pipeline/registry.h"
#include "stages/payloads.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class OverlayMap : public figures::Map {
  public:
    OverlayMap(figures::MapHandle map, std::shared_ptr<const figures::Detections> figures,
               figures::OverlayStyle style)
        : map_(std::move(map)), figures_(std::move(figures)), style_(style) {}

    const figures::MapInfo& info() const override { return map_->info(); }

    cv::Mat read(const cv::Rect& window, cv::Size size) const override {
        cv::Mat pixels = map_->read(window, window.size());
        figures::draw_overlay(pixels, window, *figures_, style_);
        if (size == window.size()) return pixels;
        cv::Mat scaled;
        cv::resize(pixels, scaled, size, 0, 0,
                   size.area() < window.area() ? cv::INTER_AREA : cv::INTER_LINEAR);
        return scaled;
    }
    std::size_t workspace(const cv::Rect& window, cv::Size size) const override {
        const std::size_t full = size == window.size() ? 0 : static_cast<std::size_t>(window.area()) * 3;
        return map_->workspace(window, window.size()) + full;
    }
    std::size_t bytes() const override { return map_->bytes() + figures_->bytes(); }

  private:
    figures::MapHandle map_;
    std::shared_ptr<const figures::Detections> figures_;
    figures::OverlayStyle style_;
};

std::uint8_t channel(const std::vector<std::int64_t>& color, std::size_t index) {
    return static_cast<std::uint8_t>(color[index]);
}

class DrawOverlay : public pipeline::Map {
  public:
    static constexpr std::string_view sentence =
        "Draws boxes and transparent masks over the figures of a map.";
    static constexpr In<figures::MapHandle> map{"map", "the map to draw on"};
    static constexpr In<figures::Detections> figures{"figures", "its figures"};
    static constexpr Out<figures::MapHandle> drawn{"map", "the map with its figures drawn over it"};
    static auto ports() { return std::tuple(map, figures, drawn); }

    struct Parameters {
        std::vector<std::int64_t> box_color = {0, 255, 255};
        std::vector<std::int64_t> mask_color = {128, 0, 255, 100};
        std::int64_t box_width = 3;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}
                .add("box_color", &Parameters::box_color, "red, green, blue of the boxes", range(0, 255))
                .add("mask_color", &Parameters::mask_color, "red, green, blue, alpha of the masks",
                     range(0, 255))
                .add("box_width", &Parameters::box_width,
                     "width of a box's line, in pixels; it grows outward", range(0, 64));
        return list;
    }
    explicit DrawOverlay(const Parameters& parameters) {
        if (parameters.box_color.size() != 3)
            throw Error(Cause::configuration,
                        "draw_overlay: \"box_color\" takes three numbers: red, green, blue");
        if (parameters.mask_color.size() != 4)
            throw Error(Cause::configuration,
                        "draw_overlay: \"mask_color\" takes four numbers: red, green, blue, alpha");
        const auto& box = parameters.box_color;
        const auto& mask = parameters.mask_color;
        style_.box_color = {channel(box, 0), channel(box, 1), channel(box, 2)};
        style_.mask_color = {channel(mask, 0), channel(mask, 1), channel(mask, 2), channel(mask, 3)};
        style_.box_width = static_cast<int>(parameters.box_width);
    }

    std::size_t output_bytes(const Inputs& in) const override {
        return sizeof(figures::MapHandle) + in[map]->bytes() + in[figures].bytes();
    }
    void process(const Inputs& in, Outputs& out, Context&) const override {
        out.emit(drawn,
                 figures::MapHandle(std::make_shared<OverlayMap>(in[map], in.shared(figures), style_)));
    }

  private:
    figures::OverlayStyle style_;
};

const Registered<DrawOverlay> registered("draw_overlay");

}  // namespace
}  // namespace figurant::stages
