// dark_figures: of the figures on a map, those drawn in dark ink. Consumes maps and figures.
//
//     [stages.inked]
//     type = "dark_figures"
//     from = { map = "figures.map", figures = "figures.figures" }
//     darkest = 0.5
#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "pipeline/plugin.h"
#include "stages/payloads.h"

namespace figurant::dark_figures {
using namespace pipeline;

/// Mean brightness of a figure's pixels, 0 to 1. Large figures are looked at from afar: memory stays small.
double brightness(const figures::Map& map, const figures::PlacedMask& mask) {
    constexpr int most = 256;
    const auto bounds = mask.bounds();
    const cv::Rect window(static_cast<int>(bounds.x), static_cast<int>(bounds.y),
                          static_cast<int>(bounds.width), static_cast<int>(bounds.height));
    const cv::Size size(std::min(window.width, most), std::min(window.height, most));
    cv::Mat grey;
    cv::cvtColor(map.read(window, size), grey, cv::COLOR_RGB2GRAY);
    double sum = 0;
    std::int64_t pixels = 0;
    figures::for_each_piece(mask, bounds, [&](std::int64_t x, std::int64_t y_begin, std::int64_t y_end) {
        const auto column = static_cast<int>((x - bounds.x) * size.width / bounds.width);
        for (std::int64_t y = y_begin; y < y_end; ++y, ++pixels)
            sum +=
                grey.at<std::uint8_t>(static_cast<int>((y - bounds.y) * size.height / bounds.height), column);
    });
    return sum / static_cast<double>(pixels) / 255;
}

class DarkFigures : public pipeline::Map {
  public:
    static constexpr std::string_view sentence = "Keeps the figures that are drawn in dark ink.";
    static constexpr In<figures::MapHandle> map{"map", "the map"};
    static constexpr In<figures::Detections> found{"figures", "its figures"};
    static constexpr Out<figures::Detections> dark{"figures", "the dark ones of them"};
    static auto ports() { return std::tuple(map, found, dark); }

    struct Parameters {
        double darkest = 0.5;
    };
    static auto parameters() {
        return ParameterList<Parameters>{}.add("darkest", &Parameters::darkest,
                                               "mean brightness from which on a figure is left out",
                                               range(0, 1));
    }
    explicit DarkFigures(Parameters parameters) : parameters_(parameters) {}

    std::size_t output_bytes(const Inputs& in) const override { return in[found].bytes(); }

    void process(const Inputs& in, Outputs& out, Context& context) const override {
        figures::Detections kept{in[found].map, {}};
        for (const auto& figure : in[found].figures) {
            if (figure.mask.empty())
                throw Error(Cause::input, in[found].map.name + ": a figure has no mask, only a box",
                            "use a model that outlines its figures");
            if (context.stopping()) throw Error(Cause::interrupted, "interrupted");
            if (brightness(*in[map], figure.mask) < parameters_.darkest) kept.figures.push_back(figure);
        }
        context.count("dark figures", static_cast<std::int64_t>(kept.figures.size()));
        out.emit(dark, std::move(kept));
    }

  private:
    Parameters parameters_;
};

const Registered<DarkFigures> registered("dark_figures");

}  // namespace figurant::dark_figures
