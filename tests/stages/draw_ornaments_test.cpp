#include "tests/stages/scenes.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::NamedScene;

namespace {

cv::Mat drawn(const ParameterValues& values, std::uint64_t seed) {
    StageRun ornaments("draw_ornaments", values);
    const auto out = ornaments.process({bare_scene(seed)});
    CHECK(get<NamedScene>(out).scene.standing.empty());
    return get<NamedScene>(out).scene.map.color;
}

}  // namespace

TEST_CASE("ornaments are decided by the map's seed, and leave what they are given as it was") {
    StageRun ornaments("draw_ornaments");
    const auto bare = bare_scene(5);
    const cv::Mat before = get<NamedScene>(bare).scene.map.color.clone();
    const auto first = ornaments.process({bare}), again = ornaments.process({bare});
    CHECK(same(get<NamedScene>(first).scene.map.color, get<NamedScene>(again).scene.map.color));
    CHECK_FALSE(same(get<NamedScene>(first).scene.map.color, before));
    CHECK(same(get<NamedScene>(bare).scene.map.color, before));
}

TEST_CASE("pictures of other things stand on the map, and are no figures") {
    const ScratchFolder folder;
    write_disc(folder / "things/disc.png", {0, 0, 255});
    int changed = 0;
    for (std::uint64_t seed = 0; seed < 6; ++seed)
        changed += !same(drawn({{"pictures", many(folder / "things")}, {"distractors", one(10.0)}}, seed),
                         drawn({}, seed));
    CHECK(changed >= 4);
    CHECK(same(drawn({{"pictures", many(folder / "things")}, {"distractors", one(0.0)}}, 1), drawn({}, 1)));
}
