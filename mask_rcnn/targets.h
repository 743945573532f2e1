#pragma once
// What the network should have said: anchors and proposals matched to the true figures, and sampled.

#include <cstdint>
#include <span>
#include <vector>

#include "mask_rcnn/boxes.h"
#include "mask_rcnn/config.h"
#include "mask_rcnn/random.h"

namespace figurant::mask_rcnn {

/// Index of the matched true figure, or one of these.
inline constexpr std::int32_t unmatched = -1, ignored = -2;

/// For each box the true figure it overlaps most (the first on ties) if by at least `positive_iou`;
/// `unmatched` below `negative_iou`; `ignored` between. With `every_truth_claims`, each true figure also
/// takes the box that overlaps it most (the first on ties, even at 0; the first figure where several want the
/// same box). After the Object Detection API's argmax_matcher.
std::vector<std::int32_t> match(std::span<const Box> boxes, std::span<const Box> truth, float positive_iou,
                                float negative_iou, bool every_truth_claims);

/// A sampled box: its index, and the true figure it matches, or `unmatched` for the background.
struct Sample {
    std::int32_t box, truth;
};

/// At most `size` samples, of them at most size * positive_fraction matched, each kind uniformly at random;
/// in order of the boxes. Background fills what positives leave. `ignored` boxes are never sampled.
std::vector<Sample> balanced_sample(std::span<const std::int32_t> matches, std::size_t size,
                                    double positive_fraction, Random& random);

/// The anchors of an image to learn from; those that leave [0, height] x [0, width] take no part.
std::vector<Sample> rpn_samples(const NetworkConfig& config, std::span<const Box> anchors,
                                std::span<const Box> truth, float height, float width, Random& random);

/// The proposals of an image to learn from.
std::vector<Sample> proposal_samples(const NetworkConfig& config, std::span<const Box> proposals,
                                     std::span<const Box> truth, Random& random);

}  // namespace figurant::mask_rcnn
