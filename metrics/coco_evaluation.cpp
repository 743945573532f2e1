#include "metrics/coco_evaluation.h"

#include <algorithm>
#include <cstdint>

#include "base/error.h"
#include "metrics/coco_matching.h"
#include "metrics/table_text.h"

namespace figurant::metrics {
namespace {

using figures::CocoResults;
using figures::CocoTruth;

constexpr std::size_t threshold_count = 10, area_count = 4;
constexpr std::array<AreaRange, area_count> area_ranges = {{any_area, {0, 1024}, {1024, 9216}, {9216, 1e10}}};

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

void match_range(const Cell& cell, std::size_t range, CellOutcome& outcome) {
    static const auto thresholds = evenly_spaced<threshold_count>(0.5, 0.95);
    const Ordered ordered = order_truth(cell.truth, area_ranges[range]);
    outcome.to_find[range] = static_cast<std::uint32_t>(ordered.counting);
    Matcher matcher(cell, ordered);
    for (std::size_t t = 0; t < threshold_count; ++t) {
        const auto& matches = matcher.at(thresholds[t]);
        const auto bit = static_cast<std::uint16_t>(1U << t);
        for (std::size_t d = 0; d < outcome.fates.size(); ++d) {
            Fate& fate = outcome.fates[d];
            const std::size_t match = matches[d];
            if (match != nowhere) {
                if (match >= ordered.counting) fate.ignored[range] |= bit;
                if (cell.truth[ordered.order[match]]->id != 0) fate.matched[range] |= bit;
            }
            if (!(fate.matched[range] & bit) && area_ranges[range].leaves_out(cell.areas[d]))
                fate.ignored[range] |= bit;
        }
    }
}

CellOutcome evaluate_cell(const Prepared& prepared, std::size_t index, Part part) {
    const Cell cell = open_cell(prepared, index, part);
    CellOutcome outcome;
    for (std::uint32_t d = 0; d < cell.finds.size(); ++d)
        outcome.fates.push_back({prepared.results[cell.finds[d]].score, d, {}, {}});
    for (std::size_t range = 0; range < area_count; ++range) match_range(cell, range, outcome);
    return outcome;
}

using Means = std::array<Mean, 12>;

Curve make_curve(const std::vector<Fate>& fates, std::size_t range, std::size_t threshold,
                 std::uint32_t to_find, std::size_t most) {
    Curve curve(to_find);
    curve.reserve(fates.size());
    for (const Fate& fate : fates) {
        if (fate.rank >= most) continue;
        const bool matched = fate.matched[range] >> threshold & 1,
                   ignored = fate.ignored[range] >> threshold & 1;
        curve.add(matched && !ignored, !matched && !ignored);
    }
    return curve;
}

void add_curve(std::size_t range, std::size_t threshold, Curve curve, Means& means) {
    constexpr std::array<std::size_t, area_count> precision_of = {0, 3, 4, 5}, recall_of = {8, 9, 10, 11};
    const Mean precision = curve.precision();
    means[precision_of[range]].add(precision);
    if (range == 0 && threshold == 0) means[1].add(precision);
    if (range == 0 && threshold == 5) means[2].add(precision);
    means[recall_of[range]].add(curve.last_recall());
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
            add_curve(range, t, make_curve(fates, range, t, to_find[range], most_finds), means);
            if (range != 0) continue;
            for (const auto& [figure, most] : {std::pair<std::size_t, std::size_t>{6, 1}, {7, 10}})
                means[figure].add(make_curve(fates, range, t, to_find[range], most).last_recall());
        }
    }
    return means;
}

CocoFigures evaluate_part(const Prepared& prepared, Part part, const ParallelFor& parallel_for) {
    std::vector<CellOutcome> outcomes(prepared.images * prepared.categories);
    for_each_index(outcomes.size(), usual_chunk, parallel_for,
                   [&](std::size_t cell) { outcomes[cell] = evaluate_cell(prepared, cell, part); });
    std::vector<Means> means(prepared.categories);
    for_each_index(prepared.categories, 1, parallel_for, [&](std::size_t k) {
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

std::string part_json(const std::string& name, const CocoFigures& figures) {
    std::string text = "\"" + name + "\": {";
    for (std::size_t i = 0; i < figures.values.size(); ++i)
        text += (i ? ", \"" : "\"") + std::string(coco_figure_names[i]) +
                "\": " + shortest_digits(figures.values[i]);
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
    const Parts parts = measurable_parts(truth, results, metrics.warnings);
    if (parts.bbox) metrics.bbox = evaluate_part(prepared, Part::bbox, parallel_for);
    if (parts.segm) metrics.segm = evaluate_part(prepared, Part::segm, parallel_for);
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
        return part ? formatted("%8.3f", part->values[i]) : formatted("%8s", "-");
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
