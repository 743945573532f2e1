// The scheduler: who may run now. Credits, gates, and what is parked until there is room.

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "base/digest.h"
#include "pipeline/guarded.h"
#include "pipeline/report_text.h"
#include "pipeline/scheduler.h"

namespace figurant::pipeline {

namespace {

/// Of this process, in bytes; 0 where the system does not say.
std::size_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::size_t all = 0, resident = 0;
    file >> all >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGE_SIZE));
}

}  // namespace

// ---- Credits

// A worker's purse holds credits that were taken from the common account and are not in use, so that small
// items need not touch what all workers share. It never holds more than slack_.

bool Scheduler::take(Call& call, Worker& here) {
    if (call.granted) return true;
    const bool pull = pulls(call);
    if (call.bytes == 0 && !pull) return true;
    // Whoever opens something new waits behind those who cannot go on with what there is.
    if (pull && (parked_count_.load() > 0 || !credits_.room_to_pull())) return false;
    call.granted = true;
    if (here.purse >= call.bytes) {
        here.purse -= call.bytes;
        return true;
    }
    if (call.bytes < slack_ / 4 && credits_.take(call.bytes + slack_ / 4, pull)) {
        here.purse += slack_ / 4;
        return true;
    }
    call.granted = credits_.take(call.bytes, pull);
    return call.granted;
}

void Scheduler::give_on(Worker& here) {
    if (here.freed > bytes_between_looks) look_at_resident_memory(here);
    if (here.purse > slack_ || (here.purse > 0 && parked_count_.load() > 0))
        credits_.give(std::exchange(here.purse, 0));
    if (parked_count_.load() > 0) admit_parked();
}

/// The allocator keeps what payloads gave back, and its heaps have holes: when little is left of the budget,
/// the holes are given back to the system.
void Scheduler::look_at_resident_memory(Worker& here) {
    here.freed = 0;
    const std::unique_lock lock(resident_mutex_, std::try_to_lock);
    if (!lock || resident_bytes() < settings_.memory / 8 * 7) return;
#if defined(__GLIBC__)
    ::malloc_trim(0);
#endif
}

void Scheduler::take_more(std::int64_t bytes, Worker& here) {
    const std::int64_t own = std::min(bytes, here.purse);
    here.purse -= own;
    if (bytes > own) credits_.force(bytes - own);
}

void Scheduler::empty_purses() {
    for (auto& each : workers_)
        if (each.purse > 0) credits_.give(std::exchange(each.purse, 0));
}

bool Scheduler::take_or_wait(Call& call, Worker& here) {
    const bool must_wait = options_.disturb && disturbed(call, here);
    if (!must_wait && take(call, here)) return true;
    const std::scoped_lock lock(parked_mutex_);
    parked_count_.fetch_add(1);
    // Whatever was given back before the count was raised told nobody.
    if (!must_wait && credits_.take(call.bytes, pulls(call))) {
        parked_count_.fetch_sub(1);
        call.granted = true;
        return true;
    }
    change_parked(call.stage, 1);
    parked_.push_back(call);
    return false;
}

bool Scheduler::admit_parked() {
    std::vector<Call> admitted;
    {
        const std::scoped_lock lock(parked_mutex_);
        std::sort(parked_.begin(), parked_.end(), [&](const Call& a, const Call& b) { return older(a, b); });
        bool pulls_wait = false;
        std::vector<Call> left;
        for (auto& call : parked_) {
            const bool pull = pulls(call);
            if (!(pull && pulls_wait) && credits_.take(call.bytes, pull)) {
                call.granted = true;
                admitted.push_back(call);
            } else {
                pulls_wait = true;
                left.push_back(call);
            }
        }
        parked_ = std::move(left);
        parked_count_.fetch_sub(static_cast<std::int64_t>(admitted.size()));
    }
    for (auto& call : admitted) resume(call);
    return !admitted.empty();
}

void Scheduler::resume(Call call) {
    Worker& here = worker();
    change_parked(call.stage, -1);
    Gate* gate = states_[call.stage]->gate.get();
    if (!gate) {
        spawn(call);
        return;
    }
    Batch started;
    {
        const std::scoped_lock lock(gates_mutex_);
        gate->blocked = false;
        gate->queue.push_front(call);
        start_ready(*gate, here, started);
    }
    for (const auto& each : started) spawn(each);
}

bool Scheduler::older(const Call& a, const Call& b) const {
    const Root* first = root_of(a);
    const Root* second = root_of(b);
    if (!first || !second) return !first && second;  // the end of a stream: all before it is done
    if (first->domain != second->domain) return first->domain > second->domain;
    if (first->ordinal != second->ordinal) return first->ordinal < second->ordinal;
    return moment_of(a) < moment_of(b);
}

// ---- Troubles made on purpose (RunOptions::disturb)

namespace {

/// What opens something, and what writes: the calls that in the field have to wait.
bool may_be_disturbed(CallKind kind) {
    switch (kind) {
        case CallKind::open_source:
        case CallKind::open_expand:
        case CallKind::next_item:
        case CallKind::add_to_part:
        case CallKind::flush_part:
        case CallKind::commit_part:
            return true;
        default:
            return false;
    }
}

}  // namespace

bool Scheduler::disturbed(const Call& call, Worker& here) const {
    return !call.granted && may_be_disturbed(call.kind) && mix(options_.disturb, ++here.dice) % 4 == 0;
}

void Scheduler::delay(const Call& call, Worker& here) const {
    if (!may_be_disturbed(call.kind)) return;
    const std::uint64_t roll = mix(options_.disturb, ++here.dice);
    if (roll % 32 == 0) std::this_thread::sleep_for(std::chrono::microseconds(roll / 32 % 100));
    if (roll % 4 == 1) std::this_thread::yield();
}

// ---- Groups with items enough

bool Scheduler::park_for_tokens(Group& group, Worker& here) {
    if (group.tokens.load() <= group.most_tokens.load()) return false;
    // From the moment it waits, someone else may run the cursor to its end: a token of ours keeps the group.
    group.tokens.fetch_add(1);
    change_parked(group.expand, 1);
    group.waits_for_tokens = true;
    const bool room_again =
        group.tokens.load() - 1 <= group.most_tokens.load() && group.waits_for_tokens.exchange(false);
    if (room_again) change_parked(group.expand, -1);
    change_tokens(group.root, &group, -1, here);
    return !room_again;
}

// ---- Gates

Scheduler::Next Scheduler::enter_gate(Call& call, Worker& here) {
    Gate& gate = *states_[call.stage]->gate;
    Batch started;
    {
        const std::scoped_lock lock(gates_mutex_);
        gate.queue.push_back(call);
        start_ready(gate, here, started);
    }
    return launch(started);
}

Scheduler::Next Scheduler::launch(const Batch& started) {
    Next next;
    for (const auto& call : started) chain(next, call);
    return next;
}

Scheduler::Next Scheduler::leave_gate(Gate& gate, Worker& here) {
    Batch started;
    {
        const std::scoped_lock lock(gates_mutex_);
        --gate.running;
        free_threads_ += gate.threads;
        for (const auto resource : gate.resources) resource_taken_[resource] = false;
        const bool shared = count_threads_ || !gate.resources.empty();
        if (starving_) start_ready(*starving_, here, started);
        for (const auto& state : states_)
            if (state->gate && (shared || state->gate.get() == &gate))
                start_ready(*state->gate, here, started);
    }
    return launch(started);
}

void Scheduler::start_ready(Gate& gate, Worker& here, Batch& started) {
    const bool starved = starving_ == &gate;
    start_calls(gate, here, started);
    if (starving_ == &gate && gate.queue.empty()) starving_ = nullptr;  // what waited has become hopeless
    if (!starved || starving_) return;
    for (const auto& state : states_)
        if (state->gate) start_calls(*state->gate, here, started);
}

void Scheduler::start_calls(Gate& gate, Worker& here, Batch& started) {
    const Want want = start_what_may(gate, here, started);
    states_[gate.stage]->wants.set_gate(want, gate.queue.size(), nanoseconds_now);
}

Want Scheduler::start_what_may(Gate& gate, Worker& here, Batch& started) {
    while (!gate.queue.empty() && !gate.blocked) {
        if (hopeless(gate.queue.front())) {  // step() drops it
            started.push_back(gate.queue.front());
            gate.queue.pop_front();
            continue;
        }
        if (gate.running >= gate.most) return Want::input;  // for none of its own places
        if (starving_ && starving_ != &gate) return Want::thread;
        const bool full = gate.queue.size() >= gate.batch;
        if (!full && in_flight_.load() >= settings_.threads) return Want::batch;
        for (const auto resource : gate.resources)
            if (resource_taken_[resource]) return Want::resource;
        if (count_threads_ && free_threads_ < gate.threads) {
            starving_ = &gate;
            return Want::thread;
        }
        if (starving_ == &gate) starving_ = nullptr;
        auto calls = std::make_unique<Batch>();
        while (!gate.queue.empty() && calls->size() < gate.batch && !hopeless(gate.queue.front())) {
            Call call = gate.queue.front();
            gate.queue.pop_front();
            gate.blocked = !take_or_park(call, here);
            if (gate.blocked) break;
            calls->push_back(call);
        }
        if (calls->empty()) continue;  // blocked, or become hopeless at this moment
        ++gate.running;
        if (count_threads_) free_threads_ -= gate.threads;
        for (const auto resource : gate.resources) resource_taken_[resource] = true;
        Call call = calls->front();
        if (calls->size() > 1) {
            call = Call{.kind = CallKind::process_batch, .stage = gate.stage};
            call.state = calls.release();
        }
        call.entered = true;
        started.push_back(call);
    }
    return Want::input;
}

bool Scheduler::start_batches(Worker& here) {
    Batch started;
    {
        const std::scoped_lock lock(gates_mutex_);
        for (const auto& state : states_)
            if (state->gate && state->gate->batch > 1) start_ready(*state->gate, here, started);
    }
    for (const auto& call : started) spawn(call);
    return !started.empty();
}

// ---- When nothing runs and something is parked

/// What one input holds in a serial run at the moment of `call`: what was emitted before that moment. (What
/// others hold, and what was emitted ahead of it, it could do without.)
std::int64_t Scheduler::essential_bytes(const Call& call) const {
    std::vector<Item*> items;
    for (const auto& parked : parked_)
        if (parked.item) items.push_back(parked.item);
    for (const auto& state : states_) {
        if (state->join) state->join->list(items);
        if (state->order) state->order->order.list(items);
        if (state->gate)
            for (const auto& queued : state->gate->queue)
                if (queued.item) items.push_back(queued.item);
    }
    for (const Group* group : groups_)
        if (group->input) items.push_back(group->input);
    for (const Sequence* fold : folds_) fold->order.list(items);
    for (const Root* root : roots_)
        for (const auto& part : root->parts)
            if (part.sequence) part.sequence->order.list(items);

    const Root* root = root_of(call);
    const Moment moment = moment_of(call);
    std::unordered_set<const Item*> seen;
    std::int64_t bytes = 0;
    while (!items.empty()) {
        const Item* item = items.back();
        items.pop_back();
        if (!seen.insert(item).second || item->root != root) continue;
        if (item->joined)
            items.insert(items.end(), item->joined->parts.begin(), item->joined->parts.end());
        else if (layout_.output_moment(layout_.stages[item->stage], item->lineage) < moment)
            bytes += static_cast<std::int64_t>(item->payload.bytes);
    }
    return bytes;
}

/// Whoever waits for room at the head of a gate blocks those behind it, and one of these may be older: from
/// now on that one waits at the head.
void Scheduler::let_oldest_lead() {
    const std::scoped_lock lock(gates_mutex_, parked_mutex_);
    for (auto& head : parked_) {
        Gate* gate = states_[head.stage]->gate.get();
        if (!gate || gate->queue.empty()) continue;
        const auto oldest = std::min_element(gate->queue.begin(), gate->queue.end(),
                                             [&](const Call& a, const Call& b) { return older(a, b); });
        if (older(*oldest, head)) std::swap(*oldest, head);
    }
}

bool Scheduler::force_oldest(Worker& here) {
    let_oldest_lead();
    std::vector<Call> calls;
    {
        const std::scoped_lock lock(parked_mutex_);
        calls = parked_;
    }
    const std::size_t parked_for_room = calls.size();
    for (Group* group : groups_)
        if (group->waits_for_tokens)
            calls.push_back({.kind = CallKind::next_item, .stage = group->expand, .state = group});
    if (calls.empty()) return false;
    std::size_t chosen = calls.size(), oldest = 0;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        if (hopeless(calls[i])) chosen = i;  // it need not wait for room
        if (older(calls[i], calls[oldest])) oldest = i;
    }
    const bool give_up = chosen < calls.size();
    if (!give_up) chosen = oldest;
    Call call = calls[chosen];
    if (chosen >= parked_for_room) {
        auto& group = *static_cast<Group*>(call.state);
        group.most_tokens = 2 * group.most_tokens;
        group.waits_for_tokens = false;
        change_parked(group.expand, -1);
        spawn(call);
        return true;
    }
    std::int64_t needed = 0;
    if (!give_up) needed = root_of(call) ? essential_bytes(call) + call.bytes : call.bytes;
    {
        const std::scoped_lock lock(parked_mutex_);
        parked_.erase(parked_.begin() + static_cast<std::ptrdiff_t>(chosen));
        parked_count_.fetch_sub(1);
    }
    if (needed > credits_.budget()) {
        change_parked(call.stage, -1);
        refuse(call, needed, here);
        return true;
    }
    if (!give_up) {
        credits_.force(call.bytes);
        call.granted = true;
    }
    resume(call);
    return true;
}

void Scheduler::refuse(Call call, std::int64_t needed, Worker& here) {
    Gate* gate = states_[call.stage]->gate.get();
    const auto& stage = layout_.stages[call.stage];
    const std::int64_t fixed = static_cast<std::int64_t>(settings_.memory) - credits_.budget();
    const Trouble trouble{Cause::limit,
                          "stage \"" + stage.planned->name + "\" needs " + bytes_text(needed) +
                              " for it, and the budget leaves " + bytes_text(credits_.budget()),
                          "run again with --memory " + bytes_text(needed + fixed) + " or more"};
    if (call.kind == CallKind::end_stream) {
        fail_stream_end(call, trouble, here);
    } else {
        Root& root = *root_of(call);
        fail_root(root, moment_of(call), stage, trouble);
        spawn(drop(call, here));
    }
    if (!gate) return;
    Batch started;
    {
        const std::scoped_lock lock(gates_mutex_);
        gate->blocked = false;
        start_ready(*gate, here, started);
    }
    for (const auto& each : started) spawn(each);
}

}  // namespace figurant::pipeline
