// Figures that the TensorFlow Object Detection API's own tests state: samplers, target assignment, losses,
// post-processing, resizing. Each test names its source: a file of github.com/tensorflow/models below
// research/object_detection, and the test in it.

#include <doctest/doctest.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "mask_rcnn/images.h"
#include "mask_rcnn/losses.h"
#include "mask_rcnn/proposals.h"
#include "mask_rcnn/targets.h"

using namespace figurant::mask_rcnn;
using figurant::Random;
using torch::Tensor;

namespace {

Tensor numbers(const std::vector<double>& values, at::IntArrayRef shape) {
    return at::tensor(values, at::TensorOptions().dtype(at::kDouble)).view(shape);
}

struct Counts {
    std::ptrdiff_t positive, negative;
    bool operator==(const Counts&) const = default;
};

/// Samples of 64, half of them positive, among places of which the first `usable` take part; positive from
/// `positive`.
Counts sampled(std::int32_t places, std::int32_t usable, std::int32_t positive) {
    std::vector<std::int32_t> matches;
    for (std::int32_t i = 0; i < places; ++i)
        matches.push_back(i >= usable ? ignored : i >= positive ? 0 : unmatched);
    Random random(1);
    const auto samples = balanced_sample(matches, 64, 0.5, random);
    const auto found =
        std::count_if(samples.begin(), samples.end(), [](const auto& each) { return each.truth == 0; });
    for (const auto& each : samples) CHECK(each.box < usable);
    return {found, static_cast<std::ptrdiff_t>(samples.size()) - found};
}

std::vector<std::int32_t> matches(const std::vector<Box>& anchors, const std::vector<Box>& truth,
                                  float positive, float negative) {
    return match(anchors, truth, positive, negative, false);
}

/// The eight boxes that post_processing_test.py shares between two classes, and their scores.
struct TwoClasses {
    std::vector<std::vector<Box>> boxes = {2,
                                           {{0, 0, 1, 1},
                                            {0, 0.1F, 1, 1.1F},
                                            {0, -0.1F, 1, 0.9F},
                                            {0, 10, 1, 11},
                                            {0, 10.1F, 1, 11.1F},
                                            {0, 100, 1, 101},
                                            {0, 1000, 1, 1002},
                                            {0, 1000, 1, 1002.1F}}};
    std::vector<std::vector<float>> scores = {{0.9F, 0.75F, 0.6F, 0.95F, 0.5F, 0.3F, 0.01F, 0.01F},
                                              {0.01F, 0.05F, 0.01F, 0, 0.01F, 0.01F, 0.85F, 0.5F}};
    NetworkConfig config;
    TwoClasses() {
        config.detection_nms_iou = 0.5;
        config.detections_per_class = 4;
    }
    std::vector<ScoredBox> suppressed() const {
        return suppress_by_class(config, boxes, scores, {2000, 2000}, 0.1F);
    }
};

void check_found(const std::vector<ScoredBox>& found, const std::vector<ScoredBox>& wanted) {
    REQUIRE(found.size() == wanted.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        CHECK(found[i].box == wanted[i].box);
        CHECK(found[i].score == wanted[i].score);
        CHECK(found[i].category == wanted[i].category);
    }
}

}  // namespace

// core/balanced_positive_negative_sampler_test.py: test_subsample_all_examples_dynamic (300 places, 99
// positive), test_subsample_selection_dynamic (100, 90 usable, positive from 80), …_larger_batch_size_dynamic
// (60, from 50).
TEST_CASE("samples are as many of each kind as the Object Detection API's sampler draws") {
    CHECK((sampled(300, 300, 201) == Counts{32, 32}));
    CHECK((sampled(100, 90, 80) == Counts{10, 54}));
    CHECK((sampled(100, 60, 50) == Counts{10, 50}));
}

// core/target_assigner_test.py: test_assign_agnostic, test_assign_class_agnostic_with_ignored_matches,
// test_assign_multiclass, test_assign_empty_groundtruth, test_batch_assign_targets. Class targets there are
// the matched figure's, weights 0 where a match is ignored.
TEST_CASE("targets are assigned as by the Object Detection API's assigner") {
    using Matches = std::vector<std::int32_t>;
    const Box a{0, 0, 0.5F, 0.5F}, b{0.5F, 0.5F, 1, 0.8F}, other{0.5F, 0.5F, 0.9F, 0.9F};
    CHECK((matches({a, b, {0, 0.5F, 0.5F, 1}}, {a, other}, 0.5F, 0.5F) == Matches{0, 1, unmatched}));
    CHECK((matches({a, b, {0, 0.5F, 0.9F, 1}}, {a, other}, 0.5F, 0.3F) == Matches{0, 1, ignored}));
    CHECK((matches({a, b, {0, 0.5F, 0.5F, 1}, {0.75F, 0, 1, 0.25F}}, {a, other, {0.75F, 0, 0.95F, 0.27F}},
                   0.5F, 0.5F) == Matches{0, 1, unmatched, 2}));
    CHECK((matches({a, b}, {}, 0.5F, 0.5F) == Matches{unmatched, unmatched}));
    const std::vector<Box> anchors = {
        {0, 0, 0.25F, 0.25F}, {0, 0.25F, 1, 1}, {0, 0.1F, 0.5F, 0.5F}, {0.75F, 0.75F, 1, 1}};
    CHECK(
        (matches(anchors, {{0, 0, 0.2F, 0.2F}}, 0.5F, 0.5F) == Matches{0, unmatched, unmatched, unmatched}));
    CHECK((matches(anchors, {{0, 0.25123152F, 1, 1}, {0.015789F, 0.0985F, 0.55789F, 0.3842F}}, 0.5F, 0.5F) ==
           Matches{unmatched, 0, 1, unmatched}));
}

// core/losses_test.py: WeightedSmoothL1LocalizationLossTest.testReturnsCorrectLoss.
TEST_CASE("the box loss is the Object Detection API's") {
    const Tensor codes =
        numbers({2.5, 0, .4, 0, 0, 0, 0, 0, 0, 2.5, 0, .4, 3.5, 0, 0, 0, 0, .4, 0, .9, 0, 0, 1.5, 0}, {6, 4});
    const Tensor loss = localization_loss(codes, at::zeros_like(codes), numbers({2, 1, 1, 0, 3, 0}, {6}));
    CHECK(loss.item<double>() == doctest::Approx(7.695).epsilon(1e-6));
}

// core/losses_test.py: WeightedSoftmaxClassificationLossTest.testReturnsCorrectLoss.
TEST_CASE("the class loss is the Object Detection API's") {
    const Tensor logits = numbers({-100, 100, -100, 100,  -100, -100, 0,    0,   -100, -100, -100, 100,
                                   -100, 0,   0,    -100, 100,  -100, -100, 100, -100, 100,  -100, -100},
                                  {8, 3});
    const Tensor labels = at::tensor({1, 0, 0, 2, 2, 1, 1, 0}, at::TensorOptions().dtype(at::kLong));
    const Tensor weights = numbers({1, 1, 0.5, 1, 1, 1, 1, 0}, {8});
    CHECK(classification_loss(logits, labels, weights).item<double>() ==
          doctest::Approx(-1.5 * std::log(0.5)).epsilon(1e-6));
}

// core/losses_test.py: WeightedSigmoidClassificationLossTest.testReturnsCorrectLoss.
TEST_CASE("the mask loss is the Object Detection API's sigmoid cross-entropy") {
    const Tensor logits = numbers({-100, 100, -100, 100,  -100, -100, 100, 0,   -100, -100, -100, 100,
                                   -100, 0,   100,  -100, 100,  -100, 100, 100, 100,  0,    0,    -1},
                                  {8, 1, 3});
    const Tensor targets =
        numbers({0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 1, 1, 1, 0, 0}, {8, 1, 3});
    CHECK(mask_loss(logits, targets, numbers({1, 1, 1, 1, 1, 1, 1, 0}, {8})).item<double>() ==
          doctest::Approx(-2 * std::log(0.5)).epsilon(1e-6));
}

// core/post_processing_test.py: test_multiclass_nms_select_with_shared_boxes, …_with_per_class_cap,
// …_with_total_cap.
TEST_CASE("detections are suppressed and cut off as by the Object Detection API") {
    TwoClasses given;
    const ScoredBox first{{0, 10, 1, 11}, 0.95F, 1}, second{{0, 0, 1, 1}, 0.9F, 1};
    const ScoredBox third{{0, 1000, 1, 1002}, 0.85F, 2}, fourth{{0, 100, 1, 101}, 0.3F, 1};
    check_found(given.suppressed(), {first, second, third, fourth});
    given.config.detections = 2;
    check_found(given.suppressed(), {first, second});
    given.config.detections = 100;
    given.config.detections_per_class = 2;
    check_found(given.suppressed(), {first, second, third});
}

// core/post_processing_test.py: test_multiclass_nms_select_with_clip_window, moved so that its window begins
// at 0.
TEST_CASE("detections are clipped after suppression, as by the Object Detection API") {
    NetworkConfig config;
    config.detection_nms_iou = 0.5;
    const std::vector<std::vector<Box>> boxes = {{{-5, -4, 5, 6}, {-4, -3, 6, 7}}};
    const std::vector<std::vector<float>> scores = {{0.9F, 0.75F}};
    check_found(suppress_by_class(config, boxes, scores, {3, 3}, 0), {{{0, 0, 3, 3}, 0.9F, 1}});
}

// meta_architectures/faster_rcnn_meta_arch_test_lib.py: test_postprocess_first_stage_only_inference_mode.
TEST_CASE("proposals come in the Object Detection API's order") {
    NetworkConfig config;
    config.proposals = 8;
    const std::vector<Box> anchors = {{0, 0, 16, 16}, {0, 16, 16, 32}, {16, 0, 32, 16}, {16, 16, 32, 32}};
    const std::vector<float> codes(16, 0);
    const auto order = [&](const std::vector<float>& logits) {
        return select_proposals(config, anchors, codes, logits, {32, 32}, Purpose::inference).boxes;
    };
    CHECK((order({-10, 13, 10, -10, 10, -11, -10, 12}) ==
           std::vector<Box>{anchors[0], anchors[3], anchors[1], anchors[2]}));
    CHECK((order({10, -10, -10, 13, -10, 12, 10, -11}) ==
           std::vector<Box>{anchors[1], anchors[2], anchors[0], anchors[3]}));
}

// core/preprocessor_test.py: testResizeToRangePreservesStaticSpatialShape;
// builders/image_resizer_builder_test.py: test_build_keep_aspect_ratio_resizer_returns_expected_shape.
TEST_CASE("images are fitted as by the Object Detection API's resizers") {
    using Sides = std::pair<std::int64_t, std::int64_t>;
    NetworkConfig config;
    const auto fitted = [&](std::int64_t height, std::int64_t width) {
        const Size size = fitted_size(config, {height, width});
        return Sides{size.height, size.width};
    };
    config.min_dimension = 50;
    config.max_dimension = 100;
    CHECK((fitted(60, 40) == Sides{75, 50}));
    CHECK((fitted(15, 30) == Sides{50, 100}));
    CHECK((fitted(15, 50) == Sides{30, 100}));
    config.min_dimension = 10;
    config.max_dimension = 20;
    CHECK((fitted(50, 25) == Sides{20, 10}));
}
