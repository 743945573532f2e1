#pragma once
// How likely a find is right, by its score and its size: what a network's scores mean on maps as they are,
// where there is more to be mistaken for a figure than in what it learned from, and more of it small than
// large.

#include <algorithm>
#include <cmath>

namespace figurant {

/// log(p / (1 - p)) of the share of finds that are right = offset + slope x that of the score + per_doubling
/// x the doublings that the box is short of `full_side`. A logistic regression (J. Platt: "Probabilistic
/// Outputs for Support Vector Machines", 1999) with the size as a second variable.
struct ScoreCalibration {
    /// Pixels of the longer side of a box, as the network sees it, from which on size says nothing more.
    static constexpr double full_side = 200;

    double offset = 0, slope = 1, per_doubling = 0;  ///< as they are by default a score stays what it is

    /// Of a probability, 0 to 1; those within a millionth of the ends as that.
    static double log_odds(double probability) {
        const double p = std::clamp(probability, 1e-6, 1 - 1e-6);
        return std::log(p / (1 - p));
    }
    /// 0 or below, for a side in pixels; below 1 as of 1.
    static double doublings(double side) { return std::log2(std::clamp(side, 1.0, full_side) / full_side); }

    /// The share of the finds with this score and longer side (pixels) that are right, 0 to 1.
    double operator()(double score, double side) const {
        return 1 / (1 + std::exp(-(offset + slope * log_odds(score) + per_doubling * doublings(side))));
    }
    /// This one of scores that `first` has calibrated, but for scores within a millionth of the ends.
    ScoreCalibration after(const ScoreCalibration& first) const {
        return {offset + slope * first.offset, slope * first.slope,
                slope * first.per_doubling + per_doubling};
    }
};

}  // namespace figurant
