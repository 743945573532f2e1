// What is written about stages and graphs, held against what they declare.

#include <doctest/doctest.h>

#include "base/file_writer.h"
#include "pipeline/graph_file.h"
#include "pipeline/reference.h"

using namespace figurant;

namespace {

const pipeline::GraphLibrary library{{"graphs"}};

}  // namespace

TEST_CASE("the reference pages are those of today's declarations") {
    const std::string remedy =
        "make it again: build/figurant stages --markdown > docs/reference/stages.md, and graphs likewise";
    CHECK_MESSAGE(
        read_file("docs/reference/stages.md") == pipeline::stages_markdown(pipeline::Registry::global()),
        remedy);
    const auto graphs = library.all();
    CHECK_MESSAGE(read_file("docs/reference/graphs.md") == pipeline::graphs_markdown(graphs), remedy);
}

TEST_CASE("the example of a graph that uses a shipped one as a stage passes the check") {
    CHECK_NOTHROW(pipeline::check_graph("tests/stages/graph_examples/overlay.toml", {}, {}, library));
}
