#include <torch/version.h>

#include "mask_rcnn/versions.h"

namespace figurant::mask_rcnn {

std::string libtorch_version() {
    return "LibTorch " + std::to_string(TORCH_VERSION_MAJOR) + "." + std::to_string(TORCH_VERSION_MINOR) +
           "." + std::to_string(TORCH_VERSION_PATCH);
}

}  // namespace figurant::mask_rcnn
