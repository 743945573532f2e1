// Boxes, anchors, suppression, matching, sampling, crops and mask targets, against published figures and slow
// oracles.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "mask_rcnn/anchors.h"
#include "mask_rcnn/crop.h"
#include "mask_rcnn/images.h"
#include "mask_rcnn/nms.h"
#include "mask_rcnn/proposals.h"
#include "mask_rcnn/targets.h"

using namespace figurant::mask_rcnn;

using figurant::Random;

namespace {

void check_close(const Box& found, const Box& wanted, double tolerance = 1e-4) {
    CHECK(std::abs(found.y_min - wanted.y_min) < tolerance);
    CHECK(std::abs(found.x_min - wanted.x_min) < tolerance);
    CHECK(std::abs(found.y_max - wanted.y_max) < tolerance);
    CHECK(std::abs(found.x_max - wanted.x_max) < tolerance);
}

std::vector<Box> random_boxes(Random& random, std::size_t count, double extent) {
    std::vector<Box> boxes;
    for (std::size_t i = 0; i < count; ++i) {
        const double y = random.uniform() * extent, x = random.uniform() * extent;
        const double h = 1 + random.uniform() * extent / 3, w = 1 + random.uniform() * extent / 3;
        boxes.push_back({static_cast<float>(y), static_cast<float>(x), static_cast<float>(y + h),
                         static_cast<float>(x + w)});
    }
    return boxes;
}

double slow_iou(const Box& a, const Box& b) {
    const double height =
        std::max(0.0, double(std::min(a.y_max, b.y_max)) - double(std::max(a.y_min, b.y_min)));
    const double width =
        std::max(0.0, double(std::min(a.x_max, b.x_max)) - double(std::max(a.x_min, b.x_min)));
    const auto area_of = [](const Box& box) {
        return (double(box.y_max) - box.y_min) * (double(box.x_max) - box.x_min);
    };
    return height * width / (area_of(a) + area_of(b) - height * width);
}

/// One box after the other, each compared with all kept ones.
std::vector<std::int32_t> slow_suppression(const std::vector<Box>& boxes, const std::vector<float>& scores,
                                           double threshold, double least, std::size_t most) {
    std::vector<std::int32_t> order(boxes.size()), kept;
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](auto a, auto b) { return scores[std::size_t(a)] > scores[std::size_t(b)]; });
    for (const auto i : order) {
        if (kept.size() == most || scores[std::size_t(i)] <= least) break;
        const bool free = std::all_of(kept.begin(), kept.end(), [&](auto k) {
            return slow_iou(boxes[std::size_t(i)], boxes[std::size_t(k)]) <= threshold;
        });
        if (free) kept.push_back(i);
    }
    return kept;
}

}  // namespace

// Figures of grid_anchor_generator_test.py, Object Detection API: test_construct_single_anchor and
// test_construct_anchor_grid.
TEST_CASE("anchors are those of the Object Detection API's tests") {
    NetworkConfig config;
    config.anchor_scales = {0.5, 1, 2};
    config.anchor_aspect_ratios = {0.25, 1, 4};
    const Box wanted[] = {{-121, -35, 135, 29}, {-249, -67, 263, 61},   {-505, -131, 519, 125},
                          {-57, -67, 71, 61},   {-121, -131, 135, 125}, {-249, -259, 263, 253},
                          {-25, -131, 39, 125}, {-57, -259, 71, 253},   {-121, -515, 135, 509}};
    const auto cell = cell_anchors(config);
    REQUIRE(cell.size() == 9);
    for (std::size_t i = 0; i < 9; ++i)
        check_close({cell[i].y_min + 7, cell[i].x_min - 3, cell[i].y_max + 7, cell[i].x_max - 3}, wanted[i]);

    config.anchor_base = 10;
    config.anchor_aspect_ratios = {1};
    config.output_stride = 19;
    const Box grid_wanted[] = {{-2.5, -2.5, 2.5, 2.5},   {-5, -5, 5, 5},   {-10, -10, 10, 10},
                               {-2.5, 16.5, 2.5, 21.5},  {-5, 14, 5, 24},  {-10, 9, 10, 29},
                               {16.5, -2.5, 21.5, 2.5},  {14, -5, 24, 5},  {9, -10, 29, 10},
                               {16.5, 16.5, 21.5, 21.5}, {14, 14, 24, 24}, {9, 9, 29, 29}};
    const auto grid = grid_anchors(config, 2, 2);
    REQUIRE(grid.size() == 12);
    for (std::size_t i = 0; i < 12; ++i) check_close(grid[i], grid_wanted[i]);
}

TEST_CASE("an anchor fits an image when one of the grid's lies inside it") {
    NetworkConfig config;
    for (const std::int64_t side : {40, 64, 120, 320, 384, 1000}) {
        const auto fitting = fitting_anchors(config, side, side + 24);
        const auto grid = grid_anchors(config, (side + 7) / 8, (side + 24 + 7) / 8);
        std::vector<bool> wanted(fitting.size(), false);
        for (std::size_t i = 0; i < grid.size(); ++i)
            if (inside(grid[i], static_cast<float>(side), static_cast<float>(side + 24)))
                wanted[i % wanted.size()] = true;
        CHECK(fitting == wanted);
    }
}

// Figures of faster_rcnn_box_coder_test.py, Object Detection API, times the scale factors 10, 10, 5, 5.
TEST_CASE("box codes are those of the Object Detection API's tests, and decode to the boxes") {
    const Box boxes[] = {{10, 10, 20, 15}, {0.2F, 0.1F, 0.5F, 0.4F}};
    const Box anchors[] = {{15, 12, 30, 18}, {0.1F, 0, 0.7F, 0.9F}};
    const double codes[][4] = {{-0.5, -0.416666, -0.405465, -0.182321},
                               {-0.083333, -0.222222, -0.693147, -1.098612}};
    const double scales[] = {10, 10, 5, 5};
    for (std::size_t i = 0; i < 2; ++i) {
        const BoxCode code = encode(boxes[i], anchors[i]);
        for (std::size_t k = 0; k < 4; ++k)
            CHECK(code[k] == doctest::Approx(codes[i][k] * scales[k]).epsilon(1e-4));
        check_close(decode(code, anchors[i]), boxes[i], 1e-5);
    }
    const BoxCode thin = encode({10, 10, 10.0000001F, 20}, {15, 12, 30, 18});
    CHECK(thin[2] == doctest::Approx(5 * -21.128731).epsilon(1e-4));
    CHECK(thin[3] == doctest::Approx(5 * 0.510826).epsilon(1e-4));
}

// Figures of argmax_matcher_test.py, Object Detection API: rows are true figures, columns boxes.
TEST_CASE("matches are those of the Object Detection API's tests") {
    using Row = std::vector<float>;
    const auto match_matrix = [](const std::vector<Row>& rows, float positive, float negative, bool claims) {
        return match_overlaps(
            5, rows.size(), [&](std::size_t b, std::size_t t) { return rows[t][b]; }, positive, negative,
            claims);
    };
    const std::vector<Row> first = {{1, 1, 1, 3, 1}, {2, -1, 2, 0, 4}, {3, 0, -1, 0, 0}};
    CHECK(match_matrix(first, 3, 3, false) == std::vector<std::int32_t>{2, unmatched, unmatched, 0, 1});
    CHECK(match_matrix(first, 3, 2, false) == std::vector<std::int32_t>{2, unmatched, ignored, 0, 1});
    const std::vector<Row> second = {{1, 1, 1, 3, 1}, {-1, 0, -2, -2, -1}, {3, 0, -1, 2, 0}};
    CHECK(match_matrix(second, 3, 2, false) ==
          std::vector<std::int32_t>{2, unmatched, unmatched, 0, unmatched});
    CHECK(match_matrix(second, 3, 2, true) == std::vector<std::int32_t>{2, 1, unmatched, 0, unmatched});
    CHECK(match_matrix({}, 3, 2, true) == std::vector<std::int32_t>(5, unmatched));
}

TEST_CASE("suppression keeps what comparing everything keeps") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const auto boxes = random_boxes(random, 1 + random.below(3000), 60);
        std::vector<float> scores;
        // Few different scores, so that ties are common.
        for (std::size_t i = 0; i < boxes.size(); ++i)
            scores.push_back(static_cast<float>(random.below(50)) / 50);
        const float threshold = 0.3F + 0.6F * static_cast<float>(random.uniform());
        const std::size_t most = 1 + random.below(400);
        CHECK(non_max_suppression(boxes, scores, threshold, 0.1F, most) ==
              slow_suppression(boxes, scores, threshold, static_cast<double>(0.1F), most));
    }
}

TEST_CASE(
    "samples are balanced, in order, without ignored boxes, and each kind is as likely as another of its "
    "kind") {
    std::vector<std::int32_t> matches(100, unmatched);
    for (std::size_t i = 0; i < 20; ++i) matches[i] = 3;
    for (std::size_t i = 20; i < 40; ++i) matches[i] = ignored;
    std::vector<int> taken(100, 0);
    for (std::uint64_t seed = 0; seed < 4000; ++seed) {
        Random random(seed);
        const auto samples = balanced_sample(matches, 30, 0.25, random);
        REQUIRE(samples.size() == 30);
        CHECK(std::is_sorted(samples.begin(), samples.end(), [](auto a, auto b) { return a.box < b.box; }));
        CHECK(std::count_if(samples.begin(), samples.end(), [](auto each) { return each.truth == 3; }) == 7);
        for (const auto& each : samples) ++taken[static_cast<std::size_t>(each.box)];
    }
    for (std::size_t i = 0; i < 20; ++i) CHECK(taken[i] == doctest::Approx(4000 * 7.0 / 20).epsilon(0.1));
    for (std::size_t i = 20; i < 40; ++i) CHECK(taken[i] == 0);
    for (std::size_t i = 40; i < 100; ++i) CHECK(taken[i] == doctest::Approx(4000 * 23.0 / 60).epsilon(0.1));
    Random random(1);
    CHECK(balanced_sample(std::vector<std::int32_t>(3, unmatched), 30, 0.25, random).size() == 3);
}

TEST_CASE("training drops anchors that leave the image, and keeps those that touch its border") {
    NetworkConfig config;
    const std::vector<Box> anchors = {{0, 0, 10, 10}, {-1, 0, 9, 10}, {90, 90, 100, 100}, {90, 91, 100, 101}};
    Random random(1);
    const auto samples = rpn_samples(config, anchors, std::vector<Box>{{0, 0, 10, 10}}, 100, 100, random);
    REQUIRE(samples.size() == 2);
    CHECK(samples[0].box == 0);
    CHECK(samples[0].truth == 0);
    CHECK(samples[1].box == 2);
    CHECK(samples[1].truth == unmatched);
}

TEST_CASE("proposals are suppressed before they are clipped, then clipped, and empty ones dropped") {
    NetworkConfig config;
    config.rpn_nms_iou = 0.5;
    // The second leaves the image wholly; the third overlaps the first only once both are clipped.
    const std::vector<Box> anchors = {{0, 0, 10, 10}, {-30, 0, -10, 10}, {0, 0, 10, 40}};
    const std::vector<float> codes(12, 0), logits = {0, 2, 0, 1, 0, 3};
    const auto training = select_proposals(config, anchors, codes, logits, {10, 10}, Purpose::training);
    REQUIRE(training.boxes.size() == 1);
    check_close(training.boxes[0], {0, 0, 10, 10});
    const auto inference = select_proposals(config, anchors, codes, logits, {100, 100}, Purpose::inference);
    REQUIRE(inference.boxes.size() == 2);
    check_close(inference.boxes[0], {0, 0, 10, 40});
    check_close(inference.boxes[1], {0, 0, 10, 10});
    REQUIRE(inference.scores.size() == 2);
    CHECK(inference.scores[0] == doctest::Approx(1 / (1 + std::exp(-3))));
    CHECK(inference.scores[1] == doctest::Approx(1 / (1 + std::exp(-2))));
}

TEST_CASE("detections carry the softmax of their class and suppress only their own class") {
    NetworkConfig config;
    config.classes = 2;
    const Proposals proposals{{{0, 0, 20, 20}, {1, 1, 21, 21}}, {0.5F, 0.25F}};
    const std::vector<float> codes(16, 0), logits = {0, 2, 1, 0, 1, 1.5F};
    const auto found = select_detections(config, proposals, codes, logits, {50, 50}, 0.2F);
    const double sum = 1 + std::exp(1) + std::exp(2);
    REQUIRE(found.size() == 2);
    CHECK(found[0].score == doctest::Approx(std::exp(2) / sum));
    CHECK(found[0].category == 1);
    CHECK(found[1].score == doctest::Approx(std::exp(1.5) / (1 + std::exp(1) + std::exp(1.5))));
    check_close(found[0].box, {0, 0, 20, 20});
    CHECK(found[1].category == 2);
    check_close(found[1].box, {1, 1, 21, 21});
    config.detection_score = "class_and_proposal";
    const auto both = select_detections(config, proposals, codes, logits, {50, 50}, 0.05F);
    REQUIRE(both.size() == 2);
    CHECK(both[0].score == doctest::Approx(0.5 * found[0].score));
    CHECK(both[1].score == doctest::Approx(0.25 * found[1].score));
}

TEST_CASE(
    "calibrated scores depend on score and size by their formula, and decide what is suppressed and kept") {
    NetworkConfig config;
    config.score_calibration = {-0.5, 1.5, 0.8};
    // Two boxes that overlap by more than is allowed: the larger one has the lower score, until calibrated.
    const Proposals proposals{{{0, 0, 20, 20}, {0, 0, 25, 20}, {100, 100, 400, 300}}, {1, 1, 1}};
    const std::vector<float> codes(12, 0), logits = {0, 1, 0, 0.9F, 0, -3};
    const auto found = select_detections(config, proposals, codes, logits, {500, 500}, 0.02F);
    REQUIRE(found.size() == 1);
    check_close(found[0].box, {0, 0, 25, 20});
    // The log odds of a softmax of two are the difference of its logits; 25 pixels are three doublings short
    // of 200.
    CHECK(found[0].score == doctest::Approx(1 / (1 + std::exp(0.5 - 1.5 * 0.9 + 0.8 * 3))));
    const auto all = select_detections(config, proposals, codes, logits, {500, 500}, 0);
    REQUIRE(all.size() == 2);
    CHECK(all[1].score == doctest::Approx(1 / (1 + std::exp(0.5 + 1.5 * 3))));  // as large as counts
}

TEST_CASE("crops equal a slow crop_and_resize followed by a slow maximum, in float64 to 1e-12") {
    Random random(7);
    const CropShape shape{2, 9, 7, 5, 6, 2};
    std::vector<double> features(2 * 9 * 7 * 5);
    for (double& each : features) each = random.normal();
    std::vector<Region> regions;
    for (int i = 0; i < 30; ++i) {
        const auto at = [&] { return static_cast<float>(random.uniform() * 1.4 - 0.2); };
        regions.push_back({{at(), at(), at(), at()}, static_cast<std::int64_t>(random.below(2))});
    }
    regions.push_back({{0, 0, 1, 1}, 1});
    std::vector<double> pooled(regions.size() * 3 * 3 * 5);
    crop_and_pool<double>(shape, features.data(), regions, pooled.data(), nullptr);
    const auto sample = [&](const Region& region, int i, int j, int c) {
        const double y = region.box.y_min * 8.0 + i * (double(region.box.y_max) - region.box.y_min) * 8 / 5;
        const double x = region.box.x_min * 6.0 + j * (double(region.box.x_max) - region.box.x_min) * 6 / 5;
        if (y < 0 || y > 8 || x < 0 || x > 6) return 0.0;
        const auto at = [&](double row, double column) {
            return features[static_cast<std::size_t>(((double(region.image) * 9 + row) * 7 + column) * 5 +
                                                     c)];
        };
        const double top = std::floor(y), left = std::floor(x), dy = y - top, dx = x - left;
        const double bottom = std::min(top + 1, 8.0), right = std::min(left + 1, 6.0);
        return (1 - dy) * ((1 - dx) * at(top, left) + dx * at(top, right)) +
               dy * ((1 - dx) * at(bottom, left) + dx * at(bottom, right));
    };
    for (std::size_t r = 0; r < regions.size(); ++r)
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j)
                for (int c = 0; c < 5; ++c) {
                    const double wanted = std::max({sample(regions[r], 2 * i, 2 * j, c),
                                                    sample(regions[r], 2 * i, 2 * j + 1, c),
                                                    sample(regions[r], 2 * i + 1, 2 * j, c),
                                                    sample(regions[r], 2 * i + 1, 2 * j + 1, c)});
                    const auto at =
                        ((r * 3 + static_cast<std::size_t>(i)) * 3 + static_cast<std::size_t>(j)) * 5 +
                        static_cast<std::size_t>(c);
                    REQUIRE(std::abs(pooled[at] - wanted) < 1e-12);
                }
}

TEST_CASE("a mask target is the figure's mask as seen through the box") {
    TrueFigure figure;
    figure.mask_y = 2;
    figure.mask_x = 3;
    figure.mask_height = 4;
    figure.mask_width = 2;
    figure.mask.assign(8, 255);
    figure.mask[0] = 0;
    // An 11-pixel box over an 11-pixel image: every sample falls on a pixel.
    std::vector<float> target(11 * 11);
    mask_target(figure, {11, 11}, {11, 11}, {0, 0, 11, 11}, 11, target.data());
    for (std::size_t y = 0; y < 11; ++y)
        for (std::size_t x = 0; x < 11; ++x) {
            const bool inside = y >= 2 && y < 6 && x >= 3 && x < 5 && !(y == 2 && x == 3);
            CHECK(target[y * 11 + x] == (inside ? 1.0F : 0.0F));
        }
    // Twice the size: nearest neighbours, so each pixel became four.
    std::vector<float> twice(22 * 22);
    mask_target(figure, {11, 11}, {22, 22}, {0, 0, 22, 22}, 22, twice.data());
    for (std::size_t y = 0; y < 22; ++y)
        for (std::size_t x = 0; x < 22; ++x)
            CHECK(twice[y * 22 + x] == doctest::Approx(target[(y / 2) * 11 + x / 2]));
}

TEST_CASE("images fit as the original fits them, and pixels are sampled at target times scale") {
    NetworkConfig config;
    CHECK(fitted_size(config, {400, 400}).height == 800);
    CHECK(fitted_size(config, {600, 900}).width == 1200);
    CHECK(fitted_size(config, {1000, 4000}).width == 1365);
    CHECK(fitted_size(config, {1000, 4000}).height == 341);
    CHECK(fitted_size(config, {4000, 1000}).height == 1365);
    config.pixel_means = {1, 2, 3};
    config.pixel_scale = 0.5;
    const std::uint8_t pixels[] = {10, 20, 30, 50, 60, 70};
    std::vector<float> out(4 * 3);
    prepare_image(config, {pixels, 1, 2, 0}, {1, 4}, 4, out.data());
    const float red[] = {10, 30, 50, 50};
    for (std::size_t x = 0; x < 4; ++x) CHECK(out[x * 3] == doctest::Approx((red[x] - 1) / 2));
}
