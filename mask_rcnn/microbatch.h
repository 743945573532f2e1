#pragma once
// The forward and backward pass of a few examples: what a training step runs side by side, each on one
// thread, and adds up in a fixed order.

#include <torch/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mask_rcnn/config.h"
#include "mask_rcnn/network.h"
#include "mask_rcnn/trainer.h"

namespace figurant::mask_rcnn {

/// In the order of StepLosses::names().
constexpr std::size_t loss_count = 5;

struct MicrobatchOutcome {
    std::vector<torch::Tensor> gradients;  ///< by place; undefined where the variable took no part
    BatchStatistics statistics;
    std::array<double, loss_count> losses{};  ///< weighted; shares of the mean over the whole batch
};

/// `examples`: checked already, of a batch of `batch_size`. `values`: by place, only read. Equal arguments
/// give equal bits.
MicrobatchOutcome run_microbatch(const Network& network, const TrainingConfig& training, const Values& values,
                                 std::span<const TrainingExample> examples, std::size_t batch_size,
                                 std::uint64_t seed, const torch::Device& device);

}  // namespace figurant::mask_rcnn
