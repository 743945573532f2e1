#pragma once
// Boxes and transparent masks over a map, window by window.

#include <array>
#include <cstdint>
#include <opencv2/core.hpp>

#include "figures/figure.h"

namespace figurant::figures {

struct OverlayStyle {
    std::array<std::uint8_t, 3> box_color = {0, 255, 255};        ///< RGB
    int box_width = 3;                                            ///< pixels, growing outward; 0: no boxes
    std::array<std::uint8_t, 4> mask_color = {128, 0, 255, 100};  ///< RGB and alpha; alpha 0: no masks
};

/// The box in whole pixels as the original draws and crops it: the least and the greatest pixel of its
/// innermost line, the greatest being int(max) + 1, which may lie past the map.
struct PixelBox {
    std::int64_t x_min, y_min, x_max, y_max;  ///< all inclusive
};
PixelBox pixel_box(const Box& box);

/// Draws what of the figures lies in `window`: `pixels` (CV_8UC3, RGB) is that window of the map, at full
/// size. For each figure, in their order, first the box's lines, then the mask blended over. A map drawn in
/// any windows comes out the same. Error(Cause::internal) when the sizes do not match.
void draw_overlay(cv::Mat& pixels, const cv::Rect& window, const Detections& detections,
                  const OverlayStyle& style = {});

}  // namespace figurant::figures
