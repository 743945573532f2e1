#include <doctest/doctest.h>

#include <regex>

#include "tests/pipeline/graph_test_folder.h"
#include "tests/pipeline/graph_test_stages.h"

using namespace figurant;
using namespace figurant::pipeline;
using namespace figurant::pipeline::test;

namespace {

Plan sample() {
    const GraphFolder folder("drawing");
    return check_graph(folder.add("graph.toml", R"(
title = "Sums & <halves>"
[stages.maps]
type = "read_numbers"
paths = "a"
[stages.parts]
type = "split_number"
from = "maps"
[stages.halved]
type = "halve_number"
from = "parts"
[stages.both]
type = "add_numbers"
from = { a = "halved.rest", b = "maps" }
[stages.sum]
type = "sum_numbers"
from = "both"
group = "parts"
[stages.write]
type = "write_numbers"
from = "sum"
folder = "out"
)"),
                       {}, {}, {});
}

std::size_t count(const std::string& text, const std::string& what) {
    std::size_t n = 0;
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at) ++n;
    return n;
}

}  // namespace

TEST_CASE("the text drawing has every stage with its ports, groups indented") {
    CHECK(draw(sample(), Drawing::text) == R"(Sums & <halves>

maps  read_numbers (source)
    -> number
┌ for each part of parts
│ parts  split_number (expand)
│     number <- maps
│     -> part: number
│ halved  halve_number (map)
│     number <- parts
│     -> half: number
│     -> rest: number
│ both  add_numbers (map)
│     a: number <- halved.rest
│     b: number <- maps
│     -> number
└
sum  sum_numbers (gather of parts)
    part: number <- both
    -> sum: number
write  write_numbers (sink)
    number <- sum
)");
}

TEST_CASE("the mermaid drawing has a node a stage, a subgraph a group, a line a port") {
    CHECK(draw(sample(), Drawing::mermaid) == R"(flowchart TD
    s0(["<b>maps</b><br>read_numbers"])
    subgraph g1["for each part of parts"]
        s1[/"<b>parts</b><br>split_number"\]
        s2["<b>halved</b><br>halve_number"]
        s3["<b>both</b><br>add_numbers"]
    end
    s4[\"<b>sum</b><br>sum_numbers"/]
    s5[("<b>write</b><br>write_numbers")]
    s0 -->|"number"| s1
    s1 -->|"number"| s2
    s2 -->|"rest: number"| s3
    s0 -->|"number"| s3
    s3 -->|"number"| s4
    s4 -->|"number"| s5
)");
}

TEST_CASE("the dot drawing has a cluster a group") {
    CHECK(draw(sample(), Drawing::dot) == R"(digraph figurant {
    node [fontname="sans-serif", fontsize=11];
    edge [fontname="sans-serif", fontsize=9];
    s0 [shape=oval, label="maps\nread_numbers"];
    subgraph cluster_1 {
        label="for each part of parts";
        style=rounded;
        s1 [shape=trapezium, label="parts\nsplit_number"];
        s2 [shape=box, label="halved\nhalve_number"];
        s3 [shape=box, label="both\nadd_numbers"];
    }
    s4 [shape=invtrapezium, label="sum\nsum_numbers"];
    s5 [shape=cylinder, label="write\nwrite_numbers"];
    s0 -> s1 [label="number"];
    s1 -> s2 [label="number"];
    s2 -> s3 [label="rest: number"];
    s0 -> s3 [label="number"];
    s3 -> s4 [label="number"];
    s4 -> s5 [label="number"];
}
)");
}

TEST_CASE("the svg drawing is one document with every stage, line and group, none outside the page") {
    const std::string svg = draw(sample(), Drawing::svg);
    CHECK(svg.starts_with("<svg xmlns"));
    CHECK(svg.ends_with("</svg>\n"));
    CHECK(count(svg, "<g><title>") == 6);
    CHECK(count(svg, "marker-end") == 6);
    CHECK(count(svg, "stroke-dasharray") == 1);
    CHECK(svg.find("Sums &amp; &lt;halves&gt;") != std::string::npos);
    std::smatch size;
    REQUIRE(std::regex_search(svg, size, std::regex("width=\"(\\d+)\" height=\"(\\d+)\"")));
    const std::regex box("<rect x=\"(-?\\d+)\" y=\"(-?\\d+)\" width=\"(\\d+)\" height=\"(\\d+)\"");
    for (std::sregex_iterator each(svg.begin(), svg.end(), box), end; each != end; ++each) {
        const auto number = [&](int i) { return std::stoi((*each)[static_cast<std::size_t>(i)]); };
        CHECK(number(1) >= 0);
        CHECK(number(2) >= 0);
        CHECK(number(1) + number(3) <= std::stoi(size[1]));
        CHECK(number(2) + number(4) <= std::stoi(size[2]));
    }
}
