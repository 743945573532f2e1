// Dataset files: the bytes as a file; and as a file whose hashes are right but whose columns hold anything.

#include "data_formats/dataset/dataset_file.h"

#include "tests/data_formats/dataset_columns.h"
#include "tests/fuzz/fuzz.h"

using namespace figurant;
using namespace figurant::data_formats;

namespace {

void read_all(const DatasetFile& file) {
    for (std::size_t i = 0; i < file.size(); ++i) fuzz::may_refuse([&] { file.read(i); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    fuzz::may_refuse([&] { read_all(DatasetFile(memory_source(text), "fuzz")); });
    const std::string made = test::dataset_with_columns(text);
    fuzz::may_refuse([&] { read_all(DatasetFile(memory_source(made), "fuzz")); });
    return 0;
}
