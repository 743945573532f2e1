// The scheduler: inputs (and what regroups emit) from their first item to their end.

#include <algorithm>

#include "base/lost_trouble.h"
#include "pipeline/guarded.h"
#include "pipeline/scheduler.h"

namespace figurant::pipeline {

namespace {

std::string output_lost(const std::string& reason) {
    return "the output cannot be written, so the run ended early: " + reason +
           "\n  when that is mended, run again with --resume";
}

/// Of two exit codes the one that says more.
int severity(int code) {
    constexpr std::array order{0, 3, 143, 130, 7, 5, 6, 1, 2, 4};
    return static_cast<int>(std::find(order.begin(), order.end(), code) - order.begin());
}

int exit_code_of_failure(Cause cause) {
    if (cause == Cause::output) return 4;
    if (cause == Cause::divergence) return 6;
    return 3;
}

}  // namespace

void Scheduler::raise_exit_code(int code) {
    if (severity(code) > severity(exit_code_)) exit_code_ = code;
}

void Scheduler::drain(const std::string& why) {
    const std::scoped_lock lock(outcome_mutex_);
    if (!drain_.exchange(true)) message_ = why;
}

/// What cannot be written cannot be written for the next input either.
void Scheduler::drain_for_output(const std::string& reason) {
    output_failed_ = true;
    drain(output_lost(reason));
}

Scheduler::Next Scheduler::pull_source() {
    const auto source = static_cast<std::uint32_t>(layout_.source);
    std::size_t place = 0;
    {
        const std::scoped_lock lock(source_mutex_);
        while (next_input_ < inputs_.size() && standings_[next_input_] != Standing::to_do) ++next_input_;
        if (next_input_ == inputs_.size() || stopping()) return {};
        if (active_roots_.load() >= most_active_.load()) {
            change_parked(source, 1);
            source_parked_ = true;
            if (active_roots_.load() >= most_active_.load() || !source_parked_.exchange(false)) return {};
            change_parked(source, -1);
        }
        place = next_input_++;
        active_roots_.fetch_add(1);
    }
    if (place + 1 < inputs_.size()) spawn(Call{.kind = CallKind::pull_source, .stage = source});
    Root* root = make_root(0, static_cast<std::uint32_t>(place), &inputs_[place]);
    return Call{.kind = CallKind::open_source, .stage = source, .state = root};
}

void Scheduler::pull_again() {
    const auto source = static_cast<std::uint32_t>(layout_.source);
    change_parked(source, -1);
    spawn(Call{.kind = CallKind::pull_source, .stage = source});
}

Root* Scheduler::make_root(std::uint32_t domain, std::uint32_t ordinal, const InputReference* input) {
    static const InputReference none;
    auto* root = new Root;
    root->domain = domain;
    root->ordinal = ordinal;
    root->input = input ? input : &none;
    root->reference = *root->input;
    if (domain > 0) {
        root->reference.name += "#" + std::to_string(ordinal);
        root->reference.place = ordinal;
    }
    root->finish_items.resize(layout_.finishes[domain].size());
    root->parts.resize(layout_.sinks[domain].size());
    for (const auto index : layout_.sinks[domain])
        if (layout_.stages[index].sequencing == Sequencing::part)
            root->parts[layout_.stages[index].slot].sequence =
                std::make_unique<Sequence>(static_cast<std::uint32_t>(index));
    const std::scoped_lock lock(registry_mutex_);
    roots_.insert(root);
    return root;
}

void Scheduler::fail_root(Root& root, const Moment& moment, const StageLayout& stage,
                          const Trouble& trouble) {
    const tbb::spin_mutex::scoped_lock lock(root.mutex);
    const auto state = root.state.load();
    if (state == RootState::cut) return;
    const bool own = root.failure_domain == root.domain;
    if (state == RootState::failed && own && root.bound <= moment) return;
    root.bound = moment;
    root.failure_domain = root.domain;
    root.failure_ordinal = root.ordinal;
    root.failure = {root.input->name, stage.planned->name, trouble.cause, trouble.reason, trouble.next_step};
    root.state.store(RootState::failed, std::memory_order_release);
    if (trouble.cause == Cause::output) drain_for_output(trouble.reason);
}

void Scheduler::fail_owner(Root& owner, const Root& failed) {
    const tbb::spin_mutex::scoped_lock lock(owner.mutex);
    const auto state = owner.state.load();
    if (state == RootState::cut) return;
    // Of several the first in the order of the run, so that it does not depend on timing.
    if (state == RootState::failed && std::pair(owner.failure_domain, owner.failure_ordinal) <=
                                          std::pair(failed.failure_domain, failed.failure_ordinal))
        return;
    owner.bound = Moment::last();
    owner.failure_domain = failed.failure_domain;
    owner.failure_ordinal = failed.failure_ordinal;
    owner.failure = failed.failure;
    owner.failure.input = owner.input->name;
    owner.state.store(RootState::failed, std::memory_order_release);
}

void Scheduler::cut_root(Root& root) {
    auto fine = RootState::fine;
    root.state.compare_exchange_strong(fine, RootState::cut);
}

void Scheduler::mark_partial(Root& root) {
    const tbb::spin_mutex::scoped_lock lock(root.mutex);
    root.partial = true;
}

void Scheduler::drop_hold(Root& root) {
    if (root.holds.fetch_sub(1) == 1)
        spawn(Call{.kind = CallKind::close_root,
                   .stage = static_cast<std::uint32_t>(layout_.source),
                   .state = &root});
}

Scheduler::Next Scheduler::close_root(Root& root, Worker&) {
    if (aborting()) cut_root(root);
    root.closing = 0;
    if (root.state == RootState::fine) return next_closing(root, CallKind::flush_part);
    complete_root(root);
    return {};
}

Scheduler::Next Scheduler::next_closing(Root& root, CallKind kind) {
    const auto& sinks = layout_.sinks[root.domain];
    while (root.closing < sinks.size() && !root.parts[root.closing].part) ++root.closing;
    if (root.closing < sinks.size())
        return Call{.kind = kind, .stage = static_cast<std::uint32_t>(sinks[root.closing]), .state = &root};
    if (kind == CallKind::flush_part) {
        root.closing = 0;
        return next_closing(root, CallKind::commit_part);
    }
    complete_root(root);
    return {};
}

Scheduler::Next Scheduler::close_part(Call& call, Worker& here) {
    auto& root = *static_cast<Root*>(call.state);
    const auto& stage = layout_.stages[call.stage];
    Part& part = *root.parts[root.closing].part;
    const auto trouble = guarded(stage, here, [&] {
        if (call.kind == CallKind::flush_part)
            part.flush();
        else
            part.commit();
    });
    if (trouble) {
        fail_root(root, Moment::last(), stage, *trouble);
        complete_root(root);
        return {};
    }
    ++root.closing;
    return next_closing(root, call.kind);
}

void Scheduler::store_finish_items(Root& root) {
    for (const auto index : layout_.finishes[root.domain]) {
        auto& items = root.finish_items[layout_.stages[index].slot];
        std::sort(items.begin(), items.end(),
                  [](const auto& a, const auto& b) { return a.lineage < b.lineage; });
        std::vector<std::string> bytes;
        for (auto& item : items) bytes.push_back(std::move(item.bytes));
        if (folder_)
            folder_->store_parts(index, root.ordinal, bytes);
        else {
            const std::scoped_lock lock(outcome_mutex_);
            kept_[{index, root.ordinal}] = std::move(bytes);
        }
    }
}

void Scheduler::complete_root(Root& root) {
    try {
        if (root.state == RootState::fine) store_finish_items(root);
        if (root.state == RootState::fine && root.domain == 0 && folder_)
            folder_->append_done(root.reference, root.partial, root.records);
    } catch (...) {
        const auto& finishes = layout_.finishes[root.domain];
        fail_root(root, Moment::last(), layout_.stages[finishes.empty() ? layout_.source : finishes.front()],
                  Trouble::current());
    }
    root.parts.clear();  // what was not committed is undone
    if (const auto lost = take_lost_trouble()) drain_for_output(lost->what());
    settle(root, root.state);
    for (Root* owner : root.owners) {
        if (root.partial) mark_partial(*owner);
        if (root.state == RootState::failed) fail_owner(*owner, root);
        if (root.state == RootState::cut) cut_root(*owner);
        drop_hold(*owner);
    }
    {
        const std::scoped_lock lock(registry_mutex_);
        roots_.erase(&root);
    }
    delete &root;
}

/// Adds what was told of a root to what the run tells; of one that failed the warnings alone.
void Scheduler::tell(const Records& records, std::uint32_t domain, std::uint32_t ordinal,
                     const InputReference& input, bool fine) {
    for (const auto& text : records.warnings)
        warnings_.emplace_back(input.place, input.name.empty() ? text : input.name + ": " + text);
    if (!fine) return;
    for (const auto& [what, amount] : records.counts) counts_[what] += amount;
    for (const auto& print : records.prints)
        printed_.push_back({input.place, domain, ordinal, print.stage, print.lineage, print.text});
}

void Scheduler::settle(Root& root, RootState state) {
    const std::scoped_lock lock(outcome_mutex_);
    // Nobody asks what came of a batch, of which there may be any number, but a finish stage.
    if (root.domain == 0 || !layout_.finishes[root.domain].empty()) {
        auto& outcomes = outcomes_[root.domain];
        if (outcomes.size() <= root.ordinal) outcomes.resize(root.ordinal + 1);
        outcomes[root.ordinal] = {state, root.partial, root.input};
    }
    tell(root.records, root.domain, root.ordinal, *root.input, state == RootState::fine);
    if (state == RootState::failed) raise_exit_code(exit_code_of_failure(root.failure.cause));
    if (root.domain > 0) {
        if (state == RootState::failed && root.owners.empty()) other_failures_.push_back(root.failure);
        return;
    }
    if (state == RootState::fine) ++done_;
    if (state == RootState::fine && root.partial) ++partial_;
    if (state != RootState::failed) return;
    ++failed_;
    failures_[root.place()] = root.failure;
    try {
        if (folder_) folder_->append_failure(root.failure);
    } catch (const Error& error) {
        take_lost_trouble();  // told here
        output_failed_ = true;
        if (!drain_.exchange(true)) message_ = output_lost(error.what());
    }
}

void Scheduler::settle_unowned(const StageLayout& stage, const Trouble& trouble) {
    const std::scoped_lock lock(outcome_mutex_);
    other_failures_.push_back({"", stage.planned->name, trouble.cause, trouble.reason, trouble.next_step});
    raise_exit_code(exit_code_of_failure(trouble.cause));
}

void Scheduler::add_records(Root& root, std::unique_ptr<Records> records) {
    if (!records) return;
    const tbb::spin_mutex::scoped_lock lock(root.mutex);
    root.records.add(std::move(*records));
}

}  // namespace figurant::pipeline
