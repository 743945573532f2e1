#include "cli/tuning.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <numeric>

namespace figurant::cli {

namespace {

/// How far along an axis (its length taken as 1) settings say something about each other.
constexpr double reach = 0.5;
/// Variance of measuring, where the measured costs vary by 1.
constexpr double noise = 1e-3;

/// A point with its coordinates from 0 to 1.
struct Candidate {
    GridPoint point;
    std::vector<double> at;
    bool measured = false;
};

std::vector<Candidate> all_points(const std::vector<std::size_t>& sizes) {
    std::vector<Candidate> all;
    const std::size_t count =
        std::accumulate(sizes.begin(), sizes.end(), std::size_t{1}, std::multiplies<std::size_t>());
    for (std::size_t index = 0; index < count; ++index) {
        Candidate candidate;
        std::size_t rest = index;
        for (const auto size : sizes) {
            candidate.point.push_back(rest % size);
            const auto last = static_cast<double>(std::max<std::size_t>(1, size - 1));
            candidate.at.push_back(static_cast<double>(rest % size) / last);
            rest /= size;
        }
        all.push_back(std::move(candidate));
    }
    return all;
}

double distance(const Candidate& a, const Candidate& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.at.size(); ++i) sum += (a.at[i] - b.at[i]) * (a.at[i] - b.at[i]);
    return sum;
}

double likeness(const Candidate& a, const Candidate& b) {
    return std::exp(-distance(a, b) / (2 * reach * reach));
}

/// What the measured points let expect of the others: mean and deviation at each, as a Gaussian process has
/// them.
class Expectation {
  public:
    Expectation(const std::vector<const Candidate*>& points, const std::vector<double>& values)
        : points_(points), rows_(points.size()) {
        // Cholesky's triangle of the likenesses, and the values solved by it.
        for (std::size_t i = 0; i < points.size(); ++i) {
            for (std::size_t j = 0; j <= i; ++j) {
                double sum = likeness(*points[i], *points[j]) + (i == j ? noise : 0);
                for (std::size_t k = 0; k < j; ++k) sum -= rows_[i][k] * rows_[j][k];
                rows_[i].push_back(i == j ? std::sqrt(std::max(sum, noise / 10)) : sum / rows_[j][j]);
            }
        }
        weights_ = solved(values);
    }

    struct Normal {
        double mean, deviation;
    };
    Normal at(const Candidate& candidate) const {
        std::vector<double> like;
        for (const auto* point : points_) like.push_back(likeness(candidate, *point));
        const auto half = solved(like);
        const double mean = std::inner_product(half.begin(), half.end(), weights_.begin(), 0.0);
        const double known = std::inner_product(half.begin(), half.end(), half.begin(), 0.0);
        return {mean, std::sqrt(std::max(1e-12, 1 - known))};
    }

  private:
    std::vector<double> solved(const std::vector<double>& values) const {
        std::vector<double> result;
        for (std::size_t i = 0; i < values.size(); ++i) {
            double sum = values[i];
            for (std::size_t k = 0; k < i; ++k) sum -= rows_[i][k] * result[k];
            result.push_back(sum / rows_[i][i]);
        }
        return result;
    }

    const std::vector<const Candidate*>& points_;
    std::vector<std::vector<double>> rows_;
    std::vector<double> weights_;
};

/// How much less than `least` is to be expected.
double expected_gain(const Expectation::Normal& normal, double least) {
    const double z = (least - normal.mean) / normal.deviation;
    const double below = 0.5 * std::erfc(-z / std::numbers::sqrt2);
    const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
    return (least - normal.mean) * below + normal.deviation * density;
}

class Search {
  public:
    Search(const std::vector<std::size_t>& sizes, std::size_t most,
           const std::function<double(const GridPoint&)>& cost)
        : all_(all_points(sizes)), most_(std::min(most, all_.size())), cost_(cost) {}

    Found from(const GridPoint& start) {
        for (auto& candidate : all_)
            if (candidate.point == start) measure(candidate);
        // First far from each other, then where most is to be gained.
        const std::size_t spread = std::min(most_, std::max<std::size_t>(3, most_ / 3));
        while (points_.size() < spread) measure(farthest());
        while (points_.size() < most_) measure(most_promising());
        return chosen(start);
    }

  private:
    void measure(Candidate& candidate) {
        candidate.measured = true;
        points_.push_back(&candidate);
        costs_.push_back(cost_(candidate.point));
    }

    Candidate& farthest() {
        return best_of([this](const Candidate& candidate) {
            double nearest = std::numeric_limits<double>::infinity();
            for (const auto* point : points_) nearest = std::min(nearest, distance(candidate, *point));
            return nearest;
        });
    }

    Candidate& most_promising() {
        const auto values = normalised();
        const Expectation expectation(points_, values);
        const double least = *std::min_element(values.begin(), values.end());
        return best_of(
            [&](const Candidate& candidate) { return expected_gain(expectation.at(candidate), least); });
    }

    /// The point, not measured yet, of which `worth` is greatest.
    template <class Worth>
    Candidate& best_of(Worth worth) {
        Candidate* best = nullptr;
        double most = 0;
        for (auto& candidate : all_) {
            if (candidate.measured) continue;
            const double value = worth(candidate);
            if (!best || value > most) best = &candidate, most = value;
        }
        return *best;
    }

    /// Costs as logarithms (settings multiply time), with mean 0 and variance 1; useless points as bad as the
    /// worst.
    std::vector<double> normalised() const {
        std::vector<double> values;
        double worst = 0, sum = 0, squares = 0;
        for (const double cost : costs_)
            if (std::isfinite(cost)) worst = std::max(worst, cost);
        for (const double cost : costs_)
            values.push_back(std::log(std::max(std::isfinite(cost) ? cost : worst, 1e-9)));
        for (const double value : values) sum += value;
        const double mean = sum / static_cast<double>(values.size());
        for (const double value : values) squares += (value - mean) * (value - mean);
        const double deviation = std::sqrt(squares / static_cast<double>(values.size())) + 1e-9;
        for (double& value : values) value = (value - mean) / deviation;
        return values;
    }

    /// The least cost; but the start where nothing is better by one in a hundred.
    Found chosen(const GridPoint& start) const {
        const auto least = std::min_element(costs_.begin(), costs_.end());
        if (!(*least < 0.99 * costs_.front())) return {start, costs_.front(), costs_.size()};
        return {points_[static_cast<std::size_t>(least - costs_.begin())]->point, *least, costs_.size()};
    }

    std::vector<Candidate> all_;
    std::size_t most_;
    const std::function<double(const GridPoint&)>& cost_;
    std::vector<const Candidate*> points_;
    std::vector<double> costs_;
};

}  // namespace

Found search_grid(const std::vector<std::size_t>& sizes, const GridPoint& start, std::size_t most_trials,
                  const std::function<double(const GridPoint&)>& cost) {
    return Search(sizes, std::max<std::size_t>(1, most_trials), cost).from(start);
}

}  // namespace figurant::cli
