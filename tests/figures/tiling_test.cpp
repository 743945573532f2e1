#include "figures/tiling.h"

#include <doctest/doctest.h>

#include <set>
#include <tuple>

#include "base/error.h"
#include "base/random.h"

using namespace figurant;
using namespace figurant::figures;

namespace {

TilingOptions random_options(Random& random) {
    TilingOptions options;
    options.tile_size = 16 + random.below(300);
    options.overlap = random.uniform(0, 0.8);
    options.scales.clear();
    for (double scale = random.chance(0.3) ? 2 : 1;
         options.scales.size() < static_cast<std::size_t>(1 + random.below(3)); scale /= 2)
        options.scales.push_back(scale);
    options.pyramid = random.chance(0.7);
    return options;
}

bool holds(const cv::Rect& window, const cv::Rect& figure) { return (window & figure) == figure; }

}  // namespace

TEST_CASE("tiles lie inside the map, are of one size a level, and are all different") {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const auto options = random_options(random);
        const cv::Rect map(0, 0, static_cast<int>(1 + random.below(1500)),
                           static_cast<int>(1 + random.below(1500)));
        const TilePlan plan(map.width, map.height, options);
        std::set<std::tuple<int, int, int, int, int>> seen;
        int whole = 0;
        for (std::int64_t i = 0; i < plan.count(); ++i) {
            const TileWindow tile = plan.at(i);
            CHECK(holds(map, tile.window));
            CHECK(tile.size.width >= 1);
            CHECK(std::max(tile.size.width, tile.size.height) <= options.tile_size);
            CHECK(tile.whole == (tile.window == map));
            whole += tile.whole;
            CHECK(seen.emplace(tile.window.x, tile.window.y, tile.window.width, tile.window.height,
                               tile.size.width)
                      .second);
            if (tile.window.width < map.width && tile.window.height < map.height)
                CHECK(tile.size ==
                      cv::Size(static_cast<int>(options.tile_size), static_cast<int>(options.tile_size)));
        }
        CHECK(whole >= 1);
    }
}

TEST_CASE("every figure up to the stated size is seen whole by some tile, at the finest scale") {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        auto options = random_options(random);
        options.scales = {1.0};
        const auto width = static_cast<int>(1 + random.below(1200)),
                   height = static_cast<int>(1 + random.below(1200));
        const TilePlan plan(width, height, options);
        const auto size = plan.seen_whole_at_finest();
        CHECK(size >= std::min<std::int64_t>(std::max(width, height),
                                             static_cast<std::int64_t>(
                                                 options.overlap * static_cast<double>(options.tile_size))));
        for (int i = 0; i < 30; ++i) {
            const int w = static_cast<int>(std::min<std::int64_t>(width, size)),
                      h = static_cast<int>(std::min<std::int64_t>(height, size));
            const cv::Rect figure(static_cast<int>(random.below(width - w + 1)),
                                  static_cast<int>(random.below(height - h + 1)), w, h);
            bool seen = w == 0 || h == 0;
            for (std::int64_t t = 0; t < plan.count() && !seen; ++t) {
                const TileWindow tile = plan.at(t);
                seen = holds(tile.window, figure) && tile.size == plan.at(0).size;
            }
            CHECK(seen);
        }
    }
}

TEST_CASE("a figure of any size is seen whole, and not made smaller than it must be") {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        TilingOptions options;
        options.tile_size = 128;
        options.overlap = random.uniform(0.1, 0.6);
        const int width = static_cast<int>(1 + random.below(3000)),
                  height = static_cast<int>(1 + random.below(3000));
        const TilePlan plan(width, height, options);
        for (int i = 0; i < 20; ++i) {
            const int w = static_cast<int>(1 + random.below(width)),
                      h = static_cast<int>(1 + random.below(height));
            const cv::Rect figure(static_cast<int>(random.below(width - w + 1)),
                                  static_cast<int>(random.below(height - h + 1)), w, h);
            double best = 0;
            for (std::int64_t t = 0; t < plan.count(); ++t) {
                const TileWindow tile = plan.at(t);
                if (holds(tile.window, figure))
                    best = std::max(best, static_cast<double>(tile.size.width) / tile.window.width);
            }
            // One pixel and a bit is lost to whole numbers.
            CHECK((best > 0.99 || best * (std::max(w, h) + 3) >= options.overlap / 2 * 128 - 1));
        }
    }
}

TEST_CASE("a map of 100,000 x 100,000 is planned at once, tile by tile") {
    const TilePlan plan(100000, 100000, {});
    CHECK(plan.count() > 60000);
    CHECK(plan.at(0).window == cv::Rect(0, 0, 512, 512));
    CHECK(plan.at(plan.count() - 1).whole);
    CHECK(plan.at(plan.count() - 1).size == cv::Size(512, 512));
    CHECK(sizeof(plan) < 200);
}

TEST_CASE("a map smaller than a tile is one tile, as it is") {
    const TilePlan plan(200, 100, {});
    CHECK(plan.count() == 1);
    CHECK(plan.at(0) == TileWindow{{0, 0, 200, 100}, {200, 100}, true});
    const TilePlan dot(1, 1, {});
    CHECK(dot.count() == 1);
}

TEST_CASE("without tiling the whole map is one tile at full size") {
    TilingOptions options;
    options.tiled = false;
    const TilePlan plan(5000, 3000, options);
    CHECK(plan.count() == 1);
    CHECK(plan.at(0) == TileWindow{{0, 0, 5000, 3000}, {5000, 3000}, true});
}

TEST_CASE("scales and the whole map make these tiles of 1600 x 1200") {
    TilingOptions options;
    options.scales = {1.0, 0.5};
    const TilePlan plan(1600, 1200, options);
    CHECK(plan.count() == 4 * 3 + 2 * 2 + 1);
    CHECK(plan.at(11).window == cv::Rect(1088, 688, 512, 512));
    CHECK(plan.at(12) == TileWindow{{0, 0, 1024, 1024}, {512, 512}, false});
    CHECK(plan.at(16) == TileWindow{{0, 0, 1600, 1200}, {512, 384}, true});
}

TEST_CASE("options and maps that cannot be tiled are refused") {
    TilingOptions options;
    options.overlap = 0.95;
    CHECK_THROWS_WITH_AS(TilePlan(10, 10, options), "tiling: the overlap must be 0 to 0.9", Error);
    options = {};
    options.scales = {0};
    CHECK_THROWS_WITH_AS(TilePlan(10, 10, options), "tiling: a scale must be above 0 and at most 64", Error);
    CHECK_THROWS_AS(TilePlan(0, 10, {}), Error);
    CHECK_THROWS_AS(TilePlan(std::int64_t{1} << 31, 10, {}), Error);
    CHECK_THROWS_AS(TilePlan(10, 10, {}).at(1), Error);
}
