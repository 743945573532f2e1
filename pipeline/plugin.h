#pragma once
// All that a shared library of stages includes of the framework: what stages are made of, their registration,
// and the stamp by which a program knows, before it loads the library, that the two fit together (abi.h).
// Each of the library's source files that includes this header leaves its own stamp.

#include <algorithm>
#include <cstdint>

#include "pipeline/abi.h"
#include "pipeline/registry.h"

namespace figurant::pipeline::detail {

/// The stamp as an ELF note, in the section of its kind.
struct AbiNote {
    std::uint32_t name_bytes, text_bytes, type;
    char name[12];
    char text[(sizeof(FIGURANT_ABI) - 1 + 3) / 4 * 4];  // padded as notes are
};

consteval AbiNote abi_note() {
    AbiNote note{9, sizeof(FIGURANT_ABI) - 1, 1, "figurant", {}};
    std::copy_n(FIGURANT_ABI, sizeof(FIGURANT_ABI) - 1, note.text);
    return note;
}

namespace {
[[gnu::used, gnu::section(".note.figurant")]] alignas(4) const AbiNote stamp = abi_note();
}

}  // namespace figurant::pipeline::detail
