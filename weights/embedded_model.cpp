#include "weights/embedded_model.h"

// The assembler takes the file as it is; a C array of it would take the compiler minutes.
asm(".section .rodata\n"
    ".balign 64\n"
    ".global figurant_embedded_model_begin\n"
    "figurant_embedded_model_begin:\n"
    ".incbin \"" FIGURANT_EMBEDDED_MODEL
    "\"\n"
    ".global figurant_embedded_model_end\n"
    "figurant_embedded_model_end:\n"
    ".byte 0\n"
    ".previous\n");

extern "C" {
extern const std::byte figurant_embedded_model_begin[];
extern const std::byte figurant_embedded_model_end[];
}

namespace figurant {

std::span<const std::byte> embedded_model() {
    return {figurant_embedded_model_begin, figurant_embedded_model_end};
}

}  // namespace figurant
