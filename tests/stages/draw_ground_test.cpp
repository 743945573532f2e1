#include "tests/stages/scenes.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::Composition;
using figurant::stages::NamedScene;

namespace {

const ParameterValues small{{"width", one(256)}, {"height", one(192)}};

}  // namespace

TEST_CASE("a ground is decided by its plan's seed, and keeps its name") {
    StageRun ground("draw_ground", small);
    const auto first = ground.process({payload(Composition{"sheet_1", 11})});
    const auto again = ground.process({payload(Composition{"sheet_2", 11})});
    const auto other = ground.process({payload(Composition{"sheet_1", 12})});
    CHECK(get<NamedScene>(first).name == "sheet_1");
    CHECK(get<NamedScene>(again).name == "sheet_2");
    const auto& map = get<NamedScene>(first).scene.map.color;
    CHECK(map.size() == cv::Size(256, 192));
    CHECK(same(map, get<NamedScene>(again).scene.map.color));
    CHECK_FALSE(same(map, get<NamedScene>(other).scene.map.color));
}

TEST_CASE("a ground may be a piece of a picture, in the share of the maps that is asked for") {
    const ScratchFolder folder;
    const cv::Mat red(300, 400, CV_8UC3, cv::Scalar(255, 0, 0));
    write_picture(folder / "grounds/red.png", red);
    const auto of_picture = [&](double share) {
        StageRun ground("draw_ground",
                        with(small, {{"grounds", many(folder / "grounds")}, {"pictures_share", one(share)}}));
        int count = 0;
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            const auto out = ground.process({payload(Composition{"sheet", seed})});
            count +=
                same(get<NamedScene>(out).scene.map.color, cv::Mat(192, 256, CV_8UC3, cv::Scalar(255, 0, 0)));
        }
        return count;
    };
    CHECK(of_picture(1) == 20);
    CHECK(of_picture(0) == 0);
    const int some = of_picture(0.5);
    CHECK(some > 2);
    CHECK(some < 18);
}

TEST_CASE("grounds that cannot be read are left out and told of once; if all are such, nothing runs") {
    const ScratchFolder folder;
    folder.put("broken.png", "\x89PNG\r\n\x1A\n and no more");
    error_of(Cause::input, [&] { StageRun("draw_ground", {{"grounds", many(folder.path())}}); });
    write_picture(folder / "good.png", noise(70, 60));
    StageRun ground("draw_ground",
                    {{"grounds", many(folder.path())}, {"width", one(64)}, {"height", one(64)}});
    for (const std::uint64_t seed : {1, 2}) ground.process({payload(Composition{"map", seed})});
    REQUIRE(ground.context.warnings.size() == 1);
    CHECK(contains(ground.context.warnings[0], "broken.png"));
}

TEST_CASE("grounds that take more memory than allowed are refused before the run, naming the limit") {
    const ScratchFolder folder;
    write_picture(folder / "large.png", noise(700, 600));
    const auto told = error_of(Cause::limit, [&] {
        StageRun("draw_ground", {{"grounds", many(folder.path())}, {"megabytes", one(1)}});
    });
    CHECK(contains(told.what(), "megabytes"));
    error_of(Cause::input, [&] { StageRun("draw_ground", {{"grounds", many(folder / "nowhere")}}); });
}
