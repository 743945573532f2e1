#pragma once
// Which inputs a run takes, and their places in it: those of an earlier run stay where they were, so that
// what was made of them still fits. Internal to the framework.

#include <string>
#include <vector>

#include "pipeline/run_record.h"

namespace figurant::pipeline {

enum class Standing : std::uint8_t {
    to_do,
    done,   ///< by the run that this one resumes
    later,  ///< of this run, but left for another time (only_failed)
    absent  ///< not of this run; its place is kept free
};

struct RunInput {
    InputReference reference;
    Standing standing = Standing::to_do;
    bool partial = false;  ///< done, in part
    Records records = {};  ///< done: what was told of it then
};

struct EarlierRuns {
    const EarlierRun* own = nullptr;       ///< the one that is resumed
    const EarlierRun* replayed = nullptr;  ///< the one whose failed inputs are run
    bool in_place = false;                 ///< both are the same
};

/// The inputs by place. What the source lists now keeps the place that it had, added inputs come after; those
/// of a graph with a regroup are all to do unless the run was complete, as what a regroup makes depends on
/// all inputs before. `added` gets the names of the added ones, `problems` those that vanished or changed:
/// inputs that are not done and had failed may change.
std::vector<RunInput> place_inputs(std::vector<InputReference> listed, const EarlierRuns& earlier,
                                   bool regroups, std::vector<std::string>& added,
                                   std::vector<std::string>& problems);

}  // namespace figurant::pipeline
