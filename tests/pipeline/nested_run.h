#pragma once
// A run of real files whose stage for_each_graph runs a whole graph for each item: for tests that kill it.
//
// Three names, each with a sub-run of three inputs in a folder of its own; a sink writes a file of each, a
// finish stage of the sub-run one of them all, and one of the outer run a file over all sub-runs.

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "pipeline/run.h"

namespace figurant::pipeline::test {

struct NestedRun {
    std::filesystem::path folder;  ///< of the graph files; the results are in folder / "out"
    std::filesystem::path opened;  ///< a list of the inputs opened, the sub-runs' as "a/x"; empty: none
    std::vector<std::string> names{"a", "b", "c"};
    std::string failing;       ///< an input, "b/y", that cannot be read; empty: none
    std::string mark = "one";  ///< a parameter of the sub-runs that decides their results
    RunOptions options;

    NestedRun();
    std::filesystem::path output() const { return folder / "out"; }
    RunReport run() const;
};

}  // namespace figurant::pipeline::test
