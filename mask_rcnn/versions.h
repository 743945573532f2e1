#pragma once
// Which LibTorch this is, and which devices it finds.

#include <string>

namespace figurant::mask_rcnn {

/// "LibTorch 1.13.1": the one that this was compiled with. Part of figurant_mask_rcnn_config: LibTorch is not
/// loaded to tell.
std::string libtorch_version();

/// "cpu, cuda:0, cuda:1": what --device takes here.
std::string devices_found();

}  // namespace figurant::mask_rcnn
