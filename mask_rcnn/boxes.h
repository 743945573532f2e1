#pragma once
// Boxes and what is done with them: overlap, clipping, coding.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace figurant::mask_rcnn {

/// Axis-aligned, in pixels of the network's input unless said otherwise; the maximum is exclusive.
struct Box {
    float y_min = 0, x_min = 0, y_max = 0, x_max = 0;
    bool operator==(const Box&) const = default;
};

/// (ty, tx, th, tw) of the Faster R-CNN box code, scaled by 10, 10, 5, 5 (Ren et al. 2015; the Object
/// Detection API's faster_rcnn_box_coder).
using BoxCode = std::array<float, 4>;

inline float area(const Box& box) { return (box.y_max - box.y_min) * (box.x_max - box.x_min); }

/// Intersection over union; 0 where the boxes do not meet.
float iou(const Box& a, const Box& b);

Box clip(const Box& box, float height, float width);

/// Whether the box lies in [0, height] x [0, width], borders included.
bool inside(const Box& box, float height, float width);

/// Sizes get 1e-8 added, so that empty boxes have a code.
BoxCode encode(const Box& box, const Box& anchor);
Box decode(const BoxCode& code, const Box& anchor);

}  // namespace figurant::mask_rcnn
