#include "stages/detect/network.h"

#include "base/loaded_library.h"

namespace figurant::stages {

const mask_rcnn::Functions& network() {
    static const auto& functions = loaded_functions<mask_rcnn::Functions>("figurant_mask_rcnn");
    return functions;
}

}  // namespace figurant::stages
