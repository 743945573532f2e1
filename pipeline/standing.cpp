// The scheduler: how the run stands, for those who ask while it runs and for the report at its end.

#include <algorithm>
#include <fstream>

#include "pipeline/guarded.h"
#include "pipeline/report_text.h"
#include "pipeline/scheduler.h"

namespace figurant::pipeline {

namespace {

/// Peak of the process's resident memory, in bytes; 0 where the system does not say.
std::size_t peak_resident_bytes() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) * 1024;
    return 0;
}

double seconds(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) * 1e-9; }

/// The time that a share of all calls stayed below.
double quantile(const std::array<std::uint64_t, Durations::buckets>& counts, std::uint64_t all,
                double share) {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(all));
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < counts.size(); ++i)
        if ((below += counts[i]) > wanted) return Durations::middle(i) * 1e-9;
    return 0;
}

}  // namespace

/// A call that met a change of what its stage wants: its time is told apart by the clocks. It ends with the
/// last change at the earliest, where that came after the worker's look at the clock.
std::int64_t Scheduler::count_wants(StageCounters& counters, const Wants& wants, std::int64_t begun,
                                    std::int64_t now) {
    const Wants::Reading before = std::exchange(counters.seen, wants.read());
    now = std::max(now, counters.seen.since);
    for (std::size_t i = 0; i < want_count; ++i) {
        const auto want = static_cast<Want>(i);
        const std::int64_t time = counters.seen.spent(want, now) - before.spent(want, begun);
        if (time != 0) bump(counters.busy_while[i], time);
    }
    return now;
}

StageReport Scheduler::stage_report(const StageLayout& stage, std::int64_t now) const {
    const auto& state = *states_[stage.index];
    StageReport report;
    report.name = stage.planned->name;
    report.type = stage.type->name;
    report.places = static_cast<int>(state.places);
    report.peak_bytes = static_cast<std::size_t>(state.peak_bytes.load());
    const Wants::Reading reading = state.wants.read();
    std::array<std::int64_t, want_count> waits{};
    for (std::size_t i = 0; i < want_count; ++i)
        waits[i] = state.places * reading.spent(static_cast<Want>(i), now);
    std::array<std::uint64_t, Durations::buckets> counts{};
    std::uint64_t all = 0;
    std::int64_t busy = 0, under_way = 0, longest = 0;
    for (const auto& worker : workers_) {
        const auto& counters = worker.counters[stage.index];
        report.calls += counters.calls;
        report.items_in += counters.items_in;
        report.items_out += counters.items_out;
        report.bytes_out += counters.bytes_out;
        report.skipped += counters.skipped;
        report.retried += counters.retried;
        if (worker.running.load() == stage.index + 1)
            under_way += std::max<std::int64_t>(now - worker.begun, 0);
        for (std::size_t i = 0; i < want_count; ++i) {
            const std::int64_t time = counters.busy_while[i];
            busy += time;
            waits[i] -= time;
        }
        for (std::size_t i = 0; i < counts.size(); ++i) {
            counts[i] += counters.durations.count(i);
            all += counters.durations.count(i);
        }
        longest = std::max(longest, counters.durations.longest());
    }
    // A call under way is busy already, and not told apart yet: its time may lie in any of them.
    busy += under_way;
    for (auto& wait : waits) {
        const std::int64_t taken = std::clamp<std::int64_t>(under_way, 0, std::max<std::int64_t>(wait, 0));
        wait -= taken;
        under_way -= taken;
    }
    report.wall = seconds(state.places * (now - nanoseconds_of(start_)));
    report.busy = seconds(busy);
    const auto of = [&](Want want) {
        return seconds(std::max<std::int64_t>(waits[static_cast<std::size_t>(want)], 0));
    };
    report.waiting_for_input = of(Want::input);
    report.waiting_for_room = of(Want::room);
    report.waiting_for_resource = of(Want::resource);
    report.waiting_for_batch = of(Want::batch);
    report.waiting_for_thread = of(Want::thread);
    report.call_times = {quantile(counts, all, 0.5), quantile(counts, all, 0.9), quantile(counts, all, 0.99),
                         seconds(longest)};
    return report;
}

void Scheduler::count_inputs(RunReport& report) const {
    {
        const std::scoped_lock lock(source_mutex_);
        report.inputs = wanted_;
        report.earlier = earlier_;
    }
    report.done = done_;
    report.partial = partial_;
    report.failed = failed_;
    report.not_started = report.inputs - std::min(report.inputs, report.done + report.failed);
    report.threads = settings_.threads;
    report.memory_budget = settings_.memory;
    report.credits = static_cast<std::size_t>(credits_.budget());
    report.peak_credits = static_cast<std::size_t>(credits_.peak());
    report.peak_resident = peak_resident_bytes();
}

RunReport Scheduler::report_now() const {
    RunReport report;
    count_inputs(report);
    const std::int64_t now = nanoseconds_now();
    for (const auto& stage : layout_.stages) report.stages.push_back(stage_report(stage, now));
    report.seconds = seconds(now - nanoseconds_of(start_));
    const std::scoped_lock lock(outcome_mutex_);
    report.counts = counts_;
    report.exit_code = exit_code_;
    report.message = message_;
    return report;
}

std::uint64_t Scheduler::calls_ended() const {
    std::uint64_t ended = 0;
    for (const auto& worker : workers_)
        for (const auto& counters : worker.counters) ended += counters.calls.load(std::memory_order_relaxed);
    return ended;
}

bool Scheduler::runs_sub_graph() const {
    return std::any_of(workers_.begin(), workers_.end(), [&](const Worker& worker) {
        const std::uint32_t running = worker.running;
        return running > 0 && layout_.stages[running - 1].kind == Kind::for_each_graph;
    });
}

std::string Scheduler::what_runs(std::int64_t now) const {
    std::string text;
    for (const auto& stage : layout_.stages) {
        std::size_t calls = 0;
        std::int64_t since = now;
        for (const auto& worker : workers_) {
            if (worker.running != stage.index + 1) continue;
            ++calls;
            since = std::min(since, worker.begun.load());
        }
        if (calls == 0) continue;
        text += "; stage \"" + stage.planned->name + "\" runs" +
                (calls > 1 ? " (" + std::to_string(calls) + " calls)" : "") + " since " +
                std::to_string((now - since) / 1'000'000'000) + " s";
    }
    return text;
}

/// Where items are while nothing goes on: by stage. Never waits for a lock, as the run may be stuck with it.
std::string Scheduler::what_waits() const {
    std::string text;
    const std::unique_lock registry(registry_mutex_, std::try_to_lock);
    const std::unique_lock gates(gates_mutex_, std::try_to_lock);
    for (const auto& stage : layout_.stages) {
        const auto& state = *states_[stage.index];
        std::size_t joining = 0, ordered = 0, open = 0;
        const auto count_order = [&](Sequence& sequence) {
            tbb::spin_mutex::scoped_lock lock;
            if (!lock.try_acquire(sequence.mutex)) return;
            std::vector<Item*> items;
            sequence.order.list(items);
            ordered += items.size();
        };
        if (state.join) joining = state.join->held();
        if (state.order) count_order(*state.order);
        if (registry) {
            for (Sequence* fold : folds_)
                if (fold->stage == stage.index) count_order(*fold);
            open = static_cast<std::size_t>(
                std::count_if(groups_.begin(), groups_.end(),
                              [&](const Group* group) { return group->expand == stage.index; }));
        }
        std::string waits;
        const auto tell = [&](std::size_t count, const char* what) {
            if (count > 0) waits += (waits.empty() ? " " : ", ") + std::to_string(count) + what;
        };
        tell(joining, " for their partners");
        tell(ordered, " for their turn");
        tell(open, open == 1 ? " open group" : " open groups");
        if (state.gate && gates) {
            tell(state.gate->queue.size(), " at its gate");
            tell(static_cast<std::size_t>(state.gate->running), " under way");
        }
        const Want want = state.wants.read().want;
        if (want != Want::input)
            waits += (waits.empty() ? " waits for " : "; it waits for ") + std::string(want_text(want));
        if (!waits.empty()) text += "; stage \"" + stage.planned->name + "\":" + waits;
    }
    return text;
}

std::string Scheduler::where_it_stands() const {
    const std::string runs = what_runs(nanoseconds_now()), waits = what_waits();
    return (runs.empty() ? "; no stage runs" : runs) + waits;
}

/// Of what an expand yields, as much as the slowest of the stages inside its group has taken.
std::uint64_t Scheduler::items_through(const StageLayout& expand) const {
    std::uint64_t pulled = 0;
    for (const auto& worker : workers_) pulled += worker.counters[expand.index].items_out;
    std::uint64_t through = pulled;
    for (const auto& stage : layout_.stages) {
        if (stage.scope.empty() || stage.scope.back() != expand.index) continue;
        std::uint64_t taken = 0;
        for (const auto& worker : workers_) taken += worker.counters[stage.index].items_in;
        through = std::min(through, taken);
    }
    return through;
}

Progress Scheduler::progress() const {
    Progress progress;
    bool all_open = false;
    {
        const std::scoped_lock lock(source_mutex_);
        progress.inputs = wanted_;
        progress.earlier = earlier_;  // before what is done is read: never more than that
        all_open = next_input_ == inputs_.size();
    }
    progress.finished = done_ + failed_;
    progress.failed = failed_;
    for (const auto& stage : layout_.stages) {
        if (stage.kind != Kind::expand) continue;
        const std::uint64_t items = items_through(stage);
        if (items < progress.items) continue;
        progress.items = items;
        const auto& state = *states_[stage.index];
        progress.items_expected =
            all_open && state.all_announced ? static_cast<std::uint64_t>(state.expected.load()) : 0;
    }
    progress.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    const std::scoped_lock lock(outcome_mutex_);
    progress.note = note_;
    return progress;
}

}  // namespace figurant::pipeline
