#include "tests/stages/coco_pairs.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::CocoPair;

namespace {

metrics::Mistakes found(StageRun& find) {
    const auto out = find.process({payload(CocoPair{some_truth(), some_results()})});
    return get<metrics::Mistakes>(out);
}

}  // namespace

TEST_CASE("mistakes are those of find_mistakes, printed as a table, the same on any threads") {
    StageRun find("find_mistakes");
    const auto mistakes = found(find);
    const auto expected = metrics::find_mistakes(some_truth(), some_results());
    CHECK(metrics::to_json(mistakes) == metrics::to_json(expected));
    REQUIRE(mistakes.segm);
    CHECK((*mistakes.segm)[metrics::Mistake::missed].count == 1);  // one of five
    REQUIRE(find.context.prints.size() == 1);
    CHECK(find.context.prints[0] == metrics::to_table(expected));

    RunSettings settings;
    settings.threads = 3;
    StageRun threaded("find_mistakes", {}, settings);
    CHECK(threaded.stage().needs().threads == 3);
    threaded.context.how = Parallel::threaded;
    CHECK(metrics::to_json(found(threaded)) == metrics::to_json(expected));
}

TEST_CASE("what is doubtful about a search for mistakes is a warning of the run") {
    auto pair = CocoPair{some_truth(), some_results()};
    pair.results[0].category_id = 77;
    StageRun find("find_mistakes");
    find.process({payload(pair)});
    CHECK_FALSE(find.context.warnings.empty());
}

TEST_CASE("no results at all miss every figure") {
    StageRun find("find_mistakes");
    const auto out = find.process({payload(CocoPair{some_truth(), {}})});
    const auto missed = (*get<metrics::Mistakes>(out).bbox)[metrics::Mistake::missed];
    CHECK(missed.count == 5);
    CHECK(missed.cost == 1);
}
