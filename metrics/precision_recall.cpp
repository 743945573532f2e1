#include "metrics/precision_recall.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include "metrics/coco_matching.h"
#include "metrics/table_text.h"

namespace figurant::metrics {
namespace {

using figures::CocoAnnotation;
using figures::CocoResults;
using figures::CocoTruth;

constexpr std::size_t point_count = 101;

/// A find that counts.
struct Counted {
    double score;
    bool right;
};

/// What one image gives.
struct OfImage {
    std::vector<Counted> finds;
    std::vector<FigureFate> figures;
};

/// The share of `box` that `other` covers, 0 to 1; 0 where the box is empty.
double covered_share(const BoxOf& box, const BoxOf& other) {
    const double width = std::min(box[0] + box[2], other[0] + other[2]) - std::max(box[0], other[0]);
    const double height = std::min(box[1] + box[3], other[1] + other[3]) - std::max(box[1], other[1]);
    return width > 0 && height > 0 ? std::min(1.0, width * height / (box[2] * box[3])) : 0;
}

class ImageFinds {
  public:
    ImageFinds(const Prepared& prepared, std::size_t image, Part part) : prepared_(prepared) {
        for (std::size_t k = 0; k < prepared.categories; ++k)
            add(open_cell(prepared, k * prepared.images + image, part, all_finds));
        for (FigureFate& one : of_image_.figures)
            for (const FigureFate& other : of_image_.figures)
                if (&one != &other) one.covered = std::max(one.covered, covered_share(box(one), box(other)));
    }
    OfImage take() { return std::move(of_image_); }

  private:
    void add(const Cell& cell) {
        std::vector<FigureFate> fates(cell.truth.size());
        for (const CountedFind& counted : counted_finds(cell, right_overlap)) {
            const std::size_t result = cell.finds[counted.place];
            of_image_.finds.push_back({prepared_.results[result].score, counted.figure != nullptr});
            if (!counted.figure) continue;
            const auto place = static_cast<std::size_t>(
                std::find(cell.truth.begin(), cell.truth.end(), counted.figure) - cell.truth.begin());
            fates[place].find = result;
            fates[place].overlap = cell.ious_of(counted.place)[place];
        }
        for (std::size_t g = 0; g < fates.size(); ++g) {
            if (!is_to_find(*cell.truth[g], any_area)) continue;
            fates[g].figure = static_cast<std::size_t>(cell.truth[g] - prepared_.truth.annotations.data());
            of_image_.figures.push_back(fates[g]);
        }
    }
    const BoxOf& box(const FigureFate& fate) const { return prepared_.truth.annotations[fate.figure].bbox; }

    const Prepared& prepared_;
    OfImage of_image_;
};

std::vector<OperatingPoint> operating_points(std::vector<Counted> finds, std::size_t to_find) {
    std::sort(finds.begin(), finds.end(), [](auto& a, auto& b) { return a.score > b.score; });
    std::vector<OperatingPoint> points(point_count);
    std::size_t next = 0, right = 0;
    for (std::size_t i = point_count; i-- > 0;) {
        const double score = static_cast<double>(i) / static_cast<double>(point_count - 1);
        for (; next < finds.size() && finds[next].score >= score; ++next) right += finds[next].right;
        points[i] = {score, next, right, to_find};
    }
    return points;
}

PartPrecisionRecall measure(const Prepared& prepared, Part part, const ParallelFor& parallel_for) {
    std::vector<OfImage> of_image(prepared.images);
    for_each_index(prepared.images, usual_chunk, parallel_for,
                   [&](std::size_t image) { of_image[image] = ImageFinds(prepared, image, part).take(); });
    PartPrecisionRecall measured;
    std::vector<Counted> finds;
    for (const OfImage& one : of_image) {
        finds.insert(finds.end(), one.finds.begin(), one.finds.end());
        measured.figures.insert(measured.figures.end(), one.figures.begin(), one.figures.end());
    }
    std::sort(measured.figures.begin(), measured.figures.end(),
              [](auto& a, auto& b) { return a.figure < b.figure; });
    measured.points = operating_points(std::move(finds), measured.figures.size());
    return measured;
}

/// Sorts the figures into groups by a number of each: into the last whose bound it reaches.
template <class Number>
std::vector<FoundGroup> grouped(const PartPrecisionRecall& part, const CocoResults& results,
                                std::span<const double> bounds, std::vector<std::string> names,
                                const Number& number) {
    std::vector<FoundGroup> groups(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) groups[i].name = std::move(names[i]);
    const double sure = part.best().score;
    for (const FigureFate& fate : part.figures) {
        const auto above = std::upper_bound(bounds.begin(), bounds.end(), number(fate));
        FoundGroup& group = groups[static_cast<std::size_t>(above - bounds.begin())];
        ++group.figures;
        group.found += fate.find.has_value();
        group.found_at_best += fate.find && results[*fate.find].score >= sure;
    }
    return groups;
}

std::string share(double value) { return value < 0 ? formatted("%8s", "-") : formatted("%8.3f", value); }

/// The cells of a part in a line: `cells` of it, or dashes.
template <class Cells>
std::string part_cells(const std::optional<PartPrecisionRecall>& part, const Cells& cells) {
    return "    " + (part ? cells(*part) : formatted("%8s%8s%8s", "-", "-", "-"));
}

std::string point_cells(const OperatingPoint& point) {
    return share(point.precision()) + share(point.recall()) + formatted("%8.3f", point.f1());
}

std::string points_table(const PrecisionRecall& measured) {
    std::string table;
    const auto line = [&](const std::string& name, const std::string& bbox, const std::string& segm) {
        table += formatted("%-12s", name.c_str()) + bbox + segm + "\n";
    };
    const auto both = [&](const std::string& name, const auto& cells) {
        line(name, part_cells(measured.bbox, cells), part_cells(measured.segm, cells));
    };
    const std::string heading = formatted("   %9s%8s%8s", "precision", "recall", "F1");
    line("", formatted("    %24s", "bbox"), formatted("    %24s", "segm"));
    line("score from", heading, heading);
    for (const std::size_t index : {10U, 30U, 50U, 70U, 80U, 90U})
        both(formatted("%.2f", static_cast<double>(index) / 100),
             [&](const auto& part) { return point_cells(part.points[index]); });
    both("best F1", [](const auto& part) { return point_cells(part.best()); });
    both("  at score", [](const auto& part) {
        return part.best().right == 0 ? formatted("%24s", "-") : formatted("%24.2f", part.best().score);
    });
    return table;
}

std::string groups_table(const std::string& title, const std::vector<FoundGroup>& groups) {
    std::string table = title + "\n";
    for (const FoundGroup& group : groups) {
        if (group.figures == 0) continue;
        const auto of_all = [&](std::size_t count) {
            return static_cast<double>(count) / static_cast<double>(group.figures);
        };
        std::string name = "  " + group.name;
        name.resize(30, ' ');
        table += name + formatted("%8zu", group.figures) + share(of_all(group.found)) +
                 formatted("%12.3f", of_all(group.found_at_best)) + "\n";
    }
    return table;
}

}  // namespace

double OperatingPoint::precision() const {
    return finds == 0 ? -1 : static_cast<double>(right) / static_cast<double>(finds);
}

double OperatingPoint::recall() const {
    return to_find == 0 ? -1 : static_cast<double>(right) / static_cast<double>(to_find);
}

double OperatingPoint::f1() const {
    return right == 0 ? 0 : 2 * static_cast<double>(right) / static_cast<double>(finds + to_find);
}

const OperatingPoint& PartPrecisionRecall::best() const {
    std::size_t best = points.size() - 1;
    for (std::size_t i = best; i-- > 0;)
        if (points[i].f1() > points[best].f1()) best = i;
    return points[best];
}

PrecisionRecall precision_recall(const CocoTruth& truth, const CocoResults& results,
                                 const ParallelFor& parallel_for) {
    PrecisionRecall measured;
    const Prepared prepared = prepare(truth, results, measured.warnings);
    const Parts parts = measurable_parts(truth, results, measured.warnings);
    const auto outside = std::count_if(results.begin(), results.end(),
                                       [](const auto& find) { return find.score < 0 || find.score > 1; });
    if (outside > 0)
        measured.warnings.push_back(std::to_string(outside) +
                                    " results have scores outside 0 to 1, where the thresholds are");
    if (parts.bbox) measured.bbox = measure(prepared, Part::bbox, parallel_for);
    if (parts.segm) measured.segm = measure(prepared, Part::segm, parallel_for);
    return measured;
}

std::vector<FoundGroup> found_by_size(const PartPrecisionRecall& part, const CocoTruth& truth,
                                      const CocoResults& results) {
    constexpr std::array bounds{32.0, 64.0, 128.0, 256.0, 512.0};
    return grouped(part, results, bounds,
                   {"below 32 pixels", "32 to 64 pixels", "64 to 128 pixels", "128 to 256 pixels",
                    "256 to 512 pixels", "512 pixels and more"},
                   [&](const FigureFate& fate) {
                       const BoxOf& box = truth.annotations[fate.figure].bbox;
                       return std::max(box[2], box[3]);
                   });
}

std::vector<FoundGroup> found_by_crowding(const PartPrecisionRecall& part, const CocoResults& results) {
    constexpr std::array bounds{0.05, 0.3, 0.6};
    return grouped(part, results, bounds, {"below 0.05", "0.05 to 0.3", "0.3 to 0.6", "0.6 and more"},
                   [](const FigureFate& fate) { return fate.covered; });
}

std::string to_table(const PrecisionRecall& measured, const CocoTruth& truth, const CocoResults& results) {
    const auto& part = measured.segm ? measured.segm : measured.bbox;
    std::string table = points_table(measured);
    if (!part || part->figures.empty()) return table;
    const std::string what = measured.segm ? "masks" : "boxes";
    return table +
           groups_table(formatted("%-30s%8s%8s%12s", ("found " + what + ", by longer side").c_str(),
                                  "figures", "recall", "at best F1"),
                        found_by_size(*part, truth, results)) +
           groups_table("by the share of the box that another's covers", found_by_crowding(*part, results));
}

}  // namespace figurant::metrics
