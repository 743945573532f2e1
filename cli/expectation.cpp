#include "cli/expectation.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <numeric>

namespace figurant::cli {

namespace {

/// Matérn's function for 5/2: smooth, but not so smooth that a kink in one place bends all the others.
double alike(double distance) {
    const double s = std::sqrt(5.0) * distance;
    return (1 + s + s * s / 3) * std::exp(-s);
}

double likeness(const Variation& variation, const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 1;  // the level of all values is not known
    double squares = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double distance = std::abs(a[i] - b[i]) / variation.reach;
        sum += variation.along[i] * alike(distance);
        squares += distance * distance;
    }
    if (squares == 0) sum += variation.own;
    return sum + variation.together * alike(std::sqrt(squares));
}

/// Pull towards the middle: what few observations hardly tell stays where it is usual.
double prior(const Variation& variation) {
    const auto away = [](double value, double usual) { return std::abs(std::log(value / usual)); };
    double sum = 0;
    for (const double axis : variation.along) sum += away(axis, 0.5);
    return -0.15 * (sum + away(variation.together, 0.3) + away(variation.own, 0.03)) -
           0.1 * away(variation.noise, 0.01);
}

}  // namespace

Expectation::Expectation(const std::vector<Observation>& observations, Variation variation)
    : variation_(std::move(variation)), rows_(observations.size()) {
    constexpr double least_noise = 1e-6;
    std::vector<double> values;
    for (std::size_t i = 0; i < observations.size(); ++i) {
        points_.push_back(observations[i].at);
        values.push_back(observations[i].value);
        const double noise =
            variation_.noise / static_cast<double>(observations[i].measurements) + least_noise;
        for (std::size_t j = 0; j <= i; ++j) {
            double sum = likeness(variation_, points_[i], points_[j]) + (i == j ? noise : 0);
            for (std::size_t k = 0; k < j; ++k) sum -= rows_[i][k] * rows_[j][k];
            rows_[i].push_back(i == j ? std::sqrt(std::max(sum, least_noise)) : sum / rows_[j][j]);
        }
    }
    weights_ = solved(values);
}

Expectation::Normal Expectation::at(const std::vector<double>& point) const {
    std::vector<double> like;
    for (const auto& each : points_) like.push_back(likeness(variation_, point, each));
    const auto half = solved(like);
    const double mean = std::inner_product(half.begin(), half.end(), weights_.begin(), 0.0);
    const double known = std::inner_product(half.begin(), half.end(), half.begin(), 0.0);
    return {mean, std::sqrt(std::max(1e-12, likeness(variation_, point, point) - known))};
}

double Expectation::likelihood() const {
    double sum = 0;
    for (std::size_t i = 0; i < weights_.size(); ++i)
        sum -= weights_[i] * weights_[i] / 2 + std::log(rows_[i][i]);
    return sum;
}

std::vector<double> Expectation::solved(const std::vector<double>& values) const {
    std::vector<double> result;
    for (std::size_t i = 0; i < values.size(); ++i) {
        double sum = values[i];
        for (std::size_t k = 0; k < i; ++k) sum -= rows_[i][k] * result[k];
        result.push_back(sum / rows_[i][i]);
    }
    return result;
}

Variation fitted(const std::vector<Observation>& observations, Variation variation) {
    const auto worth = [&] { return Expectation(observations, variation).likelihood() + prior(variation); };
    double most = worth();
    const auto choose = [&](double& value, std::initializer_list<double> others) {
        double best = value;
        for (const double other : others) {
            value = other;
            if (const double now = worth(); now > most + 1e-9) most = now, best = other;
        }
        value = best;
    };
    for (int round = 0; round < 2; ++round) {
        for (double& axis : variation.along) choose(axis, {0.03, 0.1, 0.3, 1, 3});
        choose(variation.together, {0.02, 0.1, 0.3, 1});
        choose(variation.own, {0.003, 0.01, 0.03, 0.1, 0.3});
        choose(variation.reach, {0.4, 0.7, 1.2, 2});
        choose(variation.noise, {1e-4, 1e-3, 1e-2, 0.05, 0.2});
    }
    return variation;
}

}  // namespace figurant::cli
