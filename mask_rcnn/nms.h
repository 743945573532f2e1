#pragma once
// Non-maximum suppression.

#include <cstdint>
#include <span>
#include <vector>

#include "mask_rcnn/boxes.h"

namespace figurant::mask_rcnn {

/// Greedy suppression: by falling score (lower index first on ties) a box that scores above `score_threshold`
/// is kept unless a kept one overlaps it by more than `iou_threshold`; at most `most` are kept. Boxes of
/// negative extent overlap nothing. Returns indices into `boxes`, by falling score.
std::vector<std::int32_t> non_max_suppression(std::span<const Box> boxes, std::span<const float> scores,
                                              float iou_threshold, float score_threshold, std::size_t most);

}  // namespace figurant::mask_rcnn
