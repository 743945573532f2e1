#pragma once
// What the points of a grid that were measured let expect of the others: a Gaussian process (Rasmussen and
// Williams, Gaussian Processes for Machine Learning, 2006) whose axes add up, with a share for what they do
// together.

#include <cstddef>
#include <vector>

namespace figurant::cli {

/// A point of the unit cube, what was found there, and how many measurements that comes from.
struct Observation {
    std::vector<double> at;
    double value = 0;  ///< all values together: mean about 0, variance about 1
    std::size_t measurements = 1;
};

/// How values vary. Variances, where all values vary by 1.
struct Variation {
    std::vector<double> along;  ///< each axis by itself
    double together = 0.3;      ///< what axes do only together
    double own = 0.03;          ///< each point by itself: what its neighbours do not tell, as in whole rounds
    double reach = 0.7;         ///< how far along an axis, its length taken as 1, points are alike
    double noise = 0.01;        ///< of one measurement
};

class Expectation {
  public:
    Expectation(const std::vector<Observation>& observations, Variation variation);

    struct Normal {
        double mean = 0, deviation = 0;
    };
    Normal at(const std::vector<double>& point) const;
    /// The logarithm of how likely the observations are, but for a constant.
    double likelihood() const;

  private:
    std::vector<double> solved(const std::vector<double>& values) const;

    Variation variation_;
    std::vector<std::vector<double>> points_;
    std::vector<std::vector<double>> rows_;  ///< Cholesky's triangle of the points' likenesses
    std::vector<double> weights_;            ///< the values, solved by it
};

/// The variation that makes the observations most likely, of a few values of each kind, all thought equally
/// likely but for a pull towards the middle; found by going through the kinds in turn, from `variation` on.
Variation fitted(const std::vector<Observation>& observations, Variation variation);

}  // namespace figurant::cli
