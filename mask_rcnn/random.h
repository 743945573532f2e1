#pragma once
// Random numbers that are the same with every standard library.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <utility>
#include <vector>

#include "base/digest.h"

namespace figurant::mask_rcnn {

/// The splitmix64 sequence from a seed; small enough to make one for every purpose.
class Random {
  public:
    explicit Random(std::uint64_t seed) : seed_(seed) {}

    std::uint64_t next() { return mix(seed_, ordinal_++); }
    /// In [0, 1).
    double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
    /// In [0, count); count > 0. The bias is below count / 2^53.
    std::size_t below(std::size_t count) {
        return static_cast<std::size_t>(uniform() * static_cast<double>(count));
    }
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
    /// Leaves a uniformly random subset of at most `count` entries, in random order.
    template <class T>
    void sample(std::vector<T>& from, std::size_t count) {
        count = count < from.size() ? count : from.size();
        for (std::size_t i = 0; i < count; ++i) std::swap(from[i], from[i + below(from.size() - i)]);
        from.resize(count);
    }

  private:
    std::uint64_t seed_, ordinal_ = 0;
};

}  // namespace figurant::mask_rcnn
