// Weights files of our own. Their checksum keeps what is damaged from HDF5.

#include "data_formats/weights/weights.h"

#include <span>

#include "tests/fuzz/fuzz.h"

using namespace figurant;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::may_refuse([&] { data_formats::parse_weights(std::as_bytes(std::span(data, size)), "fuzz"); });
    return 0;
}
