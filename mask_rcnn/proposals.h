#pragma once
// From the networks' codes and scores to boxes: proposals of the first stage, detections of the second.

#include <cstdint>
#include <span>
#include <vector>

#include "mask_rcnn/boxes.h"
#include "mask_rcnn/config.h"

namespace figurant::mask_rcnn {

/// Extent of an image in pixels of the network's input.
struct Extent {
    float height, width;
};

/// What the first stage proposes on one image, by falling score.
struct Proposals {
    std::vector<Box> boxes;
    std::vector<float> scores;  ///< 0 to 1: that there is something
};

/// The proposals of one image. `codes`: 4 for each anchor; `logits`: background and object
/// for each anchor. Training drops anchors that leave the image; inference clips them. Suppression works on
/// boxes not yet clipped; afterwards they are clipped, and those without area dropped.
Proposals select_proposals(const NetworkConfig& config, std::span<const Box> anchors,
                           std::span<const float> codes, std::span<const float> logits, Extent extent,
                           Purpose purpose);

/// A detection before its mask.
struct ScoredBox {
    Box box;
    float score = 0;
    std::int32_t category = 1;  ///< 1 to classes
};

/// Suppression within each class, the best detections_per_class of each; these clipped, and those without
/// area dropped; of the rest the best `detections`, by falling score (the lower class first on ties). `boxes`
/// and `scores`: for each class all candidates. The Object Detection API's multiclass_non_max_suppression.
std::vector<ScoredBox> suppress_by_class(const NetworkConfig& config, std::span<const std::vector<Box>> boxes,
                                         std::span<const std::vector<float>> scores, Extent extent,
                                         float score_threshold);

/// The detections of one image, by falling score, which is what `detection_score` and
/// `score_calibration` say. `codes`: classes x 4
/// for each proposal; `logits`: classes + 1 for each proposal, the background first.
std::vector<ScoredBox> select_detections(const NetworkConfig& config, const Proposals& proposals,
                                         std::span<const float> codes, std::span<const float> logits,
                                         Extent extent, float score_threshold);

}  // namespace figurant::mask_rcnn
