#pragma once
// All that a shared library of stages includes of the framework: what stages are made of, their registration,
// and the stamp by which a program knows, before it loads the library, that the two fit together (abi.h).
// Each of the library's source files that includes this header leaves its own stamp.

#include "pipeline/abi.h"
#include "pipeline/registry.h"

namespace figurant::pipeline::detail {
FIGURANT_NOTE(stamp, stamp, FIGURANT_ABI)
}
