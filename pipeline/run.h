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

/// How long one call took, in seconds, known to 6 percent; `longest` exactly.
struct CallTimes {
    double median = 0, p90 = 0, p99 = 0, longest = 0;
};

/// What one stage did, and where its time went. A stage has places, as many as the calls that it may have at
/// once; its time is the run's on each of them: `wall`, in seconds. Of that, a place is busy while a call
/// runs on it, and while it is free it waits for what the stage waits for at that moment, so that busy +
/// waiting_for_input + … + waiting_for_thread = wall.
struct StageReport {
    std::string name, type;
    std::uint64_t calls = 0, items_in = 0, items_out = 0, skipped = 0, retried = 0;
    std::uint64_t bytes_out = 0;  ///< of the payloads that it emitted and somebody takes
    int places = 1;
    double wall = 0;                  ///< places x the run's seconds
    double busy = 0;                  ///< inside the stage's code
    double waiting_for_input = 0;     ///< nothing had come that it could run on
    double waiting_for_room = 0;      ///< for memory, or until those behind it have taken what is there
    double waiting_for_resource = 0;  ///< that another stage's call had
    double waiting_for_batch = 0;     ///< for more items, which were on their way
    double waiting_for_thread = 0;    ///< ready, while all threads did something else
    CallTimes call_times;
    std::size_t peak_bytes = 0;  ///< of its outputs alive at once; payloads below 4 KB are not counted
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
    std::uint64_t earlier = 0;         ///< of `finished` what an earlier run did that this one goes on with
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
class TraceFile;

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

    std::filesystem::path trace;   ///< a file for the run's trace (Chrome's trace events); empty: none
    std::filesystem::path status;  ///< a JSON file that says how the run stands, once a second; empty: none
    /// Counted up from outside (a signal handler) when somebody asks how the run stands; `on_asked` gets it.
    const std::atomic<int>* asked = nullptr;
    std::function<void(const RunReport&)> on_asked;
    /// Gets a line when no call has come to its end for `patience` seconds (then for twice as long, …): which
    /// stages run and what the others wait for. From a thread of its own.
    std::function<void(const std::string&)> on_standstill;
    double patience = 30;
    /// For tests, other than 0: sources, expands and sinks are parked and delayed at random, from this seed.
    std::uint64_t disturb = 0;
    TraceFile* trace_file = nullptr;  ///< of a sub-run: the run's around it
};

/// Makes the stages, prepares them, lists the inputs, runs, finishes. Errors before anything ran (bad model,
/// no inputs, an output that is a file, a budget too small) are thrown as Error; whatever happens later is in
/// the report.
RunReport run(const Plan& plan, const RunOptions& options);

/// At most `threads` threads compute on oneTBB from now until the process ends, in every run; 0: as many as
/// the machine has. Once in a process: the least limit holds, and a second call changes nothing. For a
/// program that runs one plan and ends: a run's own limit is lifted at its end, which begins threads that
/// look for work.
void limit_threads(int threads);

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
/// How a run stands, as JSON text (--status): "state" is "running" or "ended", then as in the report.
std::string status_json(const Plan& plan, const RunReport& report, const Progress& progress, bool ended);

}  // namespace figurant::pipeline
