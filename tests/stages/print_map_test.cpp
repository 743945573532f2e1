#include "tests/stages/scenes.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::Composition;
using figurant::stages::NamedComposition;
using figurant::stages::NamedScene;

namespace {

Payload peopled(std::uint64_t seed) {
    StageRun figures("place_figures",
                     {{"figures_least", one(2)}, {"figures_most", one(5)}, {"largest", one(100.0)}});
    return figures.process({bare_scene(seed)});
}

}  // namespace

TEST_CASE("without ageing, a print is the map as drawn") {
    const auto scene = peopled(3);
    StageRun print("print_map", {{"ageing", one(0.0)}});
    const auto out = print.process({scene});
    CHECK(get<NamedComposition>(out).name == "sheet");
    CHECK(same(get<NamedComposition>(out).map.rgb, get<NamedScene>(scene).scene.map.color));
}

TEST_CASE("maps and the figures that can be seen on them are counted") {
    StageRun print("print_map");
    std::int64_t figures = 0;
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
        const auto out = print.process({peopled(seed)});
        figures += static_cast<std::int64_t>(get<NamedComposition>(out).map.figures.size());
    }
    CHECK(print.context.counts["maps"] == 3);
    CHECK(print.context.counts["figures"] == figures);
    CHECK(figures > 0);
}

TEST_CASE("the stages one after another compose what the library composes at once") {
    synthesis::ComposeOptions options;
    options.ground = small_ground();
    options.figure.figures_least = 2;
    options.figure.figures_most = 5;
    options.figure.largest = 100;
    const auto at_once = synthesis::compose_map(options, 9);
    Payload map = StageRun("draw_ground", {{"width", one(256)}, {"height", one(192)}})
                      .process({payload(Composition{"sheet", 9})});
    map = StageRun("draw_ornaments").process({map});
    map = StageRun("place_figures",
                   {{"figures_least", one(2)}, {"figures_most", one(5)}, {"largest", one(100.0)}})
              .process({map});
    map = StageRun("draw_lettering").process({map});
    map = StageRun("print_map").process({map});
    CHECK(same(get<NamedComposition>(map).map.rgb, at_once.rgb));
    CHECK(same(get<NamedComposition>(map).map.figure_index, at_once.figure_index));
}
