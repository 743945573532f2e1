#include "stages/payloads.h"
#include "tests/stages/pictures.h"
#include "tests/stages/stage_harness.h"

using namespace figurant;
using namespace figurant::stages::test;

namespace {

std::vector<Payload> tiles_of(const ParameterValues& values, const cv::Mat& pixels) {
    StageRun tile("tile", values);
    return tile.expand({payload(figures::memory_map("west.png", pixels))});
}

}  // namespace

TEST_CASE("the tiles of a level cover the map, and each shows its window") {
    const cv::Mat map = noise(500, 300);
    cv::Mat covered = cv::Mat::zeros(map.size(), CV_8UC1);
    for (const auto& item : tiles_of({{"size", one(128)}, {"scales", many(1.0)}}, map)) {
        const auto& tile = get<figures::Tile>(item);
        CHECK(tile.map.name == "west.png");
        CHECK(tile.pixels.isContinuous());
        CHECK(std::max(tile.pixels.cols, tile.pixels.rows) <= 128);
        if (tile.window.size() != tile.pixels.size()) continue;  // of a coarser level
        CHECK(same(tile.pixels, map(tile.window).clone()));
        covered(tile.window).setTo(1);
    }
    CHECK(cv::countNonZero(covered) == 500 * 300);
}

TEST_CASE(
    "neighbours have at least the asked share in common, so that a figure of that size is whole on one") {
    const cv::Mat map = noise(700, 128);
    std::vector<cv::Rect> windows;
    for (const auto& item :
         tiles_of({{"size", one(128)}, {"overlap", one(0.5)}, {"pyramid", one(false)}}, map))
        if (const auto& tile = get<figures::Tile>(item); tile.scale() == 1) windows.push_back(tile.window);
    REQUIRE(windows.size() > 3);
    for (std::size_t i = 1; i < windows.size(); ++i) CHECK((windows[i] & windows[i - 1]).width >= 64);
}

TEST_CASE("one tile shows the whole map, however large it is; without the pyramid only that one is added") {
    const cv::Mat map = noise(1000, 600);
    for (const bool pyramid : {true, false}) {
        std::size_t whole = 0, coarser = 0;
        for (const auto& item : tiles_of({{"size", one(128)}, {"pyramid", one(pyramid)}}, map)) {
            const auto& tile = get<figures::Tile>(item);
            whole += tile.whole;
            coarser += tile.scale() < 0.99;
            if (tile.whole) CHECK(tile.window == cv::Rect(0, 0, 1000, 600));
        }
        CHECK(whole == 1);
        CHECK((pyramid ? coarser > 1 : coarser == 1));
    }
}

TEST_CASE("tiling none gives the map once, at its full size") {
    const cv::Mat map = noise(300, 200);
    const auto tiles = tiles_of({{"tiling", one("none")}, {"size", one(64)}}, map);
    REQUIRE(tiles.size() == 1);
    const auto& tile = get<figures::Tile>(tiles[0]);
    CHECK(tile.whole);
    CHECK(tile.window == cv::Rect(0, 0, 300, 200));
    CHECK(same(tile.pixels, map));
}

TEST_CASE("several scales look at the map several times, a map of one pixel once") {
    const cv::Mat map = noise(200, 200);
    std::set<double> scales;
    for (const auto& item : tiles_of({{"size", one(128)}, {"scales", many(1.0, 0.75)}}, map))
        scales.insert(std::round(get<figures::Tile>(item).scale() * 100) / 100);
    CHECK(scales.contains(1.0));
    CHECK(scales.contains(0.75));
    CHECK(tiles_of({{"size", one(128)}}, noise(1, 1)).size() == 1);
}

TEST_CASE("no scales at all leave the whole map on one tile") {
    const auto tiles =
        tiles_of({{"size", one(128)}, {"scales", many()}, {"pyramid", one(false)}}, noise(500, 300));
    REQUIRE(tiles.size() == 1);
    CHECK(get<figures::Tile>(tiles[0]).whole);
}

TEST_CASE("options at odds are told before any map is opened") {
    error_of(Cause::configuration, [] { StageRun("tile", {{"overlap", one(0.95)}}); });
    error_of(Cause::configuration, [] { StageRun("tile", {{"tiling", one("some")}}); });
}
