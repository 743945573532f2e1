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

/// The finds whose scores lie in a tenth of 0 to 1.
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

/// The calibration of the least loss for the finds in `results`, right as precision_recall counts (by masks
/// where all have one). `scale`: how much the maps were enlarged when they were looked at, above 0. The least
/// loss but for a pull towards scores as they are, which is that of a few finds. The answer does not depend
/// on `parallel_for`. Errors as evaluate_coco's; Error(Cause::input): no find at all is right, or none wrong.
CalibrationFit fit_calibration(const figures::CocoTruth& truth, const figures::CocoResults& results,
                               double scale, const ParallelFor& parallel_for = {});

/// A table to read: for each tenth of scores how many finds it has, their mean score and the share that is
/// right, before and after.
std::string to_table(const CalibrationFit& fit);

}  // namespace figurant::metrics
