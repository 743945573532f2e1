#include "mask_rcnn/anchors.h"

#include <cmath>

namespace figurant::mask_rcnn {

std::vector<Box> cell_anchors(const NetworkConfig& config) {
    std::vector<Box> anchors;
    for (const double ratio : config.anchor_aspect_ratios)
        for (const double scale : config.anchor_scales) {
            const auto half_height = static_cast<float>(scale / std::sqrt(ratio) * config.anchor_base / 2);
            const auto half_width = static_cast<float>(scale * std::sqrt(ratio) * config.anchor_base / 2);
            anchors.push_back({-half_height, -half_width, half_height, half_width});
        }
    return anchors;
}

namespace {

/// Whether an extent around some multiple of the stride lies in [0, size].
bool fits(float half, std::int64_t stride, std::int64_t size) {
    const auto centre = static_cast<float>(stride) * std::ceil(half / static_cast<float>(stride));
    return centre < static_cast<float>(size) && centre + half <= static_cast<float>(size);
}

}  // namespace

std::vector<bool> fitting_anchors(const NetworkConfig& config, std::int64_t height, std::int64_t width) {
    std::vector<bool> fitting;
    for (const Box& each : cell_anchors(config))
        fitting.push_back(fits(each.y_max, config.output_stride, height) &&
                          fits(each.x_max, config.output_stride, width));
    return fitting;
}

std::vector<Box> grid_anchors(const NetworkConfig& config, std::int64_t rows, std::int64_t columns) {
    const auto cell = cell_anchors(config);
    std::vector<Box> anchors;
    anchors.reserve(static_cast<std::size_t>(rows * columns) * cell.size());
    for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t column = 0; column < columns; ++column) {
            const auto y = static_cast<float>(row * config.output_stride);
            const auto x = static_cast<float>(column * config.output_stride);
            for (const Box& each : cell)
                anchors.push_back({each.y_min + y, each.x_min + x, each.y_max + y, each.x_max + x});
        }
    return anchors;
}

}  // namespace figurant::mask_rcnn
