#include <doctest/doctest.h>

#include <filesystem>

#include "pipeline/graph_file.h"
#include "pipeline/graph_schema.h"
#include "pipeline/registry.h"
#include "tests/pipeline/json_schema.h"

using namespace figurant;
using namespace figurant::pipeline;

TEST_CASE("every shipped graph passes the check, and says what it is") {
    const GraphLibrary library{{"graphs"}};
    const auto graphs = library.all();
    CHECK(!graphs.empty());
    for (const auto& graph : graphs) {
        CAPTURE(graph.name);
        CHECK_NOTHROW(check_graph(graph.file, {}, {}, library));
        CHECK(!graph.title.empty());
        for (const auto& parameter : graph.parameters) {
            CAPTURE(parameter.name);
            CHECK(!parameter.sentence.empty());
        }
    }
}

TEST_CASE("every stage, port and parameter has its sentence") {
    for (const auto* type : Registry::global().all()) {
        CAPTURE(type->name);
        CHECK(!type->sentence.empty());
        for (const auto& port : type->inputs) CHECK(!port.sentence.empty());
        for (const auto& port : type->outputs) CHECK(!port.sentence.empty());
        for (const auto& parameter : type->parameters) {
            CAPTURE(parameter.name);
            CHECK(!parameter.sentence.empty());
        }
    }
}

TEST_CASE("every shipped graph passes the schema that editors check by") {
    const GraphLibrary library{{"graphs"}};
    const auto graphs = library.all();
    const auto text = graph_schema(Registry::global(), graphs);
    const auto schema = test::JsonReader(text).read();
    CHECK_NOTHROW(test::check_references(schema, schema));
    for (const auto& graph : graphs) {
        CAPTURE(graph.name);
        CHECK(test::SchemaCheck(schema)(read_toml(graph.file)) == "");
        CHECK(schema.at("definitions").find("graph_" + graph.name));
    }
    for (const auto* type : Registry::global().all())
        CHECK(schema.at("definitions").find("stage_" + type->name));
}
