// JSON as the framework reads it from its own run folder.

#include "pipeline/json_reader.h"

#include "tests/fuzz/fuzz.h"

using namespace figurant;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (const auto value = pipeline::parse_json(fuzz::text_of(data, size))) pipeline::parameter_value(*value);
    return 0;
}
