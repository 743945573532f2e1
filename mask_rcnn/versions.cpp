#include "mask_rcnn/versions.h"

#include <torch/torch.h>

namespace figurant::mask_rcnn {

std::string libtorch_version() {
    return "LibTorch " + std::to_string(TORCH_VERSION_MAJOR) + "." + std::to_string(TORCH_VERSION_MINOR) +
           "." + std::to_string(TORCH_VERSION_PATCH);
}

std::string devices_found() {
    std::string devices = "cpu";
    if (torch::cuda::is_available())
        for (std::size_t i = 0; i < torch::cuda::device_count(); ++i)
            devices += ", cuda:" + std::to_string(i);
    return devices;
}

}  // namespace figurant::mask_rcnn
