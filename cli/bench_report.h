#pragma once
// What measured runs say: median and spread, throughput, each stage's share, the bottleneck. Pure functions
// of reports.

#include <string>
#include <vector>

#include "cli/measuring.h"

namespace figurant::cli {

/// "12.3 ms", "1.23 s".
std::string seconds_text(double seconds);

/// Seconds of repeated runs.
struct Spread {
    double median = 0, least = 0, most = 0;
    /// (most - least) / median.
    double relative() const;
};
/// Of at least one number; the median of an even count is the mean of the two in the middle.
Spread spread_of(std::vector<double> seconds);
Spread spread_of(const Trial& trial);

/// The run whose time is nearest to the median: its stages' times belong together.
const pipeline::RunReport& middle_run(const Trial& trial);

/// What holds a run up: the stage, why, and what to do about it.
struct Bottleneck {
    std::string stage, why, next_step;
};
/// `plan` names the same stages as `report`.
Bottleneck bottleneck_of(const pipeline::Plan& plan, const pipeline::RunReport& report);

/// One setting in full: times, throughput, a line for each stage, the bottleneck.
std::string trial_text(const std::string& title, const Trial& trial);

/// A line for each setting; the fastest is marked.
std::string trials_table(const std::vector<Trial>& trials);

/// The same as CSV with a head: the keys; runs, seconds_median, seconds_least, seconds_most,
/// inputs_per_second, items_per_second, bytes_per_second; bottleneck; failure.
std::string trials_csv(const std::vector<Trial>& trials);

}  // namespace figurant::cli
