#pragma once
// Loops over numbers that LibTorch has no fast ones for. Batch normalisation with what surrounds it in a
// residual network: y = max(0, norm(x) + residual), in few passes over memory; features are [pixels,
// channels], dense (channels-last), float32. Conversions to bfloat16. A sparse matrix along one axis.

#include <cstdint>
#include <vector>

namespace figurant::mask_rcnn {

struct FeatureExtent {
    std::int64_t pixels, channels;
};

/// Mean and (biased) variance of each channel.
void channel_moments(FeatureExtent extent, const float* x, float* mean, float* variance);

/// y = x * scale + shift, plus `residual` where it is not null, and not below 0 with `rectify`.
void scale_and_shift(FeatureExtent extent, const float* x, const float* scale, const float* shift,
                     const float* residual, bool rectify, float* y);

/// What flows back through scale_and_shift's outer part: gradient where y > 0 (everywhere when y is null).
/// Sums over pixels: of that, and of that times x, for each channel.
void gradient_moments(FeatureExtent extent, const float* gradient, const float* y, const float* x, float* sum,
                      float* sum_x);

/// x_gradient = a * passed + b * x + c with one a, b, c for each channel, passed: gradient where y > 0;
/// `residual_gradient` = passed, where it is not null.
void gradient_back(FeatureExtent extent, const float* gradient, const float* y, const float* x,
                   const float* a, const float* b, const float* c, float* x_gradient,
                   float* residual_gradient);

/// The nearest bfloat16 (ties to even), as its 16 bits; what is no number stays none.
void round_to_bfloat16(std::int64_t count, const float* x, std::uint16_t* y);
/// And back, exactly.
void widen_bfloat16(std::int64_t count, const std::uint16_t* x, float* y);

/// Sparse rows of a matrix that is applied along one axis: out[r] = sum of weight * in[index], `terms` for
/// each row.
struct AxisMap {
    std::int64_t rows = 0, columns = 0, terms = 0;
    std::vector<std::int32_t> index;  ///< rows x terms
    std::vector<float> weight;        ///< rows x terms
};

/// in: [outer, columns, inner] -> out: [outer, rows, inner].
void apply_axis_map(const AxisMap& map, std::int64_t outer, std::int64_t inner, const float* in, float* out);

/// The transposed map: in: [outer, rows, inner] -> out: [outer, columns, inner].
void apply_axis_map_transposed(const AxisMap& map, std::int64_t outer, std::int64_t inner, const float* in,
                               float* out);

}  // namespace figurant::mask_rcnn
