#include "mask_rcnn/boxes.h"

#include <algorithm>
#include <cmath>

namespace figurant::mask_rcnn {

namespace {

constexpr float centre_scale = 10, size_scale = 5, tiny = 1e-8F;

struct Centred {
    float y, x, height, width;
    explicit Centred(const Box& box)
        : y((box.y_min + box.y_max) / 2),
          x((box.x_min + box.x_max) / 2),
          height(box.y_max - box.y_min),
          width(box.x_max - box.x_min) {}
};

}  // namespace

float iou(const Box& a, const Box& b) {
    const float height = std::min(a.y_max, b.y_max) - std::max(a.y_min, b.y_min);
    const float width = std::min(a.x_max, b.x_max) - std::max(a.x_min, b.x_min);
    if (height <= 0 || width <= 0) return 0;
    const float common = height * width;
    return common / (area(a) + area(b) - common);
}

Box clip(const Box& box, float height, float width) {
    return {std::clamp(box.y_min, 0.0F, height), std::clamp(box.x_min, 0.0F, width),
            std::clamp(box.y_max, 0.0F, height), std::clamp(box.x_max, 0.0F, width)};
}

bool inside(const Box& box, float height, float width) {
    return box.y_min >= 0 && box.x_min >= 0 && box.y_max <= height && box.x_max <= width;
}

BoxCode encode(const Box& box, const Box& anchor) {
    const Centred b(box), a(anchor);
    const float a_height = a.height + tiny, a_width = a.width + tiny;
    return {centre_scale * (b.y - a.y) / a_height, centre_scale * (b.x - a.x) / a_width,
            size_scale * std::log((b.height + tiny) / a_height),
            size_scale * std::log((b.width + tiny) / a_width)};
}

Box decode(const BoxCode& code, const Box& anchor) {
    const Centred a(anchor);
    const float y = code[0] / centre_scale * a.height + a.y;
    const float x = code[1] / centre_scale * a.width + a.x;
    const float half_height = std::exp(code[2] / size_scale) * a.height / 2;
    const float half_width = std::exp(code[3] / size_scale) * a.width / 2;
    return {y - half_height, x - half_width, y + half_height, x + half_width};
}

}  // namespace figurant::mask_rcnn
