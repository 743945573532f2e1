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

/// A pattern search (after Hooke and Jeeves, 1961): from `start` along one axis after the other, in strides
/// that get shorter, as long as it gets better by at least one in a hundred. Finds the best point where cost
/// has one valley along each axis; each point is measured once, at most `most_trials` (at least 1) of them.
/// `sizes`: points on each axis, none zero. A cost may be infinite: the point is of no use.
Found search_grid(const std::vector<std::size_t>& sizes, const GridPoint& start, std::size_t most_trials,
                  const std::function<double(const GridPoint&)>& cost);

}  // namespace figurant::cli
