#pragma once
// Running a stage's own code: isolated, timed, tried again where the policy says so. Internal to the
// framework.

#include <tbb/task_arena.h>

#include "pipeline/scheduler.h"

namespace figurant::pipeline {

inline std::int64_t nanoseconds_now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

/// To a counter that only the calling thread writes.
template <class Counter, class Amount>
void bump(Counter& counter, Amount amount) {
    counter.store(counter.load(std::memory_order_relaxed) +
                      static_cast<decltype(counter.load(std::memory_order_relaxed))>(amount),
                  std::memory_order_relaxed);
}

template <class Body>
std::optional<Trouble> Scheduler::guarded(const StageLayout& stage, Worker& worker, const Body& body) {
    auto& counters = worker.counters[stage.index];
    std::optional<Trouble> trouble;
    std::int64_t tries = 1;
    for (;;) {
        try {
            // A body that waits inside a library's own TBB loop must not pick up another body meanwhile.
            tbb::this_task_arena::isolate([&] { body(); });
            trouble.reset();
        } catch (...) {
            trouble = Trouble::current();
        }
        const std::int64_t now = nanoseconds_now();
        bump(counters.busy, now - worker.now);
        bump(counters.calls, 1);
        worker.now = now;
        if (!trouble || stage.policy != OnError::retry || tries > stage.planned->execution.retries)
            return trouble;
        if (trouble->cause == Cause::interrupted || aborting()) return trouble;
        ++tries;
        bump(counters.retried, 1);
    }
}

}  // namespace figurant::pipeline
