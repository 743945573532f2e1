#pragma once
// Convolutions made ready for inference on the CPU: weights laid out for the kernels that compute them
// fastest, with biases, addition and activation in the same pass over memory. Features are float32
// throughout.

#include <torch/types.h>

#include <limits>

#include "mask_rcnn/layers.h"
#include "mask_rcnn/matrix_product.h"
#include "mask_rcnn/winograd.h"

namespace figurant::mask_rcnn {

/// What a layer's results are bounded by.
struct Bounds {
    float least = -std::numeric_limits<float>::infinity(), most = std::numeric_limits<float>::infinity();
};

/// One convolution: 1x1 as a product of matrices, 3x3 of stride 1 by Winograd's method, all else by oneDNN.
/// The same bits for any number of images, regions and threads.
class PreparedConvolution {
  public:
    /// `weights`: [out, in, kernel, kernel], float32 on the CPU; `biases`: [out] or undefined.
    PreparedConvolution(const torch::Tensor& weights, const torch::Tensor& biases, ConvolutionShape shape,
                        Factors factors = Factors::float32);

    /// bounded(x * weights + biases + residual), channels-last. A residual that is defined is given up: the
    /// result is written into its memory.
    torch::Tensor operator()(const torch::Tensor& x, const torch::Tensor& residual,
                             const Bounds& bounds) const;

  private:
    torch::Tensor product(const torch::Tensor& x, const torch::Tensor& residual, const Finish& finish) const;
    torch::Tensor winograd(const torch::Tensor& x, const Finish& finish) const;

    ConvolutionShape shape_;
    std::int64_t out_;
    torch::Tensor biases_;   ///< [out], also where there were none
    PackedMatrix matrix_;    ///< 1x1
    WinogradWeights taps_;   ///< 3x3
    torch::Tensor weights_;  ///< all else
};

}  // namespace figurant::mask_rcnn
