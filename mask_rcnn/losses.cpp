#include "mask_rcnn/losses.h"

namespace figurant::mask_rcnn {

using torch::Tensor;

Tensor localization_loss(const Tensor& codes, const Tensor& targets, const Tensor& weights) {
    return (at::smooth_l1_loss(codes, targets, at::Reduction::None).sum(1) * weights).sum();
}

Tensor classification_loss(const Tensor& logits, const Tensor& labels, const Tensor& weights) {
    const auto chosen = at::log_softmax(logits, 1).gather(1, labels.unsqueeze(1)).squeeze(1);
    return -(chosen * weights).sum();
}

Tensor mask_loss(const Tensor& logits, const Tensor& targets, const Tensor& weights) {
    // max(x, 0) - x t + log(1 + exp(-|x|)) neither overflows nor loses small values.
    const auto each = logits.clamp_min(0) - logits * targets + at::log1p(at::exp(-logits.abs()));
    return (each.sum({1, 2}) * weights).sum();
}

}  // namespace figurant::mask_rcnn
