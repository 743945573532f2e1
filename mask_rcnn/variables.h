#pragma once
// What the network's variables are called in files, and their shapes there. No LibTorch header is needed.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mask_rcnn/config.h"

namespace figurant::mask_rcnn {

/// What a variable's name is followed by in the name of its moving average over training, as TensorFlow does.
constexpr std::string_view moving_average_suffix = "/ExponentialMovingAverage";

/// A variable as files hold it: float32, convolutions [height, width, in, out], dense layers [in, out].
struct FileVariable {
    std::string name;
    std::vector<std::int64_t> shape;
    bool extractor = false;  ///< of one of the two feature extractors
};

/// All variables of the network that `config` describes.
std::vector<FileVariable> file_variables(const NetworkConfig& config);

}  // namespace figurant::mask_rcnn
