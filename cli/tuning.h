#pragma once
// Looking for the best point of a grid by measuring few of its points.

#include <cstddef>
#include <functional>
#include <vector>

namespace figurant::cli {

/// An index on each axis.
using GridPoint = std::vector<std::size_t>;

struct Found {
    GridPoint best;
    double cost = 0;
    std::size_t trials = 0;  ///< points that were measured
};

/// Bayesian optimisation (expected improvement under a Gaussian process; Jones, Schonlau and Welch, 1998): a
/// third of the trials at `start` and far from each other, then each where, by all that was measured, most is
/// to be gained. Each point is measured once, `most_trials` of them (at least 1, at most all). The answer is
/// the least cost found, or `start` where nothing is better by one in a hundred. `sizes`: points on each
/// axis, none zero; costs are positive; an infinite one means that the point is of no use.
Found search_grid(const std::vector<std::size_t>& sizes, const GridPoint& start, std::size_t most_trials,
                  const std::function<double(const GridPoint&)>& cost);

}  // namespace figurant::cli
