#include "cli/tuning.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <random>

#include "cli/expectation.h"

namespace figurant::cli {

namespace {

/// Of a larger grid as many points are looked at, drawn anew each time.
constexpr std::size_t most_looked_at = 2000;
/// A point is measured this often at the most before the best are told apart.
constexpr std::size_t often_enough = 2;

/// A point with its coordinates from 0 to 1, and what was measured there.
struct Candidate {
    GridPoint point;
    std::vector<double> at;
    std::vector<double> costs{};  ///< that were measured, sorted
    std::size_t measurements() const { return costs.size(); }
    /// The median: what disturbs a measurement mostly adds to it, but one that came out low by luck must not
    /// count for more than another.
    double cost() const {
        if (costs.empty()) return std::numeric_limits<double>::infinity();
        return 0.5 * (costs[(costs.size() - 1) / 2] + costs[costs.size() / 2]);
    }
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

double distance(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return std::sqrt(sum);
}

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
        : sizes_(sizes), all_(all_points(sizes)), most_(most), cost_(cost) {
        variation_.along.assign(sizes.size(), 0.5);
    }

    Found from(const GridPoint& start) {
        start_ = &all_[index_of(start)];
        measure(*start_);
        for (const auto index : spread(std::max<std::size_t>(3, most_ / 3)))
            if (measured_ < most_ && all_[index].measurements() == 0) measure(all_[index]);
        while (measured_ < most_ - most_ / 3) {
            Candidate* next = most_promising();
            if (!next) break;
            measure(*next);
        }
        tell_apart();
        return chosen();
    }

  private:
    void measure(Candidate& candidate) {
        if (candidate.costs.empty()) seen_.push_back(&candidate);
        ++measured_;
        const double cost = cost_(candidate.point);
        candidate.costs.insert(std::upper_bound(candidate.costs.begin(), candidate.costs.end(), cost), cost);
    }

    std::size_t index_of(const GridPoint& point) const {
        std::size_t index = 0, step = 1;
        for (std::size_t i = 0; i < point.size(); ++i) {
            index += point[i] * step;
            step *= sizes_[i];
        }
        return index;
    }

    /// A Latin hypercube: each of `count` equal parts of each axis has one point. Of many, drawn at random,
    /// the one whose points, and the start, are farthest from each other.
    std::vector<std::size_t> spread(std::size_t count) {
        std::vector<std::size_t> best;
        double farthest = -1;
        for (int attempt = 0; attempt < 200; ++attempt) {
            const auto indices = hypercube(count);
            double nearest = std::numeric_limits<double>::infinity();
            for (std::size_t a = 0; a < indices.size(); ++a) {
                nearest = std::min(nearest, distance(all_[indices[a]].at, start_->at));
                for (std::size_t b = 0; b < a; ++b)
                    nearest = std::min(nearest, distance(all_[indices[a]].at, all_[indices[b]].at));
            }
            if (nearest > farthest) farthest = nearest, best = indices;
        }
        return best;
    }

    std::vector<std::size_t> hypercube(std::size_t count) {
        std::vector<GridPoint> points(count);
        for (auto& point : points) point.resize(sizes_.size());  // g++ 12 warns of copies, wrongly
        for (std::size_t axis = 0; axis < sizes_.size(); ++axis) {
            std::vector<std::size_t> parts(count);
            std::iota(parts.begin(), parts.end(), std::size_t{0});
            for (std::size_t left = count; left > 1; --left)
                std::swap(parts[left - 1], parts[random_() % left]);
            for (std::size_t i = 0; i < count; ++i)
                points[i][axis] = (2 * parts[i] + 1) * sizes_[axis] / (2 * count);
        }
        std::vector<std::size_t> indices;
        for (const auto& point : points) indices.push_back(index_of(point));
        return indices;
    }

    /// Costs as logarithms (settings multiply time), with mean 0 and variance 1; useless points as bad as the
    /// worst. What is far worse than the middle need not be known exactly, and must not hide what goes on
    /// among the good ones.
    std::vector<Observation> observations() {
        std::vector<Observation> all;
        double worst = 0;
        for (const auto* each : seen_)
            if (std::isfinite(each->cost())) worst = std::max(worst, each->cost());
        std::vector<double> sorted;
        for (const auto* each : seen_) {
            const double cost = std::isfinite(each->cost()) ? each->cost() : worst;
            all.push_back({each->at, std::log(std::max(cost, 1e-9)), each->measurements()});
            sorted.push_back(all.back().value);
        }
        std::sort(sorted.begin(), sorted.end());
        const double middle = sorted[sorted.size() / 2];
        const double bad = 2 * middle - sorted.front() + 0.3;
        double sum = 0, squares = 0;
        for (auto& each : all) {
            if (each.value > bad) each.value = bad + 0.25 * (each.value - bad);
            sum += each.value;
        }
        const double mean = sum / static_cast<double>(all.size());
        for (const auto& each : all) squares += (each.value - mean) * (each.value - mean);
        scale_ = std::sqrt(squares / static_cast<double>(all.size())) + 1e-9;
        for (auto& each : all) each.value = (each.value - mean) / scale_;
        return all;
    }

    Expectation expectation() {
        const auto all = observations();
        if (all.size() < 40 || measured_ % 5 == 0) variation_ = fitted(all, variation_);
        return {all, variation_};
    }

    /// Null when nothing is left to measure.
    Candidate* most_promising() {
        const Expectation expected = expectation();
        double least = std::numeric_limits<double>::infinity();
        for (const auto* each : seen_) least = std::min(least, expected.at(each->at).mean);
        Candidate* best = nullptr;
        double most = 0;
        const std::size_t look_at = std::min(all_.size(), most_looked_at);
        for (std::size_t i = 0; i < look_at; ++i) {
            auto& candidate = all_[look_at == all_.size() ? i : random_() % all_.size()];
            const bool useless = candidate.measurements() > 0 && !std::isfinite(candidate.cost());
            if (candidate.measurements() >= often_enough || useless) continue;
            const auto normal = expected.at(candidate.at);
            const double gain = expected_gain(normal, least) * share_told(candidate, normal);
            if (!best || gain > most) best = &candidate, most = gain;
        }
        return best;
    }

    /// The share of what is not known of a point that one more measurement tells: all of a new one.
    double share_told(const Candidate& candidate, const Expectation::Normal& normal) const {
        if (candidate.measurements() == 0) return 1;
        const double noise = variation_.noise / static_cast<double>(candidate.measurements());
        return 1 - std::sqrt(noise / (noise + normal.deviation * normal.deviation));
    }

    void tell_apart() {
        if (measured_ < most_ && start_->measurements() < 2 && std::isfinite(start_->cost()))
            measure(*start_);
        const Expectation expected = expectation();
        std::vector<std::pair<double, Candidate*>> order;
        for (auto* each : seen_)
            if (std::isfinite(each->cost())) order.emplace_back(expected.at(each->at).mean, each);
        std::stable_sort(order.begin(), order.end(),
                         [](const auto& a, const auto& b) { return a.first < b.first; });
        std::vector<Candidate*> field;
        const std::size_t wanted = std::max<std::size_t>(2, (most_ - measured_) / 2);
        for (std::size_t i = 0; i < std::min(order.size(), wanted); ++i) field.push_back(order[i].second);
        while (measured_ < most_ && field.size() > 1) {
            for (auto* each : field)
                if (measured_ < most_) measure(*each);
            std::stable_sort(field.begin(), field.end(),
                             [](const Candidate* a, const Candidate* b) { return a->cost() < b->cost(); });
            field.resize(std::max<std::size_t>(2, (field.size() + 1) / 2));
        }
    }

    /// The cheapest of those that were measured twice or more, half by what was measured there and half by
    /// what all measurements let expect; but the start where that is not better by one in a hundred.
    Found chosen() {
        const Expectation expected = expectation();
        const bool twice = std::any_of(seen_.begin(), seen_.end(),
                                       [](const Candidate* each) { return each->measurements() > 1; });
        const Candidate* best = start_;
        double least = std::numeric_limits<double>::infinity();
        for (const auto* each : seen_) {
            if (!std::isfinite(each->cost()) || (twice && each->measurements() < 2)) continue;
            const double value = std::log(std::max(each->cost(), 1e-9)) / scale_ + expected.at(each->at).mean;
            if (value < least) least = value, best = each;
        }
        if (!(best->cost() < 0.99 * start_->cost())) best = start_;
        return {best->point, best->cost(), start_->cost(), measured_, seen_.size()};
    }

    const std::vector<std::size_t>& sizes_;
    std::vector<Candidate> all_;
    std::size_t most_;
    const std::function<double(const GridPoint&)>& cost_;
    std::mt19937 random_{1};
    Candidate* start_ = nullptr;
    std::vector<Candidate*> seen_;
    std::size_t measured_ = 0;
    Variation variation_;
    double scale_ = 1;
};

}  // namespace

Found search_grid(const std::vector<std::size_t>& sizes, const GridPoint& start, std::size_t measurements,
                  const std::function<double(const GridPoint&)>& cost) {
    return Search(sizes, std::max<std::size_t>(1, measurements), cost).from(start);
}

}  // namespace figurant::cli
