#include "stages/synthesize/picture_shelf.h"
#include "tests/stages/scenes.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::NamedScene;

namespace {

const ParameterValues some{{"figures_least", one(3)}, {"figures_most", one(6)}, {"largest", one(100.0)}};

std::vector<std::string> names_of(const stages::PictureParameters& parameters) {
    std::vector<std::string> names;
    for (const auto& path : stages::list_pictures(parameters)) names.push_back(path.filename().string());
    return names;
}

}  // namespace

TEST_CASE("figures are decided by the map's seed, counted, and leave what they are given as it was") {
    StageRun figures("place_figures", some);
    const auto bare = bare_scene(5);
    const cv::Mat before = get<NamedScene>(bare).scene.map.color.clone();
    const auto first = figures.process({bare}), again = figures.process({bare});
    const auto& scene = get<NamedScene>(first).scene;
    CHECK(same(scene.map.color, get<NamedScene>(again).scene.map.color));
    CHECK(same(scene.figure, get<NamedScene>(again).scene.figure));
    CHECK(same(get<NamedScene>(bare).scene.map.color, before));
    REQUIRE(scene.standing.size() >= 3);
    CHECK(scene.standing.size() <= 6);
    CHECK(figures.context.counts["placed"] == static_cast<std::int64_t>(2 * scene.standing.size()));
    for (const auto& figure : scene.standing) CHECK(figure.joint[0]);
}

TEST_CASE("figures cut out of pictures have a mask, no joints, and parts that nobody knows") {
    const ScratchFolder folder;
    write_disc(folder / "people/disc.png", {0, 0, 255});
    StageRun figures("place_figures", with(some, {{"pictures", many(folder / "people")},
                                                  {"pictures_share", one(1.0)},
                                                  {"hidden", one(0.0)}}));
    const auto out = figures.process({bare_scene(7)});
    const auto& scene = get<NamedScene>(out).scene;
    REQUIRE(scene.standing.size() >= 3);
    for (const auto& figure : scene.standing)
        for (const auto& joint : figure.joint) CHECK_FALSE(joint);
    CHECK(cv::countNonZero(scene.figure != 255) > 0);
    CHECK(cv::countNonZero((scene.figure != 255) & (scene.part != synthesis::unknown_part)) == 0);
}

TEST_CASE("lists say which pictures are taken; excluded ones and their copies never are") {
    const ScratchFolder folder;
    write_disc(folder / "art/people/a.png", {0, 0, 255});
    write_disc(folder / "art/people/b.png", {0, 255, 0});
    write_disc(folder / "art/people/reserved.png", {255, 0, 0});
    write_disc(folder / "art/other/copy_of_reserved.png", {255, 0, 0});
    write_disc(folder / "art/other/reserved.png", {255, 255, 0});  // the same name elsewhere
    std::filesystem::create_symlink(folder / "art/people/reserved.png", folder / "art/people/linked.png");
    stages::PictureParameters parameters;
    parameters.pictures = {folder / "art"};
    parameters.exclude_list = folder.put("reserved.txt", "# kept for measuring\npeople/reserved.png\n");
    CHECK(names_of(parameters) == std::vector<std::string>{"a.png", "b.png"});
    parameters.list =
        folder.put("list.txt", "  people/b.png \r\n\nother\npeople/reserved.png\npeople/linked.png\n");
    CHECK(names_of(parameters) == std::vector<std::string>{"b.png"});
    parameters.exclude_list.clear();
    CHECK(names_of(parameters).size() == 4);  // a link and what it leads to are one
    parameters.list = folder.put("bad.txt", "people/nobody.png\n");
    CHECK(contains(error_of(Cause::input, [&] { names_of(parameters); }).what(), "nobody.png"));
    parameters.list = parameters.exclude_list = folder.put("all.txt", "people/a.png\n");
    error_of(Cause::input, [&] { names_of(parameters); });
}

TEST_CASE("pictures that cannot be used are left out and told of once; if all are such, nothing runs") {
    const ScratchFolder folder;
    folder.put("people/broken.png", "\x89PNG\r\n\x1A\n and no more");
    error_of(Cause::input, [&] { StageRun("place_figures", {{"pictures", many(folder.path())}}); });
    write_disc(folder / "people/disc.png", {0, 0, 255});
    StageRun figures("place_figures", with(some, {{"pictures", many(folder.path())}}));
    figures.process({bare_scene(1)});
    figures.process({bare_scene(2)});
    REQUIRE(figures.context.warnings.size() == 1);
    CHECK(figures.context.warnings[0].find("broken.png") != std::string::npos);
    CHECK(figures.stage().resident_bytes() == std::size_t{37} * 57 * 4);
}

TEST_CASE("figures and lists that contradict each other are refused before the first map") {
    error_of(Cause::configuration, [] {
        StageRun("place_figures", {{"smallest", one(300.0)}, {"largest", one(30.0)}});
    });
    error_of(Cause::configuration, [] {
        StageRun("place_figures", {{"figures_least", one(9)}, {"figures_most", one(3)}});
    });
    const auto listed = error_of(Cause::configuration, [] {
        StageRun("place_figures", {{"list", one("figures.txt")}});
    });
    CHECK(contains(listed.what(), "figures.txt: names pictures, but no folder"));
}

TEST_CASE("pictures that take more memory than allowed are refused, naming the limit") {
    const ScratchFolder folder;
    for (int i = 0; i < 2; ++i) {
        cv::Mat large(700, 400, CV_8UC4, cv::Scalar(10, 20, 30, 255));
        large.at<cv::Vec4b>(0, 0)[3] = 0;
        cv::imwrite((folder / (std::to_string(i) + ".png")).string(), large);
    }
    const auto told = error_of(Cause::limit, [&] {
        StageRun("place_figures",
                 {{"pictures", many(folder.path())}, {"longest", one(700)}, {"megabytes", one(1)}});
    });
    CHECK(contains(told.what(), "megabytes"));
}
