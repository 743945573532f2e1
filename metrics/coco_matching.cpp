#include "metrics/coco_matching.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "base/error.h"

namespace figurant::metrics {
namespace {

using figures::CocoAnnotation;
using figures::CocoResult;
using figures::CocoResults;
using figures::CocoTruth;
using figures::RunLengthMask;

/// Sorted ids, each once, and where each one stands.
class Ids {
  public:
    template <class Items>
    explicit Ids(const Items& items) {
        for (const auto& item : items) ids_.push_back(item.id);
        std::sort(ids_.begin(), ids_.end());
        ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
        for (std::size_t i = 0; i < ids_.size(); ++i) places_[ids_[i]] = i;
    }
    std::size_t size() const { return ids_.size(); }
    std::optional<std::size_t> place(std::int64_t id) const {
        const auto found = places_.find(id);
        return found == places_.end() ? std::nullopt : std::optional(found->second);
    }

  private:
    std::vector<std::int64_t> ids_;
    std::unordered_map<std::int64_t, std::size_t> places_;
};

Cells sort_into_cells(const std::vector<std::size_t>& cell_of, std::size_t cell_count) {
    Cells cells;
    cells.starts.assign(cell_count + 1, 0);
    for (const auto cell : cell_of)
        if (cell != nowhere) ++cells.starts[cell + 1];
    std::partial_sum(cells.starts.begin(), cells.starts.end(), cells.starts.begin());
    cells.members.resize(cells.starts.back());
    auto next = cells.starts;
    for (std::size_t i = 0; i < cell_of.size(); ++i)
        if (cell_of[i] != nowhere) cells.members[next[cell_of[i]]++] = i;
    return cells;
}

void check_result(const CocoResult& result, std::size_t index) {
    const bool box_finite = !result.bbox || std::all_of(result.bbox->begin(), result.bbox->end(),
                                                        [](double value) { return std::isfinite(value); });
    if (!std::isfinite(result.score) || !box_finite)
        throw Error(Cause::input,
                    "result " + std::to_string(index) + " has a score or a box that is not a finite number");
}

void warn_of(std::size_t count, const std::string& what, std::vector<std::string>& warnings) {
    if (count > 0) warnings.push_back(std::to_string(count) + " " + what);
}

std::vector<std::size_t> cells_of_truth(const CocoTruth& truth, const Ids& images, const Ids& categories,
                                        std::vector<std::string>& warnings) {
    std::vector<std::size_t> cells;
    std::unordered_set<std::int64_t> seen;
    std::size_t left_out = 0, zero = 0;
    for (const CocoAnnotation& annotation : truth.annotations) {
        if (!seen.insert(annotation.id).second)
            throw Error(Cause::truth, "two true figures have the id " + std::to_string(annotation.id),
                        "give every annotation an id of its own, from 1");
        zero += annotation.id == 0;
        const auto image = images.place(annotation.image_id);
        const auto category = categories.place(annotation.category_id);
        left_out += !image || !category;
        cells.push_back(image && category ? *category * images.size() + *image : nowhere);
    }
    warn_of(left_out, "true figures are of images or categories that the truth does not list: left out",
            warnings);
    warn_of(
        zero,
        "true figure has the id 0, and is never counted as found (pycocotools' habit): number them from 1",
        warnings);
    return cells;
}

std::vector<std::size_t> cells_of_results(const CocoResults& results, const Ids& images,
                                          const Ids& categories, std::vector<std::string>& warnings) {
    std::vector<std::size_t> cells;
    std::size_t left_out = 0;
    for (std::size_t i = 0; i < results.size(); ++i) {
        check_result(results[i], i);
        const auto image = images.place(results[i].image_id);
        if (!image)
            throw Error(Cause::input,
                        "result " + std::to_string(i) + " is for image " +
                            std::to_string(results[i].image_id) + ", which the truth does not have",
                        "evaluate results against the truth of the same images");
        const auto category = categories.place(results[i].category_id);
        left_out += !category;
        cells.push_back(category ? *category * images.size() + *image : nowhere);
    }
    warn_of(left_out, "results are of categories that the truth does not list: left out", warnings);
    return cells;
}

BoxOf box_around(const RunLengthMask& mask) {
    const auto bounds = mask.bounds();
    return {static_cast<double>(bounds.x), static_cast<double>(bounds.y), static_cast<double>(bounds.width),
            static_cast<double>(bounds.height)};
}

/// Intersection over union; over the find's own area where the true figure is a crowd.
double box_iou(const BoxOf& find, const BoxOf& truth, bool crowd) {
    const double width = std::min(find[2] + find[0], truth[2] + truth[0]) - std::max(find[0], truth[0]);
    const double height = std::min(find[3] + find[1], truth[3] + truth[1]) - std::max(find[1], truth[1]);
    if (width <= 0 || height <= 0) return 0;
    const double both = width * height, own = find[2] * find[3];
    return both / (crowd ? own : own + truth[2] * truth[3] - both);
}

/// Place in `order` of the true figure that a find is matched to, or nowhere. `ious`: of the find with each
/// true figure.
std::size_t best_match(std::span<const double> ious, const Ordered& ordered, double threshold,
                       const std::vector<char>& taken, std::span<const CocoAnnotation* const> truth) {
    double best = std::min(threshold, 1 - 1e-10);
    std::size_t match = nowhere;
    for (std::size_t i = 0; i < ordered.order.size(); ++i) {
        const std::size_t g = ordered.order[i];
        if (taken[i] && !truth[g]->iscrowd) continue;
        if (match < ordered.counting && i >= ordered.counting) break;
        if (ious[g] < best) continue;
        best = ious[g];
        match = i;
    }
    return match;
}

}  // namespace

Parts measurable_parts(const CocoTruth& truth, const CocoResults& results,
                       std::vector<std::string>& warnings) {
    const bool boxes =
        std::all_of(results.begin(), results.end(), [](auto& r) { return r.bbox || r.segmentation; });
    const bool masks =
        std::all_of(results.begin(), results.end(), [](auto& r) { return r.segmentation.has_value(); });
    const bool true_masks = std::all_of(truth.annotations.begin(), truth.annotations.end(),
                                        [](auto& a) { return a.segmentation.has_value(); });
    if (masks && !true_masks) warnings.push_back("some true figures have no mask: masks are not evaluated");
    return {boxes, masks && true_masks};
}

Prepared prepare(const CocoTruth& truth, const CocoResults& results, std::vector<std::string>& warnings) {
    const Ids images(truth.images), categories(truth.categories);
    Prepared prepared{truth, results, images.size(), categories.size(), {}, {}, false};
    const std::size_t cell_count = images.size() * categories.size();
    prepared.true_figures = sort_into_cells(cells_of_truth(truth, images, categories, warnings), cell_count);
    prepared.finds = sort_into_cells(cells_of_results(results, images, categories, warnings), cell_count);
    for (std::size_t cell = 0; cell < cell_count; ++cell) {
        const auto begin =
            prepared.finds.members.begin() + static_cast<std::ptrdiff_t>(prepared.finds.starts[cell]);
        const auto end =
            prepared.finds.members.begin() + static_cast<std::ptrdiff_t>(prepared.finds.starts[cell + 1]);
        std::stable_sort(begin, end, [&](auto a, auto b) { return results[a].score > results[b].score; });
    }
    prepared.area_of_boxes = !results.empty() && results.front().bbox.has_value();
    return prepared;
}

Shape::Shape(const BoxOf& of_box, const RunLengthMask* of_mask, Part part) : box(of_box) {
    if (part == Part::bbox) return;
    mask = of_mask;
    mask_area = mask->area();
    box = box_around(*mask);
}

double shape_iou(const Shape& find, const Shape& truth, bool crowd) {
    const double boxes = box_iou(find.box, truth.box, crowd);
    if (boxes <= 0 || !find.mask) return boxes;
    if (find.mask->height() != truth.mask->height() || find.mask->width() != truth.mask->width()) return -1;
    const std::int64_t both = intersection(*find.mask, *truth.mask);
    if (both == 0) return 0;
    const std::int64_t over = crowd ? find.mask_area : find.mask_area + truth.mask_area - both;
    return static_cast<double>(both) / static_cast<double>(over);
}

Cell open_cell(const Prepared& prepared, std::size_t index, Part part, std::size_t most) {
    Cell cell;
    const auto figures = prepared.true_figures.of(index);
    cell.truth.reserve(figures.size());
    cell.true_shapes.reserve(figures.size());
    for (const auto g : figures) {
        const CocoAnnotation& figure = prepared.truth.annotations[g];
        cell.truth.push_back(&figure);
        cell.true_shapes.emplace_back(figure.bbox, part == Part::segm ? &*figure.segmentation : nullptr,
                                      part);
    }
    cell.finds = prepared.finds.of(index).first(std::min(prepared.finds.of(index).size(), most));
    cell.find_shapes.reserve(cell.finds.size());
    cell.areas.reserve(cell.finds.size());
    cell.ious.reserve(cell.finds.size() * figures.size());
    for (const auto d : cell.finds) {
        const CocoResult& result = prepared.results[d];
        const BoxOf box = box_of(result);
        cell.areas.push_back(prepared.area_of_boxes || !result.segmentation
                                 ? box[2] * box[3]
                                 : static_cast<double>(result.segmentation->area()));
        const Shape& shape =
            cell.find_shapes.emplace_back(box, part == Part::segm ? &*result.segmentation : nullptr, part);
        for (std::size_t g = 0; g < figures.size(); ++g)
            cell.ious.push_back(shape_iou(shape, cell.true_shapes[g], cell.truth[g]->iscrowd));
    }
    return cell;
}

Ordered order_truth(std::span<const CocoAnnotation* const> truth, const AreaRange& range) {
    Ordered ordered;
    for (std::size_t g = 0; g < truth.size(); ++g)
        if (is_to_find(*truth[g], range)) ordered.order.push_back(g);
    ordered.counting = ordered.order.size();
    for (std::size_t g = 0; g < truth.size(); ++g)
        if (!is_to_find(*truth[g], range)) ordered.order.push_back(g);
    return ordered;
}

const std::vector<std::size_t>& Matcher::at(double threshold) {
    taken_.assign(cell_.truth.size(), 0);
    matches_.resize(cell_.finds.size());
    for (std::size_t d = 0; d < matches_.size(); ++d) {
        const std::size_t match = best_match(cell_.ious_of(d), ordered_, threshold, taken_, cell_.truth);
        if (match != nowhere) taken_[match] = 1;
        matches_[d] = match;
    }
    return matches_;
}

std::vector<CountedFind> counted_finds(const Cell& cell, double threshold) {
    const Ordered ordered = order_truth(cell.truth, any_area);
    Matcher matcher(cell, ordered);
    const auto& matches = matcher.at(threshold);
    std::vector<CountedFind> counted;
    for (std::size_t d = 0; d < matches.size(); ++d) {
        const std::size_t place = matches[d];
        const auto* figure = place == nowhere ? nullptr : cell.truth[ordered.order[place]];
        if (figure ? !is_to_find(*figure, any_area) : any_area.leaves_out(cell.areas[d])) continue;
        counted.push_back({d, figure && figure->id != 0 ? figure : nullptr});
    }
    return counted;
}

Mean Curve::precision() {
    constexpr std::size_t recall_count = 101;
    static const auto recalls = evenly_spaced<recall_count>(0, 1);
    for (std::size_t i = precision_.size(); i-- > 1;)
        precision_[i - 1] = std::max(precision_[i - 1], precision_[i]);
    Mean mean{0, recall_count};
    std::size_t at = 0;
    for (const double recall : recalls) {
        while (at < recall_.size() && recall_[at] < recall) ++at;
        if (at < recall_.size()) mean.sum += precision_[at];
    }
    return mean;
}

void for_each_index(std::size_t count, std::size_t chunk, const ParallelFor& parallel_for,
                    const std::function<void(std::size_t)>& body) {
    const auto work = [&](std::size_t i) {
        for (std::size_t k = i * chunk; k < std::min(count, (i + 1) * chunk); ++k) body(k);
    };
    const std::size_t chunks = (count + chunk - 1) / chunk;
    if (parallel_for) return parallel_for(chunks, work);
    for (std::size_t i = 0; i < chunks; ++i) work(i);
}

std::string shortest_digits(double value) {
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    return {digits.data(), end.ptr};
}

}  // namespace figurant::metrics
