#pragma once
// The network's values to and from named arrays, in TensorFlow's layout: convolutions [height, width, in,
// out].

#include <torch/types.h>

#include <string>

#include "base/named_array.h"
#include "mask_rcnn/network.h"

namespace figurant::mask_rcnn {

/// Fresh values. The residual network: normal by fan-in (He et al. 2015), norms at identity; dense layers:
/// uniform by fan average; other convolutions as the training's head_initializer says; biases 0. Each
/// variable's numbers depend on the seed and its name alone.
Values initial_values(const Network& network, const TrainingConfig& training);

/// The array of a variable, or of one of its slots (`name` then says which).
NamedArray to_array(const std::string& name, Role role, const torch::Tensor& value);

/// The tensor of a variable. Error(Cause::model) when type or shape differ from what `variable` says.
torch::Tensor from_array(const NamedArray& array, const Variable& variable);

/// The array of that name, or null.
const NamedArray* find_array(const WeightsFile& weights, std::string_view name);

/// All variables of the network: for training the variables themselves, for inference their moving averages
/// where the file has any. Error(Cause::model) listing the missing, the misshapen and the not finite.
Values load_values(const Network& network, const WeightsFile& weights, Purpose purpose);

/// The configuration that a weights file carries; Error(Cause::model) when it cannot be read.
Config weights_config(const WeightsFile& weights);

/// Copies on `device`, convolutions channels-last.
Values to_device(const Values& values, const torch::Device& device);

/// "cpu", "cuda" or "cuda:N"; Error(Cause::configuration) when this machine or this LibTorch has no such
/// device.
torch::Device parse_device(const std::string& name);

}  // namespace figurant::mask_rcnn
