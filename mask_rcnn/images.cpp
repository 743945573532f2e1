#include "mask_rcnn/images.h"

#include <algorithm>
#include <cmath>

namespace figurant::mask_rcnn {

namespace {

std::int64_t scaled(std::int64_t side, double factor) {
    // Python's round, which the original used, goes to even on ties, as nearbyint does.
    return std::max<std::int64_t>(
        1, static_cast<std::int64_t>(std::nearbyint(static_cast<double>(side) * factor)));
}

/// Where a resized pixel comes from: two source pixels and the share of the second.
struct Source {
    std::int64_t low, high;
    float share;
};

std::vector<Source> sources(std::int64_t from, std::int64_t to) {
    std::vector<Source> all(static_cast<std::size_t>(to));
    const float scale = static_cast<float>(from) / static_cast<float>(to);
    for (std::int64_t i = 0; i < to; ++i) {
        const float at = static_cast<float>(i) * scale;
        const auto low = std::min(static_cast<std::int64_t>(at), from - 1);
        all[static_cast<std::size_t>(i)] = {low, std::min(low + 1, from - 1), at - static_cast<float>(low)};
    }
    return all;
}

struct Normalizer {
    float mean[3], scale;
    explicit Normalizer(const NetworkConfig& config) : mean{}, scale(static_cast<float>(config.pixel_scale)) {
        for (std::size_t c = 0; c < 3; ++c) mean[c] = static_cast<float>(config.pixel_means[c]);
    }
    float operator()(float value, std::size_t channel) const { return (value - mean[channel]) * scale; }
};

void copy_image(const Normalizer& normalize, const ImageView& image, std::int64_t row_bytes,
                std::int64_t row_pixels, float* out) {
    for (std::int64_t y = 0; y < image.height; ++y) {
        const std::uint8_t* row = image.pixels + y * row_bytes;
        float* to = out + y * row_pixels * 3;
        for (std::int64_t x = 0; x < image.width; ++x)
            for (std::size_t c = 0; c < 3; ++c) *to++ = normalize(static_cast<float>(*row++), c);
    }
}

/// Whether a pixel of the resized image is inside the figure.
class ResizedMask {
  public:
    ResizedMask(const TrueFigure& figure, Size original, Size size)
        : figure_(figure),
          y_scale_(static_cast<float>(original.height) / static_cast<float>(size.height)),
          x_scale_(static_cast<float>(original.width) / static_cast<float>(size.width)) {}
    float operator()(std::int64_t y, std::int64_t x) const {
        const auto row = static_cast<std::int64_t>(static_cast<float>(y) * y_scale_) - figure_.mask_y;
        const auto column = static_cast<std::int64_t>(static_cast<float>(x) * x_scale_) - figure_.mask_x;
        if (row < 0 || column < 0 || row >= figure_.mask_height || column >= figure_.mask_width) return 0;
        return figure_.mask[static_cast<std::size_t>(row * figure_.mask_width + column)] > 0 ? 1.0F : 0.0F;
    }

  private:
    const TrueFigure& figure_;
    float y_scale_, x_scale_;
};

}  // namespace

Size fitted_size(const NetworkConfig& config, Size image) {
    const double short_side = static_cast<double>(std::min(image.height, image.width));
    const double long_side = static_cast<double>(std::max(image.height, image.width));
    const double large = static_cast<double>(config.min_dimension) / short_side;
    const Size size{scaled(image.height, large), scaled(image.width, large)};
    if (std::max(size.height, size.width) <= config.max_dimension) return size;
    const double small = static_cast<double>(config.max_dimension) / long_side;
    return {scaled(image.height, small), scaled(image.width, small)};
}

void prepare_image(const NetworkConfig& config, const ImageView& image, Size size, std::int64_t row_pixels,
                   float* out) {
    const Normalizer normalize(config);
    const std::int64_t row_bytes = image.row_bytes ? image.row_bytes : image.width * 3;
    if (size.height == image.height && size.width == image.width)
        return copy_image(normalize, image, row_bytes, row_pixels, out);
    const auto ys = sources(image.height, size.height), xs = sources(image.width, size.width);
    for (std::int64_t y = 0; y < size.height; ++y) {
        const Source& sy = ys[static_cast<std::size_t>(y)];
        const std::uint8_t* top = image.pixels + sy.low * row_bytes;
        const std::uint8_t* bottom = image.pixels + sy.high * row_bytes;
        float* to = out + y * row_pixels * 3;
        for (const Source& sx : xs)
            for (std::size_t c = 0; c < 3; ++c) {
                const auto at = [&](const std::uint8_t* row, std::int64_t x) {
                    return static_cast<float>(row[x * 3 + static_cast<std::int64_t>(c)]);
                };
                const float above = at(top, sx.low) + (at(top, sx.high) - at(top, sx.low)) * sx.share;
                const float below =
                    at(bottom, sx.low) + (at(bottom, sx.high) - at(bottom, sx.low)) * sx.share;
                *to++ = normalize(above + (below - above) * sy.share, c);
            }
    }
}

void mask_target(const TrueFigure& figure, Size original, Size size, const Box& box, std::int64_t mask_size,
                 float* out) {
    const ResizedMask mask(figure, original, size);
    const auto height = static_cast<float>(size.height), width = static_cast<float>(size.width);
    const auto place = [&](float begin, float end, float extent, std::int64_t i) {
        const float first = begin / extent * (extent - 1), last = end / extent * (extent - 1);
        if (mask_size == 1) return (first + last) / 2;
        return first + static_cast<float>(i) * (last - first) / static_cast<float>(mask_size - 1);
    };
    for (std::int64_t i = 0; i < mask_size; ++i) {
        const float y = std::clamp(place(box.y_min, box.y_max, height, i), 0.0F, height - 1);
        const auto top = static_cast<std::int64_t>(y);
        const auto bottom = std::min(top + 1, size.height - 1);
        const float below = y - static_cast<float>(top);
        for (std::int64_t j = 0; j < mask_size; ++j) {
            const float x = std::clamp(place(box.x_min, box.x_max, width, j), 0.0F, width - 1);
            const auto left = static_cast<std::int64_t>(x);
            const auto right = std::min(left + 1, size.width - 1);
            const float after = x - static_cast<float>(left);
            *out++ = (1 - below) * ((1 - after) * mask(top, left) + after * mask(top, right)) +
                     below * ((1 - after) * mask(bottom, left) + after * mask(bottom, right));
        }
    }
}

}  // namespace figurant::mask_rcnn
