#include "figures/merging.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/random.h"
#include "figures/box_grid.h"
#include "figures/tiling.h"

using namespace figurant;
using namespace figurant::figures;

namespace {

using Bounds = RunLengthMask::Bounds;

Figure figure_of(const PlacedMask& mask, float score = 0.9F) {
    const auto b = mask.bounds();
    return {{static_cast<float>(b.x), static_cast<float>(b.y), static_cast<float>(b.x + b.width),
             static_cast<float>(b.y + b.height)},
            score,
            1,
            mask};
}

PlacedMask ellipse(int x, int y, int width, int height) {
    cv::Mat mask = cv::Mat::zeros(height, width, CV_8UC1);
    cv::ellipse(mask, {width / 2, height / 2}, {width / 2, height / 2}, 0, 0, 360, 1, cv::FILLED);
    return PlacedMask::encode(mask, x, y);
}

PlacedMask rectangle(int x, int y, int width, int height) {
    return PlacedMask::encode(cv::Mat::ones(height, width, CV_8UC1), x, y);
}

/// What a perfect network finds on each tile of a plan: the part of each figure that the tile shows, unless
/// that is a sliver of a pixel or two, in which nobody sees a figure.
std::vector<TileFigures> seen_by_tiles(const std::vector<PlacedMask>& truth, const TilePlan& plan,
                                       Random& random) {
    std::vector<TileFigures> tiles;
    for (std::int64_t i = 0; i < plan.count(); ++i) {
        const TileWindow tile = plan.at(i);
        TileFigures found{tile.window, static_cast<double>(tile.size.width) / tile.window.width, {}};
        for (const auto& mask : truth) {
            const auto part =
                clipped(mask, {tile.window.x, tile.window.y, tile.window.width, tile.window.height});
            const auto bounds = part.bounds();
            if (std::min(bounds.width, bounds.height) > 2)
                found.figures.push_back(figure_of(part, static_cast<float>(random.uniform(0.3, 1))));
        }
        tiles.push_back(std::move(found));
    }
    return tiles;
}

/// The mask grown or shrunk by a pixel or two, as far as the tile shows it.
PlacedMask roughened(const PlacedMask& mask, const cv::Rect& window, Random& random) {
    constexpr int margin = 3;
    cv::Mat pixels;
    cv::copyMakeBorder(mask.local.decode(), pixels, margin, margin, margin, margin, cv::BORDER_CONSTANT, 0);
    const int size = static_cast<int>(2 + random.below(2));
    const cv::Mat element = cv::Mat::ones(size, size, CV_8UC1);
    if (random.chance(0.5))
        cv::dilate(pixels, pixels, element);
    else
        cv::erode(pixels, pixels, element);
    return clipped(PlacedMask{mask.x - margin, mask.y - margin, RunLengthMask::encode(pixels)},
                   {window.x, window.y, window.width, window.height});
}

TilingOptions one_scale(int size, double overlap, bool whole = false) {
    TilingOptions options;
    options.tile_size = size;
    options.overlap = overlap;
    options.whole = whole;
    return options;
}

/// Figures side by side, touching: no gap between neighbours.
std::vector<PlacedMask> touching_figures(int count, Random& random) {
    std::vector<PlacedMask> figures;
    int x = static_cast<int>(20 + random.below(40));
    for (int i = 0; i < count; ++i) {
        const int width = static_cast<int>(20 + random.below(60)),
                  height = static_cast<int>(40 + random.below(80));
        figures.push_back(random.chance(0.5)
                              ? rectangle(x, static_cast<int>(50 + random.below(60)), width, height)
                              : ellipse(x, static_cast<int>(50 + random.below(60)), width, height));
        x += width;
    }
    return figures;
}

bool same_figures(const Detections& found, const std::vector<PlacedMask>& truth) {
    if (found.figures.size() != truth.size()) return false;
    return std::all_of(truth.begin(), truth.end(), [&](const PlacedMask& mask) {
        return std::count_if(found.figures.begin(), found.figures.end(),
                             [&](const Figure& figure) { return figure.mask == mask; }) == 1;
    });
}

}  // namespace

TEST_CASE("a find is the double of one that holds nine tenths of it, and none of one that holds less") {
    const auto count = [](int shift) {
        TileFigures tile{{0, 0, 400, 400}, 1, {}};
        tile.figures.push_back(figure_of(rectangle(100, 100, 200, 200), 0.9F));
        tile.figures.push_back(figure_of(rectangle(80 + shift, 150, 20, 20), 0.8F));
        return merge_tile_figures({"map", 400, 400, "map"}, {tile}).figures.size();
    };
    CHECK(count(20) == 1);  // wholly within
    CHECK(count(19) == 1);  // 19 of 20 columns
    CHECK(count(18) == 2);  // nine tenths, not more
    CHECK(count(15) == 2);
    CHECK(count(0) == 2);
}

TEST_CASE("a figure cut by a tile's edge becomes one, its mask whole") {
    // Tiles of 200 with 50 in common; the figure is wider than what they have in common.
    const MapInfo map{"map", 350, 200, "map"};
    const PlacedMask figure = ellipse(120, 50, 130, 90);
    Random random(1);
    const auto tiles = seen_by_tiles({figure}, TilePlan(350, 200, one_scale(200, 0.25)), random);
    REQUIRE(tiles.size() == 2);
    const auto merged = merge_tile_figures(map, tiles);
    REQUIRE(merged.figures.size() == 1);
    CHECK(merged.figures[0].mask == figure);
    CHECK(merged.figures[0].box == figure_of(figure).box);
    CHECK(merged.figures[0].score == std::max(tiles[0].figures[0].score, tiles[1].figures[0].score));
}

TEST_CASE("two figures that touch stay two, cut by an edge or not") {
    for (const int shift : {0, 60, 100, 140}) {
        CAPTURE(shift);
        const std::vector<PlacedMask> truth = {rectangle(100 + shift, 40, 40, 90),
                                               rectangle(140 + shift, 30, 50, 90)};
        Random random(2);
        const auto tiles = seen_by_tiles(truth, TilePlan(500, 200, one_scale(200, 0.25)), random);
        CHECK(same_figures(merge_tile_figures({"map", 500, 200, "map"}, tiles), truth));
    }
}

TEST_CASE("two figures one upon the other, both cut by an edge, stay two") {
    // Both cross the seam; their boxes overlap nearly whole, their masks do not.
    cv::Mat frame = cv::Mat::ones(160, 130, CV_8UC1);
    frame(cv::Rect(20, 20, 90, 120)).setTo(0);
    const std::vector<PlacedMask> truth = {PlacedMask::encode(frame, 120, 20), rectangle(142, 42, 86, 116)};
    Random random(3);
    const auto tiles = seen_by_tiles(truth, TilePlan(350, 200, one_scale(200, 0.25)), random);
    CHECK(same_figures(merge_tile_figures({"map", 350, 200, "map"}, tiles), truth));
}

TEST_CASE("a figure across tiles that only touch becomes one, and neighbours stay two") {
    const std::vector<PlacedMask> truth = {rectangle(150, 20, 100, 50), rectangle(160, 70, 80, 60)};
    Random random(4);
    const auto tiles = seen_by_tiles(truth, TilePlan(400, 200, one_scale(200, 0)), random);
    REQUIRE(tiles.size() == 2);
    CHECK(same_figures(merge_tile_figures({"map", 400, 200, "map"}, tiles), truth));
}

TEST_CASE("found at several scales and in several tiles, a figure is one") {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        TilingOptions options = one_scale(128, random.uniform(0.1, 0.5), true);
        options.scales = {1.0, 0.5};
        const auto truth = touching_figures(static_cast<int>(1 + random.below(8)), random);
        const auto tiles = seen_by_tiles(truth, TilePlan(700, 300, options), random);
        CHECK(same_figures(merge_tile_figures({"map", 700, 300, "map"}, tiles), truth));
    }
}

TEST_CASE("touching figures in a row come out as they are, whatever the tiles cut") {
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const auto truth = touching_figures(static_cast<int>(1 + random.below(8)), random);
        const int size = static_cast<int>(60 + random.below(200));
        const TilePlan plan(700, 300, one_scale(size, random.uniform(0.15, 0.5)));
        CHECK(same_figures(merge_tile_figures({"map", 700, 300, "map"}, seen_by_tiles(truth, plan, random)),
                           truth));
    }
}

TEST_CASE("masks that differ a little from tile to tile still give each figure once") {
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const auto truth = touching_figures(static_cast<int>(1 + random.below(8)), random);
        TilingOptions options =
            one_scale(static_cast<int>(120 + random.below(100)), random.uniform(0.2, 0.5), true);
        options.scales = {1.0, 0.5};
        auto tiles = seen_by_tiles(truth, TilePlan(700, 300, options), random);
        for (auto& tile : tiles) {
            std::vector<Figure> found;
            for (const auto& figure : tile.figures)
                if (figure.mask.area() > 150)
                    if (const auto mask = roughened(figure.mask, tile.window, random); mask.area() > 0)
                        found.push_back(figure_of(mask, figure.score));
            tile.figures = found;
        }
        const auto merged = merge_tile_figures({"map", 700, 300, "map"}, tiles);
        CHECK(merged.figures.size() == truth.size());
        for (const auto& mask : truth)
            CHECK(std::any_of(merged.figures.begin(), merged.figures.end(),
                              [&](const Figure& figure) { return iou(figure.mask, mask) > 0.7; }));
    }
}

TEST_CASE("the order in which tiles come does not change the result") {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const MapInfo map{"map", 700, 300, "map"};
        auto tiles =
            seen_by_tiles(touching_figures(8, random), TilePlan(700, 300, one_scale(90, 0.3, true)), random);
        for (auto& tile : tiles)  // as a real network: masks that differ a little, false finds, equal scores
            for (int i = 0; i < 3; ++i) {
                const auto extra =
                    clipped(ellipse(tile.window.x + static_cast<int>(random.below(60)),
                                    tile.window.y + static_cast<int>(random.below(60)), 40, 50),
                            {tile.window.x, tile.window.y, tile.window.width, tile.window.height});
                if (extra.area() > 0) tile.figures.push_back(figure_of(extra, 0.5F));
            }
        const auto first = merge_tile_figures(map, tiles);
        for (int i = 0; i < 3; ++i) {
            for (std::size_t k = tiles.size(); k-- > 1;)
                std::swap(tiles[k],
                          tiles[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(k) + 1))]);
            for (auto& tile : tiles) std::reverse(tile.figures.begin(), tile.figures.end());
            const auto again = merge_tile_figures(map, tiles);
            REQUIRE(again.figures.size() == first.figures.size());
            for (std::size_t f = 0; f < first.figures.size(); ++f) {
                CHECK(again.figures[f].mask == first.figures[f].mask);
                CHECK(again.figures[f].box == first.figures[f].box);
                CHECK(again.figures[f].score == first.figures[f].score);
            }
        }
    }
}

TEST_CASE("a figure seen whole is preferred to its better scored cut part") {
    const PlacedMask figure = ellipse(150, 50, 100, 100);
    const cv::Rect left(0, 0, 200, 200), right(150, 0, 200, 200);
    std::vector<TileFigures> tiles(2);
    tiles[0] = {left, 1, {figure_of(clipped(figure, {0, 0, 200, 200}), 0.99F)}};
    tiles[1] = {right, 1, {figure_of(figure, 0.5F)}};
    tiles[1].window.x = 140;
    const auto merged = merge_tile_figures({"map", 350, 200, "map"}, tiles);
    REQUIRE(merged.figures.size() == 1);
    CHECK(merged.figures[0].mask == figure);
}

TEST_CASE("the map's own edge cuts nothing") {
    const PlacedMask figure = rectangle(0, 0, 50, 60);
    std::vector<TileFigures> tiles{{{0, 0, 200, 200}, 1, {figure_of(figure, 0.8F)}}};
    Merger merger({"map", 350, 200, "map"});
    merger.add(tiles[0]);
    CHECK(merger.bytes() > 0);
    const auto merged = merger.end();
    REQUIRE(merged.figures.size() == 1);
    CHECK(merged.figures[0].mask == figure);
    CHECK(merger.bytes() == 0);
    CHECK(merger.end().figures.empty());
}

TEST_CASE("boxes alone are merged by their boxes, and categories never mix") {
    const auto box = [](float x, float score, int category) {
        return Figure{{x, 10, x + 50, 80}, score, category, {}};
    };
    std::vector<TileFigures> tiles{
        {{0, 0, 400, 200}, 1, {box(20, 0.9F, 1), box(24, 0.8F, 1), box(22, 0.7F, 2), box(71, 0.6F, 1)}}};
    const auto merged = merge_tile_figures({"map", 400, 200, "map"}, tiles);
    REQUIRE(merged.figures.size() == 3);
    CHECK(merged.figures[0].box.x_min == 20);
    CHECK(merged.figures[1].category == 2);
    CHECK(merged.figures[2].box.x_min == 71);
}

TEST_CASE("a score that is no number is refused") {
    Merger merger({"map", 400, 200, "map"});
    Figure figure = figure_of(rectangle(1, 1, 5, 5), std::numeric_limits<float>::quiet_NaN());
    CHECK_THROWS_AS(merger.add({{0, 0, 400, 200}, 1, {figure}}), Error);
}

TEST_CASE("the grid finds the boxes that a look at all of them finds") {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const auto box = [&] {
            const auto x = static_cast<float>(random.uniform(-50, 3000)),
                       y = static_cast<float>(random.uniform(-50, 3000));
            const double size = random.log_uniform(1, 2000);
            return Box{x, y, x + static_cast<float>(random.uniform(0, size)),
                       y + static_cast<float>(random.uniform(0, size))};
        };
        std::vector<Box> boxes;
        BoxGrid grid;
        for (std::size_t i = 0; i < 300; ++i) grid.insert(boxes.emplace_back(box()), i);
        for (int q = 0; q < 30; ++q) {
            const Box query = box();
            std::vector<std::size_t> found, expected;
            grid.near(query, found);
            std::sort(found.begin(), found.end());
            for (std::size_t i = 0; i < boxes.size(); ++i)
                if (boxes[i].x_min <= query.x_max && query.x_min <= boxes[i].x_max &&
                    boxes[i].y_min <= query.y_max && query.y_min <= boxes[i].y_max)
                    expected.push_back(i);
            CHECK(found == expected);
        }
    }
}
