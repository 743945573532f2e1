#include "metrics/mistakes.h"

#include <algorithm>
#include <cstdint>
#include <tuple>

#include "metrics/coco_matching.h"
#include "metrics/table_text.h"

namespace figurant::metrics {
namespace {

using figures::CocoAnnotation;
using figures::CocoResults;
using figures::CocoTruth;

constexpr double foreground = right_overlap, background = 0.1;

/// A find that counts. It is right, or the mistake that it is.
struct Find {
    double score = 0;
    std::size_t image = 0, result = 0, category = 0;  ///< places; `result` is the index in the file
    std::optional<Mistake> mistake;
    std::size_t figure = nowhere;  ///< index of the true figure that a mistake overlaps most, if any
    std::size_t figure_category = nowhere;
    double overlap = 0;
    bool mends = false;  ///< the best that means its figure, which nothing else finds

    /// As COCO goes through them: by falling score, equals by image, then in the file's order.
    bool operator<(const Find& other) const {
        return std::tie(other.score, image, result) < std::tie(score, other.image, other.result);
    }
};

/// What became of the true figures, by index.
struct Fortunes {
    std::vector<char> to_find, found, meant;
    std::vector<std::size_t> category;
    explicit Fortunes(std::size_t count)
        : to_find(count, 0), found(count, 0), meant(count, 0), category(count, nowhere) {}
    bool is_missed(std::size_t figure) const { return to_find[figure] && !found[figure] && !meant[figure]; }
};

/// The true figure to be found that a find overlaps most.
struct Overlap {
    double iou = 0;
    const CocoAnnotation* figure = nullptr;
    std::size_t category = nowhere;

    void offer(double iou_with, const CocoAnnotation* with, std::size_t of_category) {
        if (!is_to_find(*with, any_area) || iou_with < iou) return;
        *this = {iou_with, with, of_category};
    }
};

Overlap own_overlap(const Cell& cell, std::size_t find, std::size_t category) {
    Overlap most;
    for (std::size_t g = 0; g < cell.truth.size(); ++g)
        most.offer(cell.ious_of(find)[g], cell.truth[g], category);
    return most;
}

Overlap other_overlap(const std::vector<Cell>& cells, std::size_t find, std::size_t category) {
    Overlap most;
    for (std::size_t k = 0; k < cells.size(); ++k)
        for (std::size_t g = 0; k != category && g < cells[k].truth.size(); ++g)
            most.offer(shape_iou(cells[category].find_shapes[find], cells[k].true_shapes[g], false),
                       cells[k].truth[g], k);
    return most;
}

/// One image through all categories.
class ImageMistakes {
  public:
    ImageMistakes(const Prepared& prepared, std::size_t image, Part part)
        : prepared_(prepared), image_(image) {
        for (std::size_t k = 0; k < prepared.categories; ++k)
            cells_.push_back(open_cell(prepared, k * prepared.images + image, part));
    }
    /// The finds that count; notes which of the image's figures are to be found, and are.
    std::vector<Find> finds(Fortunes& fortunes) const {
        std::vector<Find> finds;
        for (std::size_t k = 0; k < cells_.size(); ++k) match(k, fortunes, finds);
        return finds;
    }

  private:
    void match(std::size_t category, Fortunes& fortunes, std::vector<Find>& finds) const {
        const Cell& cell = cells_[category];
        for (const auto* figure : cell.truth) {
            fortunes.to_find[index(figure)] = is_to_find(*figure, any_area);
            fortunes.category[index(figure)] = category;
        }
        for (const CountedFind& counted : counted_finds(cell, foreground)) {
            Find& find = finds.emplace_back();
            find.score = prepared_.results[cell.finds[counted.place]].score;
            find.image = image_;
            find.result = cell.finds[counted.place];
            find.category = category;
            if (counted.figure)
                fortunes.found[index(counted.figure)] = 1;
            else
                judge(find, counted.place);
        }
    }

    /// What kind of mistake a wrong find is.
    void judge(Find& find, std::size_t place) const {
        const Overlap own = own_overlap(cells_[find.category], place, find.category);
        if (own.iou >= background && own.iou < foreground) return set(find, Mistake::localization, own);
        const Overlap other = other_overlap(cells_, place, find.category);
        if (other.iou >= foreground)
            set(find, Mistake::classification, other);
        else if (own.iou >= foreground)
            set(find, Mistake::duplicate, own);
        else if (other.iou >= background)
            set(find, Mistake::both, other);
        else
            set(find, Mistake::background, own.iou >= other.iou ? own : other);
    }

    void set(Find& find, Mistake mistake, const Overlap& most) const {
        find.mistake = mistake;
        if (most.iou <= 0) return;
        find.figure = index(most.figure);
        find.figure_category = most.category;
        find.overlap = most.iou;
    }

    std::size_t index(const CocoAnnotation* figure) const {
        return static_cast<std::size_t>(figure - prepared_.truth.annotations.data());
    }

    const Prepared& prepared_;
    std::size_t image_;
    std::vector<Cell> cells_;
};

/// The finds that count, in COCO's order.
std::vector<Find> all_finds(const Prepared& prepared, Part part, const ParallelFor& parallel_for,
                            Fortunes& fortunes) {
    std::vector<std::vector<Find>> of_image(prepared.images);
    for_each_index(prepared.images, usual_chunk, parallel_for, [&](std::size_t image) {
        of_image[image] = ImageMistakes(prepared, image, part).finds(fortunes);
    });
    std::vector<Find> finds;
    for (const auto& some : of_image) finds.insert(finds.end(), some.begin(), some.end());
    std::sort(finds.begin(), finds.end());
    return finds;
}

/// Decides which mistakes of a mendable kind mend, the best first.
void choose_menders(Mistake kind, std::vector<Find>& finds, const CocoTruth& truth, Fortunes& fortunes) {
    std::vector<char> mended(truth.annotations.size(), 0);
    for (Find& find : finds) {
        if (find.mistake != kind) continue;
        const bool can_be_found = !fortunes.found[find.figure] && truth.annotations[find.figure].id != 0;
        find.mends = can_be_found && !mended[find.figure];
        if (!find.mends) continue;
        mended[find.figure] = 1;
        fortunes.meant[find.figure] = 1;
    }
}

/// AP50 when an oracle has mended one kind, or none. `to_find`: true figures by category.
double average_precision(const std::vector<Find>& finds, const std::vector<std::size_t>& to_find,
                         std::optional<Mistake> mended) {
    std::vector<Curve> curves;
    for (const auto count : to_find)
        curves.emplace_back(std::max<std::size_t>(1, count));  // of 0: left out below
    for (const Find& find : finds) {
        if (!find.mistake || find.mistake != mended)
            curves[find.category].add(!find.mistake, find.mistake.has_value());
        else if (find.mends)
            curves[find.figure_category].add(true, false);
    }
    Mean mean;
    for (std::size_t k = 0; k < curves.size(); ++k)
        if (to_find[k] > 0) mean.add(curves[k].precision());
    return mean.value();
}

std::vector<OneMistake> all_mistakes(const std::vector<Find>& finds, const Fortunes& fortunes,
                                     const CocoTruth& truth) {
    std::vector<OneMistake> each;
    for (const Find& find : finds) {
        if (!find.mistake) continue;
        each.push_back({*find.mistake, find.result, {}, find.overlap});
        if (find.figure != nowhere) each.back().figure = find.figure;
    }
    std::vector<std::size_t> missed;
    for (std::size_t g = 0; g < truth.annotations.size(); ++g)
        if (fortunes.is_missed(g)) missed.push_back(g);
    std::stable_sort(missed.begin(), missed.end(), [&](std::size_t a, std::size_t b) {
        return truth.annotations[a].area > truth.annotations[b].area;
    });
    for (const auto figure : missed) each.push_back({Mistake::missed, {}, figure, 0});
    return each;
}

MistakeShares part_mistakes(const Prepared& prepared, Part part, const ParallelFor& parallel_for) {
    Fortunes fortunes(prepared.truth.annotations.size());
    std::vector<Find> finds = all_finds(prepared, part, parallel_for, fortunes);
    choose_menders(Mistake::localization, finds, prepared.truth, fortunes);
    choose_menders(Mistake::classification, finds, prepared.truth, fortunes);

    MistakeShares shares;
    shares.each = all_mistakes(finds, fortunes, prepared.truth);
    for (const auto& mistake : shares.each) ++shares[mistake.kind].count;
    std::vector<std::size_t> to_find(prepared.categories, 0), without_missed(prepared.categories, 0);
    for (std::size_t g = 0; g < fortunes.to_find.size(); ++g) {
        if (!fortunes.to_find[g]) continue;
        ++to_find[fortunes.category[g]];
        without_missed[fortunes.category[g]] += !fortunes.is_missed(g);
    }

    shares.ap50 = average_precision(finds, to_find, {});
    if (shares.ap50 < 0) return shares;
    for (const auto kind : {Mistake::classification, Mistake::localization, Mistake::both, Mistake::duplicate,
                            Mistake::background})
        shares[kind].cost = average_precision(finds, to_find, kind) - shares.ap50;
    const double rest = average_precision(finds, without_missed, {});
    shares[Mistake::missed].cost = (rest < 0 ? 1 : rest) - shares.ap50;
    return shares;
}

std::string part_json(const std::string& name, const MistakeShares& shares) {
    std::string text = "\"" + name + "\": {\"AP50\": " + shortest_digits(shares.ap50);
    for (std::size_t i = 0; i < mistake_names.size(); ++i)
        text += ", \"" + std::string(mistake_names[i]) +
                "\": {\"count\": " + std::to_string(shares.kinds[i].count) +
                ", \"cost\": " + shortest_digits(shares.kinds[i].cost) + "}";
    return text + "}";
}

std::string share_cells(const std::optional<MistakeShares>& part, std::size_t kind) {
    if (!part) return formatted("%10s%8s", "-", "-");
    return formatted("%10zu%8.3f", part->kinds[kind].count, part->kinds[kind].cost);
}

std::string ap50_cells(const std::optional<MistakeShares>& part) {
    return part ? formatted("%10s%8.3f", "", part->ap50) : formatted("%10s%8s", "", "-");
}

}  // namespace

Mistakes find_mistakes(const CocoTruth& truth, const CocoResults& results, const ParallelFor& parallel_for) {
    Mistakes mistakes;
    const Prepared prepared = prepare(truth, results, mistakes.warnings);
    const Parts parts = measurable_parts(truth, results, mistakes.warnings);
    if (parts.bbox) mistakes.bbox = part_mistakes(prepared, Part::bbox, parallel_for);
    if (parts.segm) mistakes.segm = part_mistakes(prepared, Part::segm, parallel_for);
    return mistakes;
}

std::string to_json(const Mistakes& mistakes) {
    std::string text = "{";
    if (mistakes.bbox) text += part_json("bbox", *mistakes.bbox);
    if (mistakes.bbox && mistakes.segm) text += ", ";
    if (mistakes.segm) text += part_json("segm", *mistakes.segm);
    return text + "}\n";
}

std::string to_table(const Mistakes& mistakes) {
    std::string table = "mistakes             bbox    cost      segm    cost\n";
    const auto line = [&](std::string name, const std::string& cells) {
        name.resize(15, ' ');
        table += name + cells + "\n";
    };
    for (std::size_t i = 0; i < mistake_names.size(); ++i)
        line(std::string(mistake_names[i]), share_cells(mistakes.bbox, i) + share_cells(mistakes.segm, i));
    line("AP50", ap50_cells(mistakes.bbox) + ap50_cells(mistakes.segm));
    return table;
}

}  // namespace figurant::metrics
