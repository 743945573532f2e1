// The kernels that inference runs on: products of matrices and Winograd's convolution, against their
// definitions in float64.

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/random.h"
#include "mask_rcnn/kernels.h"
#include "mask_rcnn/threads.h"
#include "mask_rcnn/winograd.h"
#include "tests/mask_rcnn/slow_network.h"

using namespace figurant::mask_rcnn;
using figurant::Random;

namespace {

std::vector<float> random_numbers(Random& random, std::int64_t count) {
    std::vector<float> numbers;
    for (std::int64_t i = 0; i < count; ++i) numbers.push_back(static_cast<float>(random.normal()));
    return numbers;
}

double largest(const std::vector<double>& numbers) {
    double most = 1e-30;
    for (const double each : numbers) most = std::max(most, std::abs(each));
    return most;
}

/// Largest difference as a share of `scale`.
double difference(const std::vector<float>& found, const std::vector<double>& wanted, double scale) {
    REQUIRE(found.size() == wanted.size());
    double most = 0;
    for (std::size_t i = 0; i < found.size(); ++i)
        most = std::max(most, std::abs(static_cast<double>(found[i]) - wanted[i]));
    return most / scale;
}

/// Largest difference as a share of the largest number wanted.
double difference(const std::vector<float>& found, const std::vector<double>& wanted) {
    return difference(found, wanted, largest(wanted));
}

/// The nearest bfloat16, from its two neighbours; of two equally near, the even one.
float nearest_bfloat16(float number) {
    const auto bits = std::bit_cast<std::uint32_t>(number);
    const std::uint32_t low = bits & 0xffff0000U, high = low + 0x10000U;
    const double below =
        std::abs(static_cast<double>(number) - static_cast<double>(std::bit_cast<float>(low)));
    const double above =
        std::abs(static_cast<double>(std::bit_cast<float>(high)) - static_cast<double>(number));
    const bool even = (low >> 16) % 2 == 0;
    return std::bit_cast<float>(below < above || (below == above && even) ? low : high);
}

slow::Grid grid_of(const std::vector<float>& numbers, const FeatureGrid& extent, std::int64_t channels) {
    slow::Grid grid(extent.images, extent.height, extent.width, channels);
    std::copy(numbers.begin(), numbers.end(), grid.numbers.begin());
    return grid;
}

/// [out, in, 3, 3] in TensorFlow's order [3, 3, in, out].
slow::Array array_of(const std::vector<float>& weights, std::int64_t out, std::int64_t in) {
    slow::Array array{{3, 3, in, out}, std::vector<double>(weights.size())};
    for (std::int64_t o = 0; o < out; ++o)
        for (std::int64_t i = 0; i < in; ++i)
            for (std::int64_t tap = 0; tap < 9; ++tap)
                array.numbers[static_cast<std::size_t>((tap * in + i) * out + o)] =
                    static_cast<double>(weights[static_cast<std::size_t>((o * in + i) * 9 + tap)]);
    return array;
}

void convolve(const FeatureGrid& grid, const float* x, const WinogradWeights& weights, std::int64_t rate,
              const Finish& finish, float* y, int threads = 1) {
    const ThreadTeam team(threads);
    std::vector<float> scratch(
        static_cast<std::size_t>(threads * winograd_scratch(weights.in(), weights.out())), std::nanf(""));
    winograd_convolve(grid, x, weights, rate, finish, scratch.data(), y);
}

}  // namespace

TEST_CASE("numbers become the nearest bfloat16, and are widened exactly, however many") {
    Random random(31);
    for (std::int64_t count = 0; count < 150; ++count) {
        std::vector<float> numbers = random_numbers(random, count);
        for (float& each : numbers) {
            each *= std::bit_cast<float>(static_cast<std::uint32_t>(random.below(230)) << 23);  // to 2^102
            if (random.below(3) == 0)  // halfway between two
                each = std::bit_cast<float>((std::bit_cast<std::uint32_t>(each) & 0xffff0000U) | 0x8000U);
        }
        std::vector<std::uint16_t> rounded(numbers.size());
        std::vector<float> widened(numbers.size());
        round_to_bfloat16(count, numbers.data(), rounded.data());
        widen_bfloat16(count, rounded.data(), widened.data());
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            CAPTURE(numbers[i]);
            CHECK(widened[i] == nearest_bfloat16(numbers[i]));
        }
    }
    constexpr float infinite = std::numeric_limits<float>::infinity();
    const float edges[] = {infinite, -infinite, std::numeric_limits<float>::max(), NAN, 0.0F, -0.0F};
    std::uint16_t rounded[6];
    float widened[6];
    round_to_bfloat16(6, edges, rounded);
    widen_bfloat16(6, rounded, widened);
    CHECK(widened[0] == infinite);
    CHECK(widened[1] == -infinite);
    CHECK(widened[2] == infinite);
    CHECK(std::isnan(widened[3]));
    CHECK((widened[4] == 0 && !std::signbit(widened[4])));
    CHECK((widened[5] == 0 && std::signbit(widened[5])));
}

TEST_CASE("products of any shape equal the sums in float64, with biases, addition in place and bounds") {
    Random random(1);
    for (const Factors factors : {Factors::float32, Factors::bfloat16})
        for (const auto& [rows, depth, columns] : {std::array{1, 1, 1},
                                                   {5, 3, 17},
                                                   {6, 256, 16},
                                                   {7, 257, 33},
                                                   {97, 300, 31},
                                                   {200, 600, 48},
                                                   {0, 4, 4},
                                                   {13, 64, 530}}) {
            CAPTURE(rows);
            CAPTURE(columns);
            CAPTURE(static_cast<int>(factors));
            const auto factor = [&](float number) {
                return static_cast<double>(factors == Factors::bfloat16 ? nearest_bfloat16(number) : number);
            };
            const auto a = random_numbers(random, rows * (depth + 3)),
                       b = random_numbers(random, depth * columns);
            const auto biases = random_numbers(random, columns);
            const PackedMatrix packed(b.data(), depth, columns, factors);
            for (const bool finished : {false, true}) {
                auto c = random_numbers(random, rows * columns);
                std::vector<double> wanted;
                for (int i = 0; i < rows; ++i)
                    for (int j = 0; j < columns; ++j) {
                        double sum = 0;
                        for (int k = 0; k < depth; ++k)
                            sum += factor(a[static_cast<std::size_t>(i * (depth + 3) + k)]) *
                                   factor(b[static_cast<std::size_t>(k * columns + j)]);
                        if (finished)
                            sum = std::clamp(
                                sum + static_cast<double>(biases[static_cast<std::size_t>(j)]) +
                                    static_cast<double>(c[static_cast<std::size_t>(i * columns + j)]),
                                -1.0, 6.0);
                        wanted.push_back(sum);
                    }
                const Finish finish = finished ? Finish{biases.data(), c.data(), -1, 6} : Finish{};
                multiply(a.data(), depth + 3, rows, packed, finish, c.data(), columns);
                CHECK(difference(c, wanted) < 1e-5);
            }
        }
}

TEST_CASE("numbers that are not finite pass the bounds, and are not hidden by them") {
    // A number that is not one may have few bits, which rounding must not lose.
    const float scarce = std::bit_cast<float>(0x7f800001U), nan = std::bit_cast<float>(0xffffffffU);
    for (const Factors factors : {Factors::float32, Factors::bfloat16}) {
        const float a[] = {1}, b[] = {nan, INFINITY, 2, scarce};
        const PackedMatrix packed(b, 1, 4, factors);
        float c[4];
        multiply(a, 1, 1, packed, Finish{nullptr, nullptr, 0, 6}, c, 4);
        CHECK(std::isnan(c[0]));
        CHECK(c[1] == 6);
        CHECK(c[2] == 2);
        CHECK(std::isnan(c[3]));
        multiply(&scarce, 1, 1, packed, Finish{nullptr, nullptr, 0, 6}, c, 4);
        CHECK(std::isnan(c[2]));
    }
}

TEST_CASE(
    "Winograd's convolutions equal SAME convolutions by their definition, at any size and rate, to 1e-5") {
    Random random(2);
    struct Case {
        FeatureGrid grid;
        std::int64_t in, out, rate;
    };
    for (const Case& each :
         {Case{{1, 1, 1}, 24, 5, 1}, Case{{2, 2, 3}, 3, 7, 4}, Case{{1, 13, 9}, 70, 40, 1},
          Case{{1, 13, 9}, 70, 40, 2}, Case{{3, 7, 7}, 256, 24, 1}, Case{{1, 5, 6}, 8, 8, 3},
          Case{{1, 17, 30}, 1024, 16, 2}, Case{{2, 7, 7}, 2048, 16, 1}, Case{{0, 7, 7}, 8, 8, 1}})
        for (const bool rectified : {false, true}) {  // as features are, whose mean is far from 0
            CAPTURE(each.in);
            CAPTURE(each.rate);
            CAPTURE(rectified);
            auto x = random_numbers(random, each.grid.images * each.grid.height * each.grid.width * each.in);
            if (rectified)
                for (float& number : x) number = std::max(number, 0.0F);
            const auto weights = random_numbers(random, each.out * each.in * 9);
            const auto biases = random_numbers(random, each.out);
            auto wanted = slow::convolve(grid_of(x, each.grid, each.in), array_of(weights, each.out, each.in),
                                         1, each.rate, slow::Padding::same);
            // Relative to what was summed: what the bounds leave of it says nothing of its size.
            const double scale = largest(wanted.numbers);
            for (std::size_t i = 0; i < wanted.numbers.size(); ++i)
                wanted.numbers[i] =
                    std::clamp(wanted.numbers[i] + static_cast<double>(biases[i % biases.size()]), 0.0, 40.0);
            std::vector<float> y(wanted.numbers.size());
            const WinogradWeights prepared(weights.data(), each.out, each.in);
            convolve(each.grid, x.data(), prepared, each.rate, Finish{biases.data(), nullptr, 0, 40},
                     y.data());
            CHECK(difference(y, wanted.numbers, scale) < 1e-5);
        }
}

TEST_CASE(
    "a result's bits depend on its own inputs alone: not on threads, nor on what is computed beside it") {
    for (const Factors factors : {Factors::float32, Factors::bfloat16}) {
        Random random(3);
        const std::int64_t in = 48, out = 33;
        const FeatureGrid many{40, 7, 7}, one{1, 7, 7};
        const auto x = random_numbers(random, many.images * 49 * in),
                   weights = random_numbers(random, out * in * 9);
        const WinogradWeights prepared(weights.data(), out, in, factors);
        const PackedMatrix packed(weights.data(), in, out, factors);
        const auto run = [&](int threads) {
            const ThreadTeam team(threads);
            std::vector<float> y(static_cast<std::size_t>(2 * many.images * 49 * out));
            convolve(many, x.data(), prepared, 1, Finish{}, y.data(), threads);
            multiply(x.data(), in, many.images * 49, packed, Finish{}, y.data() + many.images * 49 * out,
                     out);
            return y;
        };
        const auto together = run(1);
        CHECK(run(2) == together);
        CHECK(run(5) == together);
        std::vector<float> alone(static_cast<std::size_t>(49 * out));
        for (const std::int64_t image : {0, 17, 39}) {
            convolve(one, x.data() + image * 49 * in, prepared, 1, Finish{}, alone.data());
            CHECK(std::equal(alone.begin(), alone.end(), together.begin() + image * 49 * out));
            multiply(x.data() + image * 49 * in, in, 49, packed, Finish{}, alone.data(), out);
            CHECK(
                std::equal(alone.begin(), alone.end(), together.begin() + (many.images + image) * 49 * out));
        }
    }
}
