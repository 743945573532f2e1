#pragma once
// Looking for the best point of a grid by few measurements, each of which may be off.

#include <cstddef>
#include <functional>
#include <vector>

namespace figurant::cli {

/// An index on each axis.
using GridPoint = std::vector<std::size_t>;

struct Found {
    GridPoint best;
    double cost = 0;               ///< the median of what was measured there
    double at_start = 0;           ///< and where the search began
    std::size_t measurements = 0;  ///< in all
    std::size_t points = 0;        ///< that were measured once or more
};

/// Bayesian optimisation of the logarithm of the cost (Jones, Schonlau and Welch, 1998), where measurements
/// are noisy (Huang, Allen, Notz and Zeng, 2006). A third of the measurements at `start` and at points
/// spread so that every part of each axis has one; then some where, by all that was measured (expectation.h),
/// most is to be gained, which may be where it was measured before; a third to tell the best apart, in
/// rounds, each with the better half of the one before. `start` is measured twice at least, as the result is
/// compared with it. `cost` is one measurement: positive, and mostly too high where it is off, of which a
/// point's median counts; infinite where the point is of no use, which then is not measured again.
/// `sizes`: points on each axis, none zero; `measurements`: at least 1. The answer is `start` where nothing
/// is better by one in a hundred. The same costs give the same answer.
Found search_grid(const std::vector<std::size_t>& sizes, const GridPoint& start, std::size_t measurements,
                  const std::function<double(const GridPoint&)>& cost);

}  // namespace figurant::cli
