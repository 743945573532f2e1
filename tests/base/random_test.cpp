// Random numbers: their spread, and that a seed gives them whole.

#include "base/random.h"

#include <doctest/doctest.h>

#include <functional>
#include <set>

using figurant::Random;

namespace {

struct Moments {
    double mean = 0, deviation = 0, least = 0, most = 0;
};

Moments moments(const std::function<double()>& draw) {
    constexpr int count = 200'000;
    double sum = 0, squares = 0;
    Moments found{0, 0, 1e300, -1e300};
    for (int i = 0; i < count; ++i) {
        const double value = draw();
        sum += value;
        squares += value * value;
        found.least = std::min(found.least, value);
        found.most = std::max(found.most, value);
    }
    found.mean = sum / count;
    found.deviation = std::sqrt(squares / count - found.mean * found.mean);
    return found;
}

}  // namespace

TEST_CASE("uniform numbers have the mean and deviation of their range, and stay in it") {
    Random random(1);
    const auto found = moments([&] { return random.uniform(-2, 4); });
    CHECK(found.mean == doctest::Approx(1).epsilon(0.01));
    CHECK(found.deviation == doctest::Approx(6 / std::sqrt(12.0)).epsilon(0.01));
    CHECK(found.least >= -2);
    CHECK(found.most < 4);
}

TEST_CASE("normal and bell-shaped numbers have mean 0 and deviation 1; truncated ones end at two") {
    Random random(2);
    for (const auto& found :
         {moments([&] { return random.normal(); }), moments([&] { return random.bell(); })}) {
        CHECK(std::abs(found.mean) < 0.01);
        CHECK(found.deviation == doctest::Approx(1).epsilon(0.01));
    }
    const auto found = moments([&] { return random.truncated_normal(); });
    CHECK(found.most <= 2);
    CHECK(found.least >= -2);
    CHECK(found.deviation == doctest::Approx(0.8796).epsilon(0.01));  // of a normal cut at two deviations
}

TEST_CASE("every whole number below a count comes, none other") {
    Random random(3);
    std::set<int> met;
    for (int i = 0; i < 1000; ++i) met.insert(random.below(7));
    CHECK(met == std::set<int>{0, 1, 2, 3, 4, 5, 6});
}

TEST_CASE("log-uniform numbers fall as often below the geometric mean as above") {
    Random random(4);
    const auto found = moments([&] { return random.log_uniform(1, 100) < 10 ? 0.0 : 1.0; });
    CHECK(found.mean == doctest::Approx(0.5).epsilon(0.01));
}

TEST_CASE("a sample is a subset without repetition; each entry is as likely") {
    Random random(5);
    std::vector<int> times(10);
    for (int i = 0; i < 20'000; ++i) {
        std::vector<int> from{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
        random.sample(from, 3);
        REQUIRE(from.size() == 3);
        CHECK(std::set<int>(from.begin(), from.end()).size() == 3);
        for (const int each : from) ++times[static_cast<std::size_t>(each)];
    }
    for (const int count : times) CHECK(count == doctest::Approx(6000).epsilon(0.05));
}

TEST_CASE("a seed gives a stream whole; its ordinals and forks give others") {
    Random a(6), b(6), other(7), ordinal(6, 1);
    const auto first = a.next();
    CHECK(first == b.next());
    CHECK(first != other.next());
    CHECK(first != ordinal.next());
    const auto fork = a.fork(1).next();
    a.next();
    CHECK(a.fork(1).next() == fork);
    CHECK(a.fork(2).next() != fork);
}
