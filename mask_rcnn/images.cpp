#include "mask_rcnn/images.h"

#include <algorithm>
#include <cmath>

#include "mask_rcnn/crop.h"

namespace figurant::mask_rcnn {

namespace {

/// In single precision, and to even on ties, as TensorFlow's resize_images with its aspect ratio preserved.
std::int64_t scaled(std::int64_t side, float factor) {
    return std::max<std::int64_t>(
        1, static_cast<std::int64_t>(std::nearbyint(factor * static_cast<float>(side))));
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
          original_(original),
          y_scale_(static_cast<float>(original.height) / static_cast<float>(size.height)),
          x_scale_(static_cast<float>(original.width) / static_cast<float>(size.width)) {}
    float operator()(std::int64_t y, std::int64_t x) const {
        const auto row = source(y, y_scale_, original_.height) - figure_.mask_y;
        const auto column = source(x, x_scale_, original_.width) - figure_.mask_x;
        if (row < 0 || column < 0 || row >= figure_.mask_height || column >= figure_.mask_width) return 0;
        return figure_.mask[static_cast<std::size_t>(row * figure_.mask_width + column)] > 0 ? 1.0F : 0.0F;
    }

  private:
    /// The product may round up to the pixel after the last.
    static std::int64_t source(std::int64_t target, float scale, std::int64_t pixels) {
        return std::min(static_cast<std::int64_t>(static_cast<float>(target) * scale), pixels - 1);
    }

    const TrueFigure& figure_;
    Size original_;
    float y_scale_, x_scale_;
};

}  // namespace

Size fitted_size(const NetworkConfig& config, Size image) {
    const bool wide = image.width > image.height;
    const auto height = static_cast<float>(wide ? config.min_dimension : config.max_dimension);
    const auto width = static_cast<float>(wide ? config.max_dimension : config.min_dimension);
    const float factor =
        std::min(height / static_cast<float>(image.height), width / static_cast<float>(image.width));
    return {scaled(image.height, factor), scaled(image.width, factor)};
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
    const auto rows = axis_samples<float>(box.y_min / height, box.y_max / height, size.height, mask_size);
    const auto columns = axis_samples<float>(box.x_min / width, box.x_max / width, size.width, mask_size);
    for (const auto& y : rows)
        for (const auto& x : columns) {
            *out++ = 0;
            if (!y.inside || !x.inside) continue;
            const float top = mask(y.low, x.low) + (mask(y.low, x.high) - mask(y.low, x.low)) * x.share;
            const float bottom = mask(y.high, x.low) + (mask(y.high, x.high) - mask(y.high, x.low)) * x.share;
            out[-1] = top + (bottom - top) * y.share;
        }
}

}  // namespace figurant::mask_rcnn
