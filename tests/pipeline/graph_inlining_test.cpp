#include <doctest/doctest.h>

#include <filesystem>

#include "base/file_writer.h"
#include "pipeline/graph_file.h"

using namespace figurant;
using namespace figurant::pipeline;

namespace {

/// A folder of graph files that is gone after the test.
struct GraphFolder {
    std::filesystem::path path;
    explicit GraphFolder(const std::string& name)
        : path(std::filesystem::temp_directory_path() / ("figurant_graphs_" + name)) {
        std::filesystem::remove_all(path);
    }
    ~GraphFolder() { std::filesystem::remove_all(path); }
    std::filesystem::path add(const std::string& name, const std::string& text) const {
        write_file(path / name, text);
        return path / name;
    }
};

ParameterValue text(const std::string& value) { return Scalar(value); }
ParameterValue whole(std::int64_t value) { return Scalar(value); }

const char* const inner = R"(
title = "Parts of numbers"
[params.maps]
type = "path"
many = true
[params.output]
type = "path"
[params.times]
type = "int"
default = 7
[outputs]
sum = "gathered"
part = "parts"
[stages.maps]
type = "read_numbers"
paths = "${maps}"
[stages.parts]
type = "split_number"
from = "maps"
[stages.doubled]
type = "double_number"
from = "parts"
times = "${times}"
[stages.gathered]
type = "sum_numbers"
from = "doubled"
group = "parts"
[stages.write]
type = "write_numbers"
from = "gathered"
folder = "${output}"
)";

const char* const outer = R"(
title = "Sums"
[params.maps]
type = "path"
many = true
[params.output]
type = "path"
[stages.figures]
type = "graph"
file = "inner.toml"
maps = "${maps}"
[stages.write]
type = "write_numbers"
from = "figures.sum"
folder = "${output}/sums"
)";

std::vector<std::string> names_of(const Plan& plan) {
    std::vector<std::string> names;
    for (const auto& stage : plan.stages) names.push_back(stage.name);
    return names;
}

const PlannedStage& stage_of(const Plan& plan, const std::string& name) {
    for (const auto& stage : plan.stages)
        if (stage.name == name) return stage;
    FAIL("no stage " << name);
    return plan.stages.front();
}

const ParameterValues given = {
    {"maps", ParameterValue(std::vector<Scalar>{std::string("a"), std::string("b")})},
    {"output", text("out")}};

}  // namespace

TEST_CASE("a graph used as a stage is inlined under its name, without what its outputs do not need") {
    const GraphFolder folder("inlined");
    folder.add("inner.toml", inner);
    const Plan plan = plan_graph(folder.add("outer.toml", outer), given, {}, {});
    CHECK(names_of(plan) == std::vector<std::string>{"figures.maps", "figures.parts", "figures.doubled",
                                                     "figures.gathered", "write"});
    CHECK(plan.title == "Sums");
    CHECK(plan.output == "out");
    CHECK(stage_of(plan, "figures.maps").values.at("paths").items.size() == 2);
    CHECK(stage_of(plan, "figures.doubled").values.at("times") == whole(7));
    CHECK(stage_of(plan, "write").values.at("folder") == text("out/sums"));
    CHECK(stage_of(plan, "write").values.at("digits").items.size() == 2);
    CHECK(stage_of(plan, "write").inputs.at(0).stage == 3);
}
