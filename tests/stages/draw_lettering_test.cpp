#include "tests/stages/scenes.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::NamedScene;

TEST_CASE("lettering is decided by the map's seed, and leaves what it is given as it was") {
    StageRun lettering("draw_lettering", {{"lettering", one(4.0)}});
    const auto bare = bare_scene(5);
    const cv::Mat before = get<NamedScene>(bare).scene.map.color.clone();
    const auto first = lettering.process({bare}), again = lettering.process({bare});
    CHECK(same(get<NamedScene>(first).scene.map.color, get<NamedScene>(again).scene.map.color));
    CHECK_FALSE(same(get<NamedScene>(first).scene.map.color, before));
    CHECK(same(get<NamedScene>(bare).scene.map.color, before));
    CHECK(same(get<NamedScene>(first).scene.figure, get<NamedScene>(bare).scene.figure));
}

TEST_CASE("lettering out of range is refused") {
    error_of(Cause::configuration, [] { StageRun("draw_lettering", {{"lettering", one(-1.0)}}); });
}
