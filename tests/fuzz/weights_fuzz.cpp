// Weights files of our own. Their checksum keeps what is damaged from HDF5.

#include "data_formats/weights/weights.h"

#include <span>

#include "tests/fuzz/fuzz.h"

using namespace figurant;

/// HDF5 asks for as many bytes as the head of a block claims, before it finds that the file is shorter. Where
/// a file's own checksum is right, that is for the system to refuse, as it does outside of the sanitizer.
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }
/// When it is refused, HDF5 forgets 56 bytes of its own.
extern "C" const char* __lsan_default_suppressions() { return "leak:libhdf5"; }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::may_refuse([&] { data_formats::parse_weights(std::as_bytes(std::span(data, size)), "fuzz"); });
    return 0;
}
