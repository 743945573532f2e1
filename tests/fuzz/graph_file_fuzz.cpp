// Graph files: read, and all that can be checked without their stages. Plugins are not loaded, nor other
// graphs read: what a fuzzed file names stays untouched.

#include "pipeline/graph_file.h"

#include "pipeline/graph_document.h"
#include "tests/fuzz/fuzz.h"

using namespace figurant;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::MemoryFile file(fuzz::text_of(data, size));
    fuzz::may_refuse([&] {
        pipeline::Problems problems;
        const auto document = pipeline::read_graph_document(file.path(), problems);
        for (const auto& stage : document.stages) pipeline::wires_of(stage, problems);
    });
    fuzz::may_refuse([&] { pipeline::read_graph_header(file.path()); });
    return 0;
}
