// pipeline.config in protobuf's text format.

#include "data_formats/pipeline_config/pipeline_config.h"

#include "tests/fuzz/fuzz.h"

using namespace figurant;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::may_refuse([&] { data_formats::parse_pipeline_config(fuzz::text_of(data, size), "fuzz"); });
    return 0;
}
