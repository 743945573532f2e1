#pragma once
// Why average precision is not 1: the mistakes in results by kind, and what each kind costs.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "figures/coco.h"
#include "metrics/parallel_for.h"

namespace figurant::metrics {

/// The kinds of mistakes. Overlaps are intersections over union, `own` the greatest one of a find with a true
/// figure of its category, `other` with one of another category.
enum class Mistake {
    classification,  ///< other >= 0.5 and no localization: the right place, the wrong category
    localization,    ///< 0.1 <= own < 0.5: the right category, too far off
    both,            ///< own < 0.1 <= other < 0.5
    duplicate,       ///< own >= 0.5, with figures that better finds took
    background,      ///< own and other < 0.1: there is nothing
    missed           ///< a true figure that is neither found nor meant by a mistake that could be mended
};

/// In the order of Mistake.
inline constexpr std::array<std::string_view, 6> mistake_names = {"classification", "localization", "both",
                                                                  "duplicate",      "background",   "missed"};
inline constexpr std::string_view mistake_name(Mistake kind) {
    return mistake_names[static_cast<std::size_t>(kind)];
}

/// The mistakes of one kind.
struct MistakeShare {
    std::size_t count = 0;
    double cost = 0;  ///< AP50 without them minus AP50 as it is, 0 to 1
};

/// One mistake.
struct OneMistake {
    Mistake kind{};
    std::optional<std::size_t> find;  ///< its place in the results; none for a missed figure
    std::optional<std::size_t>
        figure;          ///< the place in the truth's annotations of the figure that was missed,
                         ///< or that the find overlaps most; none where it overlaps none
    double overlap = 0;  ///< of both: intersection over union, 0 to 1
};

/// The mistakes in boxes, or in masks.
struct MistakeShares {
    double ap50 = -1;  ///< as it is, 0 to 1; -1 where there is no true figure to find (then nothing costs)
    std::array<MistakeShare, mistake_names.size()> kinds{};
    std::vector<OneMistake> each;  ///< wrong finds by falling score, then missed figures by falling area
    const MistakeShare& operator[](Mistake kind) const { return kinds[static_cast<std::size_t>(kind)]; }
    MistakeShare& operator[](Mistake kind) { return kinds[static_cast<std::size_t>(kind)]; }
};

struct Mistakes {
    std::optional<MistakeShares> bbox;  ///< none when some result has neither a box nor a mask
    std::optional<MistakeShares> segm;  ///< none when some result, or some true figure, has no mask
    std::vector<std::string> warnings;  ///< what was left out or is doubtful, a sentence each
};

/// The mistakes and their costs after D. Bolya, S. Foley, J. Hays, J. Hoffman: "TIDE: A General Toolbox for
/// Identifying Object Detection Errors", ECCV 2020, with its thresholds 0.5 (foreground) and 0.1
/// (background). AP50 is evaluate_coco's, and so is what counts: at most 100 finds of an image and category
/// (those cut off do not come back when others are mended), crowds and figures of more than 1e10 pixels
/// ignored, finds on them neither right nor wrong.
///
/// A find that is wrong is one mistake: of the kinds that fit it the first of localization, classification,
/// duplicate, background, both. A localization or classification mistake means the figure it overlaps most.
/// A kind's cost is what AP50 gains when an oracle mends this kind alone: of the localization or
/// classification mistakes that mean one figure the best becomes a right find of it, unless another find is
/// one already, and the rest are left out, as are both, duplicate and background; missed figures no longer
/// count, and a category without others leaves the mean (AP50 is 1 where no category is left). So costs do
/// not add up to 1 - AP50.
///
/// A true figure with the id 0, which COCO never counts as found, cannot be mended: it is missed, and a find
/// that takes it a duplicate. The answer does not depend on `parallel_for` (none: one after the other).
/// Errors as evaluate_coco's.
Mistakes find_mistakes(const figures::CocoTruth& truth, const figures::CocoResults& results,
                       const ParallelFor& parallel_for = {});

/// {"bbox": {"AP50": 0.5, "classification": {"count": 3, "cost": 0.01}, …}, "segm": {…}}, in mistake_names'
/// order, parts that are none left out; the shortest digits that read back as the same number; ends with a
/// line feed.
std::string to_json(const Mistakes& mistakes);

/// A table to read: a line for each kind, its count and cost for boxes and for masks; below, AP50.
std::string to_table(const Mistakes& mistakes);

}  // namespace figurant::metrics
