#pragma once
// The losses, each a sum over samples with a weight for each: normalisers are part of the weights.

#include <torch/types.h>

namespace figurant::mask_rcnn {

/// Smooth L1 with delta 1, summed over the four codes. codes, targets: [samples, 4]; weights: [samples].
torch::Tensor localization_loss(const torch::Tensor& codes, const torch::Tensor& targets,
                                const torch::Tensor& weights);

/// Softmax cross-entropy. logits: [samples, classes]; labels: [samples], int64; weights: [samples].
torch::Tensor classification_loss(const torch::Tensor& logits, const torch::Tensor& labels,
                                  const torch::Tensor& weights);

/// Sigmoid cross-entropy, summed over the pixels. logits, targets (0 to 1): [samples, size, size]; weights:
/// [samples].
torch::Tensor mask_loss(const torch::Tensor& logits, const torch::Tensor& targets,
                        const torch::Tensor& weights);

}  // namespace figurant::mask_rcnn
