#pragma once
// Gradients to steps: momentum as TensorFlow's MomentumOptimizer, and AdamW (Loshchilov and Hutter 2019).

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/named_array.h"
#include "mask_rcnn/config.h"
#include "mask_rcnn/network.h"

namespace figurant::mask_rcnn {

/// Keeps the slots of each trained variable. Each variable's update touches that variable alone, so that
/// updates of different variables may run side by side.
class Optimizer {
  public:
    Optimizer(const TrainingConfig& config, const Network& network, const Values& values);

    /// values[place] moves by its gradient, which is multiplied by `factor` first. `step` counts from 0.
    void update(std::size_t place, torch::Tensor& value, const torch::Tensor& gradient, double factor,
                std::int64_t step);

    /// The factor that clips a gradient of this norm ("global": of all gradients together).
    double clip_factor(double variable_norm, double global_norm) const;

    void save(std::vector<NamedArray>& arrays) const;
    /// Error(Cause::model) naming a slot that is missing or misshapen.
    void load(const WeightsFile& checkpoint);

  private:
    bool adam() const { return config_.optimizer == "adamw"; }

    TrainingConfig config_;
    std::vector<Variable> variables_;
    std::vector<std::string> slot_suffixes_;         ///< "/Momentum", or "/Adam" and "/Adam_1"
    std::vector<std::vector<torch::Tensor>> slots_;  ///< by place, then in the suffixes' order
};

}  // namespace figurant::mask_rcnn
