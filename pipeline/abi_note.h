#pragma once
// Notes in an ELF file, which can be read off it before anything in it runs: the stamp of a library of stages
// (abi.h), and the other libraries whose types it hands over to the program, or takes from it.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#define FIGURANT_TEXT_OF(x) #x
#define FIGURANT_TEXT(x) FIGURANT_TEXT_OF(x)

namespace figurant::pipeline::detail {

enum class AbiNoteKind : std::uint32_t { stamp = 1, library = 2 };

template <std::size_t size>
struct AbiNote {
    std::uint32_t name_bytes, text_bytes, kind;
    char name[12];
    char text[(size - 1 + 3) / 4 * 4];  // padded as notes are
};

template <std::size_t size>
consteval AbiNote<size> abi_note(AbiNoteKind kind, const char (&text)[size]) {
    AbiNote<size> note{9, size - 1, static_cast<std::uint32_t>(kind), "figurant", {}};
    std::copy_n(text, size - 1, note.text);
    return note;
}

}  // namespace figurant::pipeline::detail

// Clang's AddressSanitizer would put bytes between the notes.
#if defined(__clang__)
#define FIGURANT_NOTE_ALONE [[clang::no_sanitize("address")]]
#else
#define FIGURANT_NOTE_ALONE
#endif

/// At namespace scope, once for each NAME in a source file.
#define FIGURANT_NOTE(NAME, KIND, TEXT)                                                                 \
    namespace {                                                                                         \
    [[gnu::used, gnu::section(".note.figurant")]] FIGURANT_NOTE_ALONE alignas(4) const                  \
        auto NAME = figurant::pipeline::detail::abi_note(figurant::pipeline::detail::AbiNoteKind::KIND, \
                                                         TEXT);                                         \
    }
