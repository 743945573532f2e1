#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "pipeline/graph_file.h"
#include "pipeline/graph_schema.h"
#include "pipeline/registry.h"
#include "tests/cli/program_in_process.h"
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

TEST_CASE("every command about graphs takes every shipped graph") {
    setenv("FIGURANT_GRAPHS", "graphs", 1);
    for (const auto& graph : GraphLibrary{{"graphs"}}.all()) {
        CAPTURE(graph.name);
        for (const std::string command : {"check", "show"}) {
            const auto outcome = figurant::test::call({command, graph.name});
            CHECK_MESSAGE(outcome.code == 0, outcome.err);
        }
        CHECK(figurant::test::call({"run", graph.name, "--help"}).code == 0);
        for (const std::string command : {"run", "bench", "tune"}) {
            const auto refused = figurant::test::call({command, graph.name, "--no-such-option"});
            CHECK(refused.code == 2);  // so that nothing is run
            CHECK(!figurant::test::has(refused.err, "has the name of an option"));
        }
    }
    unsetenv("FIGURANT_GRAPHS");
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
    const auto schema = figurant::pipeline::test::JsonReader(text).read();
    CHECK_NOTHROW(figurant::pipeline::test::check_references(schema, schema));
    for (const auto& graph : graphs) {
        CAPTURE(graph.name);
        CHECK(figurant::pipeline::test::SchemaCheck(schema)(read_toml(graph.file)) == "");
        CHECK(schema.at("definitions").find("graph_" + graph.name));
    }
    for (const auto* type : Registry::global().all())
        CHECK(schema.at("definitions").find("stage_" + type->name));
}
