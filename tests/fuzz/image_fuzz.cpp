// Pictures of a data folder: images, and masks whose channels are numbers.

#include "data_formats/image/image.h"

#include "tests/fuzz/fuzz.h"

using namespace figurant;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::int64_t most_pixels = 1 << 20;
    const auto bytes = fuzz::text_of(data, size);
    fuzz::may_refuse([&] { data_formats::decode_image(bytes, "fuzz", most_pixels); });
    fuzz::may_refuse([&] { data_formats::decode_label_png(bytes, "fuzz", most_pixels); });
    return 0;
}
