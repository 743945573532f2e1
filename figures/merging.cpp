#include "figures/merging.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "base/error.h"
#include "figures/box_grid.h"

namespace figurant::figures {
namespace {

using Find = Merger::Find;
using Bounds = RunLengthMask::Bounds;

double box_intersection(const Box& a, const Box& b) {
    const double width = std::min(a.x_max, b.x_max) - std::max(a.x_min, b.x_min);
    const double height = std::min(a.y_max, b.y_max) - std::max(a.y_min, b.y_min);
    return width > 0 && height > 0 ? width * height : 0;
}

/// How far two finds cover each other, in pixels: of masks where both have one, else of boxes.
struct Overlap {
    double both = 0, a = 0, b = 0;
    double over_union() const { return both > 0 ? both / (a + b - both) : 0; }
    double over_smaller() const { return both > 0 ? both / std::min(a, b) : 0; }
    double over_a() const { return both > 0 ? both / a : 0; }
};

Overlap overlap(const Find& a, const Find& b) {
    const bool masks = a.area > 0 && b.area > 0;
    if (!masks)
        return {box_intersection(a.figure.box, b.figure.box), a.figure.box.area(), b.figure.box.area()};
    return {static_cast<double>(intersection(a.figure.mask, b.figure.mask)), static_cast<double>(a.area),
            static_cast<double>(b.area)};
}

Box clipped_box(const Box& box, const cv::Rect& window) {
    const auto left = static_cast<float>(window.x), top = static_cast<float>(window.y);
    const auto right = static_cast<float>(window.x + window.width),
               bottom = static_cast<float>(window.y + window.height);
    return {std::max(box.x_min, left), std::max(box.y_min, top), std::min(box.x_max, right),
            std::min(box.y_max, bottom)};
}

/// The part of a find that lies in a window.
Find part_of(const Find& find, const cv::Rect& window) {
    Find part;
    part.figure.box = clipped_box(find.figure.box, window);
    if (find.area > 0) {
        part.figure.mask = clipped(find.figure.mask, {window.x, window.y, window.width, window.height});
        part.area = part.figure.mask.area();
    }
    return part;
}

/// How well the stretches of two finds along a seam between two windows that touch but share nothing agree, 0
/// to 1.
double seam_agreement(const Find& a, const Find& b) {
    const cv::Rect &v = a.window, &w = b.window;
    const bool upright = v.x + v.width == w.x || w.x + w.width == v.x;  // the seam runs downwards
    const bool level = v.y + v.height == w.y || w.y + w.height == v.y;
    if (upright == level) return 0;
    const int depth = std::max(1, static_cast<int>(std::ceil(std::max(a.margin, b.margin))));
    const auto along = [&](const Find& find, const cv::Rect& other) {
        cv::Rect strip = find.window;
        if (upright) {
            if (other.x > strip.x) strip.x = strip.x + strip.width - std::min(depth, strip.width);
            strip.width = std::min(depth, strip.width);
        } else {
            if (other.y > strip.y) strip.y = strip.y + strip.height - std::min(depth, strip.height);
            strip.height = std::min(depth, strip.height);
        }
        const Find part = part_of(find, strip);
        const Bounds seen = part.figure.mask.bounds();
        const Box& box = part.figure.box;
        if (find.area == 0)
            return upright ? std::pair<double, double>(box.y_min, box.y_max)
                           : std::pair<double, double>(box.x_min, box.x_max);
        return upright ? std::pair<double, double>(seen.y, seen.y + seen.height)
                       : std::pair<double, double>(seen.x, seen.x + seen.width);
    };
    const auto [a_begin, a_end] = along(a, w);
    const auto [b_begin, b_end] = along(b, v);
    if (a_begin >= a_end || b_begin >= b_end) return 0;
    const double both = std::min(a_end, b_end) - std::max(a_begin, b_begin);
    return std::max(0.0, both / (std::max(a_end, b_end) - std::min(a_begin, b_begin)));
}

/// Whether two cut finds are parts of one figure: in what both tiles saw, they are the same.
bool parts_of_one(const Find& a, const Find& b, const MergeOptions& options) {
    if (a.figure.category != b.figure.category || a.window == b.window) return false;
    const cv::Rect shared = a.window & b.window;
    if (shared.empty()) return seam_agreement(a, b) >= options.agreeing;
    return overlap(part_of(a, shared), part_of(b, shared)).over_union() >= options.agreeing;
}

bool same_figure(const Find& a, const Find& b, const MergeOptions& options) {
    if (a.figure.category != b.figure.category) return false;
    const Overlap o = overlap(a, b);
    return o.over_union() > options.same || o.over_smaller() > options.contained;
}

/// A total order: better finds first, then whatever tells two finds apart.
bool before(const Find& a, const Find& b) {
    const auto key = [](const Find& f) {
        const Box& box = f.figure.box;
        return std::tuple(-f.figure.score, f.figure.category, -f.area, box.x_min, box.y_min, box.x_max,
                          box.y_max, f.figure.mask.x, f.figure.mask.y, f.window.x, f.window.y, f.window.width,
                          f.window.height);
    };
    const auto p = key(a), q = key(b);
    if (p != q) return p < q;
    return a.figure.mask.local.counts() < b.figure.mask.local.counts();
}

/// The finds that were taken so far, and where they lie.
class Taken {
  public:
    explicit Taken(const MergeOptions& options) : options_(options) {}

    /// Takes `find` unless it is one of those that were taken.
    void offer(Find find) {
        if (any_near(find, [&](const Find& taken) { return same_figure(find, taken, options_); })) return;
        grid_.insert(find.figure.box, finds_.size());
        finds_.push_back(std::move(find));
    }

    /// Whether a cut find is a piece of one that was taken.
    bool absorbs(const Find& cut) {
        return any_near(cut, [&](const Find& taken) {
            if (cut.figure.category != taken.figure.category) return false;
            const Overlap o = overlap(cut, taken);
            return o.over_a() > options_.absorbed || o.over_union() > options_.same;
        });
    }

    std::vector<Find> take() { return std::move(finds_); }

  private:
    template <class Test>
    bool any_near(const Find& find, Test test) {
        grid_.near(find.figure.box, near_);
        return std::any_of(near_.begin(), near_.end(), [&](std::size_t i) { return test(finds_[i]); });
    }

    const MergeOptions& options_;
    BoxGrid grid_;
    std::vector<Find> finds_;
    std::vector<std::size_t> near_;
};

/// Sets that grow together.
class Groups {
  public:
    explicit Groups(std::size_t count) : parent_(count) {
        std::iota(parent_.begin(), parent_.end(), std::size_t{0});
    }
    std::size_t root(std::size_t i) {
        while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
        return i;
    }
    /// The lower root stays, so that groups are named by their best find.
    void join(std::size_t i, std::size_t j) {
        const auto [low, high] = std::minmax({root(i), root(j)});
        parent_[high] = low;
    }

  private:
    std::vector<std::size_t> parent_;
};

void unite(Find& whole, Find&& part) {
    Box& box = whole.figure.box;
    const Box& more = part.figure.box;
    box = {std::min(box.x_min, more.x_min), std::min(box.y_min, more.y_min), std::max(box.x_max, more.x_max),
           std::max(box.y_max, more.y_max)};
    whole.figure.mask = united(whole.figure.mask, part.figure.mask);
    whole.area = whole.figure.mask.area();
    whole.sliver = whole.sliver && part.sliver;
}

/// The cut finds, parts of one figure united; sorted before and after.
std::vector<Find> united_parts(std::vector<Find> cut, const MergeOptions& options) {
    Groups groups(cut.size());
    BoxGrid grid;
    std::vector<std::size_t> near;
    for (std::size_t i = 0; i < cut.size(); ++i) {
        Box reach = cut[i].figure.box;
        const auto margin = static_cast<float>(cut[i].margin);
        reach = {reach.x_min - margin, reach.y_min - margin, reach.x_max + margin, reach.y_max + margin};
        grid.near(reach, near);
        for (const std::size_t j : near)
            if (groups.root(i) != groups.root(j) && parts_of_one(cut[i], cut[j], options)) groups.join(i, j);
        grid.insert(cut[i].figure.box, i);
    }
    std::vector<Find> united;
    std::vector<std::size_t> place(cut.size());
    for (std::size_t i = 0; i < cut.size(); ++i) {
        const std::size_t root = groups.root(i);
        if (root == i) {
            place[i] = united.size();
            united.push_back(std::move(cut[i]));
        } else {
            unite(united[place[root]], std::move(cut[i]));
        }
    }
    std::sort(united.begin(), united.end(), before);
    return united;
}

/// Whether a find reaches an edge of its tile that is not the map's edge.
bool is_cut(const Figure& figure, const cv::Rect& window, const MapInfo& map, double margin) {
    const Box& box = figure.box;
    return (window.x > 0 && box.x_min < window.x + margin) ||
           (window.y > 0 && box.y_min < window.y + margin) ||
           (window.x + window.width < map.width && box.x_max > window.x + window.width - margin) ||
           (window.y + window.height < map.height && box.y_max > window.y + window.height - margin);
}

/// Whether all of a cut find lies along a cut edge of its tile: too little to be trusted alone, as a
/// neighbouring tile saw more of it.
bool is_sliver(const Box& box, const cv::Rect& window, const MapInfo& map, double depth) {
    return (window.x > 0 && box.x_max <= window.x + depth) ||
           (window.y > 0 && box.y_max <= window.y + depth) ||
           (window.x + window.width < map.width && box.x_min >= window.x + window.width - depth) ||
           (window.y + window.height < map.height && box.y_min >= window.y + window.height - depth);
}

}  // namespace

const ParameterList<MergeOptions>& merge_parameters() {
    using O = MergeOptions;
    static const ParameterList<O> list =
        ParameterList<O>{}
            .add("same", &O::same, "finds whose intersection over union is above this are one figure",
                 range(0, 1))
            .add("contained", &O::contained,
                 "finds whose intersection over the smaller one is above this are one figure", range(0, 1))
            .add("absorbed", &O::absorbed,
                 "a find cut by its tile's edge is left out when more than this share of it lies in a figure "
                 "seen whole",
                 range(0, 1))
            .add("agreeing", &O::agreeing,
                 "parts in neighbouring tiles are one figure when, where both tiles look, they agree at "
                 "least so far",
                 range(0, 1))
            .add("edge", &O::edge,
                 "a find is cut when it comes this near to its tile's edge, in pixels of the tile",
                 range(0, 1000));
    return list;
}

Merger::Merger(MapInfo map, MergeOptions options) : map_(std::move(map)), options_(options) {}

void Merger::add(TileFigures found) {
    for (Figure& figure : found.figures) {
        const Box& box = figure.box;
        const bool finite = std::isfinite(figure.score) && std::isfinite(box.x_min) &&
                            std::isfinite(box.y_min) && std::isfinite(box.x_max) && std::isfinite(box.y_max);
        if (!finite)
            throw Error(Cause::internal,
                        "map \"" + map_.name + "\": a find's score or box is not a finite number");
        const double margin = options_.edge / found.scale;
        const bool sliver = is_sliver(figure.box, found.window, map_, 2 * margin);
        const bool cut = is_cut(figure, found.window, map_, margin);
        bytes_ += figure.bytes() + sizeof(Find) - sizeof(Figure);
        const std::int64_t area = figure.mask.area();
        finds_.push_back({std::move(figure), found.window, margin, cut, sliver, area});
    }
}

Detections Merger::end() {
    std::sort(finds_.begin(), finds_.end(), before);
    Taken taken(options_);
    std::vector<Find> cut;
    for (Find& find : finds_) {
        if (find.cut)
            cut.push_back(std::move(find));
        else
            taken.offer(std::move(find));
    }
    finds_.clear();
    bytes_ = 0;
    std::erase_if(cut, [&](const Find& find) { return taken.absorbs(find); });
    for (Find& find : united_parts(std::move(cut), options_))
        if (!find.sliver) taken.offer(std::move(find));

    auto finds = taken.take();
    std::sort(finds.begin(), finds.end(), before);
    Detections result{map_, {}};
    for (Find& find : finds) result.figures.push_back(std::move(find.figure));
    return result;
}

Detections merge_tile_figures(MapInfo map, std::vector<TileFigures> tiles, MergeOptions options) {
    Merger merger(std::move(map), options);
    for (TileFigures& tile : tiles) merger.add(std::move(tile));
    return merger.end();
}

}  // namespace figurant::figures
