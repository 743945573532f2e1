#include "stages/payloads.h"
#include "tests/stages/pictures.h"
#include "tests/stages/stage_harness.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::FoundOnTile;

namespace {

const figures::MapInfo map{"west.png", 400, 200, "west"};

/// What a tile sees of these figures: masks cut at its edges.
FoundOnTile seen(const cv::Rect& window, const std::vector<figures::Figure>& figures) {
    FoundOnTile tile{map, {window, 1, {}}};
    for (const auto& figure : figures) {
        auto part = figure;
        part.mask = figures::clipped(figure.mask, {window.x, window.y, window.width, window.height});
        if (part.mask.empty() || part.mask.area() == 0) continue;
        const auto bounds = part.mask.bounds();
        part.box = {static_cast<float>(bounds.x), static_cast<float>(bounds.y),
                    static_cast<float>(bounds.x + bounds.width),
                    static_cast<float>(bounds.y + bounds.height)};
        tile.found.figures.push_back(part);
    }
    return tile;
}

const std::vector<cv::Rect> windows = {{0, 0, 160, 200}, {120, 0, 160, 200}, {240, 0, 160, 200}};

}  // namespace

TEST_CASE("a figure cut by tiles' edges is one figure, one seen twice is one, two that touch stay two") {
    // The first reaches over two tiles, the second lies whole in two, the others touch.
    const std::vector<figures::Figure> truth = {ellipse(20, 20, 220, 60), ellipse(125, 100, 30, 40),
                                                ellipse(300, 50, 30, 60), ellipse(330, 50, 30, 60)};
    std::vector<Payload> tiles;
    for (const auto& window : windows) tiles.push_back(payload(seen(window, truth)));
    StageRun merge("merge_tiles");
    const auto out = merge.gather(tiles);
    const auto& merged = get<figures::Detections>(out);
    CHECK(merged.map.name == "west.png");
    CHECK(merged.map.width == 400);
    REQUIRE(merged.figures.size() == truth.size());
    CHECK(merge.context.counts["figures"] == 4);
    for (const auto& figure : truth)
        CHECK(std::any_of(merged.figures.begin(), merged.figures.end(),
                          [&](const auto& found) { return figures::iou(found.mask, figure.mask) > 0.95; }));
    CHECK(std::is_sorted(merged.figures.begin(), merged.figures.end(),
                         [](const auto& a, const auto& b) { return a.score > b.score; }));
}

TEST_CASE("tiles may come in any order") {
    const std::vector<figures::Figure> truth = {ellipse(20, 20, 220, 60, 0.5F),
                                                ellipse(125, 100, 30, 40, 0.5F)};
    std::vector<Payload> tiles;
    for (const auto& window : windows) tiles.push_back(payload(seen(window, truth)));
    StageRun merge("merge_tiles");
    CHECK(merge.as<Gather>().any_order());
    const auto forward = merge.gather(tiles);
    std::reverse(tiles.begin(), tiles.end());
    const auto backward = merge.gather(tiles);
    const auto &a = get<figures::Detections>(forward), &b = get<figures::Detections>(backward);
    REQUIRE(a.figures.size() == b.figures.size());
    for (std::size_t i = 0; i < a.figures.size(); ++i) {
        CHECK(a.figures[i].box == b.figures[i].box);
        CHECK(a.figures[i].mask == b.figures[i].mask);
        CHECK(a.figures[i].score == b.figures[i].score);
    }
}

TEST_CASE("a map on which nothing was found has no figures, and one whose tiles were all left out neither") {
    StageRun merge("merge_tiles");
    const auto out = merge.gather({payload(seen(windows[0], {}))});
    CHECK(get<figures::Detections>(out).figures.empty());
    CHECK(get<figures::Detections>(out).map.height == 200);
    merge.context.from.name = "east.png";
    const auto none = merge.gather({});
    CHECK(get<figures::Detections>(none).figures.empty());
    CHECK(get<figures::Detections>(none).map.name == "east.png");
    CHECK(get<figures::Detections>(none).map.stem == "east");
}
