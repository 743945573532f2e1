#include "figures/tiling.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/error.h"

namespace figurant::figures {
namespace {

int checked_side(std::int64_t side, std::int64_t width, std::int64_t height) {
    if (side < 1 || side > std::numeric_limits<int>::max())
        throw Error(Cause::limit, "a map of " + std::to_string(width) + " x " + std::to_string(height) +
                                      " pixels cannot be tiled: each side must be 1 to 2147483647");
    return static_cast<int>(side);
}

void check(const TilingOptions& options) {
    const auto refuse = [](const std::string& what) { throw Error(Cause::configuration, "tiling: " + what); };
    if (options.tile_size < 16 || options.tile_size > 65536)
        refuse("the tile size must be 16 to 65536 pixels");
    if (!(options.overlap >= 0 && options.overlap <= 0.9)) refuse("the overlap must be 0 to 0.9");
    if (options.scales.empty() && !options.whole) refuse("no scale is given, and the whole map is left out");
    for (const double scale : options.scales)
        if (!(scale >= 1e-6 && scale <= 64)) refuse("a scale must be above 0 and at most 64");
}

}  // namespace

int TilePlan::Axis::start(std::int64_t i) const {
    if (tiles == 1) return 0;
    return static_cast<int>(i * (std::int64_t{length} - side) / (tiles - 1));
}

TilePlan::Axis TilePlan::axis(int length, double scale, const TilingOptions& options) {
    const double wanted = std::max(1.0, std::round(static_cast<double>(options.tile_size) / scale));
    if (wanted >= length) return {length, length, 1};
    const int side = static_cast<int>(wanted);
    const auto step =
        std::max<std::int64_t>(1, static_cast<std::int64_t>(std::floor(side * (1 - options.overlap))));
    return {length, side, (std::int64_t{length} - side + step - 1) / step + 1};
}

void TilePlan::add_level(double scale, const TilingOptions& options) {
    const Axis x = axis(width_, scale, options), y = axis(height_, scale, options);
    const auto most = static_cast<double>(options.tile_size);
    const auto resampled = [&](int side) {
        return static_cast<int>(std::clamp(std::round(side * scale), 1.0, most));
    };
    const Level level{x, y, {resampled(x.side), resampled(y.side)}};
    const bool known =
        !levels_.empty() && levels_.back().whole() && level.whole() && levels_.back().size == level.size;
    if (known) return;
    levels_.push_back(level);
    count_ += level.tiles();
}

TilePlan::TilePlan(std::int64_t width, std::int64_t height, const TilingOptions& options)
    : width_(checked_side(width, width, height)), height_(checked_side(height, width, height)) {
    if (!options.tiled) {
        levels_.push_back({{width_, width_, 1}, {height_, height_, 1}, {width_, height_}});
        count_ = 1;
        return;
    }
    check(options);
    auto scales = options.scales;
    std::sort(scales.begin(), scales.end(), std::greater<>());
    scales.erase(std::unique(scales.begin(), scales.end()), scales.end());
    const double fits = static_cast<double>(options.tile_size) / std::max(width_, height_);
    if (scales.empty()) scales.push_back(std::min(1.0, fits));
    for (const double scale : scales) add_level(scale, options);
    if (!options.whole || levels_.back().whole()) return;
    if (options.pyramid)
        for (double scale = scales.back() / 2; scale > fits; scale /= 2) add_level(scale, options);
    if (!levels_.back().whole()) add_level(fits, options);
}

TileWindow TilePlan::at(std::int64_t index) const {
    for (const Level& level : levels_) {
        if (index < level.tiles()) {
            const cv::Point start(level.x.start(index % level.x.tiles), level.y.start(index / level.x.tiles));
            return {{start, cv::Size(level.x.side, level.y.side)}, level.size, level.whole()};
        }
        index -= level.tiles();
    }
    throw Error(Cause::internal, "a tile was asked for that is not in the plan");
}

std::int64_t TilePlan::seen_whole_at_finest() const {
    const std::int64_t longest = std::max(width_, height_);
    const auto seen = [&](const Axis& axis) -> std::int64_t {
        if (axis.tiles == 1) return longest;
        // Starts differ by at most the even spread, rounded up.
        const std::int64_t spread =
            (std::int64_t{axis.length} - axis.side + axis.tiles - 2) / (axis.tiles - 1);
        return axis.side - spread;
    };
    const Level& finest = levels_.front();
    return std::min(seen(finest.x), seen(finest.y));
}

}  // namespace figurant::figures
