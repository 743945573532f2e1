#pragma once
// What a graph has that can be tuned, and how the settings that were found are written down.

#include <string>
#include <vector>

#include "cli/measuring.h"

namespace figurant::cli {

/// One thing to vary.
struct Axis {
    Sweep sweep;            ///< key and values
    std::size_t usual = 0;  ///< the value that holds without a setting
    bool changes_results = false;
};

/// Of a graph that ran once: the parameters whose declarations say that they are worth trying; of the stages
/// that took a share of the time, how many calls at once, and how many items a call where it can take
/// several.
std::vector<Axis> axes_of(const MeasuredGraph& measured, const pipeline::Plan& plan,
                          const pipeline::RunReport& report);

/// An axis for a key that the user wants varied; the first value is where the search begins.
Axis axis_of(Sweep sweep, const pipeline::Plan& plan);

/// What of a setting is not as usual.
Setting changes_of(const std::vector<Axis>& axes, const std::vector<std::size_t>& point);

/// The changes as words for the command line, and as lines for the graph file.
std::string settings_to_paste(const MeasuredGraph& measured, const Setting& changes);

}  // namespace figurant::cli
