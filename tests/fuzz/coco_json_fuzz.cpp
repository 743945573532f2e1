// COCO JSON: ground truth, and results.

#include "data_formats/coco_json/coco_json.h"

#include "tests/fuzz/fuzz.h"

using namespace figurant;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    fuzz::may_refuse([&] { data_formats::parse_coco_truth(text, "fuzz"); });
    fuzz::may_refuse([&] { data_formats::parse_coco_results(text, "fuzz"); });
    return 0;
}
