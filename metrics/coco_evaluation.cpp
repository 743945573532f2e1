#include "metrics/coco_evaluation.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <numeric>
#include <span>
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
using BoxOf = std::array<double, 4>;  // x, y, width, height

constexpr std::size_t threshold_count = 10, recall_count = 101, area_count = 4;
constexpr std::size_t most_finds = 100;
struct AreaRange {
    double least, most;
    bool leaves_out(double area) const { return area < least || area > most; }
};
constexpr std::array<AreaRange, area_count> area_ranges = {
    {{0, 1e10}, {0, 1024}, {1024, 9216}, {9216, 1e10}}};

/// `count` numbers from first to last, each rounded as numpy's linspace rounds: some finds lie exactly on a
/// threshold.
template <std::size_t count>
std::array<double, count> evenly_spaced(double first, double last) {
    std::array<double, count> values;
    const double step = (last - first) / static_cast<double>(count - 1);
    for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<double>(i) * step + first;
    values.back() = last;
    return values;
}

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

/// Indices by cell, in their order: those of cell c are members[starts[c]] … members[starts[c + 1] - 1].
struct Cells {
    std::vector<std::size_t> starts, members;
    std::span<const std::size_t> of(std::size_t cell) const {
        return std::span(members).subspan(starts[cell], starts[cell + 1] - starts[cell]);
    }
};

constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();

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

/// Truth and results, checked and sorted into cells: one for each category and image.
struct Prepared {
    const CocoTruth& truth;
    const CocoResults& results;
    std::size_t images = 0, categories = 0;
    Cells true_figures, finds;  ///< cell: category * images + image; finds by falling score
    bool area_of_boxes = false;
};

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

enum class Part { bbox, segm };

BoxOf box_around(const RunLengthMask& mask) {
    const auto bounds = mask.bounds();
    return {static_cast<double>(bounds.x), static_cast<double>(bounds.y), static_cast<double>(bounds.width),
            static_cast<double>(bounds.height)};
}

BoxOf box_of(const CocoResult& result) {
    if (result.bbox) return *result.bbox;
    return result.segmentation ? box_around(*result.segmentation) : BoxOf{};
}

/// Intersection over union; over the find's own area where the true figure is a crowd.
double box_iou(const BoxOf& find, const BoxOf& truth, bool crowd) {
    const double width = std::min(find[2] + find[0], truth[2] + truth[0]) - std::max(find[0], truth[0]);
    const double height = std::min(find[3] + find[1], truth[3] + truth[1]) - std::max(find[1], truth[1]);
    if (width <= 0 || height <= 0) return 0;
    const double both = width * height, own = find[2] * find[3];
    return both / (crowd ? own : own + truth[2] * truth[3] - both);
}

/// What of a find or a true figure a part of the evaluation looks at.
struct Shape {
    BoxOf box{};                          ///< for masks: around the mask
    const RunLengthMask* mask = nullptr;  ///< none for boxes
    std::int64_t mask_area = 0;

    Shape(const BoxOf& of_box, const RunLengthMask* of_mask, Part part) : box(of_box) {
        if (part == Part::bbox) return;
        mask = of_mask;
        mask_area = mask->area();
        box = box_around(*mask);
    }
};

double shape_iou(const Shape& find, const Shape& truth, bool crowd) {
    const double boxes = box_iou(find.box, truth.box, crowd);
    if (boxes <= 0 || !find.mask) return boxes;
    if (find.mask->height() != truth.mask->height() || find.mask->width() != truth.mask->width()) return -1;
    const std::int64_t both = intersection(*find.mask, *truth.mask);
    if (both == 0) return 0;
    const std::int64_t over = crowd ? find.mask_area : find.mask_area + truth.mask_area - both;
    return static_cast<double>(both) / static_cast<double>(over);
}

/// How one find fared: a bit for each threshold, for each range of areas.
struct Fate {
    double score = 0;
    std::uint32_t rank = 0;  ///< among its image's finds, from 0
    std::array<std::uint16_t, area_count> matched{}, ignored{};
};

/// How one image fared in one category.
struct CellOutcome {
    std::vector<Fate> fates;
    std::array<std::uint32_t, area_count> to_find{};  ///< true figures that count
};

/// The true figures of a cell in one range of areas: those that count first, then the ignored ones.
struct Ordered {
    std::vector<std::size_t> order;
    std::size_t counting = 0;
};

Ordered order_truth(std::span<const CocoAnnotation* const> truth, const AreaRange& range) {
    Ordered ordered;
    for (std::size_t g = 0; g < truth.size(); ++g)
        if (!truth[g]->iscrowd && !range.leaves_out(truth[g]->area)) ordered.order.push_back(g);
    ordered.counting = ordered.order.size();
    for (std::size_t g = 0; g < truth.size(); ++g)
        if (truth[g]->iscrowd || range.leaves_out(truth[g]->area)) ordered.order.push_back(g);
    return ordered;
}

/// Place in `order` of the true figure that a find is matched to, or nowhere. `ious`: of the find with each
/// true figure. The best free one wins, the later of equals; an ignored one only where no counting one will
/// do.
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

void match_range(std::size_t range, std::span<const double> ious,
                 std::span<const CocoAnnotation* const> truth, const std::vector<double>& areas,
                 CellOutcome& outcome) {
    static const auto thresholds = evenly_spaced<threshold_count>(0.5, 0.95);
    const Ordered ordered = order_truth(truth, area_ranges[range]);
    outcome.to_find[range] = static_cast<std::uint32_t>(ordered.counting);
    std::vector<char> taken;
    for (std::size_t t = 0; t < threshold_count; ++t) {
        taken.assign(truth.size(), 0);
        const auto bit = static_cast<std::uint16_t>(1U << t);
        for (std::size_t d = 0; d < outcome.fates.size(); ++d) {
            Fate& fate = outcome.fates[d];
            const std::size_t match = best_match(ious.subspan(d * truth.size(), truth.size()), ordered,
                                                 thresholds[t], taken, truth);
            if (match != nowhere) {
                taken[match] = 1;
                if (match >= ordered.counting) fate.ignored[range] |= bit;
                if (truth[ordered.order[match]]->id != 0) fate.matched[range] |= bit;
            }
            if (!(fate.matched[range] & bit) && area_ranges[range].leaves_out(areas[d]))
                fate.ignored[range] |= bit;
        }
    }
}

CellOutcome evaluate_cell(const Prepared& prepared, std::size_t cell, Part part) {
    const auto finds = prepared.finds.of(cell).first(std::min(prepared.finds.of(cell).size(), most_finds));
    std::vector<const CocoAnnotation*> truth;
    std::vector<Shape> true_shapes;
    for (const auto g : prepared.true_figures.of(cell)) {
        truth.push_back(&prepared.truth.annotations[g]);
        true_shapes.emplace_back(truth.back()->bbox,
                                 part == Part::segm ? &*truth.back()->segmentation : nullptr, part);
    }
    CellOutcome outcome;
    std::vector<double> areas, ious;
    for (const auto d : finds) {
        const CocoResult& result = prepared.results[d];
        const BoxOf box = box_of(result);
        areas.push_back(prepared.area_of_boxes || !result.segmentation
                            ? box[2] * box[3]
                            : static_cast<double>(result.segmentation->area()));
        const Shape shape(box, part == Part::segm ? &*result.segmentation : nullptr, part);
        for (std::size_t g = 0; g < truth.size(); ++g)
            ious.push_back(shape_iou(shape, true_shapes[g], truth[g]->iscrowd));
        outcome.fates.push_back({result.score, static_cast<std::uint32_t>(outcome.fates.size()), {}, {}});
    }
    for (std::size_t range = 0; range < area_count; ++range) match_range(range, ious, truth, areas, outcome);
    return outcome;
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

using Means = std::array<Mean, 12>;

/// True and false finds at one threshold, by falling score, as far as they count.
struct Curve {
    std::vector<double> precision, recall;
};

Curve make_curve(const std::vector<Fate>& fates, std::size_t range, std::size_t threshold,
                 std::uint32_t to_find, std::size_t most) {
    Curve curve;
    curve.precision.reserve(fates.size());
    curve.recall.reserve(fates.size());
    double right = 0, wrong = 0;
    for (const Fate& fate : fates) {
        if (fate.rank >= most) continue;
        const bool matched = fate.matched[range] >> threshold & 1,
                   ignored = fate.ignored[range] >> threshold & 1;
        right += matched && !ignored;
        wrong += !matched && !ignored;
        curve.recall.push_back(right / to_find);
        curve.precision.push_back(right / (wrong + right + std::numeric_limits<double>::epsilon()));
    }
    return curve;
}

/// Sum over the 101 recalls of the best precision at that recall or above.
double precision_sum(Curve& curve) {
    static const auto recalls = evenly_spaced<recall_count>(0, 1);
    for (std::size_t i = curve.precision.size(); i-- > 1;)
        curve.precision[i - 1] = std::max(curve.precision[i - 1], curve.precision[i]);
    double sum = 0;
    std::size_t at = 0;
    for (const double recall : recalls) {
        while (at < curve.recall.size() && curve.recall[at] < recall) ++at;
        if (at < curve.recall.size()) sum += curve.precision[at];
    }
    return sum;
}

void add_curve(std::size_t range, std::size_t threshold, Curve& curve, Means& means) {
    constexpr std::array<std::size_t, area_count> precision_of = {0, 3, 4, 5}, recall_of = {8, 9, 10, 11};
    const Mean precision{precision_sum(curve), recall_count};
    means[precision_of[range]].add(precision);
    if (range == 0 && threshold == 0) means[1].add(precision);
    if (range == 0 && threshold == 5) means[2].add(precision);
    means[recall_of[range]].add(curve.recall.empty() ? 0 : curve.recall.back());
}

/// The share of one category in each of the twelve.
Means accumulate_category(const std::vector<CellOutcome>& cells, std::size_t first, std::size_t count) {
    std::vector<Fate> fates;
    std::array<std::uint32_t, area_count> to_find{};
    for (std::size_t i = first; i < first + count; ++i) {
        fates.insert(fates.end(), cells[i].fates.begin(), cells[i].fates.end());
        for (std::size_t range = 0; range < area_count; ++range) to_find[range] += cells[i].to_find[range];
    }
    std::stable_sort(fates.begin(), fates.end(),
                     [](const Fate& a, const Fate& b) { return a.score > b.score; });
    Means means;
    for (std::size_t range = 0; range < area_count; ++range) {
        if (to_find[range] == 0) continue;
        for (std::size_t t = 0; t < threshold_count; ++t) {
            Curve curve = make_curve(fates, range, t, to_find[range], most_finds);
            add_curve(range, t, curve, means);
            if (range != 0) continue;
            for (const auto& [figure, most] : {std::pair<std::size_t, std::size_t>{6, 1}, {7, 10}}) {
                const Curve fewer = make_curve(fates, range, t, to_find[range], most);
                means[figure].add(fewer.recall.empty() ? 0 : fewer.recall.back());
            }
        }
    }
    return means;
}

CocoFigures evaluate_part(const Prepared& prepared, Part part, const ParallelFor& parallel_for) {
    std::vector<CellOutcome> outcomes(prepared.images * prepared.categories);
    // Chunks of cells, so that handing them out costs nothing beside the work.
    constexpr std::size_t chunk = 16;
    parallel_for((outcomes.size() + chunk - 1) / chunk, [&](std::size_t i) {
        for (std::size_t cell = i * chunk; cell < std::min(outcomes.size(), (i + 1) * chunk); ++cell)
            outcomes[cell] = evaluate_cell(prepared, cell, part);
    });
    std::vector<Means> means(prepared.categories);
    parallel_for(prepared.categories, [&](std::size_t k) {
        means[k] = accumulate_category(outcomes, k * prepared.images, prepared.images);
    });
    CocoFigures figures;
    for (std::size_t i = 0; i < figures.values.size(); ++i) {
        Mean all;
        for (const Means& category : means) all.add(category[i]);
        figures.values[i] = all.value();
    }
    return figures;
}

std::string shortest(double value) {
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    return {digits.data(), end.ptr};
}

std::string part_json(const std::string& name, const CocoFigures& figures) {
    std::string text = "\"" + name + "\": {";
    for (std::size_t i = 0; i < figures.values.size(); ++i)
        text +=
            (i ? ", \"" : "\"") + std::string(coco_figure_names[i]) + "\": " + shortest(figures.values[i]);
    return text + "}";
}

}  // namespace

double CocoFigures::operator[](std::string_view name) const {
    const auto found = std::find(coco_figure_names.begin(), coco_figure_names.end(), name);
    if (found == coco_figure_names.end())
        throw Error(Cause::internal, "no figure is named \"" + std::string(name) + "\"");
    return values[static_cast<std::size_t>(found - coco_figure_names.begin())];
}

CocoMetrics evaluate_coco(const CocoTruth& truth, const CocoResults& results,
                          const ParallelFor& parallel_for) {
    CocoMetrics metrics;
    const Prepared prepared = prepare(truth, results, metrics.warnings);
    const ParallelFor one_by_one = [](std::size_t count, const std::function<void(std::size_t)>& body) {
        for (std::size_t i = 0; i < count; ++i) body(i);
    };
    const ParallelFor& run = parallel_for ? parallel_for : one_by_one;
    const bool boxes =
        std::all_of(results.begin(), results.end(), [](auto& r) { return r.bbox || r.segmentation; });
    const bool masks =
        std::all_of(results.begin(), results.end(), [](auto& r) { return r.segmentation.has_value(); });
    const bool true_masks = std::all_of(truth.annotations.begin(), truth.annotations.end(),
                                        [](auto& a) { return a.segmentation.has_value(); });
    if (masks && !true_masks)
        metrics.warnings.push_back("some true figures have no mask: masks are not evaluated");
    if (boxes) metrics.bbox = evaluate_part(prepared, Part::bbox, run);
    if (masks && true_masks) metrics.segm = evaluate_part(prepared, Part::segm, run);
    return metrics;
}

std::string to_json(const CocoMetrics& metrics) {
    std::string text = "{";
    if (metrics.bbox) text += part_json("bbox", *metrics.bbox);
    if (metrics.bbox && metrics.segm) text += ", ";
    if (metrics.segm) text += part_json("segm", *metrics.segm);
    return text + "}\n";
}

std::string to_table(const CocoMetrics& metrics) {
    const auto cell = [](const std::optional<CocoFigures>& part, std::size_t i) {
        std::array<char, 32> text{};
        if (part)
            std::snprintf(text.data(), text.size(), "%8.3f", part->values[i]);
        else
            std::snprintf(text.data(), text.size(), "%8s", "-");
        return std::string(text.data());
    };
    std::string table = "           bbox    segm\n";
    for (std::size_t i = 0; i < coco_figure_names.size(); ++i) {
        std::string name(coco_figure_names[i]);
        name.resize(7, ' ');
        table += name + cell(metrics.bbox, i) + cell(metrics.segm, i) + "\n";
    }
    return table;
}

}  // namespace figurant::metrics
