#pragma once
// What the network should have said: anchors and proposals matched to the true figures, and sampled.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "base/random.h"
#include "mask_rcnn/boxes.h"
#include "mask_rcnn/config.h"

namespace figurant::mask_rcnn {

/// Index of the matched true figure, or one of these.
inline constexpr std::int32_t unmatched = -1, ignored = -2;

/// For each of `boxes` boxes the true figure it overlaps most (the first on ties) if by at least
/// `positive_iou`; `unmatched` below `negative_iou`; `ignored` between. With `every_truth_claims`, each true
/// figure also takes the box that overlaps it most (the first on ties, even at 0; the first figure where
/// several want the same box). `overlap(box, figure)` is asked once for each pair. After the Object Detection
/// API's argmax_matcher.
template <class Overlap>
std::vector<std::int32_t> match_overlaps(std::size_t boxes, std::size_t figures, const Overlap& overlap,
                                         float positive_iou, float negative_iou, bool every_truth_claims) {
    std::vector<std::int32_t> matches(boxes, unmatched);
    if (figures == 0) return matches;
    constexpr float lowest = std::numeric_limits<float>::lowest();
    std::vector<float> best(boxes, lowest);
    std::vector<std::int32_t> claims(figures, -1);
    for (std::size_t t = 0; t < figures; ++t) {
        float best_of_truth = lowest;
        for (std::size_t b = 0; b < boxes; ++b) {
            const float common = overlap(b, t);
            if (common > best[b]) {
                best[b] = common;
                matches[b] = static_cast<std::int32_t>(t);
            }
            if (common > best_of_truth) {
                best_of_truth = common;
                claims[t] = static_cast<std::int32_t>(b);
            }
        }
    }
    for (std::size_t b = 0; b < boxes; ++b)
        if (best[b] < positive_iou) matches[b] = best[b] < negative_iou ? unmatched : ignored;
    if (every_truth_claims)
        for (std::size_t t = figures; t-- > 0;)
            if (claims[t] >= 0) matches[static_cast<std::size_t>(claims[t])] = static_cast<std::int32_t>(t);
    return matches;
}

/// match_overlaps with the boxes' intersection over union.
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
