// The scheduler: executions, one function for each kind of call.

#include <algorithm>

#include "base/lost_trouble.h"
#include "pipeline/body_context.h"
#include "pipeline/guarded.h"
#include "pipeline/scheduler.h"
#include "pipeline/sub_run.h"

namespace figurant::pipeline {

Trouble Trouble::current() {
    try {
        throw;
    } catch (const Error& error) {
        return {error.cause(), error.what(), error.next_step()};
    } catch (const std::bad_alloc&) {
        return {Cause::limit, "the machine has no memory left for it",
                "lower --memory or --threads, or free some memory"};
    } catch (const std::exception& error) {
        return {Cause::internal, error.what(), "this is a defect; please report it"};
    } catch (...) {
        return {Cause::internal, "an exception of an unknown type", "this is a defect; please report it"};
    }
}

void Trouble::add_lost() {
    const auto lost = take_lost_trouble();
    if (!lost || cause == Cause::output) return;
    reason += "; moreover, " + std::string(lost->what());
    cause = Cause::output;
    next_step = lost->next_step();
}

namespace {

/// Items are pulled so many at once that handing the cursor on costs little against what follows.
constexpr std::int64_t burst_time = 60'000;  // nanoseconds
constexpr std::int64_t most_in_burst = 32;

}  // namespace

void Scheduler::run_chain(Next next, Worker& here) {
    while (next) {
        Call current = next;
        next = step(current, here);
    }
}

void Scheduler::run_message(Call call) {
    Worker& here = worker();
    if (call.kind != CallKind::close_root) states_[call.stage]->wants.change_sent(-1, nanoseconds_now);
    const std::int64_t begun = here.now = nanoseconds_now();
    here.pulled = 0;
    run_chain(call, here);
    if (here.pulled > 0) here.item_time = (here.item_time + (here.now - begun) / here.pulled) / 2;
    if (batches_ && in_flight_.fetch_sub(1) <= settings_.threads) start_batches(here);
}

inline bool Scheduler::admit(Call& call, Worker& here, Next& next) {
    if (hopeless(call)) {
        cut_root(*root_of(call));
        next = drop(call, here);
        return false;
    }
    if (call.kind == CallKind::next_item && !call.granted &&
        park_for_tokens(*static_cast<Group*>(call.state), here))
        return false;
    if (!call.sized) {
        if (const auto trouble = find_bound(call, here)) {
            next = fail(call, *trouble, here);
            return false;
        }
    }
    if (states_[call.stage]->gate) {
        next = enter_gate(call, here);
        return false;
    }
    return take_or_park(call, here);
}

Scheduler::Next Scheduler::step(Call& call, Worker& here) {
    if (call.kind == CallKind::pull_source) return pull_source();
    Next next;
    if (call.kind == CallKind::close_root) {
        next = close_root(*static_cast<Root*>(call.state), here);
        here.now = nanoseconds_now();  // what the journal took is not the next body's time
        return next;
    }
    if (tracer_) here.taken_up = call.entered || call.state ? nanoseconds_now() : 0;
    if (!call.entered && !admit(call, here, next)) return next;
    if (options_.disturb) delay(call, here);
    here.call = &call;
    Gate* gate = states_[call.stage]->gate.get();
    next = perform(call, here);
    if (call.kind == CallKind::commit_part) here.now = nanoseconds_now();
    if (gate) chain(next, leave_gate(*gate, here));
    return next;
}

Root* Scheduler::root_of(const Call& call) const {
    if (call.item) return call.item->root;
    switch (call.kind) {
        case CallKind::open_source:
        case CallKind::close_root:
        case CallKind::flush_part:
        case CallKind::commit_part:
            return static_cast<Root*>(call.state);
        case CallKind::next_item:
            return static_cast<Group*>(call.state)->root;
        case CallKind::end_fold:
            return static_cast<Sequence*>(call.state)->root;
        default:
            return nullptr;
    }
}

Moment Scheduler::moment_of(const Call& call) const {
    const auto& stage = layout_.stages[call.stage];
    switch (call.kind) {
        case CallKind::open_source:
            return layout_.moment(stage, Lineage(static_cast<Root*>(call.state)->ordinal));
        case CallKind::next_item: {
            const auto& group = *static_cast<Group*>(call.state);
            return layout_.output_moment(stage, group.prefix.child(group.emitted));
        }
        case CallKind::end_fold:
            return layout_.output_moment(stage, static_cast<Sequence*>(call.state)->prefix);
        case CallKind::flush_part:
        case CallKind::commit_part:
        case CallKind::end_stream:
        case CallKind::process_batch:
            return Moment::last();
        default:
            return layout_.moment(stage, call.item->lineage);
    }
}

bool Scheduler::must_drop(const Call& call) const {
    Root* root = root_of(call);
    if (!root || call.kind == CallKind::flush_part || call.kind == CallKind::commit_part) return false;
    const auto state = root->state.load(std::memory_order_acquire);
    if (state == RootState::fine) return false;
    if (state == RootState::cut) return true;
    const Moment moment = moment_of(call);
    const tbb::spin_mutex::scoped_lock lock(root->mutex);
    return moment > root->bound;
}

bool Scheduler::hopeless_otherwise(const Call& call) const {
    if (must_drop(call)) return true;
    // What an input has left to do on the disk is done; nothing else is begun.
    const bool closing = call.kind == CallKind::flush_part || call.kind == CallKind::commit_part;
    if (closing || call.kind == CallKind::end_stream) return false;
    return aborting() || (pulls(call) && stopping());
}

Scheduler::Next Scheduler::drop(const Call& call, Worker& here) {
    if (call.granted) give(call.bytes, here);
    const auto& stage = layout_.stages[call.stage];
    switch (call.kind) {
        case CallKind::open_source: {
            auto* root = static_cast<Root*>(call.state);
            kill_outputs(stage, {root, nullptr, Lineage(root->ordinal)}, here);
            change_tokens(root, nullptr, -1, here);
            return {};
        }
        case CallKind::next_item:
            end_cursor(*static_cast<Group*>(call.state), here);
            return {};
        case CallKind::end_fold: {
            auto* sequence = static_cast<Sequence*>(call.state);
            const TreePlace place{sequence->root, sequence->parent, sequence->prefix};
            destroy_fold(sequence);
            kill_outputs(stage, place, here);
            change_tokens(place.root, place.group, -1, here);
            return {};
        }
        case CallKind::process:
        case CallKind::open_expand:
            kill_outputs(stage, {call.item->root, call.item->group, call.item->lineage}, here);
            [[fallthrough]];
        default: {
            const Next next = end_turn(call.state);
            let_go(call.item, here);
            return next;
        }
    }
}

Scheduler::Next Scheduler::fail(const Call& call, const Trouble& trouble, Worker& here) {
    const auto& stage = layout_.stages[call.stage];
    Root& root = *root_of(call);
    if (trouble.cause == Cause::interrupted && stopping()) {
        cut_root(root);
    } else if (stage.policy == OnError::skip_item && call.kind != CallKind::open_source) {
        bump(here.counters[call.stage].skipped, 1);
        mark_partial(root);
    } else {
        fail_root(root, moment_of(call), stage, trouble);
        if (stage.policy == OnError::stop)
            drain("stage \"" + stage.planned->name +
                  "\" ended the run (on_error = \"stop\"): " + trouble.reason);
    }
    return drop(call, here);
}

inline std::optional<Trouble> Scheduler::find_bound(Call& call, Worker&) {
    const auto& stage = layout_.stages[call.stage];
    Stage* code = states_[call.stage]->stage.get();
    std::size_t bytes = 0;
    try {
        switch (call.kind) {
            case CallKind::open_source:
                bytes = static_cast<Root*>(call.state)->reference.bytes;
                break;
            case CallKind::process:
                if (stage.kind == Kind::for_each_graph)
                    bytes = sub_run_memory(static_cast<std::size_t>(credits_.budget()),
                                           stage.planned->execution.concurrency);
                else
                    bytes = static_cast<const Map*>(code)->output_bytes(
                        {stage.type->inputs, call.item->payloads(), call.item->lineage});
                break;
            case CallKind::next_item:
                bytes = static_cast<Group*>(call.state)->cursor->next_bytes();
                break;
            case CallKind::end_fold:
                bytes = static_cast<const Gather*>(code)->output_bytes();
                break;
            case CallKind::add_to_stream:
            case CallKind::end_stream:
                bytes = static_cast<const Regroup*>(code)->output_bytes();
                break;
            default:
                break;
        }
    } catch (...) {
        return Trouble::current();
    }
    call.sized = true;
    // Whatever a body claims, sums of bounds must not overflow.
    call.bytes = static_cast<std::int64_t>(std::min<std::size_t>(bytes, std::size_t{1} << 56));
    return std::nullopt;
}

inline Scheduler::Next Scheduler::perform(Call& call, Worker& here) {
    if (call.item) bump(here.counters[call.stage].items_in, 1);
    switch (call.kind) {
        case CallKind::open_source:
            return open_source(call, here);
        case CallKind::process:
            return process(call, here);
        case CallKind::process_batch: {
            const std::unique_ptr<Batch> batch(static_cast<Batch*>(call.state));
            return process_batch(*batch, here);
        }
        case CallKind::open_expand:
            return open_expand(call, here);
        case CallKind::next_item:
            return pull_items(call, here);
        case CallKind::add_to_fold:
            return add_to_fold(call, here);
        case CallKind::end_fold:
            return end_fold(call, here);
        case CallKind::add_to_stream:
            return add_to_stream(call, here);
        case CallKind::end_stream:
            return end_stream(call, here);
        case CallKind::add_to_part:
            return add_to_part(call, here);
        case CallKind::keep_part:
            return keep_part(call, here);
        case CallKind::flush_part:
        case CallKind::commit_part:
            return close_part(call, here);
        default:
            return {};
    }
}

Scheduler::Next Scheduler::open_source(Call& call, Worker& here) {
    const auto& stage = layout_.stages[call.stage];
    auto* root = static_cast<Root*>(call.state);
    const Lineage lineage(root->ordinal);
    std::unique_ptr<Records> records;
    const auto trouble = guarded(stage, here, [&] {
        BodyContext context(*this, stage, states_[call.stage]->needs.threads, lineage, *root->input);
        here.outputs.reset(stage.type->outputs);
        static_cast<const Source*>(states_[call.stage]->stage.get())
            ->open(*root->input, here.outputs, context);
        here.outputs.check_filled();
        records = context.take_records();
    });
    if (trouble) return fail(call, *trouble, here);
    add_records(*root, std::move(records));
    charge(call, kept_bytes(stage, here.outputs), here);
    return emit(stage, here.outputs, {root, nullptr, lineage}, 1, here);
}

Scheduler::Next Scheduler::process(Call& call, Worker& here) {
    const auto& stage = layout_.stages[call.stage];
    Item* item = call.item;
    std::unique_ptr<Records> records;
    const auto trouble = guarded(stage, here, [&] {
        BodyContext context(*this, stage, states_[call.stage]->needs.threads, item->lineage,
                            *item->root->input);
        here.outputs.reset(stage.type->outputs);
        const Inputs in(stage.type->inputs, item->payloads(), item->lineage);
        if (stage.kind == Kind::for_each_graph)
            run_sub_graph(*this, *stage.planned, static_cast<std::size_t>(call.bytes), in, here.outputs,
                          context);
        else
            static_cast<const Map*>(states_[call.stage]->stage.get())->process(in, here.outputs, context);
        here.outputs.check_filled();
        records = context.take_records();
    });
    if (trouble) return fail(call, *trouble, here);
    if (records) add_records(*item->root, std::move(records));
    Next next;
    if (stage.only_consumer && !item->joined && item->references.load(std::memory_order_acquire) == 1) {
        next = carry_on(stage, call, here);
    } else {
        charge(call, kept_bytes(stage, here.outputs), here);
        const TreePlace place{item->root, item->group, item->lineage};
        release(item, here);
        next = emit(stage, here.outputs, place, 1, here);
    }
    if (call.state) chain(next, end_turn(call.state));
    return next;
}

Scheduler::Next Scheduler::process_batch(Batch& calls, Worker& here) {
    const auto& stage = layout_.stages[calls.front().stage];
    const auto& map = *static_cast<const Map*>(states_[stage.index]->stage.get());
    const int threads = states_[stage.index]->needs.threads;
    std::deque<Inputs> inputs;
    std::deque<Outputs> outputs;
    std::deque<BodyContext> contexts;
    std::vector<Map::BatchItem> items;
    for (const auto& call : calls) {
        Item* item = call.item;
        inputs.emplace_back(stage.type->inputs, item->payloads(), item->lineage);
        outputs.emplace_back(stage.type->outputs);
        contexts.emplace_back(*this, stage, threads, item->lineage, *item->root->input);
        items.push_back({inputs.back(), outputs.back(), contexts.back()});
    }
    bool together = true;
    begin_body(stage, here);
    try {
        tbb::this_task_arena::isolate([&] {
            map.process_batch(items);
            for (const auto& each : outputs) each.check_filled();
        });
    } catch (...) {
        together = false;  // one by one, so that only the guilty fail
    }
    end_body(stage, here);
    Next next;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        bump(here.counters[stage.index].items_in, 1);
        if (!together) {
            here.call = &calls[i];
            chain(next, process(calls[i], here));
            continue;
        }
        Item* item = calls[i].item;
        add_records(*item->root, contexts[i].take_records());
        charge(calls[i], kept_bytes(stage, outputs[i]), here);
        const TreePlace place{item->root, item->group, item->lineage};
        release(item, here);
        chain(next, emit(stage, outputs[i], place, 1, here));
        chain(next, end_turn(calls[i].state));
    }
    return next;
}

Scheduler::Next Scheduler::open_expand(Call& call, Worker& here) {
    const auto& stage = layout_.stages[call.stage];
    Item* item = call.item;
    std::unique_ptr<Cursor> cursor;
    std::unique_ptr<Records> records;
    const auto trouble = guarded(stage, here, [&] {
        BodyContext context(*this, stage, states_[call.stage]->needs.threads, item->lineage,
                            *item->root->input);
        const Inputs in(stage.type->inputs, item->payloads(), item->lineage);
        cursor = static_cast<const Expand*>(states_[call.stage]->stage.get())->open(in, context);
        if (!cursor) throw Error(Cause::internal, "the stage opened no cursor");
        records = context.take_records();
    });
    if (trouble) return fail(call, *trouble, here);
    add_records(*item->root, std::move(records));
    charge(call, 0, here);

    auto* group = new Group;
    group->root = item->root;
    group->parent = item->group;
    group->expand = stage.index;
    group->prefix = item->lineage;
    group->input = item;
    group->cursor = std::move(cursor);
    if (tracer_) {
        group->mark = tracer_->new_mark(place_of(here));
        tracer_->linked(place_of(here), Tracer::Link::first, group->mark);
    }
    group->most_tokens =
        static_cast<std::int64_t>(queue_cap_) * std::max<std::int64_t>(stage.consumer_count, 1);
    auto& state = *states_[call.stage];
    if (const auto count = group->cursor->count())
        state.expected += static_cast<std::int64_t>(*count);
    else
        state.all_announced = false;
    {
        const std::scoped_lock lock(registry_mutex_);
        groups_.insert(group);
        for (const auto gather : stage.gathers) {
            const auto& closing = layout_.stages[gather];
            const bool any_order = static_cast<const Gather*>(states_[gather]->stage.get())->any_order();
            auto* fold = new Sequence(closing.index, closing.planned->execution.ordered || !any_order);
            fold->root = group->root;
            fold->parent = group->parent;
            fold->prefix = group->prefix;
            group->folds.push_back(fold);
            folds_.insert(fold);
        }
    }
    begin_at_first(stage, *group);
    // The item's own token is now the group's; each fold has one for its result.
    if (!stage.gathers.empty())
        change_tokens(item->root, item->group, static_cast<std::int64_t>(stage.gathers.size()), here);
    Next next = Call{.kind = CallKind::next_item, .stage = stage.index, .state = group};
    chain(next, end_turn(call.state));
    return next;
}

std::optional<Trouble> Scheduler::pull_item(Call& call, Worker& here, bool& more, Next& next) {
    const auto& stage = layout_.stages[call.stage];
    auto& group = *static_cast<Group*>(call.state);
    const Lineage lineage = group.prefix.child(group.emitted);
    std::unique_ptr<Records> records;
    auto trouble = guarded(stage, here, [&] {
        BodyContext context(*this, stage, states_[call.stage]->needs.threads, lineage, *group.root->input);
        here.outputs.reset(stage.type->outputs);
        more = group.cursor->next(here.outputs, context);
        if (more) here.outputs.check_filled();
        records = context.take_records();
    });
    if (trouble) return trouble;
    add_records(*group.root, std::move(records));
    if (more) {
        ++group.emitted;
        ++here.pulled;
    }
    charge(call, more ? kept_bytes(stage, here.outputs) : 0, here);
    if (more) next = emit(stage, here.outputs, {group.root, &group, lineage}, 0, here);
    return trouble;
}

/// Pulls an item and goes on with it, the cursor being left to whoever is free. Where items take so little
/// that handing the cursor on would cost more, several are pulled at once.
Scheduler::Next Scheduler::pull_items(Call& call, Worker& here) {
    const bool gated = states_[call.stage]->gate != nullptr;
    const std::int64_t burst =
        gated ? 1
              : std::clamp<std::int64_t>(burst_time / std::max<std::int64_t>(here.item_time, 1), 1,
                                         most_in_burst);
    std::array<Next, most_in_burst> pulled;
    std::size_t count = 0;
    const Call again{.kind = CallKind::next_item, .stage = call.stage, .state = call.state};
    for (Next other;;) {
        bool more = false;
        Next& next = pulled[count];
        if (const auto trouble = pull_item(call, here, more, next)) {
            fail(call, *trouble, here);
            break;
        }
        if (!more) {
            end_cursor(*static_cast<Group*>(call.state), here);
            break;
        }
        if (next) ++count;
        call = again;
        if (static_cast<std::int64_t>(count) >= burst || gated) {
            spawn(call);
            break;
        }
        if (!admit(call, here, other)) break;  // parked or dropped
    }
    const std::int64_t begun = here.now;
    for (std::size_t i = 0; i + 1 < count; ++i) {
        // What takes longer than was thought is shared with who is free.
        if (here.now - begun > 2 * burst_time)
            spawn(pulled[i]);
        else
            run_chain(pulled[i], here);
    }
    return count > 0 ? pulled[count - 1] : Next{};
}

Scheduler::Next Scheduler::add_to_fold(Call& call, Worker& here) {
    const auto& stage = layout_.stages[call.stage];
    auto& sequence = *static_cast<Sequence*>(call.state);
    Item* item = call.item;
    std::unique_ptr<Records> records;
    const auto trouble = guarded(stage, here, [&] {
        BodyContext context(*this, stage, states_[call.stage]->needs.threads, item->lineage,
                            *item->root->input);
        if (!sequence.fold)
            sequence.fold = static_cast<const Gather*>(states_[call.stage]->stage.get())->begin();
        sequence.fold->add({stage.type->inputs, item->payloads(), item->lineage}, context);
        records = context.take_records();
    });
    if (trouble) return fail(call, *trouble, here);
    add_records(*item->root, std::move(records));
    const Next next = end_turn(&sequence);
    let_go(item, here);
    return next;
}

Scheduler::Next Scheduler::end_fold(Call& call, Worker& here) {
    const auto& stage = layout_.stages[call.stage];
    auto* sequence = static_cast<Sequence*>(call.state);
    std::unique_ptr<Records> records;
    const auto trouble = guarded(stage, here, [&] {
        BodyContext context(*this, stage, states_[call.stage]->needs.threads, sequence->prefix,
                            *sequence->root->input);
        here.outputs.reset(stage.type->outputs);
        if (!sequence->fold)
            sequence->fold = static_cast<const Gather*>(states_[call.stage]->stage.get())->begin();
        sequence->fold->end(here.outputs, context);
        here.outputs.check_filled();
        records = context.take_records();
    });
    if (trouble) return fail(call, *trouble, here);
    add_records(*sequence->root, std::move(records));
    charge(call, kept_bytes(stage, here.outputs), here);
    const TreePlace place{sequence->root, sequence->parent, sequence->prefix};
    destroy_fold(sequence);
    return emit(stage, here.outputs, place, 1, here);
}

Scheduler::Next Scheduler::add_to_stream(Call& call, Worker& here) {
    const auto& stage = layout_.stages[call.stage];
    auto& state = *states_[call.stage];
    Item* item = call.item;
    if (state.owners_used) {
        for (Root* owner : std::exchange(state.owners, {})) drop_hold(*owner);
        state.owners_used = false;
    }
    if (std::find(state.owners.begin(), state.owners.end(), item->root) == state.owners.end()) {
        item->root->holds.fetch_add(1);
        state.owners.push_back(item->root);
    }
    Emitter emitter(stage.type->outputs);
    std::unique_ptr<Records> records;
    const auto trouble = guarded(stage, here, [&] {
        BodyContext context(*this, stage, state.needs.threads, item->lineage, *item->root->input);
        emitter.items().clear();
        state.stream->add({stage.type->inputs, item->payloads(), item->lineage}, emitter, context);
        for (const auto& each : emitter.items()) each.check_filled();
        records = context.take_records();
    });
    if (trouble) return fail(call, *trouble, here);
    add_records(*item->root, std::move(records));
    std::int64_t bytes = 0;
    for (auto& each : emitter.items()) bytes += kept_bytes(stage, each);
    charge(call, bytes, here);
    Next next = emit_roots(stage, emitter, here);
    let_go(item, here);
    chain(next, end_turn(call.state));
    return next;
}

Scheduler::Next Scheduler::end_stream(Call& call, Worker& here) {
    const auto& stage = layout_.stages[call.stage];
    auto& state = *states_[call.stage];
    const InputReference none;
    Emitter emitter(stage.type->outputs);
    std::unique_ptr<Records> records;
    const auto trouble = guarded(stage, here, [&] {
        const Lineage lineage(state.next_ordinal);
        BodyContext context(*this, stage, state.needs.threads, lineage,
                            state.owners.empty() ? none : *state.owners.front()->input);
        emitter.items().clear();
        state.stream->end(emitter, context);
        for (const auto& each : emitter.items()) each.check_filled();
        records = context.take_records();
    });
    if (trouble) {
        fail_stream_end(call, *trouble, here);
        return {};
    }
    if (!state.owners.empty()) add_records(*state.owners.front(), std::move(records));
    std::int64_t bytes = 0;
    for (auto& each : emitter.items()) bytes += kept_bytes(stage, each);
    charge(call, bytes, here);
    Next next = emit_roots(stage, emitter, here);
    for (Root* owner : std::exchange(state.owners, {})) drop_hold(*owner);
    return next;
}

void Scheduler::fail_stream_end(const Call& call, const Trouble& trouble, Worker& here) {
    const auto& stage = layout_.stages[call.stage];
    auto& owners = states_[call.stage]->owners;
    if (call.granted) give(call.bytes, here);
    if (owners.empty()) settle_unowned(stage, trouble);
    for (Root* owner : owners) fail_root(*owner, Moment::last(), stage, trouble);
    for (Root* owner : std::exchange(owners, {})) drop_hold(*owner);
}

Scheduler::Next Scheduler::add_to_part(Call& call, Worker& here) {
    const auto& stage = layout_.stages[call.stage];
    Item* item = call.item;
    auto& part = item->root->parts[stage.slot].part;
    std::unique_ptr<Records> records;
    const auto trouble = guarded(stage, here, [&] {
        BodyContext context(*this, stage, states_[call.stage]->needs.threads, item->lineage,
                            *item->root->input);
        if (!part)
            part = static_cast<const Sink*>(states_[call.stage]->stage.get())->begin(item->root->reference);
        part->add({stage.type->inputs, item->payloads(), item->lineage}, context);
        records = context.take_records();
    });
    if (trouble) return fail(call, *trouble, here);
    add_records(*item->root, std::move(records));
    // In this order: with its last item an input may be gone, and its part's sequence with it.
    const Next next = end_turn(call.state);
    let_go(item, here);
    return next;
}

Scheduler::Next Scheduler::keep_part(Call& call, Worker& here) {
    const auto& stage = layout_.stages[call.stage];
    Item* item = call.item;
    std::string bytes;
    std::unique_ptr<Records> records;
    const auto trouble = guarded(stage, here, [&] {
        BodyContext context(*this, stage, states_[call.stage]->needs.threads, item->lineage,
                            *item->root->input);
        bytes = static_cast<const Finish*>(states_[call.stage]->stage.get())
                    ->part({stage.type->inputs, item->payloads(), item->lineage}, context);
        records = context.take_records();
    });
    if (trouble) return fail(call, *trouble, here);
    add_records(*item->root, std::move(records));
    {
        const tbb::spin_mutex::scoped_lock lock(item->root->mutex);
        item->root->finish_items[stage.slot].push_back({item->lineage, std::move(bytes)});
    }
    // In this order: with its last item an input may be gone, and its part's sequence with it.
    const Next next = end_turn(call.state);
    let_go(item, here);
    return next;
}

}  // namespace figurant::pipeline
