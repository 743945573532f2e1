#pragma once
// Mask R-CNN, which the program does not link: the commands that compute nothing do without LibTorch.

#include "mask_rcnn/library.h"

namespace figurant::stages {

/// The network's functions. At the first call their library is loaded, and LibTorch with it.
/// Error(Cause::configuration) naming the file when it, or a library that it needs, is missing.
const mask_rcnn::Functions& network();

}  // namespace figurant::stages
