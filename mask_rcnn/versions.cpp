#include "mask_rcnn/versions.h"

#include <torch/torch.h>

namespace figurant::mask_rcnn {

std::string devices_found() {
    std::string devices = "cpu";
    if (torch::cuda::is_available())
        for (std::size_t i = 0; i < torch::cuda::device_count(); ++i)
            devices += ", cuda:" + std::to_string(i);
    return devices;
}

}  // namespace figurant::mask_rcnn
