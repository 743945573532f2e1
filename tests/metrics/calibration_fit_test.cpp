#include "metrics/calibration_fit.h"

#include <doctest/doctest.h>

#include <cmath>

#include "base/error.h"
#include "tests/metrics/coco_cases.h"

using namespace figurant;
using namespace figurant::metrics;
using namespace figurant::metrics::test;

namespace {

/// Finds of many sizes and scores, of which those are right that `chance_of(score, side)` makes so: one find
/// and one figure in each image, at one place or far apart.
template <class Chance>
RandomCase drawn(std::uint64_t seed, int count, const Chance& chance_of) {
    Random random(seed);
    RandomCase made;
    made.truth.categories = {{1, "figure"}};
    for (int i = 1; i <= count; ++i) {
        const double side = std::exp2(4 + 5 * random.uniform());  // 16 to 512
        const double score = 0.02 + 0.96 * random.uniform();
        made.truth.images.push_back({i, "map", 2000, 2000});
        const double x = random.chance(chance_of(score, side)) ? 0 : 1000;
        made.truth.annotations.push_back({i, i, 1, {x, 0, side / 2, side}, side * side / 2, false, {}});
        made.results.push_back({i, 1, score, std::array{0.0, 0.0, side / 2, side}, {}});
    }
    return made;
}

/// The mean loss, from its definition.
double loss(const RandomCase& made, const ScoreCalibration& calibration, double scale) {
    double sum = 0;
    for (std::size_t i = 0; i < made.results.size(); ++i) {
        const double p = calibration(made.results[i].score, scale * (*made.results[i].bbox)[3]);
        sum -= std::log(made.truth.annotations[i].bbox[0] == 0 ? p : 1 - p);
    }
    return sum / static_cast<double>(made.results.size());
}

}  // namespace

TEST_CASE("a calibration that finds were drawn by is found again") {
    const ScoreCalibration drawn_by{-1.5, 0.8, 0.6};
    for (const double scale : {1.0, 1.5}) {
        const auto made =
            drawn(5, 20000, [&](double score, double side) { return drawn_by(score, scale * side); });
        const auto fit = fit_calibration(made.truth, made.results, scale);
        CHECK(fit.finds == 20000);
        CHECK_FALSE(fit.masks);
        CHECK(std::abs(fit.calibration.offset - drawn_by.offset) < 0.1);
        CHECK(std::abs(fit.calibration.slope - drawn_by.slope) < 0.05);
        CHECK(std::abs(fit.calibration.per_doubling - drawn_by.per_doubling) < 0.05);
        CHECK(fit.loss_before == doctest::Approx(loss(made, {}, scale)));
        CHECK(fit.loss_after == doctest::Approx(loss(made, fit.calibration, scale)));
        // Nothing near it is better.
        for (const double step : {-0.02, 0.02}) {
            auto moved = fit.calibration;
            moved.offset += step;
            CHECK(loss(made, moved, scale) > fit.loss_after);
            moved = fit.calibration;
            moved.slope += step;
            CHECK(loss(made, moved, scale) > fit.loss_after);
            moved = fit.calibration;
            moved.per_doubling += step;
            CHECK(loss(made, moved, scale) > fit.loss_after);
        }
        for (const auto& bin : fit.after)
            if (bin.finds > 1000)
                CHECK(std::abs(static_cast<double>(bin.right) - bin.score_sum) /
                          static_cast<double>(bin.finds) <
                      0.03);
    }
}

TEST_CASE("right and wrong finds that part cleanly give finite numbers, in the order of the scores") {
    const auto made = drawn(3, 200, [](double score, double) { return score > 0.5 ? 1.0 : 0.0; });
    const auto fit = fit_calibration(made.truth, made.results, 1);
    CHECK(std::isfinite(fit.calibration.offset));
    CHECK(fit.calibration.slope > 1);
    CHECK(fit.loss_after < fit.loss_before);
}

TEST_CASE("one of another is one: calibrations follow each other") {
    const ScoreCalibration first{0.3, 1.2, -0.4}, then{-1, 0.7, 0.5}, both = then.after(first);
    for (const double score : {0.01, 0.4, 0.97})
        for (const double side : {10.0, 77.0, 5000.0})
            CHECK(both(score, side) == doctest::Approx(then(first(score, side), side)));
    CHECK(ScoreCalibration{}(0.37, 20) == doctest::Approx(0.37));
    CHECK(ScoreCalibration{0, 1, 0.5}(0.5, 100) < 0.5);
    CHECK(ScoreCalibration{0, 1, 0.5}(0.5, 300) == doctest::Approx(0.5));
    CHECK(std::isfinite(ScoreCalibration{0, 1, 0.5}(1, 0)));
}

TEST_CASE(
    "finds that are all as large as counts leave the size alone; finds on crowds are neither right nor "
    "wrong") {
    const auto large = [](double score, double) { return ScoreCalibration{-1, 1, 0}(score, 500); };
    auto made = drawn(2, 4000, large);
    const auto fit = fit_calibration(made.truth, made.results, 100);
    CHECK(fit.calibration.per_doubling == 0);
    CHECK(std::abs(fit.calibration.offset + 1) < 0.15);
    for (std::size_t i = 0; i < 1000; ++i) {
        made.truth.annotations[i].iscrowd = true;
        made.truth.annotations[i].bbox[0] = 0;
    }
    CHECK(fit_calibration(made.truth, made.results, 100).finds == 3000);
}

TEST_CASE("masks decide where all have one; threads change nothing; a table has all tenths") {
    const auto made = random_case(7, {});
    const auto fit = fit_calibration(made.truth, made.results, 1);
    CHECK(fit.masks);
    const auto threaded = fit_calibration(made.truth, made.results, 1, on_threads);
    CHECK(to_table(threaded) == to_table(fit));
    CHECK(threaded.calibration.offset == fit.calibration.offset);
    CHECK(to_table(fit).find("0.9 to 1.0") != std::string::npos);
}

TEST_CASE("results without a right find, or without a wrong one, say nothing of scores") {
    const auto all_wrong = drawn(1, 20, [](double, double) { return 0.0; });
    CHECK_THROWS_WITH_AS(fit_calibration(all_wrong.truth, all_wrong.results, 1),
                         "no find is right, so nothing can be said of what scores mean", Error);
    const auto all_right = drawn(1, 20, [](double, double) { return 1.0; });
    CHECK_THROWS_WITH_AS(fit_calibration(all_right.truth, all_right.results, 1),
                         "no find is wrong, so nothing can be said of what scores mean", Error);
    CHECK_THROWS_WITH_AS(fit_calibration(all_right.truth, {}, 1),
                         "there are no finds, so nothing can be said of what scores mean", Error);
    auto percent = random_case(7, {});
    percent.results[5].score = 87;
    CHECK_THROWS_WITH_AS(fit_calibration(percent.truth, percent.results, 1),
                         "result 5 has the score 87, which is not 0 to 1", Error);
}
