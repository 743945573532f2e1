#include "mask_rcnn/targets.h"

#include <algorithm>

namespace figurant::mask_rcnn {

std::vector<std::int32_t> match(std::span<const Box> boxes, std::span<const Box> truth, float positive_iou,
                                float negative_iou, bool every_truth_claims) {
    return match_overlaps(
        boxes.size(), truth.size(), [&](std::size_t b, std::size_t t) { return iou(boxes[b], truth[t]); },
        positive_iou, negative_iou, every_truth_claims);
}

std::vector<Sample> balanced_sample(std::span<const std::int32_t> matches, std::size_t size,
                                    double positive_fraction, Random& random) {
    std::vector<Sample> positive, negative;
    for (std::size_t i = 0; i < matches.size(); ++i) {
        if (matches[i] >= 0)
            positive.push_back({static_cast<std::int32_t>(i), matches[i]});
        else if (matches[i] == unmatched)
            negative.push_back({static_cast<std::int32_t>(i), unmatched});
    }
    random.sample(positive, static_cast<std::size_t>(static_cast<double>(size) * positive_fraction));
    random.sample(negative, size - positive.size());
    positive.insert(positive.end(), negative.begin(), negative.end());
    std::sort(positive.begin(), positive.end(),
              [](const Sample& a, const Sample& b) { return a.box < b.box; });
    return positive;
}

std::vector<Sample> rpn_samples(const NetworkConfig& config, std::span<const Box> anchors,
                                std::span<const Box> truth, float height, float width, Random& random) {
    std::vector<Box> kept;
    std::vector<std::int32_t> indices;
    for (std::size_t i = 0; i < anchors.size(); ++i) {
        if (!inside(anchors[i], height, width)) continue;
        kept.push_back(anchors[i]);
        indices.push_back(static_cast<std::int32_t>(i));
    }
    const auto matches = match(kept, truth, static_cast<float>(config.rpn_positive_iou),
                               static_cast<float>(config.rpn_negative_iou), true);
    auto samples = balanced_sample(matches, static_cast<std::size_t>(config.rpn_minibatch),
                                   config.rpn_positive_fraction, random);
    for (Sample& each : samples) each.box = indices[static_cast<std::size_t>(each.box)];
    return samples;
}

std::vector<Sample> proposal_samples(const NetworkConfig& config, std::span<const Box> proposals,
                                     std::span<const Box> truth, Random& random) {
    const auto threshold = static_cast<float>(config.second_stage_positive_iou);
    const auto matches = match(proposals, truth, threshold, threshold, false);
    return balanced_sample(matches, static_cast<std::size_t>(config.second_stage_minibatch),
                           config.second_stage_positive_fraction, random);
}

}  // namespace figurant::mask_rcnn
