#pragma once
// From what was found on the tiles of a map to the figures of the map.

#include <cstddef>
#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

#include "base/parameters.h"
#include "figures/figure.h"

namespace figurant::figures {

/// What was found on one tile.
struct TileFigures {
    cv::Rect window;              ///< of the tile, on the map at its full size
    double scale = 1;             ///< tile pixels for each map pixel
    std::vector<Figure> figures;  ///< in the map's coordinates
};

struct MergeOptions {
    double same = 0.5;
    double contained = 0.9;
    double absorbed = 0.5;
    double agreeing = 0.5;
    double edge = 3;
};

/// Names, ranges and sentences of all of them.
const ParameterList<MergeOptions>& merge_parameters();

/// Folds the finds of a map's tiles, in any order, into its figures. What decides are masks; boxes where a
/// mask is missing.
///
/// - A find that reaches an edge of its tile which is not the map's edge is a *cut* one; all others were seen
/// whole.
/// - Finds seen whole are taken by falling score; one that is the same as a taken one (intersection over
/// union above
///   `same`), or lies within it or around it (intersection over the smaller above `contained`), is left out.
/// - A cut find that lies in a taken one (by more than `absorbed` of its own pixels) is left out.
/// - Two cut finds of different tiles are parts of one figure when, in the window that both tiles saw, their
/// masks
///   agree (intersection over union at least `agreeing`; where the tiles only touch, the stretches along the
///   seam). Parts are united: masks, boxes, the best score.
/// - A cut find without such a partner that is no deeper than twice `edge` from the edge that cuts it is left
/// out.
/// - What is united is then compared with what was taken, and with each other, as above.
///
/// Two figures that touch stay two: their masks hardly overlap, and in the shared window each agrees with
/// itself only. The result does not depend on the order of the tiles. Memory: the finds. Time: near to linear
/// in the finds.
class Merger {
  public:
    explicit Merger(MapInfo map, MergeOptions options = {});

    /// Figures of different categories never merge. Error(Cause::internal) for a score or box that is not
    /// finite.
    void add(TileFigures found);
    /// The map's figures, by falling score. The merger is empty afterwards.
    Detections end();

    /// Memory held by the finds so far, in bytes.
    std::size_t bytes() const { return bytes_; }

    struct Find {
        Figure figure;
        cv::Rect window;
        double margin = 0;  ///< how near to its tile's edge it counts as cut, in pixels of the map
        bool cut = false;
        bool sliver = false;    ///< all of it lies along a cut edge
        std::int64_t area = 0;  ///< of the mask
    };

  private:
    MapInfo map_;
    MergeOptions options_;
    std::vector<Find> finds_;
    std::size_t bytes_ = 0;
};

/// All at once.
Detections merge_tile_figures(MapInfo map, std::vector<TileFigures> tiles, MergeOptions options = {});

}  // namespace figurant::figures
