#include "tests/stages/coco_pairs.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::CocoPair;

namespace {

metrics::CocoMetrics scored(StageRun& score) {
    const auto out = score.process({payload(CocoPair{some_truth(), some_results()})});
    return get<metrics::CocoMetrics>(out);
}

}  // namespace

TEST_CASE("figures are COCO's, printed as a table, the same on any threads") {
    StageRun score("score_coco_results");
    const auto found = scored(score);
    const auto expected = metrics::evaluate_coco(some_truth(), some_results());
    CHECK(metrics::to_json(found) == metrics::to_json(expected));
    REQUIRE(found.segm);
    CHECK((*found.segm)["AR100"] == doctest::Approx(0.8));  // four of five
    REQUIRE(score.context.prints.size() == 1);
    CHECK(score.context.prints[0] == metrics::to_table(expected));

    RunSettings settings;
    settings.threads = 3;
    StageRun threaded("score_coco_results", {}, settings);
    CHECK(threaded.stage().needs().threads == 3);
    threaded.context.how = Parallel::threaded;
    CHECK(metrics::to_json(scored(threaded)) == metrics::to_json(expected));
}

TEST_CASE("what is doubtful about a comparison is a warning of the run") {
    auto pair = CocoPair{some_truth(), some_results()};
    pair.results[0].category_id = 77;
    StageRun score("score_coco_results");
    score.process({payload(pair)});
    CHECK_FALSE(score.context.warnings.empty());
}

TEST_CASE("no results at all are scored, with nothing found") {
    StageRun score("score_coco_results");
    const auto out = score.process({payload(CocoPair{some_truth(), {}})});
    CHECK((*get<metrics::CocoMetrics>(out).bbox)["AR100"] == 0);
}
