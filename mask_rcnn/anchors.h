#pragma once
// The grid of boxes that proposals start from.

#include <cstdint>
#include <vector>

#include "mask_rcnn/boxes.h"
#include "mask_rcnn/config.h"

namespace figurant::mask_rcnn {

/// The anchors of one cell, centred on (0, 0): aspect ratios outside, scales fastest; height = scale /
/// sqrt(ratio) * base, width = scale * sqrt(ratio) * base (the Object Detection API's grid_anchor_generator).
std::vector<Box> cell_anchors(const NetworkConfig& config);

/// All anchors of a feature map of rows x columns cells, row by row; cell (i, j) is centred on
/// (stride * i, stride * j). Not clipped.
std::vector<Box> grid_anchors(const NetworkConfig& config, std::int64_t rows, std::int64_t columns);

/// For each anchor of a cell, whether some cell of an image of this size holds it wholly inside the image.
/// Training drops the others there.
std::vector<bool> fitting_anchors(const NetworkConfig& config, std::int64_t height, std::int64_t width);

}  // namespace figurant::mask_rcnn
