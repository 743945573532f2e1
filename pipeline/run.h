#pragma once
// Runs a plan: the scheduler on oneTBB, its ledger, the run folder.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "pipeline/plan.h"
#include "pipeline/stage.h"

namespace figurant::pipeline {

/// One line of failures.jsonl.
struct Failure {
    std::string input, stage;
    Cause cause = Cause::internal;
    std::string reason, next_step;
};

/// What one stage did. Times in seconds, summed over its calls; the waits are of items, except `idle`.
struct StageReport {
    std::string name, type;
    std::uint64_t calls = 0, items_in = 0, items_out = 0, skipped = 0, retried = 0;
    double busy = 0;                ///< inside the stage's code
    double waiting_for_room = 0;    ///< ready, but no credits
    double waiting_for_worker = 0;  ///< ready, but no token, thread, resource or turn
    std::size_t peak_bytes = 0;     ///< of its outputs alive at once
    std::uint64_t bytes_out = 0;    ///< of the payloads that it gave to other stages
};

struct RunReport {
    std::uint64_t inputs = 0, done = 0, partial = 0, failed = 0, not_started = 0;
    std::uint64_t earlier = 0;  ///< of those done: by the run that this one resumed
    double seconds = 0;
    int threads = 0;
    std::size_t memory_budget = 0, credits = 0, peak_credits = 0, peak_resident = 0;  ///< bytes
    std::map<std::string, std::int64_t> counts;                                       ///< Context::count
    std::vector<StageReport> stages;
    std::vector<Failure> failures;  ///< in source order
    std::vector<std::string> warnings, printed;
    int exit_code = 0;
    std::string message;  ///< why it ended early, with the next step; empty otherwise
};

/// The state of a run, asked for now and then by who shows progress.
struct Progress {
    std::uint64_t inputs = 0, finished = 0, failed = 0;
    std::uint64_t items = 0;           ///< of the busiest expand: through all stages of its group
    std::uint64_t items_expected = 0;  ///< and in all, where known (else 0)
    double seconds = 0;
    std::string note;
};

/// What a run makes of an earlier one in its folder.
enum class Begin {
    afresh,         ///< replaces it
    resume,         ///< goes on with it; Error(Cause::configuration) naming what differs, if anything does
    resume_if_same  ///< goes on with it if nothing differs, else replaces it: sub-runs of a resumed run
};

struct RunOptions {
    RunSettings settings;
    Begin begin = Begin::afresh;
    /// The folder of a run: only its failed inputs are run, each with the place that it had there. Its own
    /// folder is resumed. Empty: all.
    std::filesystem::path only_failed;
    std::function<void(const Progress&)> on_progress;  ///< a few times a second, from a thread of its own
    /// Raised from outside (a signal handler): 1 drains what is in flight, 2 stops now.
    const std::atomic<int>* stop = nullptr;
    int signal = 2;  ///< decides 130 or 143
};

/// Makes the stages, prepares them, lists the inputs, runs, finishes. Errors before anything ran (bad model,
/// no inputs, an output that is a file, a budget too small) are thrown as Error; whatever happens later is in
/// the report.
RunReport run(const Plan& plan, const RunOptions& options);

/// How a run was asked for.
struct RecordedCommand {
    std::filesystem::path graph;
    ParameterValues parameters;    ///< the graph's
    std::vector<std::string> set;  ///< overrides
};
/// Of the run in `folder`, as run.json has it. Error(Cause::configuration) when there is none.
RecordedCommand recorded_command(const std::filesystem::path& folder);

/// The report as JSON text (--report) and as the table that closes a run.
std::string report_json(const Plan& plan, const RunReport& report);
std::string report_table(const RunReport& report);

}  // namespace figurant::pipeline
