// CSV tables.

#include "data_formats/csv/csv.h"

#include "tests/fuzz/fuzz.h"

using namespace figurant;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::may_refuse([&] { data_formats::parse_csv(fuzz::text_of(data, size), "fuzz"); });
    return 0;
}
