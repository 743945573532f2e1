#pragma once
// SIGINT and SIGTERM while a run goes on: the first drains, the second stops now, a third ends the program.
// SIGUSR1 asks how the run stands.

#include <atomic>

namespace figurant::cli {

/// Catches the signals while it lives. One at a time.
class CaughtSignals {
  public:
    CaughtSignals();
    ~CaughtSignals();
    CaughtSignals(const CaughtSignals&) = delete;
    CaughtSignals& operator=(const CaughtSignals&) = delete;

    /// 0, 1: drain, 2: stop now; for pipeline::RunOptions.
    const std::atomic<int>& stop() const;
    /// How often SIGUSR1 has asked how the run stands; for pipeline::RunOptions.
    const std::atomic<int>& asked() const;
    /// The signal that came first; 0 while there was none.
    int first() const;
};

}  // namespace figurant::cli
