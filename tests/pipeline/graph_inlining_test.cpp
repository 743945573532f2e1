#include <doctest/doctest.h>

#include "tests/pipeline/graph_test_folder.h"
#include "tests/pipeline/graph_test_stages.h"

using namespace figurant;
using namespace figurant::pipeline;
using namespace figurant::pipeline::test;

namespace {

// The graph that others use: tests/error_gallery/parts/sums.toml, sums of the parts of numbers.
const std::string sums = read_file("tests/error_gallery/parts/sums.toml");

const char* const outer = R"(
title = "Sums"
[params.maps]
type = "path"
many = true
[params.output]
type = "path"
[stages.figures]
type = "graph"
file = "sums.toml"
maps = "${maps}"
[stages.write]
type = "write_numbers"
from = "figures.sum"
folder = "${output}/sums"
)";

const ParameterValues given = {{"maps", texts_value({"a", "b"})}, {"output", text_value("out")}};

Plan planned(const std::filesystem::path& file, const std::vector<Override>& overrides = {},
             const ParameterValues& values = given) {
    return plan_graph(file, values, overrides, {});
}

}  // namespace

TEST_CASE("a graph used as a stage is inlined under its name, without what its outputs do not need") {
    const GraphFolder folder("inlined");
    folder.add("sums.toml", sums);
    const Plan plan = planned(folder.add("outer.toml", outer));
    CHECK(names_of(plan) == std::vector<std::string>{"figures.maps", "figures.parts", "figures.scaled",
                                                     "figures.sum", "write"});
    CHECK(plan.title == "Sums");
    CHECK(plan.output == "out");
    CHECK(stage_of(plan, "figures.maps").values.at("paths") == texts_value({"a", "b"}));
    CHECK(stage_of(plan, "figures.maps").values.at("first") == int_value(1));    // a default of the stage
    CHECK(stage_of(plan, "figures.scaled").values.at("times") == int_value(2));  // a default of the graph
    CHECK(stage_of(plan, "write").values.at("folder") == text_value("out/sums"));
    CHECK(stage_of(plan, "write").inputs.at(0).stage == 3);
    CHECK(stage_of(plan, "figures.sum").group == 1);
}

TEST_CASE("only what the used outputs need is kept") {
    const GraphFolder folder("pruned");
    folder.add("sums.toml", sums);
    std::string text = outer;
    text.replace(text.find("figures.sum"), 11, "figures.map");
    CHECK(names_of(planned(folder.add("outer.toml", text))) ==
          std::vector<std::string>{"figures.maps", "write"});
}

TEST_CASE("graphs are inlined to any depth, each use with parameters of its own") {
    const GraphFolder folder("deep");
    folder.add("sums.toml", sums);
    folder.add("middle.toml", R"(
[params.factor]
type = "int"
[outputs]
total = "inner.sum"
[stages.inner]
type = "graph"
file = "sums"
maps = ["m"]
times = "${factor}"
)");
    const Plan plan = planned(folder.add("outer.toml", R"(
[stages.a]
type = "graph"
file = "middle.toml"
factor = 5
[stages.total]
type = "total_numbers"
from = "a.total"
)"),
                              {}, {});
    CHECK(names_of(plan) == std::vector<std::string>{"a.inner.maps", "a.inner.parts", "a.inner.scaled",
                                                     "a.inner.sum", "total"});
    CHECK(stage_of(plan, "a.inner.scaled").values.at("times") == int_value(5));
}

TEST_CASE("a gather may close a group that an inlined graph opens") {
    const GraphFolder folder("open_group");
    std::string open = sums;
    open.replace(open.find("sum = \"sum\""), 11, "sum = \"scaled\"");
    folder.add("sums.toml", open);
    const Plan plan = planned(folder.add("outer.toml", R"(
[stages.figures]
type = "graph"
file = "sums.toml"
maps = "a"
[stages.gathered]
type = "sum_numbers"
from = "figures.sum"
group = "figures.parts"
[stages.total]
type = "total_numbers"
from = "gathered"
)"),
                              {}, {});
    CHECK(stage_of(plan, "gathered").group == 1);
    CHECK(stage_of(plan, "gathered").scope.empty());
}

TEST_CASE("--set reaches into stages and inlined graphs, as TOML or as bare text") {
    const GraphFolder folder("set");
    folder.add("sums.toml", sums);
    const auto file = folder.add("outer.toml", outer);
    const Plan plan = planned(file, {{"figures.scaled.times=7"},
                                     {"figures.scaled.mode=thorough"},
                                     {"figures.maps.paths=[\"x\", \"${maps}\"]"},
                                     {"write.folder=007"},
                                     {"write.execution.concurrency=1"},
                                     {"figures.scaled.execution.on_error=\"skip_item\""}});
    CHECK(stage_of(plan, "figures.scaled").values.at("times") == int_value(7));
    CHECK(stage_of(plan, "figures.scaled").values.at("mode") == text_value("thorough"));
    CHECK(stage_of(plan, "figures.maps").values.at("paths") == texts_value({"x", "a", "b"}));
    CHECK(stage_of(plan, "write").values.at("folder") == text_value("007"));
    CHECK(stage_of(plan, "write").execution.concurrency == 1);
    CHECK(stage_of(plan, "figures.scaled").execution.policy() == OnError::skip_item);
    // A parameter of the inlined graph itself.
    CHECK(stage_of(planned(file, {{"figures.times=9"}}), "figures.scaled").values.at("times") ==
          int_value(9));
}

TEST_CASE("required parameters have to be given to run, not to check") {
    const GraphFolder folder("required");
    folder.add("sums.toml", sums);
    const auto file = folder.add("outer.toml", outer);
    const std::string place = file.string();
    CHECK(messages_of([&] { planned(file, {}, {}); }) ==
          place + ":3:9: error: the parameter \"maps\" is not given; add --maps\n" + place +
              ":6:9: error: the parameter \"output\" is not given; add --output");
    const Plan plan = check_graph(file, {}, {}, {});
    CHECK(plan.stages.size() == 5);
    CHECK(!stage_of(plan, "write").values.contains("folder"));
    CHECK(messages_of([&] {
              planned(file, {}, {{"maps", int_value(1)}, {"outptu", text_value("x")}});
          }) == place +
                    ":6:9: error: the parameter \"output\" is not given; add --output\n"
                    "--outptu: error: the graph has no parameter \"outptu\"; did you mean \"output\"?\n"
                    "--maps: error: \"maps\" takes a list of path; found an int, 1");
}

TEST_CASE("a sub-run's parameters are kept with the item's places open") {
    const GraphFolder folder("for_each");
    folder.add("sums.toml", sums);
    const Plan plan = planned(folder.add("outer.toml", R"(
[params.output]
type = "path"
[stages.numbers]
type = "read_numbers"
paths = "a"
[stages.runs]
type = "for_each_graph"
file = "sums.toml"
from = "numbers"
maps = ["${item.value}"]
output = "${output}/${item.value}"
)"),
                              {}, {{"output", text_value("out")}});
    const auto& sub = stage_of(plan, "runs").sub_graph;
    REQUIRE(sub);
    CHECK(sub->file == folder.path / "sums.toml");
    CHECK(sub->parameters.at("output") == text_value("out/${item.value}"));
    CHECK(sub->parameters.at("maps") == texts_value({"${item.value}"}));
    CHECK(!sub->parameters.contains("times"));
}

TEST_CASE("graphs are found beside the file, then in the library, with or without .toml") {
    const GraphFolder shipped("library"), own("own");
    shipped.add("sums.toml", sums);
    const GraphLibrary library{{shipped.path}};
    const auto file = own.add("outer.toml", outer);
    CHECK(plan_graph(file, given, {}, library).stages.size() == 5);
    CHECK(library.find("sums") == shipped.path / "sums.toml");
    CHECK(library.find(file.string()) == file);
    CHECK(library.all().size() == 1);
    CHECK(library.all()[0].title == "Sums of the parts of numbers");
    CHECK(messages_of([&] { library.find("smus"); }) == "there is no graph \"smus\"; did you mean \"sums\"?");
    // Beside the file comes first.
    std::string other = sums;
    other.replace(other.find("default = 2"), 11, "default = 3");
    own.add("sums.toml", other);
    CHECK(stage_of(plan_graph(file, given, {}, library), "figures.scaled").values.at("times") ==
          int_value(3));
}

TEST_CASE("the digest changes with what decides the results, and with nothing else") {
    const GraphFolder folder("digest");
    folder.add("sums.toml", sums);
    const auto file = folder.add("outer.toml", outer);
    const std::string digest = planned(file).digest;
    CHECK(digest.size() == 16);
    CHECK(planned(file, {{"figures.scaled.times=3"}}).digest != digest);
    CHECK(planned(file, {{"write.execution.on_error=skip_item"}}).digest != digest);
    CHECK(planned(file, {{"write.execution.concurrency=3"}, {"write.execution.batch=2"}}).digest == digest);
    CHECK(planned(file, {{"figures.scaled.mode=thorough"}}).digest == digest);  // declared neutral
    auto moved = given;
    moved["output"] = text_value("/elsewhere/out");
    CHECK(planned(file, {}, moved).digest == digest);
    moved["maps"] = texts_value({"a"});
    CHECK(planned(file, {}, moved).digest != digest);
}
