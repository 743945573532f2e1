#pragma once
// Which LibTorch this is, and which devices it finds.

#include <string>

namespace figurant::mask_rcnn {

/// "LibTorch 1.13.1".
std::string libtorch_version();

/// "cpu, cuda:0, cuda:1": what --device takes here.
std::string devices_found();

}  // namespace figurant::mask_rcnn
