#include <doctest/doctest.h>

#include "tests/pipeline/graph_test_folder.h"
#include "tests/pipeline/graph_test_stages.h"

using namespace figurant;
using namespace figurant::pipeline;
using namespace figurant::pipeline::test;

namespace {

using Scope = std::vector<std::size_t>;

Plan checked(const std::string& stages) {
    const GraphFolder folder("scopes");
    return check_graph(
        folder.add("graph.toml", "[stages.maps]\ntype = \"read_numbers\"\npaths = \"a\"\n" + stages), {}, {},
        {});
}

std::string stage(const std::string& name, const std::string& type, const std::string& from,
                  const std::string& more = "") {
    const std::string source = from.front() == '{' ? from : "\"" + from + "\"";
    return "[stages." + name + "]\ntype = \"" + type + "\"\nfrom = " + source + "\n" + more + "\n";
}

}  // namespace

TEST_CASE("an expand opens a group around its items, a gather's result is outside of it") {
    const Plan plan = checked(
        stage("parts", "split_number", "maps") + stage("doubled", "double_number", "parts") +
        stage("sum", "sum_numbers", "doubled", "group = \"parts\"") + stage("total", "total_numbers", "sum"));
    CHECK(stage_of(plan, "maps").scope == Scope{});
    CHECK(stage_of(plan, "parts").scope == Scope{1});
    CHECK(stage_of(plan, "doubled").scope == Scope{1});
    CHECK(stage_of(plan, "sum").scope == Scope{});
    CHECK(stage_of(plan, "total").scope == Scope{});
}

TEST_CASE("outer items meet inner ones, in the inner scope") {
    const Plan plan =
        checked(stage("parts", "split_number", "maps") + stage("crumbs", "split_number", "parts") +
                stage("both", "add_numbers", "{ a = \"maps\", b = \"crumbs\" }") +
                stage("again", "add_numbers", "{ a = \"both\", b = \"parts\" }") +
                stage("total", "total_numbers", "again"));
    CHECK(stage_of(plan, "both").scope == Scope{1, 2});
    CHECK(stage_of(plan, "again").scope == Scope{1, 2});
    CHECK(stage_of(plan, "total").scope == Scope{1, 2});  // a finish may take items of an open group
}

TEST_CASE("a gather of an outer group closes those inside it too") {
    const Plan plan = checked(
        stage("parts", "split_number", "maps") + stage("crumbs", "split_number", "parts") +
        stage("sum", "sum_numbers", "crumbs", "group = \"parts\"") + stage("total", "total_numbers", "sum"));
    CHECK(stage_of(plan, "sum").scope == Scope{});
}

TEST_CASE("a gather's result meets the items of its own group again") {
    const Plan plan = checked(stage("parts", "split_number", "maps") +
                              stage("sum", "sum_numbers", "parts", "group = \"parts\"") +
                              stage("share", "add_numbers", "{ a = \"sum\", b = \"parts\" }") +
                              stage("total", "total_numbers", "share"));
    CHECK(stage_of(plan, "share").scope == Scope{1});
}

TEST_CASE("behind a regroup all groups are gone, and new ones may be opened") {
    const Plan plan = checked(
        stage("parts", "split_number", "maps") + stage("batches", "batch_numbers", "parts") +
        stage("doubled", "double_number", "batches") + stage("crumbs", "split_number", "doubled") +
        stage("sum", "sum_numbers", "crumbs", "group = \"crumbs\"") + stage("total", "total_numbers", "sum"));
    CHECK(stage_of(plan, "parts").regroup == std::nullopt);
    CHECK(stage_of(plan, "batches").scope == Scope{});
    CHECK(stage_of(plan, "batches").regroup == 2);
    CHECK(stage_of(plan, "crumbs").scope == Scope{4});
    CHECK(stage_of(plan, "crumbs").regroup == 2);
    CHECK(stage_of(plan, "total").regroup == 2);
}

TEST_CASE("stages may stand in any order in the file, and keep it in the plan") {
    const Plan plan = checked(stage("total", "total_numbers", "sum") +
                              stage("sum", "sum_numbers", "parts", "group = \"parts\"") +
                              stage("parts", "split_number", "maps"));
    CHECK(names_of(plan) == std::vector<std::string>{"maps", "total", "sum", "parts"});
    CHECK(stage_of(plan, "parts").scope == Scope{3});
    CHECK(stage_of(plan, "sum").group == 3);
}
