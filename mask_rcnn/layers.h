#pragma once
// The operations of the network on tensors. Features are [images, channels, height, width], channels-last in
// memory; all run on CPU and CUDA, in float32 and float64, and are differentiable unless said otherwise.

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "mask_rcnn/crop.h"
#include "mask_rcnn/matrix_product.h"

namespace figurant::mask_rcnn {

/// How a convolution moves over its input; padded on both sides by rate * (kernel - 1) / 2.
struct ConvolutionShape {
    std::int64_t kernel = 1, stride = 1, rate = 1;
    std::int64_t padding() const { return rate * (kernel - 1) / 2; }
};

/// `weights`: [out, in, kernel, kernel]; `biases`: [out] or undefined. On the CPU in float32 always oneDNN,
/// forward and backward, whatever the number of threads; with LibTorch 2 some 1x1 convolutions are products
/// of the BLAS, whose bits depend on the number of threads: training computes on one (ThreadTeam).
/// With Factors::bfloat16 what is multiplied or added is rounded to bfloat16, forward and backward, and so is
/// the result, gradients among them (not on float64, nor where it is a product of the BLAS); its type stays.
torch::Tensor convolve(const torch::Tensor& x, const torch::Tensor& weights, const torch::Tensor& biases,
                       const ConvolutionShape& shape, Factors factors = Factors::float32);

/// What one batch was normalised by.
struct BatchMoments {
    torch::Tensor mean,
        variance;  ///< [channels]; the variance unbiased, as TensorFlow's moving statistics want it
};

/// Batch normalisation by the batch's own moments, then `residual` added where it is defined, then max(0, .)
/// with `rectify`. The moments are noted in `moments`.
torch::Tensor normalize_batch(const torch::Tensor& x, const torch::Tensor& gamma, const torch::Tensor& beta,
                              double epsilon, const torch::Tensor& residual, bool rectify,
                              BatchMoments& moments);

/// 3x3 maximum with stride 2, padded as TensorFlow's SAME: the odd pixel at the end.
torch::Tensor max_pool_same(const torch::Tensor& x);

/// Every stride-th row and column.
torch::Tensor subsample(const torch::Tensor& x, std::int64_t stride);

/// crop_and_pool on `features` [images, channels, height, width] -> [regions, channels, size / pool, size /
/// pool].
torch::Tensor crop_features(const torch::Tensor& features, const std::vector<Region>& regions,
                            std::int64_t size, std::int64_t pool);

/// [to, from]: bilinear interpolation along one axis, the ends aligned; multiplied from the left.
torch::Tensor interpolation_matrix(std::int64_t from, std::int64_t to);

/// [9 * out, in, 1, 1]: the taps of 3x3 `weights` [out, in, 3, 3] one after the other, as a 1x1 convolution.
torch::Tensor tap_weights(const torch::Tensor& weights);

/// What each tap gives on small features, [regions, 9 * out, s, s], upsampled, shifted and added, and the
/// biases: [regions, out, side, side].
torch::Tensor spread_taps(const torch::Tensor& taps, const torch::Tensor& biases, std::int64_t side);

/// convolve(upsampled x, weights, biases) for a 3x3 convolution after a bilinear upsampling with aligned
/// corners from side x.size(2) to `side`, without ever making the upsampled features: both are linear, so
/// each of the nine taps is applied to the small features first, and upsampling then shifts and adds them. x:
/// [regions, in, s, s], weights: [out, in, 3, 3] -> [regions, out, side, side].
torch::Tensor upsample_convolve(const torch::Tensor& x, const torch::Tensor& weights,
                                const torch::Tensor& biases, std::int64_t side,
                                Factors factors = Factors::float32);

}  // namespace figurant::mask_rcnn
