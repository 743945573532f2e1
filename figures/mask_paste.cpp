#include "figures/mask_paste.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"

namespace figurant::figures {
namespace {

/// A pixel's place between two samples along one axis.
struct Sample {
    int low, high;
    float share;  ///< of `high`
};

/// The pixels of one axis that lie on the box, and where they fall on the samples.
struct AxisSamples {
    std::int64_t first = 0;
    std::vector<Sample> samples;
};

AxisSamples axis_samples(float box_min, float box_max, std::int64_t length, int side) {
    const auto pixels = static_cast<float>(length);
    const float low = box_min / pixels, high = box_max / pixels;
    const auto last = static_cast<float>(side - 1);
    const float begin = (0 - low) / (high - low), end = (1 - low) / (high - low);
    const float step = length > 1 ? (end - begin) * last / (pixels - 1) : 0;
    AxisSamples axis;
    const auto pixel = [&](double at) {
        return static_cast<std::int64_t>(std::clamp(at, 0.0, static_cast<double>(length)));
    };
    const std::int64_t from = pixel(std::floor(box_min) - 2.0), to = pixel(std::ceil(box_max) + 2.0);
    for (std::int64_t i = from; i < to; ++i) {
        const float at =
            length > 1 ? begin * last + static_cast<float>(i) * step : 0.5F * (begin + end) * last;
        if (!(at >= 0 && at <= last)) continue;
        if (axis.samples.empty()) axis.first = i;
        const float floor = std::floor(at);
        axis.samples.push_back({static_cast<int>(floor), static_cast<int>(std::ceil(at)), at - floor});
    }
    return axis;
}

}  // namespace

PlacedMask paste_mask(std::span<const float> probabilities, int side, const Box& box, std::int64_t map_width,
                      std::int64_t map_height, float threshold) {
    if (side < 2 || probabilities.size() != static_cast<std::size_t>(side) * static_cast<std::size_t>(side))
        throw Error(Cause::internal, "a mask of side " + std::to_string(side) + " was given " +
                                         std::to_string(probabilities.size()) + " values");
    if (!(box.area() > 0) || map_width < 1 || map_height < 1) return {};
    const AxisSamples x = axis_samples(box.x_min, box.x_max, map_width, side);
    const AxisSamples y = axis_samples(box.y_min, box.y_max, map_height, side);
    if (x.samples.empty() || y.samples.empty()) return {};

    cv::Mat mask(static_cast<int>(y.samples.size()), static_cast<int>(x.samples.size()), CV_8UC1);
    for (std::size_t row = 0; row < y.samples.size(); ++row) {
        const Sample& down = y.samples[row];
        const float* top = probabilities.data() + static_cast<std::ptrdiff_t>(down.low) * side;
        const float* bottom = probabilities.data() + static_cast<std::ptrdiff_t>(down.high) * side;
        auto* inside = mask.ptr<std::uint8_t>(static_cast<int>(row));
        for (std::size_t column = 0; column < x.samples.size(); ++column) {
            const Sample& across = x.samples[column];
            const float above = top[across.low] + (top[across.high] - top[across.low]) * across.share;
            const float below =
                bottom[across.low] + (bottom[across.high] - bottom[across.low]) * across.share;
            inside[column] = above + (below - above) * down.share > threshold;
        }
    }
    return PlacedMask::encode(mask, x.first, y.first);
}

}  // namespace figurant::figures
