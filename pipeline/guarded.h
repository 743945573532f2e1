#pragma once
// Running a stage's own code: isolated, timed, tried again where the policy says so; and the small functions
// around it that every item goes through, here so that they can be put into their callers. Internal to the
// framework.

#include <tbb/task_arena.h>

#include "pipeline/scheduler.h"

namespace figurant::pipeline {

/// Of freed payloads, until a worker looks at the resident memory.
constexpr std::int64_t bytes_between_looks = std::int64_t{16} << 20;
/// Payloads smaller than this are not counted in a stage's peak_bytes, which all workers share.
constexpr std::int64_t counted_bytes = 4096;

inline std::int64_t nanoseconds_of(std::chrono::steady_clock::time_point time) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}
inline std::int64_t nanoseconds_now() { return nanoseconds_of(std::chrono::steady_clock::now()); }

inline void Scheduler::change_parked(std::uint32_t stage, std::int64_t change) {
    states_[stage]->wants.change_parked(change, nanoseconds_now);
}

/// What the stage wants may have changed since the worker last looked at the clock: till then its place was
/// free, so that each moment of a call lies in one want.
inline void Scheduler::begin_body(const StageLayout& stage, Worker& worker) {
    auto& counters = worker.counters[stage.index];
    const Wants& wants = states_[stage.index]->wants;
    if (wants.version() != counters.seen.version) counters.seen = wants.read();
    worker.now = std::max(worker.now, counters.seen.since);
    worker.begun.store(worker.now, std::memory_order_relaxed);
    worker.running.store(stage.index + 1, std::memory_order_relaxed);
}

/// The time since the worker's last look at the clock is the body's, with the few steps that led to it.
inline void Scheduler::end_body(const StageLayout& stage, Worker& worker) {
    auto& counters = worker.counters[stage.index];
    const Wants& wants = states_[stage.index]->wants;
    const std::int64_t begun = worker.now;
    std::int64_t now = nanoseconds_now();
    if (wants.version() != counters.seen.version)
        now = count_wants(counters, wants, begun, now);
    else
        bump(counters.busy_while[static_cast<std::size_t>(counters.seen.want)], now - begun);
    worker.now = now;
    worker.running.store(0, std::memory_order_relaxed);
    bump(counters.calls, 1);
    counters.durations.add(now - begun);
    if (tracer_) trace_call(stage, begun, now, worker);
}

template <class Body>
std::optional<Trouble> Scheduler::guarded(const StageLayout& stage, Worker& worker, const Body& body) {
    std::optional<Trouble> trouble;
    std::int64_t tries = 1;
    for (;;) {
        begin_body(stage, worker);
        try {
            // A body that waits inside a library's own TBB loop must not pick up another body meanwhile.
            tbb::this_task_arena::isolate([&] { body(); });
            trouble.reset();
        } catch (...) {
            trouble = Trouble::current();
            trouble->add_lost();
        }
        end_body(stage, worker);
        if (!trouble || stage.policy != OnError::retry || tries > stage.planned->execution.retries)
            return trouble;
        if (trouble->cause == Cause::interrupted || aborting()) return trouble;
        ++tries;
        bump(worker.counters[stage.index].retried, 1);
    }
}

inline bool Scheduler::hopeless(const Call& call) const {
    const bool usual = call.item && call.item->root->state.load(std::memory_order_acquire) == RootState::fine;
    return usual ? aborting() : hopeless_otherwise(call);
}

inline bool Scheduler::take_or_park(Call& call, Worker& here) {
    if (!call.granted && !pulls(call) && here.purse >= call.bytes && !options_.disturb) {
        here.purse -= call.bytes;
        call.granted = true;
        return true;
    }
    return take_or_wait(call, here);
}

inline void Scheduler::give(std::int64_t bytes, Worker& here) {
    here.purse += bytes;
    here.freed += bytes;
    if (here.purse > slack_ || here.freed > bytes_between_looks || parked_count_.load() > 0) give_on(here);
}

inline void Scheduler::charge(Call& call, std::int64_t bytes, Worker& here) {
    const std::int64_t taken = call.granted ? call.bytes : 0;
    if (bytes > taken)
        take_more(bytes - taken, here);
    else if (bytes < taken)
        give(taken - bytes, here);
    call.granted = false;
}

inline std::int64_t Scheduler::kept_bytes(const StageLayout& stage, Outputs& outputs) const {
    std::int64_t bytes = 0;
    for (std::size_t port = 0; port < stage.consumers.size(); ++port)
        if (!stage.consumers[port].empty()) bytes += static_cast<std::int64_t>(outputs.at(port).bytes);
    return bytes;
}

}  // namespace figurant::pipeline
