#pragma once
// Random numbers that are the same with every compiler and library: counted draws through `mix`.

#include <cmath>
#include <cstdint>

#include "base/digest.h"

namespace figurant::figures {

/// A stream of random numbers, given whole by its seed (and an ordinal, such as the example's place in an
/// epoch).
class Random {
  public:
    explicit Random(std::uint64_t seed, std::uint64_t ordinal = 0) : root_(mix(seed, ordinal)) {}

    std::uint64_t next() { return mix(root_, drawn_++); }
    /// 0 (inclusive) to 1 (exclusive).
    double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
    double uniform(double least, double most) { return least + (most - least) * uniform(); }
    /// Evenly spread over the logarithm; both sides above 0.
    double log_uniform(double least, double most) {
        return least * std::exp(std::log(most / least) * uniform());
    }
    /// 0 to count - 1; count above 0.
    std::int64_t below(std::int64_t count) {
        return static_cast<std::int64_t>(uniform() * static_cast<double>(count));
    }
    bool chance(double probability) { return uniform() < probability; }
    /// Mean 0, standard deviation 1 (eight bytes added up: bell-shaped, within 4.9 deviations).
    double bell() {
        std::uint64_t bytes = next();
        int sum = 0;
        for (int i = 0; i < 8; ++i, bytes >>= 8) sum += static_cast<int>(bytes & 0xff);
        return (sum - 1020) / 209.0;
    }

  private:
    std::uint64_t root_, drawn_ = 0;
};

}  // namespace figurant::figures
