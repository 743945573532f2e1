#pragma once
// Random numbers that are the same with every compiler and standard library: counted draws through `mix`.
// (The standard's own distributions differ between libraries.)

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <utility>
#include <vector>

#include "base/digest.h"

namespace figurant {

/// A stream of random numbers, given whole by its seed; small enough to make one for every purpose.
class Random {
  public:
    explicit Random(std::uint64_t seed) : seed_(seed) {}
    /// One of many streams of a seed, such as that of an example's place in an epoch.
    Random(std::uint64_t seed, std::uint64_t ordinal) : seed_(mix(seed, ordinal)) {}

    std::uint64_t next() { return mix(seed_, drawn_++); }
    /// In [0, 1).
    double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
    /// In [least, most).
    double uniform(double least, double most) { return least + (most - least) * uniform(); }
    /// Evenly spread over the logarithm; both sides above 0.
    double log_uniform(double least, double most) {
        return least * std::exp(std::log(most / least) * uniform());
    }
    /// In [0, count); count > 0. The bias is below count / 2^53.
    template <std::integral Count>
    Count below(Count count) {
        return static_cast<Count>(uniform() * static_cast<double>(count));
    }
    bool chance(double probability) { return uniform() < probability; }
    /// Mean 0, deviation 1 (Box-Muller).
    double normal() {
        const double radius = std::sqrt(-2 * std::log(1 - uniform()));
        return radius * std::cos(2 * std::numbers::pi * uniform());
    }
    /// As normal, drawn again beyond two deviations.
    double truncated_normal() {
        double value = normal();
        while (std::abs(value) > 2) value = normal();
        return value;
    }
    /// Mean 0, deviation 1, for every pixel of a picture: eight bytes of one draw added up, which is
    /// bell-shaped within 4.9 deviations.
    double bell() {
        std::uint64_t bytes = next();
        int sum = 0;
        for (int i = 0; i < 8; ++i, bytes >>= 8) sum += static_cast<int>(bytes & 0xff);
        return (sum - 1020) / 209.0;
    }
    /// Leaves a uniformly random subset of at most `count` entries, in random order.
    template <class T>
    void sample(std::vector<T>& from, std::size_t count) {
        count = count < from.size() ? count : from.size();
        for (std::size_t i = 0; i < count; ++i) std::swap(from[i], from[i + below(from.size() - i)]);
        from.resize(count);
    }
    /// A stream whose numbers do not depend on how many this one gave.
    Random fork(std::uint64_t name) const { return Random(mix(seed_ ^ 0x5bf03635f0a1c9d3U, name)); }

  private:
    std::uint64_t seed_, drawn_ = 0;
};

}  // namespace figurant
