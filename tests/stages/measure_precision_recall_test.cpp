#include "tests/stages/coco_pairs.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::CocoPair;

TEST_CASE("precision and recall are those of precision_recall, printed as tables, the same on any threads") {
    RunSettings settings;
    settings.threads = 3;
    StageRun measure("measure_precision_recall", {}, settings);
    CHECK(measure.stage().needs().threads == 3);
    measure.context.how = Parallel::threaded;
    const CocoPair pair{some_truth(), some_results()};
    const auto out = measure.process({payload(pair)});
    const auto& measured = get<metrics::PrecisionRecall>(out);
    REQUIRE(measured.segm);
    CHECK(measured.segm->points[0].right == 4);
    CHECK(measured.segm->points[0].to_find == 5);
    CHECK(measured.segm->points[75].right == 1);
    REQUIRE(measure.context.prints.size() == 1);
    CHECK(measure.context.prints[0] ==
          metrics::to_table(metrics::precision_recall(pair.truth, pair.results), pair.truth, pair.results));
}

TEST_CASE("what is doubtful about a measurement is a warning of the run") {
    CocoPair pair{some_truth(), some_results()};
    pair.results[0].category_id = 77;
    StageRun measure("measure_precision_recall");
    measure.process({payload(pair)});
    CHECK_FALSE(measure.context.warnings.empty());
}
