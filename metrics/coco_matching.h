#pragma once
// What every measurement of results against ground truth does alike, as pycocotools does it: both sorted into
// cells of one category and one image, overlaps, the matching of finds to true figures, precision over
// recall. For the measurements in this folder; who measures includes theirs.

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "figures/coco.h"
#include "metrics/parallel_for.h"

namespace figurant::metrics {

/// Of one image and category average precision looks at so many finds, those of the best scores.
inline constexpr std::size_t most_finds = 100;
/// What is no mean of precisions looks at all.
inline constexpr std::size_t all_finds = std::numeric_limits<std::size_t>::max();

inline constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();

/// From this overlap on a find is right where one overlap decides.
inline constexpr double right_overlap = 0.5;

enum class Part { bbox, segm };

struct Parts {
    bool bbox = false, segm = false;
};

/// What can be measured: boxes where every result has a box or a mask, masks where every result and every
/// true figure has one. Adds a warning where only the truth lacks masks.
Parts measurable_parts(const figures::CocoTruth& truth, const figures::CocoResults& results,
                       std::vector<std::string>& warnings);

/// Indices by cell, in their order: those of cell c are members[starts[c]] … members[starts[c + 1] - 1].
struct Cells {
    std::vector<std::size_t> starts, members;
    std::span<const std::size_t> of(std::size_t cell) const {
        return std::span(members).subspan(starts[cell], starts[cell + 1] - starts[cell]);
    }
};

/// Truth and results, which must outlive it, checked and sorted into cells: one for each category and image,
/// both by rising id.
struct Prepared {
    const figures::CocoTruth& truth;
    const figures::CocoResults& results;
    std::size_t images = 0, categories = 0;
    Cells true_figures, finds;   ///< cell: category * images + image; finds by falling score
    bool area_of_boxes = false;  ///< a find's area is its box's, else its mask's
};

/// Adds a warning for what is left out. Error(Cause::truth) and Error(Cause::input) as evaluate_coco says.
Prepared prepare(const figures::CocoTruth& truth, const figures::CocoResults& results,
                 std::vector<std::string>& warnings);

using BoxOf = std::array<double, 4>;  // x, y, width, height, in pixels

/// What of a find or a true figure a part of the measurement looks at.
struct Shape {
    BoxOf box{};                                   ///< for masks: around the mask
    const figures::RunLengthMask* mask = nullptr;  ///< none for boxes
    std::int64_t mask_area = 0;

    /// The mask is looked at for Part::segm only, and must be there then.
    Shape(const BoxOf& of_box, const figures::RunLengthMask* of_mask, Part part);
};

/// Intersection over union, 0 to 1; over the find's own area where the true figure is a crowd; -1 for masks
/// of images of different size.
double shape_iou(const Shape& find, const Shape& truth, bool crowd);

/// One image in one category.
struct Cell {
    std::vector<const figures::CocoAnnotation*> truth;  ///< in the file's order
    std::vector<Shape> true_shapes;
    std::span<const std::size_t> finds;  ///< indices of results, by falling score
    std::vector<Shape> find_shapes;
    std::vector<double> areas;  ///< of the finds, in pixels
    std::vector<double> ious;   ///< finds x true figures

    std::span<const double> ious_of(std::size_t find) const {
        return std::span(ious).subspan(find * truth.size(), truth.size());
    }
};

/// With the `most` surest finds.
Cell open_cell(const Prepared& prepared, std::size_t cell, Part part, std::size_t most = most_finds);

/// In pixels.
struct AreaRange {
    double least, most;
    bool leaves_out(double area) const { return area < least || area > most; }
};
inline constexpr AreaRange any_area{0, 1e10};

/// Whether a figure is to be found: crowds and those outside the range are ignored.
inline bool is_to_find(const figures::CocoAnnotation& figure, const AreaRange& range) {
    return !figure.iscrowd && !range.leaves_out(figure.area);
}

/// The true figures of a cell in one range of areas: those that are to be found first, then the ignored ones.
struct Ordered {
    std::vector<std::size_t> order;
    std::size_t counting = 0;
};

Ordered order_truth(std::span<const figures::CocoAnnotation* const> truth, const AreaRange& range);

/// Matches the finds of a cell to its true figures; both arguments must outlive it.
class Matcher {
  public:
    Matcher(const Cell& cell, const Ordered& ordered) : cell_(cell), ordered_(ordered) {}
    /// For each find, by falling score, the place in `ordered` of its true figure, or nowhere: the free one
    /// with the greatest overlap from the threshold on, the later of equals; an ignored one only where none
    /// that is to be found will do. Valid until the next call.
    const std::vector<std::size_t>& at(double threshold);

  private:
    const Cell& cell_;
    const Ordered& ordered_;
    std::vector<char> taken_;
    std::vector<std::size_t> matches_;
};

/// A find that counts, and the true figure that it is right of.
struct CountedFind {
    std::size_t place = 0;                            ///< among the cell's finds
    const figures::CocoAnnotation* figure = nullptr;  ///< none: it is wrong
};

/// The finds of a cell but those on ignored figures or of an ignored area, by falling score. A find of a
/// figure with the id 0 is wrong, as COCO has it.
std::vector<CountedFind> counted_finds(const Cell& cell, double threshold);

/// `count` numbers from first to last, each rounded as numpy's linspace rounds: some overlaps and recalls lie
/// exactly on one.
template <std::size_t count>
std::array<double, count> evenly_spaced(double first, double last) {
    std::array<double, count> values;
    const double step = (last - first) / static_cast<double>(count - 1);
    for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<double>(i) * step + first;
    values.back() = last;
    return values;
}

/// Precisions and recalls that a mean is taken of.
struct Mean {
    double sum = 0;
    std::size_t count = 0;
    void add(double value) {
        sum += value;
        ++count;
    }
    void add(const Mean& other) {
        sum += other.sum;
        count += other.count;
    }
    double value() const { return count == 0 ? -1 : sum / static_cast<double>(count); }
};

/// Precision over recall of the finds of one category at one threshold.
class Curve {
  public:
    /// `to_find`: the true figures that are to be found, at least 1.
    explicit Curve(std::size_t to_find) : to_find_(static_cast<double>(to_find)) {}
    void reserve(std::size_t finds) {
        precision_.reserve(finds);
        recall_.reserve(finds);
    }
    /// The next find, by falling score; one that is neither right nor wrong changes nothing.
    void add(bool right, bool wrong) {
        right_ += right;
        wrong_ += wrong;
        recall_.push_back(right_ / to_find_);
        precision_.push_back(right_ / (wrong_ + right_ + std::numeric_limits<double>::epsilon()));
    }
    double last_recall() const { return recall_.empty() ? 0 : recall_.back(); }
    /// Over the 101 recalls 0, 0.01, … 1 the best precision at that recall or above. Nothing can be added
    /// after that.
    Mean precision();

  private:
    double to_find_, right_ = 0, wrong_ = 0;
    std::vector<double> precision_, recall_;
};

/// Calls body(0) … body(count - 1), on the threads of parallel_for where there is one, `chunk` of them at a
/// time.
void for_each_index(std::size_t count, std::size_t chunk, const ParallelFor& parallel_for,
                    const std::function<void(std::size_t)>& body);
/// So many small bodies that handing them out costs nothing beside the work.
inline constexpr std::size_t usual_chunk = 16;

/// The shortest digits that read back as the same number.
std::string shortest_digits(double value);

}  // namespace figurant::metrics
