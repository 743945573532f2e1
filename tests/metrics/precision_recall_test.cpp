#include "metrics/precision_recall.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <set>

#include "base/error.h"
#include "metrics/coco_evaluation.h"
#include "tests/metrics/coco_cases.h"
#include "tests/metrics/coco_oracle.h"

using namespace figurant;
using namespace figurant::metrics;
using namespace figurant::metrics::test;

namespace {

Mix mix_of(std::uint64_t seed) {
    Random random(seed, 3);
    Mix mix;
    mix.images = static_cast<int>(1 + random.below(5));
    mix.truths = static_cast<int>(random.below(8));
    mix.finds = static_cast<int>(random.below(25));
    mix.categories = static_cast<int>(1 + random.below(3));
    mix.scores = random.chance(0.5) ? 4 : 1000000;  // 0.25, 0.5 and 0.75 are thresholds themselves
    mix.crowds = random.chance(0.5) ? 0 : 0.3;
    mix.side = random.chance(0.3) ? 40 : 100;
    mix.shift = static_cast<int>(2 + random.below(20));
    return mix;
}

void check_points(const PartPrecisionRecall& part, const RandomCase& made, bool masks) {
    int to_find = 0;
    CocoOracle oracle(made.truth, made.results, masks);
    const auto outcomes = oracle.outcomes(to_find);
    REQUIRE(part.points.size() == 101);
    CHECK(part.figures.size() == static_cast<std::size_t>(to_find));
    for (std::size_t i = 0; i < part.points.size(); ++i) {
        const OperatingPoint& point = part.points[i];
        CHECK(point.score == static_cast<double>(i) / 100);
        std::size_t finds = 0, right = 0;
        for (const auto& each : outcomes) {
            finds += each.score >= point.score;
            right += each.score >= point.score && each.right;
        }
        CHECK(point.finds == finds);
        CHECK(point.right == right);
        CHECK(point.to_find == static_cast<std::size_t>(to_find));
    }
}

/// The share of a box's pixels that lie in another: boxes of the random cases have whole pixels.
double pixels_covered(const std::array<double, 4>& box, const std::array<double, 4>& other) {
    const auto inside = [](const std::array<double, 4>& b, int x, int y) {
        return x >= b[0] && y >= b[1] && x < b[0] + b[2] && y < b[1] + b[3];
    };
    int all = 0, both = 0;
    for (int y = 0; y < 128; ++y)
        for (int x = 0; x < 128; ++x) {
            all += inside(box, x, y);
            both += inside(box, x, y) && inside(other, x, y);
        }
    return static_cast<double>(both) / all;
}

/// Of pixels: boxes of the random cases have whole ones, and are those around their masks.
double overlap_of(const CocoResult& find, const CocoAnnotation& figure, bool masks) {
    const auto filled = [&](const std::array<double, 4>& box, const RunLengthMask& mask) {
        if (masks) return mask.decode();
        cv::Mat pixels(static_cast<int>(mask.height()), static_cast<int>(mask.width()), CV_8U, cv::Scalar(0));
        pixels(cv::Rect(int(box[0]), int(box[1]), int(box[2]), int(box[3]))).setTo(1);
        return pixels;
    };
    const cv::Mat a = filled(*find.bbox, *find.segmentation), b = filled(figure.bbox, *figure.segmentation);
    const cv::Mat both = (a > 0) & (b > 0), either = (a > 0) | (b > 0);
    return static_cast<double>(cv::countNonZero(both)) / cv::countNonZero(either);
}

void check_figures(const PartPrecisionRecall& part, const RandomCase& made, bool masks) {
    const auto& annotations = made.truth.annotations;
    std::set<std::size_t> finds;
    for (const FigureFate& fate : part.figures) {
        const auto& figure = annotations[fate.figure];
        CHECK_FALSE(figure.iscrowd);
        double covered = 0;
        for (const auto& other : annotations)
            if (&other != &figure && other.image_id == figure.image_id && !other.iscrowd)
                covered = std::max(covered, pixels_covered(figure.bbox, other.bbox));
        CHECK(std::abs(fate.covered - covered) < 1e-12);
        if (!fate.find) {
            CHECK(fate.overlap == 0);
            continue;
        }
        CHECK(finds.insert(*fate.find).second);
        CHECK(made.results[*fate.find].image_id == figure.image_id);
        CHECK(made.results[*fate.find].category_id == figure.category_id);
        CHECK(std::abs(fate.overlap - overlap_of(made.results[*fate.find], figure, masks)) < 1e-12);
        CHECK(fate.overlap >= 0.5);
    }
    CHECK(finds.size() == part.points[0].right);
    CHECK(std::is_sorted(part.figures.begin(), part.figures.end(),
                         [](auto& a, auto& b) { return a.figure < b.figure; }));
}

const std::vector<CocoCategory> one_category{{1, "figure"}};

}  // namespace

TEST_CASE("what a threshold keeps and which figures are found, on random scenes, as counted one by one") {
    for (std::uint64_t seed = 1; seed <= 120; ++seed) {
        CAPTURE(seed);
        const auto made = random_case(seed, mix_of(seed));
        const auto measured = precision_recall(made.truth, made.results);
        REQUIRE(measured.bbox);
        REQUIRE(measured.segm);
        check_points(*measured.bbox, made, false);
        check_points(*measured.segm, made, true);
        check_figures(*measured.bbox, made, false);
        check_figures(*measured.segm, made, true);
        const auto threaded = precision_recall(made.truth, made.results, on_threads);
        CHECK(to_table(threaded, made.truth, made.results) == to_table(measured, made.truth, made.results));
    }
}

TEST_CASE("precision, recall and F1 by hand, and where there is nothing to divide by") {
    const OperatingPoint some{0.5, 4, 3, 6};
    CHECK(some.precision() == 0.75);
    CHECK(some.recall() == 0.5);
    CHECK(some.f1() == doctest::Approx(2 * 0.75 * 0.5 / 1.25));
    CHECK(OperatingPoint{0.5, 0, 0, 6}.precision() == -1);
    CHECK(OperatingPoint{0.5, 0, 0, 6}.recall() == 0);
    CHECK(OperatingPoint{0.5, 4, 0, 0}.recall() == -1);
    CHECK(OperatingPoint{0.5, 0, 0, 0}.f1() == 0);
}

TEST_CASE("the best point has the greatest F1, of equals the highest score") {
    CocoTruth truth{{{1, "map", 100, 100}}, one_category, {}};
    const auto mask = rectangle(100, 10, 10, 20, 20);
    truth.annotations.push_back({1, 1, 1, {10, 10, 20, 20}, 400, false, mask});
    const auto far = rectangle(100, 60, 60, 20, 20);
    const CocoResults results{{1, 1, 0.5, std::array{60.0, 60.0, 20.0, 20.0}, far},
                              {1, 1, 0.8, std::array{10.0, 10.0, 20.0, 20.0}, mask}};
    const auto measured = precision_recall(truth, results);
    CHECK(measured.segm->best().score == 0.8);
    CHECK(measured.segm->best().f1() == 1);
    CHECK(measured.segm->points[50].finds == 2);
    CHECK(measured.segm->points[51].finds == 1);
    CHECK(measured.segm->points[81].finds == 0);
}

TEST_CASE("groups hold every figure once, at their bounds in the upper group") {
    CocoTruth truth{{{1, "map", 1000, 1000}}, one_category, {}};
    const auto add = [&](double x, double y, double width, double height) {
        truth.annotations.push_back({static_cast<std::int64_t>(truth.annotations.size()) + 1,
                                     1,
                                     1,
                                     {x, y, width, height},
                                     width * height,
                                     false,
                                     {}});
    };
    add(0, 0, 10, 31);      // small
    add(100, 0, 10, 32);    // at a bound
    add(200, 0, 100, 100);  // of it 0.3 is covered by the next
    add(270, 0, 100, 300);
    add(0, 400, 512, 20);
    const CocoResults results{{1, 1, 0.9, std::array{200.0, 0.0, 100.0, 100.0}, {}},
                              {1, 1, 0.2, std::array{0.0, 0.0, 10.0, 31.0}, {}},
                              {1, 1, 0.6, std::array{900.0, 900.0, 10.0, 10.0}, {}},
                              {1, 1, 0.6, std::array{920.0, 900.0, 10.0, 10.0}, {}}};
    const auto measured = precision_recall(truth, results);
    CHECK_FALSE(measured.segm.has_value());
    REQUIRE(measured.bbox);
    CHECK(measured.bbox->best().score == doctest::Approx(0.2).epsilon(0.001));
    const auto counts = [](const std::vector<FoundGroup>& groups) {
        std::vector<std::array<std::size_t, 3>> numbers;
        for (const auto& group : groups) numbers.push_back({group.figures, group.found, group.found_at_best});
        return numbers;
    };
    using Counts = std::vector<std::array<std::size_t, 3>>;
    CHECK(counts(found_by_size(*measured.bbox, truth, results)) ==
          Counts{{1, 1, 1}, {1, 0, 0}, {1, 1, 1}, {0, 0, 0}, {1, 0, 0}, {1, 0, 0}});
    CHECK(counts(found_by_crowding(*measured.bbox, results)) ==
          Counts{{3, 1, 1}, {1, 0, 0}, {1, 1, 1}, {0, 0, 0}});
}

TEST_CASE("nothing found, nothing to find: tables without numbers, no division by nothing") {
    const CocoTruth empty{{{1, "map", 100, 100}}, one_category, {}};
    const auto measured = precision_recall(empty, {});
    REQUIRE(measured.bbox);
    CHECK(measured.bbox->figures.empty());
    CHECK(measured.bbox->best().score == 1);
    CHECK(to_table(measured, empty, {}).find("nan") == std::string::npos);
    const auto made = random_case(4, {});
    const auto missed = precision_recall(made.truth, {});
    CHECK(missed.bbox->points[0].finds == 0);
    CHECK(missed.bbox->points[0].recall() == 0);
    CHECK(to_table(missed, made.truth, {}).find("nan") == std::string::npos);
}

TEST_CASE("all finds of an image count, also beyond those that average precision looks at") {
    CocoTruth truth{{{1, "map", 2000, 100}}, one_category, {}};
    CocoResults results;
    for (int i = 0; i < 150; ++i) {
        const std::array box{10.0 * i, 0.0, 8.0, 20.0};
        truth.annotations.push_back({i + 1, 1, 1, box, 160, false, {}});
        results.push_back({1, 1, 0.9, box, {}});
    }
    const auto measured = precision_recall(truth, results);
    CHECK(measured.bbox->points[50].right == 150);
    CHECK(measured.bbox->points[50].recall() == 1);
    CHECK((*evaluate_coco(truth, results).bbox)["AR100"] == doctest::Approx(100.0 / 150));
}

TEST_CASE(
    "a figure with the id 0 is never found, a box within an equal one is covered by 1 and not by more") {
    CocoTruth truth{{{1, "map", 100, 100}}, one_category, {}};
    const std::array box{0.1, 0.1, 0.2, 0.2};
    for (int i = 0; i < 2; ++i) truth.annotations.push_back({i, 1, 1, box, 0.04, false, {}});
    const auto measured = precision_recall(truth, {{1, 1, 0.9, box, {}}, {1, 1, 0.8, box, {}}});
    REQUIRE(measured.bbox->figures.size() == 2);
    CHECK_FALSE(measured.bbox->figures[0].find.has_value());
    CHECK(measured.bbox->points[0].right == 1);
    for (const auto& fate : measured.bbox->figures) CHECK(fate.covered == 1);
}

TEST_CASE("scores outside 0 to 1 are warned of") {
    auto made = random_case(9, {});
    CHECK(precision_recall(made.truth, made.results).warnings.empty());
    made.results[3].score = 87;
    made.results[4].score = -1;
    CHECK(precision_recall(made.truth, made.results).warnings ==
          std::vector<std::string>{"2 results have scores outside 0 to 1, where the thresholds are"});
}

TEST_CASE(
    "a part that cannot be measured is left out, and what does not fit is refused as evaluate_coco does") {
    auto made = random_case(9, {});
    made.truth.annotations[0].segmentation.reset();
    const auto measured = precision_recall(made.truth, made.results);
    CHECK_FALSE(measured.segm.has_value());
    CHECK(measured.warnings == evaluate_coco(made.truth, made.results).warnings);
    made.results[2].image_id = 555;
    CHECK_THROWS_WITH_AS(precision_recall(made.truth, made.results),
                         "result 2 is for image 555, which the truth does not have", Error);
}
