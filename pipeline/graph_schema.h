#pragma once
// The form of graph files as a JSON Schema (draft 7), made from the declarations: editors complete and check
// by it.

#include <span>
#include <string>

#include "pipeline/graph_file.h"
#include "pipeline/registry.h"

namespace figurant::pipeline {

/// Tables, keys, types, ranges, choices, what is required, and every sentence. What only the whole graph can
/// tell is left to `figurant check`: names of stages and ports, what they give each other, the parameters of
/// graphs inside. Those of the `shipped` graphs are offered, and not demanded: a file beside the graph may
/// have the name of a shipped one.
std::string graph_schema(const Registry& registry, std::span<const GraphHeader> shipped);

}  // namespace figurant::pipeline
