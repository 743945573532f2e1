#pragma once
// What can only be seen with all stages wired: types, cycles, groups; and the plan that comes of it.

#include <string>
#include <vector>

#include "pipeline/graph_resolver.h"

namespace figurant::pipeline {

/// Checks the flat graph and makes its plan's stages: scopes and regroups filled in. Problems are told; the
/// stages are to be used only when there are none. `graph` is the place of the graph as a whole.
std::vector<PlannedStage> checked_stages(const std::vector<FlatStage>& flat, const Place& graph,
                                         const ResolverContext& context);

/// All that decides the results of a plan, stage by stage. Where a text begins with the folder `output`, that
/// is taken out: the folder may be moved.
PlanFacts plan_facts(const std::vector<PlannedStage>& stages, const std::vector<std::string>& sub_digests,
                     const std::string& output);
/// Plan::digest.
std::string facts_digest(const PlanFacts& facts);

/// Checks the graph of a for_each_graph with the parameters that are known before there is an item, and
/// returns its digest.
std::string check_sub_graph(ResolverContext& context, const GraphDocument& document,
                            const ParameterValues& known);

}  // namespace figurant::pipeline
