#pragma once
// A thread beside a run, which looks at it a few times a second and tells those who want to know. Internal to
// the framework.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "pipeline/run.h"

namespace figurant::pipeline {

class Scheduler;

/// From its making until it goes out of scope: shows progress, answers who asks how the run stands, keeps the
/// status file and the trace's counters, and says so when nothing has come to its end for long.
class Monitor {
  public:
    /// Writes the status file for the first time: Error(Cause::output) when that cannot be done. What cannot
    /// be written later is left out.
    Monitor(const Plan& plan, Scheduler& scheduler, const RunOptions& options);
    ~Monitor();
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

  private:
    using Clock = std::chrono::steady_clock;
    void watch();
    void look(Clock::time_point now);
    void look_for_standstill(Clock::time_point now);
    void write_status() const;

    const Plan& plan_;
    Scheduler& scheduler_;
    const RunOptions& options_;
    Clock::time_point progress_told_, status_written_, moved_;
    Clock::duration patience_;
    std::uint64_t calls_ended_ = 0;
    int answered_ = 0;

    std::mutex mutex_;
    std::condition_variable ended_;
    bool end_ = false;
    std::thread thread_;
};

}  // namespace figurant::pipeline
