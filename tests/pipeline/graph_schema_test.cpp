// The JSON Schema of graph files against every graph there is: sound ones pass, broken ones are refused but
// for those that only the whole graph can tell.

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "pipeline/graph_schema.h"
#include "pipeline/reserved_names.h"
#include "tests/pipeline/graph_test_folder.h"
#include "tests/pipeline/graph_test_stages.h"
#include "tests/pipeline/json_schema.h"

using namespace figurant;
using namespace figurant::pipeline;
using namespace figurant::pipeline::test;
namespace fs = std::filesystem;

namespace {

/// Broken graphs that the schema lets pass: names of stages, ports, parameters and files, what items are and
/// where they meet can be told only by who has the whole graph.
const std::set<std::string> only_the_check_refuses = {"cycle",
                                                      "cycle_of_one",
                                                      "default_does_not_fit",
                                                      "default_none_of_the_choices",
                                                      "for_each_parameters",
                                                      "gather_across_regroup",
                                                      "graph_broken_inside",
                                                      "graph_file_without_ending",
                                                      "graph_parameters",
                                                      "graph_ports",
                                                      "graph_unused",
                                                      "graph_uses_itself",
                                                      "graph_without_outputs",
                                                      "group_closed_before",
                                                      "group_is_no_expand",
                                                      "group_not_around",
                                                      "groups_not_related",
                                                      "items_without_values",
                                                      "list_in_text",
                                                      "port_types_differ",
                                                      "regroup_meets_source",
                                                      "set_on_the_command_line",
                                                      "sink_gives_nothing",
                                                      "too_many_groups",
                                                      "two_sources",
                                                      "type_of_a_parameter",
                                                      "unknown_output_port",
                                                      "unknown_source",
                                                      "unused_parameter",
                                                      "unused_stage",
                                                      "which_output_port"};

Json schema_of_tests() {
    link_graph_test_stages();
    const auto header = read_graph_header("tests/error_gallery/parts/sums.toml");
    return JsonReader(graph_schema(Registry::global(), std::vector{header})).read();
}

std::string refusal(const Json& schema, const fs::path& file) { return SchemaCheck(schema)(read_toml(file)); }

std::string refusal_of(const Json& schema, const std::string& text) {
    const GraphFolder folder("schema");
    return refusal(schema, folder.add("graph.toml", text));
}

const std::string sound = R"(
[params.maps]
type = "path"
many = true
[params.factor]
type = "int"
default = 3
range = [0, inf]
[stages.maps]
type = "read_numbers"
paths = ["${maps}", "more"]
[stages.doubled]
type = "double_number"
from = { number = "maps.number" }
times = "${factor}"
mode = "thorough"
execution = { concurrency = 2, on_error = "retry" }
[stages.inner]
type = "graph"
file = "sums.toml"
maps = "x"
[stages.label]
type = "label_number"
from = "doubled"
text = "a ${factor}"
scale = 1
)";

std::string with(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("the schema is JSON, and each of its references leads somewhere") {
    const Json schema = schema_of_tests();
    CHECK_NOTHROW(check_references(schema, schema));
    const auto& stage = schema.at("definitions").at("stage_double_number");
    CHECK(stage.at("description").text == "Multiplies each number.");
    CHECK(stage.at("properties").at("times").at("default").number == 2);
    CHECK(stage.at("properties").at("times").at("description").text ==
          "the factor\n\nint, 0 to 1000, default 2");
}

TEST_CASE("the schema refuses the names that are reserved, and no others") {
    const Json schema = schema_of_tests();
    const auto& names = schema.at("properties").at("params").at("propertyNames").at("not").at("enum").items;
    std::set<std::string> refused;
    for (const auto& name : names) {
        CHECK((is_reserved_on_command_line(name.text) || is_reserved_in_stages(name.text)));
        refused.insert(name.text);
    }
    for (const auto& each : RunArguments::parameters().declarations()) CHECK(refused.contains(each.name));
    for (const auto& each : reserved_in_stages()) CHECK(refused.contains(each));
    CHECK(refused.contains("help"));
}

TEST_CASE("a sound graph passes, and each single slip in it is refused") {
    const Json schema = schema_of_tests();
    CHECK(refusal_of(schema, sound) == "");
    const auto refused = [&](const std::string& from, const std::string& to) {
        const auto why = refusal_of(schema, with(sound, from, to));
        CHECK_MESSAGE(why != "", from, " -> ", to);
        return why;
    };
    CHECK(refused("mode = \"thorough\"", "mode = \"through\"") ==
          ".stages.doubled.mode: is none of the choices");
    CHECK(refused("scale = 1", "scale = 1.5") == ".stages.label.scale: out of range");
    refused("scale = 1", "scale = \"1\"");
    refused("times = \"${factor}\"", "times = \"3${factor}\"");
    refused("times = \"${factor}\"", "tmies = 2");
    refused("text = \"a ${factor}\"", "");
    refused("type = \"double_number\"", "type = \"doubel_number\"");
    refused("from = { number = \"maps.number\" }", "from = { nubmer = \"maps.number\" }");
    refused("from = { number = \"maps.number\" }", "from = 3");
    refused("from = { number = \"maps.number\" }", "");
    refused("from = { number = \"maps.number\" }", "from = \"maps\"\ngroup = \"maps\"");
    refused("concurrency = 2", "concurrency = -2");
    refused("concurrency = 2", "concurency = 2");
    refused("file = \"sums.toml\"", "");
    refused("file = \"sums.toml\"", "file = \"sums.toml\"\nfrom = \"maps\"");
    refused("range = [0, inf]", "range = [0]");
    refused("range = [0, inf]", "choices = [\"a\"]");
    refused("default = 3", "default = \"three\"");
    refused("type = \"int\"", "type = \"integer\"");
    refused("[params.factor]", "[params.memory]");
    refused("[params.factor]", "[params.\"a b\"]");
    refused("[stages.maps]", "[stagse.maps]");
}

TEST_CASE("of the gallery's broken graphs the schema refuses all that their own tables tell") {
    const Json schema = schema_of_tests();
    std::set<std::string> passed;
    std::size_t graphs = 0;
    for (const auto& each : fs::directory_iterator("tests/error_gallery")) {
        if (each.path().extension() != ".toml") continue;
        ++graphs;
        try {
            if (refusal(schema, each.path()).empty()) passed.insert(each.path().stem().string());
        } catch (const GraphError&) {  // no TOML: an editor says so by itself
        }
    }
    CHECK(graphs >= 71);
    for (const auto& name : passed)
        CHECK_MESSAGE(only_the_check_refuses.contains(name), name, ": the schema lets it pass");
    for (const auto& name : only_the_check_refuses)
        CHECK_MESSAGE(passed.contains(name), name, ": the schema refuses it");
    for (const auto& part : fs::directory_iterator("tests/error_gallery/parts"))
        if (part.path().stem() == "sums") CHECK(refusal(schema, part.path()) == "");
}
