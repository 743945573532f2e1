// Frozen graphs: listed, every constant read, names looked up.

#include "data_formats/frozen_graph/frozen_graph.h"

#include "tests/fuzz/fuzz.h"

using namespace figurant;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::may_refuse([&] {
        const auto graph = data_formats::parse_frozen_graph(std::string(fuzz::text_of(data, size)), "fuzz");
        for (std::size_t i = 0; i < graph->tensors().size(); ++i) {
            graph->find(graph->tensors()[i].name);
            fuzz::may_refuse([&] { graph->read(i); });
        }
        graph->find("loop");
    });
    return 0;
}
