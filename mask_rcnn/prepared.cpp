#include "mask_rcnn/prepared.h"

#include <omp.h>

#include "mask_rcnn/feature_memory.h"

namespace figurant::mask_rcnn {

namespace {

using torch::Tensor;

// Below, transforming tiles costs more than their products save.
constexpr std::int64_t least_winograd_channels = 24;
// Below, rounding transformed tiles, which costs six times the accuracy of rounding features, saves no time.
constexpr std::int64_t least_rounded_channels = 128;

/// As many images, rows and columns as x.
Tensor empty_as(const Tensor& x, std::int64_t channels) {
    return empty_features(x.size(0), channels, x.size(2), x.size(3));
}

}  // namespace

PreparedConvolution::PreparedConvolution(const Tensor& weights, const Tensor& biases, ConvolutionShape shape,
                                         Factors factors)
    : shape_(shape),
      out_(weights.size(0)),
      biases_(biases.defined() ? biases.contiguous() : at::zeros({weights.size(0)}, weights.options())) {
    const std::int64_t in = weights.size(1);
    if (shape.kernel == 1) {
        const Tensor matrix = weights.view({out_, in}).t().contiguous();
        matrix_ = PackedMatrix(matrix.data_ptr<float>(), in, out_, factors);
    } else if (shape.kernel == 3 && shape.stride == 1 && in >= least_winograd_channels) {
        const Tensor dense = weights.contiguous(at::MemoryFormat::Contiguous);
        taps_ = WinogradWeights(dense.data_ptr<float>(), out_, in,
                                in >= least_rounded_channels ? factors : Factors::float32);
    } else {
        weights_ = weights.contiguous(at::MemoryFormat::ChannelsLast);
    }
}

Tensor PreparedConvolution::operator()(const Tensor& x, const Tensor& residual, const Bounds& bounds) const {
    Finish finish{biases_.data_ptr<float>(), nullptr, bounds.least, bounds.most};
    if (matrix_.rows() > 0) return product(subsample(x, shape_.stride), residual, finish);
    if (!weights_.defined() && !residual.defined()) return winograd(x, finish);
    finish = Finish{biases_.data_ptr<float>()};
    Tensor y = weights_.defined() ? convolve(x, weights_, biases_, shape_) : winograd(x, finish);
    if (residual.defined()) y = residual.add_(y);
    return y.clamp_(bounds.least, bounds.most);
}

Tensor PreparedConvolution::product(const Tensor& input, const Tensor& residual, const Finish& finish) const {
    const Tensor x = input.contiguous(at::MemoryFormat::ChannelsLast);
    Tensor y = residual.defined() ? residual.contiguous(at::MemoryFormat::ChannelsLast) : empty_as(x, out_);
    Finish together = finish;
    if (residual.defined()) together.residual = y.data_ptr<float>();
    multiply(x.data_ptr<float>(), x.size(1), x.size(0) * x.size(2) * x.size(3), matrix_, together,
             y.data_ptr<float>(), out_);
    return y;
}

Tensor PreparedConvolution::winograd(const Tensor& input, const Finish& finish) const {
    const Tensor x = input.contiguous(at::MemoryFormat::ChannelsLast);
    Tensor y = empty_as(x, out_);
    const Tensor scratch = empty_tensor({omp_get_max_threads() * winograd_scratch(taps_.in(), out_)});
    winograd_convolve({x.size(0), x.size(2), x.size(3)}, x.data_ptr<float>(), taps_, shape_.rate, finish,
                      scratch.data_ptr<float>(), y.data_ptr<float>());
    return y;
}

}  // namespace figurant::mask_rcnn
