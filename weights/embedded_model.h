#pragma once
// The small model inside the program, which is used where no other is named.

#include <cstddef>
#include <span>

namespace figurant {

/// The bytes of weights/embedded.h5, an inference model; weights/README.md says how it was made.
std::span<const std::byte> embedded_model();

}  // namespace figurant
