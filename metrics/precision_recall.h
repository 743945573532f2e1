#pragma once
// What a score threshold keeps: how many finds are right, and which figures are found.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "figures/coco.h"
#include "metrics/parallel_for.h"

namespace figurant::metrics {

/// The finds that score `score` or more.
struct OperatingPoint {
    double score = 0;
    std::size_t finds = 0, right = 0;
    std::size_t to_find = 0;  ///< true figures

    /// The share of the finds that is right, 0 to 1; -1 where there are none.
    double precision() const;
    /// The share of the true figures that is found, 0 to 1; -1 where there are none.
    double recall() const;
    /// The harmonic mean of both, 0 to 1; 0 where nothing is found, or is there.
    double f1() const;
};

/// What became of one true figure.
struct FigureFate {
    std::size_t figure = 0;  ///< its place in the truth's annotations
    /// The greatest share of its box that the box of one other figure covers, of any category but no crowd, 0
    /// to 1.
    double covered = 0;
    std::optional<std::size_t> find;  ///< the place in the results of the find that is right of it
    double overlap = 0;               ///< of both: intersection over union, 0 to 1; 0 where there is no find
};

/// Of boxes, or of masks.
struct PartPrecisionRecall {
    std::vector<OperatingPoint> points;  ///< at the scores 0, 0.01, … 1
    std::vector<FigureFate> figures;     ///< that are to be found, in the truth's order

    /// The point of the greatest F1, of equals that of the highest score.
    const OperatingPoint& best() const;
};

struct PrecisionRecall {
    std::optional<PartPrecisionRecall> bbox;  ///< none when some result has neither a box nor a mask
    std::optional<PartPrecisionRecall> segm;  ///< none when some result, or some true figure, has no mask
    std::vector<std::string> warnings;        ///< what was left out or is doubtful, a sentence each
};

/// Precision and recall over the score threshold, all categories together. A find is right of the figure that
/// evaluate_coco matches it to at an overlap of 0.5; what counts is what counts there: at most 100 finds of
/// an image and category, crowds ignored. The answer does not depend on `parallel_for` (none: one after the
/// other). Errors as evaluate_coco's.
PrecisionRecall precision_recall(const figures::CocoTruth& truth, const figures::CocoResults& results,
                                 const ParallelFor& parallel_for = {});

/// True figures that are alike, and how many of them are found.
struct FoundGroup {
    std::string name;  ///< as "32 to 64 pixels"
    std::size_t figures = 0, found = 0;
    std::size_t found_at_best = 0;  ///< by a find of the score of `best` or more
};

/// The figures by the longer side of their boxes.
std::vector<FoundGroup> found_by_size(const PartPrecisionRecall& part, const figures::CocoTruth& truth,
                                      const figures::CocoResults& results);
/// The figures by how much of them is covered: alone, beside others, in crowds.
std::vector<FoundGroup> found_by_crowding(const PartPrecisionRecall& part,
                                          const figures::CocoResults& results);

/// Tables to read: precision, recall and F1 at some scores and at the best one, for boxes and for masks; and
/// the shares of the figures found by size and by crowding, by masks where they were measured.
std::string to_table(const PrecisionRecall& measured, const figures::CocoTruth& truth,
                     const figures::CocoResults& results);

}  // namespace figurant::metrics
