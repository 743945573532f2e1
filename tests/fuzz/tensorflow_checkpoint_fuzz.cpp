// The index of a TensorFlow checkpoint. Checksums would keep the fuzzer out, so the first byte chooses where
// the others go: the whole file, or, under right checksums, a block of data, the index of blocks, the header,
// an entry.

#include "data_formats/tensorflow_checkpoint/tensorflow_checkpoint.h"

#include "tests/fuzz/fuzz.h"
#include "tests/tensorflow_files/tensorflow_files.h"

using namespace figurant;

namespace {

std::string file_of(char choice, std::string_view rest) {
    switch (choice % 5) {
        case 0:
            return std::string(rest);
        case 1:
            return tests::table_around(rest);
        case 2:
            return tests::table_with_index(rest);
        case 3:
            return tests::table({{"", std::string(rest)}});
        default:
            return tests::table({{"", tests::bundle_header(3)}, {"t", std::string(rest)}}, true);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string file = file_of(static_cast<char>(data[0] & 0x7f), fuzz::text_of(data + 1, size - 1));
    fuzz::may_refuse([&] { data_formats::parse_checkpoint_index(file, "fuzz"); });
    return 0;
}
