#include "mask_rcnn/kernels.h"

#include <algorithm>

#include "mask_rcnn/bfloat16.h"
#include "mask_rcnn/wide.h"

namespace figurant::mask_rcnn {

namespace {

// Rows that are summed in float32 before the sums go to float64: rounding stays near that of the numbers
// themselves.
constexpr std::int64_t block_rows = 64;

FIGURANT_WIDE void add_moments(std::int64_t rows, std::int64_t channels, const float* __restrict x,
                               float* __restrict sum, float* __restrict squares) {
    for (std::int64_t p = 0; p < rows; ++p)
        for (std::int64_t c = 0; c < channels; ++c) {
            const float value = x[p * channels + c];
            sum[c] += value;
            squares[c] += value * value;
        }
}

FIGURANT_WIDE void add_gradient_moments(std::int64_t rows, std::int64_t channels,
                                        const float* __restrict gradient, const float* __restrict y,
                                        const float* __restrict x, float* __restrict sum,
                                        float* __restrict sum_x) {
    for (std::int64_t p = 0; p < rows; ++p)
        for (std::int64_t c = 0; c < channels; ++c) {
            const std::int64_t i = p * channels + c;
            const float passed = y[i] > 0 ? gradient[i] : 0.0F;
            sum[c] += passed;
            sum_x[c] += passed * x[i];
        }
}

FIGURANT_WIDE void add_gradient_moments(std::int64_t rows, std::int64_t channels,
                                        const float* __restrict gradient, const float* __restrict x,
                                        float* __restrict sum, float* __restrict sum_x) {
    for (std::int64_t p = 0; p < rows; ++p)
        for (std::int64_t c = 0; c < channels; ++c) {
            const std::int64_t i = p * channels + c;
            sum[c] += gradient[i];
            sum_x[c] += gradient[i] * x[i];
        }
}

/// Sums two quantities over all pixels, block by block: add(first row, rows, sums, other sums).
template <class Add>
void sum_blocks(FeatureExtent extent, const Add& add, std::vector<double>& one, std::vector<double>& two) {
    const auto channels = static_cast<std::size_t>(extent.channels);
    std::vector<float> block_one(channels), block_two(channels);
    one.assign(channels, 0);
    two.assign(channels, 0);
    for (std::int64_t first = 0; first < extent.pixels; first += block_rows) {
        std::fill(block_one.begin(), block_one.end(), 0.0F);
        std::fill(block_two.begin(), block_two.end(), 0.0F);
        add(first, std::min(block_rows, extent.pixels - first), block_one.data(), block_two.data());
        for (std::size_t c = 0; c < channels; ++c) {
            one[c] += static_cast<double>(block_one[c]);
            two[c] += static_cast<double>(block_two[c]);
        }
    }
}

FIGURANT_WIDE void scale_rows(std::int64_t pixels, std::int64_t channels, const float* __restrict x,
                              const float* __restrict scale, const float* __restrict shift, float least,
                              float* __restrict y) {
    for (std::int64_t p = 0; p < pixels; ++p)
        for (std::int64_t c = 0; c < channels; ++c) {
            const float value = x[p * channels + c] * scale[c] + shift[c];
            y[p * channels + c] = value > least ? value : least;
        }
}

FIGURANT_WIDE void scale_rows(std::int64_t pixels, std::int64_t channels, const float* __restrict x,
                              const float* __restrict scale, const float* __restrict shift,
                              const float* __restrict residual, float least, float* __restrict y) {
    for (std::int64_t p = 0; p < pixels; ++p)
        for (std::int64_t c = 0; c < channels; ++c) {
            const std::int64_t i = p * channels + c;
            const float value = x[i] * scale[c] + shift[c] + residual[i];
            y[i] = value > least ? value : least;
        }
}

FIGURANT_WIDE void back_rows(std::int64_t pixels, std::int64_t channels, const float* __restrict gradient,
                             const float* __restrict y, const float* __restrict x, const float* __restrict a,
                             const float* __restrict b, const float* __restrict c,
                             float* __restrict x_gradient) {
    for (std::int64_t p = 0; p < pixels; ++p)
        for (std::int64_t k = 0; k < channels; ++k) {
            const std::int64_t i = p * channels + k;
            const float passed = y[i] > 0 ? gradient[i] : 0.0F;
            x_gradient[i] = a[k] * passed + b[k] * x[i] + c[k];
        }
}

FIGURANT_WIDE void back_rows(std::int64_t pixels, std::int64_t channels, const float* __restrict gradient,
                             const float* __restrict x, const float* __restrict a, const float* __restrict b,
                             const float* __restrict c, float* __restrict x_gradient) {
    for (std::int64_t p = 0; p < pixels; ++p)
        for (std::int64_t k = 0; k < channels; ++k) {
            const std::int64_t i = p * channels + k;
            x_gradient[i] = a[k] * gradient[i] + b[k] * x[i] + c[k];
        }
}

FIGURANT_WIDE void pass_positive(std::int64_t count, const float* __restrict gradient,
                                 const float* __restrict y, float* __restrict passed) {
    for (std::int64_t i = 0; i < count; ++i) passed[i] = y[i] > 0 ? gradient[i] : 0.0F;
}

FIGURANT_WIDE void add_scaled(std::int64_t count, float weight, const float* __restrict in,
                              float* __restrict out) {
    for (std::int64_t i = 0; i < count; ++i) out[i] += weight * in[i];
}

constexpr float no_least = -3.402823466e38F;

}  // namespace

void channel_moments(FeatureExtent extent, const float* x, float* mean, float* variance) {
    std::vector<double> sum, squares;
    sum_blocks(
        extent,
        [&](std::int64_t first, std::int64_t rows, float* one, float* two) {
            add_moments(rows, extent.channels, x + first * extent.channels, one, two);
        },
        sum, squares);
    const double count = static_cast<double>(extent.pixels);
    for (std::size_t c = 0; c < sum.size(); ++c) {
        const double average = sum[c] / count;
        mean[c] = static_cast<float>(average);
        variance[c] = static_cast<float>(std::max(0.0, squares[c] / count - average * average));
    }
}

void scale_and_shift(FeatureExtent extent, const float* x, const float* scale, const float* shift,
                     const float* residual, bool rectify, float* y) {
    const float least = rectify ? 0.0F : no_least;
    if (residual)
        scale_rows(extent.pixels, extent.channels, x, scale, shift, residual, least, y);
    else
        scale_rows(extent.pixels, extent.channels, x, scale, shift, least, y);
}

void gradient_moments(FeatureExtent extent, const float* gradient, const float* y, const float* x, float* sum,
                      float* sum_x) {
    std::vector<double> one, two;
    sum_blocks(
        extent,
        [&](std::int64_t first, std::int64_t rows, float* block_one, float* block_two) {
            const std::int64_t at = first * extent.channels;
            if (y)
                add_gradient_moments(rows, extent.channels, gradient + at, y + at, x + at, block_one,
                                     block_two);
            else
                add_gradient_moments(rows, extent.channels, gradient + at, x + at, block_one, block_two);
        },
        one, two);
    for (std::size_t c = 0; c < one.size(); ++c) {
        sum[c] = static_cast<float>(one[c]);
        sum_x[c] = static_cast<float>(two[c]);
    }
}

void gradient_back(FeatureExtent extent, const float* gradient, const float* y, const float* x,
                   const float* a, const float* b, const float* c, float* x_gradient,
                   float* residual_gradient) {
    if (y)
        back_rows(extent.pixels, extent.channels, gradient, y, x, a, b, c, x_gradient);
    else
        back_rows(extent.pixels, extent.channels, gradient, x, a, b, c, x_gradient);
    if (residual_gradient && y)
        pass_positive(extent.pixels * extent.channels, gradient, y, residual_gradient);
    if (residual_gradient && !y) std::copy_n(gradient, extent.pixels * extent.channels, residual_gradient);
}

FIGURANT_WIDE void round_to_bfloat16(std::int64_t count, const float* __restrict x,
                                     std::uint16_t* __restrict y) {
    for (std::int64_t i = 0; i < count; ++i) y[i] = static_cast<std::uint16_t>(bfloat16_bits(x[i]));
}

FIGURANT_WIDE void widen_bfloat16(std::int64_t count, const std::uint16_t* __restrict x,
                                  float* __restrict y) {
    for (std::int64_t i = 0; i < count; ++i) y[i] = of_bfloat16(x[i]);
}

void apply_axis_map(const AxisMap& map, std::int64_t outer, std::int64_t inner, const float* in, float* out) {
    std::fill_n(out, outer * map.rows * inner, 0.0F);
    for (std::int64_t o = 0; o < outer; ++o)
        for (std::int64_t r = 0; r < map.rows; ++r)
            for (std::int64_t t = 0; t < map.terms; ++t) {
                const auto at = static_cast<std::size_t>(r * map.terms + t);
                if (map.weight[at] != 0)
                    add_scaled(inner, map.weight[at], in + (o * map.columns + map.index[at]) * inner,
                               out + (o * map.rows + r) * inner);
            }
}

void apply_axis_map_transposed(const AxisMap& map, std::int64_t outer, std::int64_t inner, const float* in,
                               float* out) {
    std::fill_n(out, outer * map.columns * inner, 0.0F);
    for (std::int64_t o = 0; o < outer; ++o)
        for (std::int64_t r = 0; r < map.rows; ++r)
            for (std::int64_t t = 0; t < map.terms; ++t) {
                const auto at = static_cast<std::size_t>(r * map.terms + t);
                if (map.weight[at] != 0)
                    add_scaled(inner, map.weight[at], in + (o * map.rows + r) * inner,
                               out + (o * map.columns + map.index[at]) * inner);
            }
}

}  // namespace figurant::mask_rcnn
