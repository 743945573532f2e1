// The keypoints of a data folder.

#include "data_formats/data_folder/keypoints.h"

#include "tests/fuzz/fuzz.h"

using namespace figurant;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(fuzz::text_of(data, size));
    fuzz::may_refuse([&] { data_formats::parse_keypoints(text, "fuzz"); });
    return 0;
}
