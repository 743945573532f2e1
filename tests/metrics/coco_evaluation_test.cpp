#include "metrics/coco_evaluation.h"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>

#include "base/error.h"
#include "base/file_writer.h"
#include "tests/metrics/coco_cases.h"
#include "tests/metrics/coco_oracle.h"

using namespace figurant;
using namespace figurant::metrics;
using namespace figurant::metrics::test;

namespace {

void check_equal(const std::array<double, 12>& found, const std::array<double, 12>& expected,
                 double tolerance = 1e-9) {
    for (std::size_t i = 0; i < 12; ++i) {
        CAPTURE(coco_figure_names[i]);
        CHECK(std::abs(found[i] - expected[i]) <= tolerance);
    }
}

Mix mix_of(std::uint64_t seed) {
    Random random(seed, 1);
    Mix mix;
    mix.images = static_cast<int>(1 + random.below(6));
    mix.truths = static_cast<int>(random.below(9));
    mix.finds = static_cast<int>(random.below(25));
    mix.categories = static_cast<int>(1 + random.below(3));
    mix.scores = random.chance(0.5) ? 3 : 1000000;
    mix.crowds = random.chance(0.5) ? 0 : 0.3;
    mix.side = random.chance(0.3) ? 40 : 150;
    return mix;
}

}  // namespace

TEST_CASE("the figures are those stored of pycocotools, to 1e-9") {
    std::size_t cases = 0;
    for (const auto& entry : std::filesystem::directory_iterator("tests/metrics/pycocotools_cases")) {
        if (entry.path().extension() != ".json") continue;
        CAPTURE(entry.path().string());
        const auto file = json::parse(read_file(entry.path()));
        const auto metrics = evaluate_coco(truth_of(file["truth"]), results_of(file["results"]));
        const auto& expected = file["expected"];
        CHECK(metrics.bbox.has_value() == expected.contains("bbox"));
        CHECK(metrics.segm.has_value() == expected.contains("segm"));
        if (metrics.bbox) check_equal(metrics.bbox->values, expected["bbox"]);
        if (metrics.segm) check_equal(metrics.segm->values, expected["segm"]);
        ++cases;
    }
    CHECK(cases >= 30);
}

TEST_CASE("the figures are those of the definition, on random cases") {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        const auto [truth, results] = random_case(seed, mix_of(seed));
        const auto metrics = evaluate_coco(truth, results);
        check_equal(metrics.bbox->values, CocoOracle(truth, results, false).figures(), 1e-9);
        check_equal(metrics.segm->values, CocoOracle(truth, results, true).figures(), 1e-9);
    }
}

TEST_CASE("more than 100 finds an image are cut at the hundredth") {
    Mix mix;
    mix.images = 2;
    mix.truths = 20;
    mix.finds = 180;
    mix.empty = 0;
    const auto [truth, results] = random_case(5, mix);
    check_equal(evaluate_coco(truth, results).bbox->values, CocoOracle(truth, results, false).figures());
}

TEST_CASE("threads do not change a bit of the answer") {
    Mix mix;
    mix.images = 80;
    mix.categories = 3;
    const auto [truth, results] = random_case(7, mix);
    const auto one = evaluate_coco(truth, results);
    for (int i = 0; i < 5; ++i) {
        const auto many = evaluate_coco(truth, results, on_threads);
        CHECK(many.bbox->values == one.bbox->values);
        CHECK(many.segm->values == one.segm->values);
    }
}

TEST_CASE("a part that the results cannot give is left out, also of the file") {
    auto [truth, results] = random_case(9, {});
    for (auto& result : results) result.segmentation.reset();
    const auto boxes = evaluate_coco(truth, results);
    CHECK(boxes.bbox.has_value());
    CHECK_FALSE(boxes.segm.has_value());
    const auto file = json::parse(to_json(boxes));
    CHECK(file.size() == 1);
    CHECK(file["bbox"].size() == 12);

    auto without_masks = truth;
    without_masks.annotations[0].segmentation.reset();
    CHECK_FALSE(evaluate_coco(without_masks, {}).segm.has_value());
    CHECK(evaluate_coco(truth, {}).segm.has_value());
}

TEST_CASE("masks alone give the boxes around them") {
    auto [truth, results] = random_case(10, {});
    const auto with = evaluate_coco(truth, results);
    for (auto& result : results) result.bbox.reset();
    CHECK(evaluate_coco(truth, results).bbox->values == with.bbox->values);
}

TEST_CASE("metrics.json keeps every digit and the names in their order") {
    CocoMetrics metrics;
    metrics.segm = CocoFigures{};
    for (std::size_t i = 0; i < 12; ++i)
        metrics.segm->values[i] = i % 3 ? 1.0 / static_cast<double>(i + 2) : -1;
    const std::string text = to_json(metrics);
    CHECK(text.substr(0, 40) == "{\"segm\": {\"AP\": -1, \"AP50\": 0.3333333333");
    const auto file = json::parse(text);
    for (std::size_t i = 0; i < 12; ++i)
        CHECK(file["segm"][std::string(coco_figure_names[i])].get<double>() == metrics.segm->values[i]);
    CHECK((*metrics.segm)["ARl"] == metrics.segm->values[11]);
    CHECK(to_table(metrics).find("AP50") != std::string::npos);
}

TEST_CASE("what cannot be evaluated is refused with its reason") {
    auto [truth, results] = random_case(11, {});
    auto strange = results;
    strange[2].image_id = 555;
    CHECK_THROWS_WITH_AS(evaluate_coco(truth, strange),
                         "result 2 is for image 555, which the truth does not have", Error);
    strange = results;
    strange[3].score = std::nan("");
    CHECK_THROWS_WITH_AS(evaluate_coco(truth, strange),
                         "result 3 has a score or a box that is not a finite number", Error);
    auto twice = truth;
    twice.annotations[1].id = twice.annotations[0].id;
    CHECK_THROWS_WITH_AS(evaluate_coco(twice, results), "two true figures have the id 1", Error);
}

TEST_CASE("what is left out or doubtful is told") {
    auto [truth, results] = random_case(12, {});
    CHECK(evaluate_coco(truth, results).warnings.empty());
    results[0].category_id = 77;
    truth.annotations[0].id = 0;
    CHECK(evaluate_coco(truth, results).warnings.size() == 2);
}
