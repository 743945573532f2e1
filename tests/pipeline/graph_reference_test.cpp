#include <doctest/doctest.h>

#include "pipeline/reference.h"
#include "tests/pipeline/graph_test_folder.h"
#include "tests/pipeline/graph_test_stages.h"

using namespace figurant;
using namespace figurant::pipeline;
using namespace figurant::pipeline::test;

TEST_CASE("all that is known of a stage comes from its declarations") {
    CHECK(stage_text(*Registry::global().find("double_number")) == R"(double_number, a map (pipeline)
Multiplies each number.

Takes
  number  number  the number

Gives
  number  number  the product

Parameters
  times  int, 0 to 1000, default 2                    the factor
  mode   one of "plain", "thorough", default "plain"  how

In a graph file
  [stages.double_number]
  type = "double_number"
  from = "…"
)");
}

TEST_CASE("the reference pages hold every stage and graph") {
    const std::string stages = stages_markdown(Registry::global());
    for (const auto* type : Registry::global().all())
        CHECK(stages.find("### `" + type->name + "`") != std::string::npos);
    CHECK(stages.find("| `times` | int, 0 to 1000, default 2 | the factor |") != std::string::npos);
    const auto header = read_graph_header("tests/error_gallery/parts/sums.toml");
    CHECK(graphs_markdown(std::vector{header}) == R"(# Graphs

Made from the graph files by `figurant graphs --markdown`.

## `sums`

Sums of the parts of numbers

| option |  |  |
|---|---|---|
| `--maps` | a list of path, required | what to read |
| `--output` | path, required | the folder for the results |
| `--times` | int, 0 to 100, default 2 | the factor |
)");
}

TEST_CASE("tables keep their columns and wrap the last one") {
    CHECK(table_text({{"a", "one two three four five six seven eight nine"}, {"bbb", "x"}}, "  ", 38) ==
          "  a    one two three four five six\n"
          "       seven eight nine\n"
          "  bbb  x\n");
}

TEST_CASE("a stage type is refused at once when its declaration is wrong") {
    Registry registry;
    StageType type;
    type.name = "odd";
    type.kind = Kind::sink;
    CHECK_THROWS_AS(registry.add(type), Error);  // a sink without an input
    type.inputs = {{"item", "", nullptr}};
    registry.add(type);
    CHECK_THROWS_AS(registry.add(type), Error);  // twice
    type.name = "reserved";
    ParameterDeclaration declaration;
    declaration.name = "from";
    type.parameters = {declaration};
    CHECK_THROWS_AS(registry.add(type), Error);
    CHECK(registry.find("odd") != nullptr);
    CHECK(registry.find("reserved") == nullptr);
}
