#include "mask_rcnn/proposals.h"

#include <algorithm>
#include <cmath>

#include "base/score_calibration.h"
#include "mask_rcnn/nms.h"

namespace figurant::mask_rcnn {

namespace {

BoxCode code_at(std::span<const float> codes, std::size_t index) {
    return {codes[4 * index], codes[4 * index + 1], codes[4 * index + 2], codes[4 * index + 3]};
}

/// The probabilities of one row of logits.
void softmax(std::span<const float> logits, std::vector<float>& out) {
    const float most = *std::max_element(logits.begin(), logits.end());
    out.resize(logits.size());
    float sum = 0;
    for (std::size_t i = 0; i < logits.size(); ++i) sum += out[i] = std::exp(logits[i] - most);
    for (float& each : out) each /= sum;
}

float calibrated(const NetworkConfig& config, float score, const Box& box) {
    const auto& c = config.score_calibration;
    if (c.empty()) return score;
    const float side = std::max(box.y_max - box.y_min, box.x_max - box.x_min);
    return static_cast<float>(ScoreCalibration{c[0], c[1], c[2]}(score, side));
}

}  // namespace

Proposals select_proposals(const NetworkConfig& config, std::span<const Box> anchors,
                           std::span<const float> codes, std::span<const float> logits, Extent extent,
                           Purpose purpose) {
    std::vector<Box> boxes;
    std::vector<float> scores;
    boxes.reserve(anchors.size());
    scores.reserve(anchors.size());
    for (std::size_t i = 0; i < anchors.size(); ++i) {
        if (purpose == Purpose::training && !inside(anchors[i], extent.height, extent.width)) continue;
        const Box anchor =
            purpose == Purpose::inference ? clip(anchors[i], extent.height, extent.width) : anchors[i];
        boxes.push_back(decode(code_at(codes, i), anchor));
        scores.push_back(1 / (1 + std::exp(logits[2 * i] - logits[2 * i + 1])));
    }
    const auto most = purpose == Purpose::training ? config.training_proposals : config.proposals;
    Proposals kept;
    for (const auto index :
         non_max_suppression(boxes, scores, static_cast<float>(config.rpn_nms_iou),
                             static_cast<float>(config.rpn_nms_score), static_cast<std::size_t>(most))) {
        const Box box = clip(boxes[static_cast<std::size_t>(index)], extent.height, extent.width);
        if (!(area(box) > 0)) continue;
        kept.boxes.push_back(box);
        kept.scores.push_back(scores[static_cast<std::size_t>(index)]);
    }
    return kept;
}

std::vector<ScoredBox> suppress_by_class(const NetworkConfig& config, std::span<const std::vector<Box>> boxes,
                                         std::span<const std::vector<float>> scores, Extent extent,
                                         float score_threshold) {
    std::vector<ScoredBox> found;
    for (std::size_t c = 0; c < boxes.size(); ++c)
        for (const auto index :
             non_max_suppression(boxes[c], scores[c], static_cast<float>(config.detection_nms_iou),
                                 score_threshold, static_cast<std::size_t>(config.detections_per_class))) {
            const auto p = static_cast<std::size_t>(index);
            const Box box = clip(boxes[c][p], extent.height, extent.width);
            if (area(box) > 0) found.push_back({box, scores[c][p], static_cast<std::int32_t>(c + 1)});
        }
    std::stable_sort(found.begin(), found.end(),
                     [](const ScoredBox& a, const ScoredBox& b) { return a.score > b.score; });
    if (found.size() > static_cast<std::size_t>(config.detections))
        found.resize(static_cast<std::size_t>(config.detections));
    return found;
}

std::vector<ScoredBox> select_detections(const NetworkConfig& config, const Proposals& proposals,
                                         std::span<const float> codes, std::span<const float> logits,
                                         Extent extent, float score_threshold) {
    const auto classes = static_cast<std::size_t>(config.classes);
    const std::size_t count = proposals.boxes.size();
    const bool with_proposal = config.detection_score == "class_and_proposal";
    std::vector<std::vector<float>> scores(classes, std::vector<float>(count));
    std::vector<std::vector<Box>> boxes(classes, std::vector<Box>(count));
    std::vector<float> probabilities;
    for (std::size_t p = 0; p < count; ++p) {
        softmax(logits.subspan(p * (classes + 1), classes + 1), probabilities);
        for (std::size_t c = 0; c < classes; ++c) {
            const float probability = probabilities[c + 1];
            boxes[c][p] = decode(code_at(codes, p * classes + c), proposals.boxes[p]);
            scores[c][p] =
                calibrated(config, probability * (with_proposal ? proposals.scores[p] : 1.0F), boxes[c][p]);
        }
    }
    return suppress_by_class(config, boxes, scores, extent, score_threshold);
}

}  // namespace figurant::mask_rcnn
