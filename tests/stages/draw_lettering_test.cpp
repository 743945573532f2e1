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

TEST_CASE(
    "names in given fonts are others, the same each time; fonts that cannot be used are left out or "
    "refused") {
    const ScratchFolder folder;
    const std::filesystem::path dejavu = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
    std::filesystem::copy_file(dejavu, folder / "b.ttf");
    folder.put("a.otf", "no font");
    folder.put("notes.txt", "no font either");
    const auto bare = bare_scene(5);
    const auto lettered = [&](const std::filesystem::path& fonts) {
        StageRun run("draw_lettering", {{"lettering", one(4.0)}, {"fonts", many(fonts)}});
        return get<NamedScene>(run.process({bare})).scene.map.color.clone();
    };
    StageRun plain("draw_lettering", {{"lettering", one(4.0)}});
    const cv::Mat first = lettered(folder.path());
    CHECK(same(first, lettered(dejavu)));
    CHECK_FALSE(same(first, get<NamedScene>(plain.process({bare})).scene.map.color));
    std::filesystem::remove(folder / "b.ttf");
    error_of(Cause::input, [&] { lettered(folder.path()); });
    error_of(Cause::input, [&] { lettered(folder / "nowhere"); });
}
