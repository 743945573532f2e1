#include "figures/mask_paste.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"
#include "base/random.h"

using namespace figurant;
using namespace figurant::figures;

namespace {

/// crop_and_resize of the probabilities into the whole map, the box turned inside out: one loop over all
/// pixels, in the order of operations of the definition.
cv::Mat slow_paste(const std::vector<float>& probabilities, int side, const Box& box, int width, int height) {
    cv::Mat mask = cv::Mat::zeros(height, width, CV_8UC1);
    const auto place = [&](float low, float high, int length, int pixel) {
        const float begin = (0 - low / static_cast<float>(length)) /
                            (high / static_cast<float>(length) - low / static_cast<float>(length));
        const float end = (1 - low / static_cast<float>(length)) /
                          (high / static_cast<float>(length) - low / static_cast<float>(length));
        if (length == 1) return 0.5F * (begin + end) * static_cast<float>(side - 1);
        const float scale = (end - begin) * static_cast<float>(side - 1) / static_cast<float>(length - 1);
        return begin * static_cast<float>(side - 1) + static_cast<float>(pixel) * scale;
    };
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            const float v = place(box.y_min, box.y_max, height, y), u = place(box.x_min, box.x_max, width, x);
            if (!(v >= 0 && v <= static_cast<float>(side - 1) && u >= 0 && u <= static_cast<float>(side - 1)))
                continue;
            const auto at = [&](float row, float column) {
                return probabilities[static_cast<std::size_t>(static_cast<int>(row) * side +
                                                              static_cast<int>(column))];
            };
            const float du = u - std::floor(u), dv = v - std::floor(v);
            const float top = at(std::floor(v), std::floor(u)) +
                              (at(std::floor(v), std::ceil(u)) - at(std::floor(v), std::floor(u))) * du;
            const float bottom = at(std::ceil(v), std::floor(u)) +
                                 (at(std::ceil(v), std::ceil(u)) - at(std::ceil(v), std::floor(u))) * du;
            mask.at<std::uint8_t>(y, x) = top + (bottom - top) * dv > 0.5F;
        }
    return mask;
}

}  // namespace

TEST_CASE("a pasted mask is that of the definition over the whole map") {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const int width = static_cast<int>(1 + random.below(80)),
                  height = static_cast<int>(1 + random.below(80));
        const int side = random.chance(0.5) ? 33 : static_cast<int>(2 + random.below(20));
        std::vector<float> probabilities(static_cast<std::size_t>(side * side));
        for (auto& value : probabilities) value = static_cast<float>(random.uniform());
        const double x = random.uniform(-5, width), y = random.uniform(-5, height);
        const Box box{static_cast<float>(x), static_cast<float>(y),
                      static_cast<float>(x + random.log_uniform(0.1, 60)),
                      static_cast<float>(y + random.log_uniform(0.1, 60))};
        const PlacedMask mask = paste_mask(probabilities, side, box, width, height);
        const auto expected = RunLengthMask::encode(slow_paste(probabilities, side, box, width, height));
        CHECK(mask.on_image(height, width) == expected);
        CHECK(mask.bounds().width == mask.local.width());
    }
}

TEST_CASE("only strictly above the threshold is inside") {
    const std::vector<float> half(9, 0.5F), more(9, std::nextafter(0.5F, 1.0F));
    CHECK(paste_mask(half, 3, {10, 10, 20, 20}, 100, 100).empty());
    CHECK(paste_mask(more, 3, {10, 10, 20, 20}, 100, 100).area() == 100);
    CHECK(paste_mask(half, 3, {10, 10, 20, 20}, 100, 100, 0.4F).area() == 100);
}

TEST_CASE("a figure on a huge map is pasted within its box only") {
    const std::vector<float> all(33 * 33, 1);
    const auto mask = paste_mask(all, 33, {99000, 50000, 99100, 50200}, 100000, 100000);
    CHECK(mask.area() > 99 * 199);
    CHECK(mask.area() <= 101 * 201);
    CHECK(mask.x >= 98999);
}

TEST_CASE("boxes without area or off the map give an empty mask; wrong sizes are refused") {
    const std::vector<float> all(9, 1);
    CHECK(paste_mask(all, 3, {5, 5, 5, 9}, 20, 20).empty());
    CHECK(paste_mask(all, 3, {9, 5, 5, 9}, 20, 20).empty());
    CHECK(paste_mask(all, 3, {50, 50, 60, 60}, 20, 20).empty());
    const float nan = std::numeric_limits<float>::quiet_NaN();
    CHECK(paste_mask(all, 3, {nan, 5, 8, 9}, 20, 20).empty());
    CHECK(paste_mask(all, 3, {-1e30F, -1e30F, 1e30F, 1e30F}, 20, 20).area() <= 400);
    CHECK_THROWS_AS(paste_mask(std::vector<float>{1}, 1, {1, 1, 5, 5}, 20, 20), Error);
    CHECK_THROWS_AS(paste_mask(all, 4, {1, 1, 5, 5}, 20, 20), Error);
}
