#pragma once
// A whole run for one item of a for_each_graph stage. Internal to the framework.

#include "pipeline/scheduler.h"

namespace figurant::pipeline {

/// Bytes that each sub-run gets of the credits around it: a share that does not depend on what else is in
/// flight, so that neither do its results.
std::size_t sub_run_memory(std::size_t credits, std::int64_t concurrency);

/// Fills ${item.NAME} from the item, plans, runs, and puts out a SubRun. An Error when the sub-run does not
/// end with exit code 0.
void run_sub_graph(Scheduler& around, const PlannedStage& stage, std::size_t memory, const Inputs& in,
                   Outputs& out, Context& context);

}  // namespace figurant::pipeline
