#include "figures/drawing.h"

#include <algorithm>

#include "base/error.h"

namespace figurant::figures {
namespace {

/// Fills x_min to x_max, y_min to y_max (inclusive, on the map) as far as they lie in the window.
void fill(cv::Mat& pixels, const cv::Rect& window, const PixelBox& area,
          const std::array<std::uint8_t, 3>& color) {
    const std::int64_t left = std::max<std::int64_t>(area.x_min - window.x, 0);
    const std::int64_t right = std::min<std::int64_t>(area.x_max - window.x + 1, window.width);
    const std::int64_t top = std::max<std::int64_t>(area.y_min - window.y, 0);
    const std::int64_t bottom = std::min<std::int64_t>(area.y_max - window.y + 1, window.height);
    if (left >= right || top >= bottom) return;
    const cv::Rect part(static_cast<int>(left), static_cast<int>(top), static_cast<int>(right - left),
                        static_cast<int>(bottom - top));
    pixels(part).setTo(cv::Scalar(color[0], color[1], color[2]));
}

void draw_box(cv::Mat& pixels, const cv::Rect& window, const PixelBox& box, const OverlayStyle& style) {
    const int grown = style.box_width - 1;
    const PixelBox outer{box.x_min - grown, box.y_min - grown, box.x_max + grown, box.y_max + grown};
    fill(pixels, window, {outer.x_min, outer.y_min, outer.x_max, box.y_min}, style.box_color);
    fill(pixels, window, {outer.x_min, box.y_max, outer.x_max, outer.y_max}, style.box_color);
    fill(pixels, window, {outer.x_min, outer.y_min, box.x_min, outer.y_max}, style.box_color);
    fill(pixels, window, {box.x_max, outer.y_min, outer.x_max, outer.y_max}, style.box_color);
}

/// What each value of a channel becomes under a colour's channel: the exact average, rounded.
std::array<std::array<std::uint8_t, 256>, 3> blend_tables(const std::array<std::uint8_t, 4>& color) {
    std::array<std::array<std::uint8_t, 256>, 3> tables;
    for (std::size_t channel = 0; channel < 3; ++channel)
        for (int value = 0; value < 256; ++value)
            tables[channel][static_cast<std::size_t>(value)] =
                static_cast<std::uint8_t>((value * (255 - color[3]) + color[channel] * color[3] + 127) / 255);
    return tables;
}

}  // namespace

PixelBox pixel_box(const Box& box) {
    // Towards zero, as the original's int().
    const auto whole = [](float value) { return static_cast<std::int64_t>(value); };
    return {whole(box.x_min), whole(box.y_min), whole(box.x_max) + 1, whole(box.y_max) + 1};
}

void draw_overlay(cv::Mat& pixels, const cv::Rect& window, const Detections& detections,
                  const OverlayStyle& style) {
    if (pixels.type() != CV_8UC3 || pixels.size() != window.size())
        throw Error(Cause::internal, "the pixels to draw on are not those of the window");
    const auto tables = blend_tables(style.mask_color);
    for (const Figure& figure : detections.figures) {
        if (style.box_width > 0) draw_box(pixels, window, pixel_box(figure.box), style);
        if (style.mask_color[3] == 0) continue;
        for_each_piece(figure.mask, {window.x, window.y, window.width, window.height},
                       [&](std::int64_t x, std::int64_t y_begin, std::int64_t y_end) {
                           for (std::int64_t y = y_begin; y < y_end; ++y) {
                               auto* pixel = pixels.ptr<std::uint8_t>(static_cast<int>(y - window.y)) +
                                             3 * (x - window.x);
                               for (std::size_t channel = 0; channel < 3; ++channel)
                                   pixel[channel] = tables[channel][pixel[channel]];
                           }
                       });
    }
}

}  // namespace figurant::figures
