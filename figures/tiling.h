#pragma once
// Which windows of a map the network looks at: grids of tiles with overlap, at one or several scales, and the
// whole map.

#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

namespace figurant::figures {

struct TilingOptions {
    bool tiled = true;             ///< false: one tile, the whole map at its full size
    std::int64_t tile_size = 512;  ///< greatest side of a tile as the network gets it, in pixels
    double overlap = 0.25;  ///< least share of a tile's side that it has in common with the next: 0 to 0.9
    std::vector<double> scales = {1.0};  ///< the map's enlargement at each level, above 0; 0.5: half size
    /// Go on halving the least scale until the whole map fits into one tile; false: only that last tile is
    /// added.
    bool pyramid = true;
    bool whole = true;  ///< see to it that some tile shows the whole map
};

/// One tile: a window of the map, and the size it is resampled to.
struct TileWindow {
    cv::Rect window;     ///< inside the map, in pixels at its full size
    cv::Size size;       ///< of the tile; neither side above tile_size where tiled
    bool whole = false;  ///< the window is the whole map: no edge of it cuts a figure
    bool operator==(const TileWindow&) const = default;
};

/// All tiles of a map, worked out one by one: takes the same little memory for any map.
/// Levels come from the finest scale to the coarsest, tiles of a level by rows. Tiles of a grid are spread
/// evenly, all of the same size, the last ones ending at the map's edge; a map smaller than a tile gives a
/// tile of its own size, times the scale.
class TilePlan {
  public:
    /// Error(Cause::configuration) for options out of range; Error(Cause::limit) for a map without pixels or
    /// with a side above 2^31 - 1.
    TilePlan(std::int64_t width, std::int64_t height, const TilingOptions& options);

    std::int64_t count() const { return count_; }
    /// 0 <= index < count().
    TileWindow at(std::int64_t index) const;

    /// Every figure whose box is at most this wide and high lies wholly inside some tile's window at the
    /// finest scale. Where there is a whole tile, a figure of any size lies wholly inside some tile; with
    /// `pyramid`, and scales that at most halve from one to the next, inside one that shows its longer side
    /// at least overlap / 2 of tile_size long, or at the finest scale.
    std::int64_t seen_whole_at_finest() const;

  private:
    struct Axis {
        int length, side;  ///< the map's side, the window's side
        std::int64_t tiles;
        int start(std::int64_t i) const;
    };
    struct Level {
        Axis x, y;
        cv::Size size;
        std::int64_t tiles() const { return x.tiles * y.tiles; }
        bool whole() const { return x.side == x.length && y.side == y.length; }
    };
    static Axis axis(int length, double scale, const TilingOptions& options);
    void add_level(double scale, const TilingOptions& options);

    int width_, height_;
    std::vector<Level> levels_;
    std::int64_t count_ = 0;
};

}  // namespace figurant::figures
