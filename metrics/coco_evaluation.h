#pragma once
// How well found figures match the true ones: COCO's twelve figures for boxes and for masks.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "figures/coco.h"
#include "metrics/parallel_for.h"

namespace figurant::metrics {

/// The names of the twelve, in COCO's order: average precision over IoU 0.50 to 0.95, at 0.50, at 0.75, of
/// small (area up to 32 x 32 pixels), medium and large (from 96 x 96) figures; average recall with at most 1,
/// 10, 100 finds an image, and of small, medium and large figures with at most 100.
inline constexpr std::array<std::string_view, 12> coco_figure_names = {
    "AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"};

/// The twelve, 0 to 1; -1 where there is no true figure to find.
struct CocoFigures {
    std::array<double, 12> values{};
    /// By its name; Error(Cause::internal) for another.
    double operator[](std::string_view name) const;
};

struct CocoMetrics {
    std::optional<CocoFigures> bbox;    ///< none when some result has neither a box nor a mask
    std::optional<CocoFigures> segm;    ///< none when some result, or some true figure, has no mask
    std::vector<std::string> warnings;  ///< what was left out or is doubtful, a sentence each
};

/// The COCO evaluation with its standard settings, equal to pycocotools' COCOeval in every figure (but for
/// the last bits of means), its habits included: results of equal score count in the file's order; the area
/// of a result is its box's where the first result of all has a box, else its mask's; a true figure with the
/// id 0 is never counted as found; boxes that are missing are drawn around masks. Results of categories that
/// the truth does not list are left out, and true figures of images that it does not list. The answer does
/// not depend on `parallel_for` (none: one after the other). Error(Cause::truth): two true figures with one
/// id. Error(Cause::input): a result for an image that the truth does not have, a score or box that is not
/// finite.
CocoMetrics evaluate_coco(const figures::CocoTruth& truth, const figures::CocoResults& results,
                          const ParallelFor& parallel_for = {});

/// {"bbox": {"AP": 0.5, …}, "segm": {…}}, in coco_figure_names' order, parts that are none left out; the
/// shortest digits that read back as the same number; ends with a line feed.
std::string to_json(const CocoMetrics& metrics);

/// A table to read: a line for each of the twelve, a column for boxes and for masks.
std::string to_table(const CocoMetrics& metrics);

}  // namespace figurant::metrics
