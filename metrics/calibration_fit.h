#pragma once
// What scores are worth: the share of finds of a score that are right, and a calibration that makes scores
// say it.

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "base/score_calibration.h"
#include "figures/coco.h"
#include "metrics/parallel_for.h"

namespace figurant::metrics {

/// The finds whose scores lie in a tenth of 0 to 1: from its lower bound on and below its upper one, but 1 in
/// the last.
struct ReliabilityBin {
    std::size_t finds = 0, right = 0;
    double score_sum = 0;
};

struct CalibrationFit {
    ScoreCalibration calibration;
    bool masks = false;  ///< a find is right by its mask, else by its box
    std::size_t finds = 0, right = 0;
    double loss_before = 0, loss_after = 0;  ///< mean of -log of the probability given to what is so
    std::array<ReliabilityBin, 10> before{}, after{};
    std::vector<std::string> warnings;  ///< what was left out or is doubtful, a sentence each
};

/// Fits a ScoreCalibration to finds that are right or wrong: a logistic regression by Newton's method, with a
/// penalty of a quarter of the squared distance from (0, 1, 0), which is worth about one find. A find is
/// right as in precision_recall, by its mask if all results and true figures have one, else by its box; all
/// categories together. `scale`, above 0: how much the maps were enlarged at the most when they were looked
/// at. (A figure that is too large for a tile then is found on a smaller copy of the map, where it still has
/// ScoreCalibration's full side, from which on its size says nothing.) The answer does not depend on
/// `parallel_for`. Errors as evaluate_coco's; Error(Cause::input): a score outside 0 to 1; no finds, or none
/// right, or none wrong.
CalibrationFit fit_calibration(const figures::CocoTruth& truth, const figures::CocoResults& results,
                               double scale, const ParallelFor& parallel_for = {});

/// A table to read: for each tenth of scores how many finds it has, their mean score and the share that is
/// right, before and after.
std::string to_table(const CalibrationFit& fit);

}  // namespace figurant::metrics
