#pragma once
// bfloat16: the upper 16 bits of a float32.

#include <bit>
#include <cstdint>

namespace figurant::mask_rcnn {

/// The nearest one, ties to even; what is not a number stays so. Inlined, as loops are compiled once for each
/// width of the processor's registers.
__attribute__((always_inline)) inline std::uint32_t bfloat16_bits(float number) {
    const auto bits = std::bit_cast<std::uint32_t>(number);
    const std::uint32_t nearest = (bits + 0x7fffU + (bits >> 16 & 1U)) >> 16;
    return (bits & 0x7fffffffU) > 0x7f800000U ? bits >> 16 | 0x40U : nearest;
}

__attribute__((always_inline)) inline float of_bfloat16(std::uint32_t bits) {
    return std::bit_cast<float>(bits << 16);
}

}  // namespace figurant::mask_rcnn
