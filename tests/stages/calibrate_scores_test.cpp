#include <algorithm>
#include <span>

#include "metrics/calibration_fit.h"
#include "stages/convert/tensors.h"
#include "stages/detect/model_file.h"
#include "tests/stages/coco_pairs.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::CocoPair;
using figurant::stages::ConvertedModel;

namespace {

/// Four right finds, and one on nothing.
CocoPair mostly_right() {
    CocoPair pair{some_truth(), some_results()};
    pair.results.push_back(
        {12, 1, 0.3, std::array{100.0, 2.0, 12.0, 12.0}, ellipse(100, 2, 12, 12).mask.on_image(90, 120)});
    return pair;
}

mask_rcnn::NetworkConfig config_of(const WeightsFile& model) {
    return mask_rcnn::parse_config(model.config, "model").network;
}

}  // namespace

TEST_CASE("the model's scores are calibrated by what the fit says, and its threshold set; weights stay") {
    const auto pair = mostly_right();
    StageRun calibrate("calibrate_scores", {{"scale", one(1.0)}, {"score_threshold", one(0.4)}});
    const auto out = calibrate.process({payload(pair)});
    const auto& made = get<ConvertedModel>(out);
    const auto before = stages::read_model("embedded");
    auto config = config_of(*made.model), expected = config_of(before);
    const auto fit = metrics::fit_calibration(pair.truth, pair.results, 1);
    ScoreCalibration own;
    if (const auto& c = expected.score_calibration; !c.empty()) own = {c[0], c[1], c[2]};
    const auto all = fit.calibration.after(own);
    REQUIRE(config.score_calibration.size() == 3);
    CHECK(config.score_calibration[0] == doctest::Approx(all.offset).epsilon(0.001));
    CHECK(config.score_calibration[1] == doctest::Approx(all.slope).epsilon(0.001));
    CHECK(config.score_calibration[2] == doctest::Approx(all.per_doubling).epsilon(0.001));
    CHECK(config.detection_score_threshold == 0.4);
    config.score_calibration = expected.score_calibration;
    config.detection_score_threshold = expected.detection_score_threshold;
    CHECK(config == expected);
    REQUIRE(made.model->arrays.size() == before.arrays.size());
    for (std::size_t i = 0; i < before.arrays.size(); ++i) {
        CHECK(made.model->arrays[i].name == before.arrays[i].name);
        CHECK(std::ranges::equal(std::span(made.model->arrays[i].bytes), std::span(before.arrays[i].bytes)));
    }
    REQUIRE(calibrate.context.prints.size() == 1);
    CHECK(calibrate.context.prints[0] == metrics::to_table(fit));
}

TEST_CASE(
    "scores that say the contrary of what is right are refused: they would turn the finds' order around") {
    auto pair = mostly_right();
    for (auto& result : pair.results) result.score = 0.01;
    pair.results.back().score = 0.99;
    for (int i = 0; i < 40; ++i) pair.results.push_back(pair.results.back());
    StageRun calibrate("calibrate_scores");
    CHECK_THROWS_WITH_AS(calibrate.process({payload(pair)}),
                         "finds of higher scores are not more often right than others", Error);
}

TEST_CASE("a model that is none ends the run before it begins") {
    CHECK_THROWS_AS(StageRun("calibrate_scores", {{"model", one(std::string("nowhere.h5"))}}), Error);
}
