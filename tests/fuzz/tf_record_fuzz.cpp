// TFRecord: the bytes as a file of records, and as one record's data, which no checksum guards here.

#include "data_formats/tf_record/tf_record.h"

#include "data_formats/dataset/stored_example.h"
#include "data_formats/tf_record/tf_example.h"
#include "tests/fuzz/fuzz.h"

using namespace figurant;
using namespace figurant::data_formats;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    fuzz::may_refuse([&] {
        const auto file = memory_source(text);
        for (const auto& place : index_records(*file, "fuzz").records)
            fuzz::may_refuse([&] { parse_tf_example(read_record(*file, place, "fuzz"), "fuzz"); });
    });
    fuzz::may_refuse([&] {
        // What was taken can be written, and is taken again.
        const auto example = parse_tf_example(text, "fuzz");
        if (example.width * example.height < (1 << 20))
            parse_tf_example(tf_example_bytes(example), "written");
    });
    return 0;
}
