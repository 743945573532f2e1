#include "pipeline/run.h"

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/task_arena.h>
#include <unistd.h>

#include <condition_variable>
#include <fstream>
#include <mutex>
#include <thread>

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

RunSettings resolved(const Plan& plan, RunSettings settings) {
    if (settings.memory == 0) settings.memory = machine_memory() / 4 * 3;
    if (settings.threads <= 0) settings.threads = tbb::info::default_concurrency();
    settings.output = plan.output;
    return settings;
}

/// Tells how far the run is, a few times a second, until it goes out of scope.
class ProgressTeller {
  public:
    ProgressTeller(const Scheduler& scheduler, const std::function<void(const Progress&)>& tell) {
        if (!tell) return;
        thread_ = std::thread([this, &scheduler, &tell] {
            std::unique_lock lock(mutex_);
            while (!ended_.wait_for(lock, std::chrono::milliseconds(200), [this] { return end_; }))
                tell(scheduler.progress());
        });
    }
    ~ProgressTeller() {
        if (!thread_.joinable()) return;
        {
            const std::scoped_lock lock(mutex_);
            end_ = true;
        }
        ended_.notify_one();
        thread_.join();
    }
    ProgressTeller(const ProgressTeller&) = delete;
    ProgressTeller& operator=(const ProgressTeller&) = delete;

  private:
    std::mutex mutex_;
    std::condition_variable ended_;
    bool end_ = false;
    std::thread thread_;
};

}  // namespace

RunReport run(const Plan& plan, const RunOptions& options) {
    const RunSettings settings = resolved(plan, options.settings);
    if (!plan.output.empty()) {
        RunFolder::check(plan, settings, options);
    } else if (options.begin == Begin::resume) {
        throw Error(Cause::configuration,
                    "--resume: the graph has no output folder, so nothing is kept of its runs",
                    "run it again without --resume");
    }
    const auto threads = static_cast<std::size_t>(settings.threads);
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    tbb::task_arena arena(settings.threads);
    RunReport report;
    arena.execute([&] {
        Scheduler scheduler(plan, options, settings);
        const ProgressTeller teller(scheduler, options.on_progress);
        report = scheduler.run();
    });
    return report;
}

}  // namespace figurant::pipeline
