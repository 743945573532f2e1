#include "stages/synthesize/composition.h"
#include "tests/stages/pictures.h"
#include "tests/stages/stage_harness.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::Composition;
using figurant::stages::NamedComposition;

namespace {

const ParameterValues small{{"width", one(256)},
                            {"height", one(192)},
                            {"figures_least", one(2)},
                            {"figures_most", one(5)},
                            {"largest", one(100.0)}};

}  // namespace

TEST_CASE("a map is decided by its plan's seed, and keeps its name") {
    StageRun compose("compose_map", small);
    const auto first = compose.process({payload(Composition{"sheet_1", 11})});
    const auto again = compose.process({payload(Composition{"sheet_2", 11})});
    const auto other = compose.process({payload(Composition{"sheet_1", 12})});
    const auto& map = get<NamedComposition>(first);
    CHECK(map.name == "sheet_1");
    CHECK(map.map.rgb.size() == cv::Size(256, 192));
    CHECK(get<NamedComposition>(again).name == "sheet_2");
    CHECK(same(map.map.rgb, get<NamedComposition>(again).map.rgb));
    CHECK(same(map.map.figure_index, get<NamedComposition>(again).map.figure_index));
    CHECK_FALSE(same(map.map.rgb, get<NamedComposition>(other).map.rgb));
}

TEST_CASE("maps and figures are counted") {
    StageRun compose("compose_map", small);
    std::int64_t figures = 0;
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
        const auto out = compose.process({payload(Composition{"sheet", seed})});
        figures += static_cast<std::int64_t>(get<NamedComposition>(out).map.figures.size());
    }
    CHECK(compose.context.counts["maps"] == 3);
    CHECK(compose.context.counts["figures"] == figures);
    CHECK(figures > 0);
}

TEST_CASE("options that contradict each other are refused before the first map") {
    error_of(Cause::configuration, [] {
        StageRun("compose_map", {{"smallest", one(300.0)}, {"largest", one(30.0)}});
    });
    error_of(Cause::configuration, [] {
        StageRun("compose_map", {{"figures_least", one(9)}, {"figures_most", one(3)}});
    });
}
