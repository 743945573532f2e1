// The scheduler: what the trace is told.

#include <algorithm>

#include "pipeline/guarded.h"
#include "pipeline/scheduler.h"

namespace figurant::pipeline {

Lineage Scheduler::lineage_of(const Call& call) const {
    switch (call.kind) {
        case CallKind::open_source:
        case CallKind::flush_part:
        case CallKind::commit_part:
            return Lineage(static_cast<Root*>(call.state)->ordinal);
        case CallKind::next_item: {
            const auto& group = *static_cast<Group*>(call.state);
            return group.prefix.child(group.emitted);
        }
        case CallKind::end_fold:
            return static_cast<Sequence*>(call.state)->prefix;
        case CallKind::process_batch:
            return static_cast<Batch*>(call.state)->front().item->lineage;
        default:
            return call.item ? call.item->lineage : Lineage(states_[call.stage]->next_ordinal);
    }
}

namespace {

constexpr std::int64_t between_counters = 10'000'000;  // nanoseconds

/// The call puts nothing out: what its stage emits comes from calls of other kinds.
bool only_takes(CallKind kind) { return kind == CallKind::open_expand || kind == CallKind::add_to_fold; }

}  // namespace

void Scheduler::trace_call(const StageLayout& stage, std::int64_t begun, std::int64_t ended, Worker& here) {
    if (ended >= counters_due_.load(std::memory_order_relaxed)) trace_counters(ended);
    const std::size_t place = place_of(here);
    Tracer::Slice slice;
    slice.stage = stage.index;
    slice.begun = std::max(begun, here.taken_up);
    slice.ended = ended;
    if (!here.call) {
        tracer_->call(place, slice);
        return;
    }
    const Call& call = *here.call;
    const auto& bound = tracer_->bound(stage.index);
    slice.lineage = lineage_of(call);
    slice.in = bound.takes && call.item;
    slice.out = bound.gives && !only_takes(call.kind);
    if (slice.in)
        slice.mark = call.item->mark;
    else if (slice.out)
        slice.mark = tracer_->new_mark(place);
    if (call.kind == CallKind::open_source) slice.input = static_cast<Root*>(call.state)->reference.name;
    tracer_->call(place, slice);
    if (call.item && !slice.in) trace_inputs(call, place);
    if (call.kind == CallKind::process_batch) {
        for (const auto& each : *static_cast<Batch*>(call.state)) trace_inputs(each, place);
    } else if (call.kind == CallKind::next_item) {
        tracer_->linked(place, Tracer::Link::next, static_cast<Group*>(call.state)->mark);
    } else if (call.kind == CallKind::add_to_fold) {
        auto& fold = *static_cast<Sequence*>(call.state);
        const bool first = fold.mark == 0;
        if (first) fold.mark = tracer_->new_mark(place);
        tracer_->linked(place, first ? Tracer::Link::first : Tracer::Link::next, fold.mark);
    } else if (call.kind == CallKind::end_fold) {
        const auto& fold = *static_cast<Sequence*>(call.state);
        if (fold.mark) tracer_->linked(place, Tracer::Link::last, fold.mark);
    }
}

/// An arrow ends once: that of an item which meets many inner ones, at the first of these.
void Scheduler::trace_inputs(const Call& call, std::size_t place) {
    const Item& item = *call.item;
    if (!item.joined) {
        tracer_->took(place, call.stage, item.mark);
        return;
    }
    for (const Item* part : item.joined->parts) {
        bool first = true;
        for (std::size_t level = part->lineage.depth(); level < item.lineage.depth(); ++level)
            first = first && item.lineage.ordinal(level) == 0;
        if (first) tracer_->took(place, call.stage, part->mark);
    }
}

void Scheduler::trace_output(Item& item, const std::vector<Edge>& consumers, Worker& here) {
    const std::size_t place = place_of(here);
    const bool bound = tracer_->bound(item.stage).gives;
    item.mark = bound ? tracer_->last_mark(place) : tracer_->new_mark(place);
    for (std::size_t i = 0; i < consumers.size(); ++i) {
        if (bound && tracer_->bound(consumers[i].stage).takes) continue;
        // Once for a stage that takes it at two ports.
        bool told = false;
        for (std::size_t j = 0; j < i; ++j) told = told || consumers[j].stage == consumers[i].stage;
        if (!told) tracer_->gave(place, consumers[i].stage, item.mark);
    }
}

/// By the worker whose call ends first when they are due, as a thread that wakes up for them costs more; and
/// by the monitor, for what changed last before long calls.
void Scheduler::trace_counters(std::int64_t now) {
    if (!tracer_) return;
    const std::unique_lock lock(counters_mutex_, std::try_to_lock);
    if (!lock) return;
    counters_due_.store(now + between_counters, std::memory_order_relaxed);
    const auto tell = [&](const std::string& name, std::int64_t value, std::int64_t& before) {
        if (value != before) tracer_->counter(name, value, now);
        before = value;
    };
    tell("bytes of payloads", credits_.held(), traced_bytes_);
    traced_waiting_.resize(states_.size(), -1);
    for (std::size_t i = 0; i < states_.size(); ++i)
        tell("waiting: " + plan_.stages[i].name, states_[i]->wants.waiting(), traced_waiting_[i]);
}

}  // namespace figurant::pipeline
