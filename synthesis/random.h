#pragma once
// The random numbers of a composition.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "base/random.h"

namespace figurant::synthesis {

/// In single precision, as the painters count, and with their kinds of choices.
class Random : public figurant::Random {
  public:
    explicit Random(std::uint64_t seed) : figurant::Random(seed) {}
    explicit Random(const figurant::Random& from) : figurant::Random(from) {}

    /// Parts of a map can change by themselves.
    Random fork(std::uint64_t name) const { return Random(figurant::Random::fork(name)); }

    /// Uniform in [0, 1).
    float unit() { return static_cast<float>(next() >> 40) * 0x1p-24F; }
    float real(float least, float most) { return least + (most - least) * unit(); }
    /// Around 0 with deviation about `spread`, never beyond 3.5 times it (the sum of four uniform numbers).
    float bell(float spread) { return spread * 1.7320508F * (unit() + unit() + unit() + unit() - 2); }
    /// Uniform in least..most, both inclusive.
    int whole(int least, int most) {
        return most <= least
                   ? least
                   : least + static_cast<int>(next() % static_cast<std::uint64_t>(most - least + 1));
    }
    bool chance(float probability) { return unit() < probability; }
    float sign() { return chance(0.5F) ? 1.0F : -1.0F; }

    template <class T>
    T pick(std::initializer_list<T> choices) {
        return *(choices.begin() + whole(0, static_cast<int>(choices.size()) - 1));
    }
    template <class T>
    const T& pick(const std::vector<T>& choices) {
        return choices.at(static_cast<std::size_t>(whole(0, static_cast<int>(choices.size()) - 1)));
    }
    /// An index, as likely as its weight.
    int weighted(std::initializer_list<float> weights) {
        float sum = 0;
        for (const float weight : weights) sum += weight;
        float left = unit() * sum;
        int index = 0;
        for (const float weight : weights) {
            if (left < weight) return index;
            left -= weight;
            ++index;
        }
        return index - 1;
    }
};

}  // namespace figurant::synthesis
