// The scheduler: from what was emitted, or never will be, to the executions that follow.

#include "pipeline/guarded.h"
#include "pipeline/scheduler.h"

namespace figurant::pipeline {

namespace {

struct Path {
    std::array<std::uint32_t, Lineage::most_depth + 1> steps{};
    std::size_t size = 0;
    operator std::span<const std::uint32_t>() const { return {steps.data(), size}; }  // NOLINT
};

/// Where `lineage` lies in the stage's sequence.
Path path_of(const StageLayout& stage, const Lineage& lineage) {
    Path path;
    if (stage.sequencing == Sequencing::run) path.steps[path.size++] = lineage.root();
    const std::size_t first = stage.sequencing == Sequencing::fold ? stage.output_depth : 0;
    for (std::size_t level = first; level < lineage.depth(); ++level)
        path.steps[path.size++] = lineage.ordinal(level);
    return path;
}

}  // namespace

inline Item* Scheduler::make_item(Worker& here) {
    if (here.spare.empty()) return new Item;
    Item* item = here.spare.back();
    here.spare.pop_back();
    return item;
}

void Scheduler::release(Item* item, Worker& here) {
    if (item->references.load(std::memory_order_acquire) != 1 && item->references.fetch_sub(1) != 1) return;
    if (item->joined) {
        for (Item* part : item->joined->parts) release(part, here);
        item->joined.reset();
    } else {
        const auto bytes = static_cast<std::int64_t>(item->payload.bytes);
        if (bytes >= counted_bytes) states_[item->stage]->bytes.fetch_sub(bytes, std::memory_order_relaxed);
        item->payload.data.reset();
        give(bytes, here);
    }
    if (here.spare.size() < 1024)
        here.spare.push_back(item);
    else
        delete item;
}

void Scheduler::let_go(Item* item, Worker& here) {
    Root* root = item->root;
    Group* group = item->group;
    release(item, here);
    change_tokens(root, group, -1, here);
}

inline Scheduler::Next Scheduler::deliver(const StageLayout& stage, Item* item) {
    Next next;
    if (stage.sequencing == Sequencing::none) {
        next = call_for(stage, item, nullptr);
    } else {
        Sequence& sequence = *sequence_of(stage, item->root, item->group);
        const tbb::spin_mutex::scoped_lock lock(sequence.mutex);
        sequence.order.arrive(path_of(stage, item->lineage), item);
        next = begin_turn(sequence);
    }
    return next;
}

inline Scheduler::Next Scheduler::route(const Edge& edge, Item* item, Worker& here) {
    const auto& stage = layout_.stages[edge.stage];
    if (!stage.joined) return deliver(stage, item);
    return after_join(stage, states_[edge.stage]->join->arrive(edge.port, item), here);
}

void Scheduler::count_alive(std::uint32_t stage, std::int64_t bytes) {
    auto& state = *states_[stage];
    const std::int64_t alive = state.bytes.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    std::int64_t peak = state.peak_bytes.load(std::memory_order_relaxed);
    while (alive > peak && !state.peak_bytes.compare_exchange_weak(peak, alive)) {
    }
}

Scheduler::Next Scheduler::carry_on(const StageLayout& stage, Call& call, Worker& here) {
    Item* item = call.item;
    const auto before = static_cast<std::int64_t>(item->payload.bytes);
    if (before >= counted_bytes) states_[item->stage]->bytes.fetch_sub(before, std::memory_order_relaxed);
    const auto bytes = static_cast<std::int64_t>(here.outputs.at(0).bytes);
    charge(call, bytes, here);
    item->payload = std::move(here.outputs.at(0));
    give(before, here);
    item->stage = stage.index;
    auto& counters = here.counters[stage.index];
    bump(counters.items_out, 1);
    bump(counters.bytes_out, bytes);
    if (tracer_) trace_output(*item, stage.consumers.front(), here);
    if (bytes >= counted_bytes) count_alive(stage.index, bytes);
    return route(*stage.only_consumer, item, here);
}

Scheduler::Next Scheduler::emit(const StageLayout& stage, Outputs& outputs, const TreePlace& place,
                                std::int64_t tokens, Worker& here) {
    const std::int64_t change = stage.consumer_count - tokens;
    if (change > 0) change_tokens(place.root, place.group, change, here);
    bump(here.counters[stage.index].items_out, 1);
    // All items are taken out first: what the first leads to may reuse `outputs`.
    std::array<Item*, 8> few{};
    std::vector<Item*> many;
    const std::size_t ports = stage.consumers.size();
    if (ports > few.size()) many.resize(ports);
    Item** items = ports > few.size() ? many.data() : few.data();
    for (std::size_t port = 0; port < ports; ++port) {
        if (stage.consumers[port].empty()) {
            outputs.at(port) = {};
            continue;
        }
        Item* item = items[port] = make_item(here);
        item->payload = std::move(outputs.at(port));
        item->lineage = place.lineage;
        item->root = place.root;
        item->group = place.group;
        item->stage = stage.index;
        item->references.store(static_cast<int>(stage.consumers[port].size()), std::memory_order_relaxed);
        const auto bytes = static_cast<std::int64_t>(item->payload.bytes);
        bump(here.counters[stage.index].bytes_out, bytes);
        if (tracer_) trace_output(*item, stage.consumers[port], here);
        if (bytes >= counted_bytes) count_alive(stage.index, bytes);
    }
    Next next;
    for (std::size_t port = 0; port < ports; ++port)
        for (const auto& edge : stage.consumers[port]) chain(next, route(edge, items[port], here));
    if (change < 0) change_tokens(place.root, place.group, change, here);
    return next;
}

Scheduler::Next Scheduler::emit_roots(const StageLayout& stage, Emitter& emitter, Worker& here) {
    auto& state = *states_[stage.index];
    Next next;
    for (auto& outputs : emitter.items()) {
        const InputReference* input = state.owners.empty() ? nullptr : state.owners.front()->input;
        Root* root = make_root(stage.output_domain, state.next_ordinal++, input);
        root->owners = state.owners;
        for (Root* owner : root->owners) owner->holds.fetch_add(1);
        chain(next, emit(stage, outputs, {root, nullptr, Lineage(root->ordinal)}, 1, here));
    }
    if (!emitter.items().empty()) state.owners_used = true;
    return next;
}

Item* Scheduler::join(const StageLayout& stage, std::vector<Item*> met, Worker& here) {
    Item* item = make_item(here);
    item->joined = std::make_unique<Joined>();
    item->joined->parts = std::move(met);
    const auto& parts = item->joined->parts;
    item->joined->payloads.reserve(parts.size());
    std::int64_t deep = 0;
    for (std::size_t port = 0; port < parts.size(); ++port) {
        item->joined->payloads.push_back(parts[port]->payload);
        if (stage.port_depths[port] != stage.depth) continue;
        ++deep;
        item->lineage = parts[port]->lineage;
        item->root = parts[port]->root;
        item->group = parts[port]->group;
    }
    item->stage = stage.index;
    item->references = 1;
    if (deep > 1) change_tokens(item->root, item->group, 1 - deep, here);
    return item;
}

Scheduler::Next Scheduler::after_join(const StageLayout& stage, Join::Outcome outcome, Worker& here) {
    for (const auto& place : outcome.dead) {
        Visited visited;
        kill_execution(stage, place, visited, here);
    }
    for (Item* item : outcome.dropped) let_go(item, here);
    Next next;
    for (auto& parts : outcome.met) chain(next, deliver(stage, join(stage, std::move(parts), here)));
    return next;
}

Sequence* Scheduler::sequence_of(const StageLayout& stage, Root* root, Group* group) const {
    switch (stage.sequencing) {
        case Sequencing::fold:
            while (group->prefix.depth() > stage.output_depth) group = group->parent;
            return group->folds[stage.slot];
        case Sequencing::part:
            return root->parts[stage.slot].sequence.get();
        case Sequencing::run:
            return states_[stage.index]->order.get();
        case Sequencing::none:
            break;
    }
    return nullptr;
}

Scheduler::Next Scheduler::begin_turn(Sequence& sequence) {
    if (sequence.busy) return {};
    sequence.busy = true;
    return next_turn(sequence);
}

Scheduler::Next Scheduler::end_turn(void* sequence) {
    if (!sequence) return {};
    auto& here = *static_cast<Sequence*>(sequence);
    const tbb::spin_mutex::scoped_lock lock(here.mutex);
    return next_turn(here);
}

Scheduler::Next Scheduler::next_turn(Sequence& sequence) {
    const auto& stage = layout_.stages[sequence.stage];
    auto& ready = sequence.order.ready();
    if (!ready.empty()) {
        Item* item = ready.front();
        ready.pop_front();
        return call_for(stage, item, &sequence);
    }
    if (stage.sequencing == Sequencing::fold && !sequence.ended && sequence.order.complete()) {
        sequence.ended = true;
        return Call{.kind = CallKind::end_fold, .stage = stage.index, .state = &sequence};
    }
    sequence.busy = false;
    return {};
}

void Scheduler::kill_outputs(const StageLayout& stage, const TreePlace& place, Worker& here) {
    Visited visited;
    kill_outputs(stage, place, visited, here);
}

void Scheduler::kill_outputs(const StageLayout& stage, const TreePlace& place, Visited& visited,
                             Worker& here) {
    for (const auto& port : stage.consumers)
        for (const auto& edge : port) kill_input(edge, place, visited, here);
}

void Scheduler::kill_input(const Edge& edge, const TreePlace& place, Visited& visited, Worker& here) {
    const auto& stage = layout_.stages[edge.stage];
    if (!stage.joined) return kill_execution(stage, place, visited, here);
    Join& join = *states_[edge.stage]->join;
    const std::size_t depth = place.lineage.depth();
    if (stage.port_depths[edge.port] == depth) {
        spawn(after_join(stage, join.kill(edge.port, place), here));
        return;
    }
    // A whole group that was never opened; its port's siblings are told by the same walk.
    if (!visited.insert(stage.index).second) return;
    if (std::count(stage.port_depths.begin(), stage.port_depths.end(), depth) > 0)
        spawn(after_join(stage, join.close(place.lineage), here));
    kill_execution(stage, place, visited, here);
}

void Scheduler::kill_execution(const StageLayout& stage, const TreePlace& place, Visited& visited,
                               Worker& here) {
    const std::size_t depth = place.lineage.depth();
    const bool inside = stage.sequencing == Sequencing::run ||
                        (stage.sequencing == Sequencing::part && depth > 0) ||
                        (stage.sequencing == Sequencing::fold && depth > stage.output_depth);
    if (inside) {
        Sequence& sequence = *sequence_of(stage, place.root, place.group);
        Next next;
        {
            const tbb::spin_mutex::scoped_lock lock(sequence.mutex);
            sequence.order.kill(path_of(stage, place.lineage));
            next = begin_turn(sequence);
        }
        spawn(next);
        if (stage.sequencing == Sequencing::fold || stage.kind == Kind::regroup) return;
    }
    kill_outputs(stage, place, visited, here);
}

/// Where the cursor's first item is not the group's first, nobody waits for those before it.
void Scheduler::begin_at_first(const StageLayout& stage, Group& group) {
    group.emitted = group.cursor->first();
    if (group.emitted == 0) return;
    for (const auto index : stage.sequenced) {
        const auto& consumer = layout_.stages[index];
        Sequence& sequence = *sequence_of(consumer, group.root, &group);
        const tbb::spin_mutex::scoped_lock lock(sequence.mutex);
        sequence.order.begin_at(path_of(consumer, group.prefix), group.emitted);
    }
}

void Scheduler::end_cursor(Group& group, Worker& here) {
    for (const auto index : layout_.stages[group.expand].sequenced) {
        const auto& stage = layout_.stages[index];
        Sequence& sequence = *sequence_of(stage, group.root, &group);
        Next next;
        {
            const tbb::spin_mutex::scoped_lock lock(sequence.mutex);
            sequence.order.set_count(path_of(stage, group.prefix), group.emitted);
            next = begin_turn(sequence);
        }
        spawn(next);
    }
    group.cursor.reset();
    release(std::exchange(group.input, nullptr), here);
    change_tokens(group.root, &group, -1, here);
}

void Scheduler::change_tokens(Root* root, Group* group, std::int64_t change, Worker& here) {
    if (group) {
        // Looked at before the change: afterwards the group may be gone.
        if (change < 0 && group->waits_for_tokens.load() &&
            group->tokens.load() + change <= group->most_tokens.load() * 3 / 4 &&
            group->waits_for_tokens.exchange(false)) {
            change_parked(group->expand, -1);
            spawn(Call{.kind = CallKind::next_item, .stage = group->expand, .state = group});
        }
        if (group->tokens.fetch_add(change) + change == 0) close_group(group, here);
        return;
    }
    if (root->tokens.fetch_add(change) + change != 0) return;
    if (root->domain == 0) {
        const auto active = active_roots_.fetch_sub(1) - 1;
        if (source_parked_.load() && active < most_active_.load() && source_parked_.exchange(false))
            pull_again();
    }
    drop_hold(*root);
}

void Scheduler::close_group(Group* group, Worker& here) {
    for (const auto index : layout_.stages[group->expand].joins)
        spawn(after_join(layout_.stages[index], states_[index]->join->close(group->prefix), here));
    {
        const std::scoped_lock lock(registry_mutex_);
        groups_.erase(group);
    }
    Root* root = group->root;
    Group* parent = group->parent;
    delete group;
    change_tokens(root, parent, -1, here);
}

void Scheduler::destroy_fold(Sequence* fold) {
    {
        const std::scoped_lock lock(registry_mutex_);
        folds_.erase(fold);
    }
    delete fold;
}

void Scheduler::spawn(const Call& call) {
    if (!call) return;
    if (batches_) in_flight_.fetch_add(1);
    if (call.kind != CallKind::close_root) states_[call.stage]->wants.change_sent(1, nanoseconds_now);
    messages_->send(call);
}

}  // namespace figurant::pipeline
