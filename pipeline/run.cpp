#include "pipeline/run.h"

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/task_arena.h>
#include <unistd.h>

#include <fstream>

#include "base/file_writer.h"
#include "pipeline/monitor.h"
#include "pipeline/run_folder.h"
#include "pipeline/scheduler.h"

namespace figurant::pipeline {

namespace {

/// Bytes that this process may use: the machine's, or its control group's where that is less.
std::size_t machine_memory() {
    const auto pages = static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES));
    std::size_t bytes = pages * static_cast<std::size_t>(::sysconf(_SC_PAGE_SIZE));
    std::ifstream group("/sys/fs/cgroup/memory.max");
    std::size_t limit = 0;
    if (group >> limit && limit > 0) bytes = std::min(bytes, limit);
    return bytes;
}

int computing_threads(int wanted) { return wanted > 0 ? wanted : tbb::info::default_concurrency(); }

/// While it lives; the least of those alive holds.
auto limit_to(int threads) {
    return std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism,
                                                 static_cast<std::size_t>(threads));
}

RunSettings resolved(const Plan& plan, RunSettings settings) {
    if (settings.memory == 0) settings.memory = machine_memory() / 4 * 3;
    settings.threads = computing_threads(settings.threads);
    settings.output = plan.output;
    return settings;
}

/// Writes what tells of the run, now that it has ended; what fails there makes the run's exit code 4.
void tell_end(const Plan& plan, const RunOptions& options, TraceFile* trace, RunReport& report) {
    const auto written = [&](const auto& write) {
        try {
            write();
        } catch (const Error& error) {
            report.exit_code = 4;
            report.message = error.what();
        }
    };
    if (trace) written([&] { trace->commit(); });
    if (options.status.empty()) return;
    Progress progress;
    progress.inputs = report.inputs;
    progress.finished = report.done + report.failed;
    progress.failed = report.failed;
    progress.seconds = report.seconds;
    written([&] { write_file(options.status, status_json(plan, report, progress, true)); });
}

}  // namespace

RunReport run(const Plan& plan, const RunOptions& wanted) {
    RunOptions options = wanted;
    const RunSettings settings = resolved(plan, options.settings);
    if (!plan.output.empty()) {
        RunFolder::check(plan, settings, options);
    } else if (options.begin == Begin::resume) {
        throw Error(Cause::configuration,
                    "--resume: the graph has no output folder, so nothing is kept of its runs",
                    "run it again without --resume");
    }
    const auto limit = limit_to(settings.threads);
    tbb::task_arena arena(settings.threads);
    std::unique_ptr<TraceFile> trace;
    if (!options.trace.empty()) trace = std::make_unique<TraceFile>(options.trace);
    options.trace_file = trace.get();
    RunReport report;
    arena.execute([&] {
        Scheduler scheduler(plan, options, settings);
        const Monitor monitor(plan, scheduler, options);
        report = scheduler.run();
    });
    tell_end(plan, options, trace.get(), report);
    return report;
}

void limit_threads(int threads) {
    // Never lifted, not even by what runs when the process ends. Kept, so that it counts as no leak.
    [[gnu::used]] static const auto* const kept = limit_to(computing_threads(threads)).release();
}

}  // namespace figurant::pipeline
