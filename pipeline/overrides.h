#pragma once
// `--set figures.tiles.size=2048`: values given on the command line for stages inside a graph.

#include <span>
#include <string>
#include <vector>

#include "pipeline/graph_document.h"

namespace figurant::pipeline {

/// One --set, on its way down to its stage.
struct PendingOverride {
    std::vector<std::string> path;  ///< stage, then stages of inlined graphs, then ("execution" and) the key
    TomlNode value;                 ///< its place is the argument
};

/// Splits the arguments; those that are no `stage.key=value` are problems.
std::vector<PendingOverride> parse_overrides(std::span<const Override> overrides, Problems& problems);

/// Puts the overrides that are for `stage` itself into it (its copy), and returns those for the stages inside
/// it, their paths one step shorter. `inlined` says whether it is a graph.
std::vector<PendingOverride> apply_overrides(const std::vector<PendingOverride>& overrides,
                                             DeclaredStage& stage, bool inlined, Problems& problems);

}  // namespace figurant::pipeline
