#include "pipeline/scheduler.h"

#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <unordered_set>

#include "base/lost_trouble.h"
#include "pipeline/body_context.h"
#include "pipeline/guarded.h"
#include "pipeline/problems.h"
#include "pipeline/report_text.h"

namespace figurant::pipeline {

namespace {

CallKind item_call_of(Kind kind) {
    switch (kind) {
        case Kind::expand:
            return CallKind::open_expand;
        case Kind::gather:
            return CallKind::add_to_fold;
        case Kind::regroup:
            return CallKind::add_to_stream;
        case Kind::sink:
            return CallKind::add_to_part;
        case Kind::finish:
            return CallKind::keep_part;
        default:
            return CallKind::process;
    }
}

void check_names(const std::vector<InputReference>& inputs, const std::string& source) {
    std::unordered_set<std::string_view> names;
    for (const auto& input : inputs)
        if (!names.insert(input.name).second)
            throw Error(Cause::internal, "stage \"" + source + "\" lists \"" + input.name + "\" twice");
}

}  // namespace

Scheduler::Scheduler(const Plan& plan, const RunOptions& options, const RunSettings& settings)
    : plan_(plan),
      options_(options),
      settings_(settings),
      layout_(plan),
      workers_(static_cast<std::size_t>(tbb::this_task_arena::max_concurrency())) {
    settings_.state = plan.output.empty() ? std::filesystem::path() : state_folder(plan.output);
    make_stages();
    set_budget();
    make_gates();
    auto& source = layout_.stages[layout_.source];
    inputs_ = static_cast<const Source*>(states_[layout_.source]->stage.get())->inputs();
    if (inputs_.empty())
        throw Error(Cause::input, "stage \"" + source.planned->name + "\" found no input",
                    "check the paths that were given");
    if (inputs_.size() >= UINT32_MAX) throw Error(Cause::limit, "more than four thousand million inputs");
    check_names(inputs_, source.planned->name);
    for (std::size_t index = 0; index < inputs_.size(); ++index) inputs_[index].index = index;
    wanted_ = inputs_.size();
    for (auto& worker : workers_) {
        worker.counters = std::vector<StageCounters>(layout_.stages.size());
        worker.dice = options_.disturb + place_of(worker);
    }
    outcomes_.resize(layout_.regroups.size() + 1);
    if (options.trace_file) {
        std::vector<bool> batched;
        for (const auto& state : states_) batched.push_back(state->gate && state->gate->batch > 1);
        tracer_ =
            std::make_unique<Tracer>(*options.trace_file, layout_, plan.title, workers_.size(), batched);
    }
    start_ = std::chrono::steady_clock::now();
    for (const auto& state : states_) state->wants.start(nanoseconds_of(start_));
}

/// Opens the run's folder, and takes of the inputs those that are to be run.
void Scheduler::take_inputs() {
    if (!plan_.output.empty()) folder_ = std::make_unique<RunFolder>(plan_, settings_, options_, inputs_);
    const auto taken = folder_ ? folder_->inputs() : inputs_to_replay(inputs_, options_);
    const std::scoped_lock lock(source_mutex_, outcome_mutex_);
    inputs_.clear();
    inputs_.reserve(taken.size());
    outcomes_[0].resize(taken.size());
    wanted_ = 0;
    const bool again = !folder_ || !folder_->nothing_left();
    for (const auto& [reference, standing, partial, records] : taken) {
        inputs_.push_back(reference);
        standings_.push_back(standing);
        const bool done = standing == Standing::done;
        outcomes_[0][reference.place] = {done ? RootState::fine : RootState::cut, partial, &inputs_.back()};
        if (standing != Standing::absent) ++wanted_;
        if (!done) continue;
        ++earlier_;
        ++done_;
        if (partial) ++partial_;
        if (again) tell(records, 0, static_cast<std::uint32_t>(reference.place), inputs_.back(), true);
    }
    if (folder_)
        for (const auto& warning : folder_->warnings()) warnings_.emplace_back(0, warning);
}

Scheduler::~Scheduler() {
    for (auto& worker : workers_)
        for (Item* item : worker.spare) delete item;
}

void Scheduler::make_stages() {
    for (const auto& stage : layout_.stages) {
        auto state = std::make_unique<StageState>();
        state->item_call = item_call_of(stage.kind);
        const bool nested = stage.kind == Kind::for_each_graph;
        if (stage.policy == OnError::retry && !can_retry(stage.kind))
            throw Error(Cause::configuration, "stage \"" + stage.planned->name +
                                                  "\": on_error = \"retry\" is not for " +
                                                  with_article(kind_name(stage.kind)));
        if (!nested) {
            state->stage = stage.type->make(stage.planned->values);
            state->stage->prepare(settings_);
            state->needs = state->stage->needs();
        }
        state->needs.threads = std::clamp(state->needs.threads, 1, settings_.threads);
        if (stage.joined) state->join = std::make_unique<Join>(stage);
        if (stage.sequencing == Sequencing::run) state->order = std::make_unique<Sequence>(stage.index);
        if (stage.kind == Kind::regroup)
            state->stream = static_cast<const Regroup*>(state->stage.get())->begin();
        states_.push_back(std::move(state));
    }
}

/// Calls of the stage at once at the most.
static std::int64_t most_calls(const StageLayout& stage, int threads) {
    const auto wanted = stage.planned->execution.concurrency;
    // Whole runs side by side would only share the same threads.
    if (wanted == 0) return stage.kind == Kind::for_each_graph ? 1 : threads;
    return std::min<std::int64_t>(wanted, threads);
}

void Scheduler::set_budget() {
    std::size_t fixed = 0;
    std::string largest;
    std::size_t most = 0;
    for (const auto& stage : layout_.stages) {
        const auto& state = *states_[stage.index];
        if (!state.stage) continue;
        const auto calls = static_cast<std::size_t>(most_calls(stage, settings_.threads));
        const std::size_t own = state.stage->resident_bytes() + state.needs.workspace * calls;
        fixed += own;
        if (own > most) largest = stage.planned->name;
        most = std::max(most, own);
    }
    if (fixed >= settings_.memory)
        throw Error(Cause::limit,
                    "models and working memory take " + bytes_text(static_cast<std::int64_t>(fixed)) +
                        " of the " + bytes_text(static_cast<std::int64_t>(settings_.memory)) +
                        " that the run may use" +
                        (largest.empty() ? "" : ", most of it stage \"" + largest + "\""),
                    "run again with more --memory, or fewer --threads");
    credits_.set(static_cast<std::int64_t>(settings_.memory - fixed));
    slack_ = std::min<std::int64_t>(64 << 10, credits_.budget() / (64 * settings_.threads));
}

void Scheduler::make_gates() {
    std::map<std::string, std::size_t> resources;
    std::int64_t largest_batch = 1;
    for (const auto& state : states_) count_threads_ = count_threads_ || state->needs.threads > 1;
    for (const auto& stage : layout_.stages) {
        auto& state = *states_[stage.index];
        Gate gate;
        gate.stage = stage.index;
        gate.most = most_calls(stage, settings_.threads);
        gate.threads = state.needs.threads;
        for (const auto& name : state.needs.resources)
            gate.resources.push_back(resources.emplace(name, resources.size()).first->second);
        if (stage.kind == Kind::map) {
            const auto likes = static_cast<const Map*>(state.stage.get())->most_in_batch();
            const auto wanted = static_cast<std::size_t>(stage.planned->execution.batch);
            gate.batch = std::max<std::size_t>(wanted == 0 ? likes : std::min(wanted, likes), 1);
            if (stage.sequencing != Sequencing::none) gate.batch = 1;
        }
        batches_ = batches_ || gate.batch > 1;
        largest_batch = std::max(largest_batch, static_cast<std::int64_t>(gate.batch));
        // As many as there are threads for, and as its order and resources let run at once.
        // (What an ordered sink writes is flushed and renamed for several inputs at once.)
        const bool in_turn = stage.sequencing == Sequencing::run && stage.kind != Kind::sink;
        const bool alone = in_turn || !gate.resources.empty();
        state.places = alone ? 1 : std::clamp<std::int64_t>(settings_.threads / gate.threads, 1, gate.most);
        const bool free =
            gate.most >= settings_.threads && gate.batch == 1 && gate.resources.empty() && !count_threads_;
        if (!free) state.gate = std::make_unique<Gate>(std::move(gate));
    }
    resource_taken_.resize(resources.size());
    free_threads_ = settings_.threads;
    queue_cap_ = static_cast<std::size_t>(std::max<std::int64_t>(64, 4 * settings_.threads * largest_batch));
    most_active_ = std::max(4, 2 * settings_.threads) + 2 * largest_batch;
}

Worker& Scheduler::worker() {
    return workers_[static_cast<std::size_t>(tbb::this_task_arena::current_thread_index())];
}

bool Scheduler::stopping() const {
    return drain_.load(std::memory_order_relaxed) ||
           (options_.stop && options_.stop->load(std::memory_order_relaxed) > 0);
}

void Scheduler::note(std::string text) {
    const std::scoped_lock lock(outcome_mutex_);
    note_ = std::move(text);
}

RunReport Scheduler::run() {
    take_lost_trouble();  // of an earlier run of this process, which has ended
    take_inputs();
    if (folder_ && folder_->nothing_left()) return report_of_earlier();
    messages_ = std::make_unique<Messages>(states_.size(), [this](const Call& call) { run_message(call); });
    spawn(Call{.kind = CallKind::pull_source, .stage = static_cast<std::uint32_t>(layout_.source)});
    do messages_->wait();
    while (continue_when_idle());
    check_nothing_left();
    run_finishes();
    return report();
}

/// Called when no message is left: whatever is parked, or waits for the end of something, goes on.
bool Scheduler::continue_when_idle() {
    Worker& here = worker();
    here.now = nanoseconds_now();
    empty_purses();
    if (batches_ && start_batches(here)) return true;
    // Those admitted run already, and may have parked others: nobody is idle any more.
    if (parked_count_.load() > 0 && admit_parked()) return true;
    if (force_oldest(here)) return true;
    if (source_parked_.exchange(false)) {
        most_active_ = 2 * most_active_;
        pull_again();
        return true;
    }
    return end_next_regroup();
}

bool Scheduler::end_next_regroup() {
    for (const auto index : layout_.regroups) {
        auto& state = *states_[index];
        if (state.stream_ended) continue;
        state.stream_ended = true;
        const bool all_in = next_input_ == inputs_.size() && !stopping();
        if (all_in) {
            spawn(Call{.kind = CallKind::end_stream, .stage = static_cast<std::uint32_t>(index)});
            return true;
        }
        // Not ended, as not all of the run has come: what is in it belongs to inputs that are not done.
        const auto owners = std::exchange(state.owners, {});
        for (Root* owner : owners) {
            if (!state.owners_used) cut_root(*owner);
            drop_hold(*owner);
        }
        if (!owners.empty()) return true;
    }
    return false;
}

void Scheduler::check_nothing_left() const {
    if (roots_.empty()) return;
    std::string text = "the run stands still with work left:";
    for (const Root* root : roots_)
        text += " " + root->reference.name + " (" + std::to_string(root->tokens.load()) + " items, " +
                std::to_string(root->holds.load()) + " holds)";
    text += what_waits();
    throw Error(Cause::internal, text, "this is a defect; please report it");
}

void Scheduler::run_finishes() {
    if (stopping() || done_ + failed_ != wanted_) return;
    for (const auto& stage : layout_.stages)
        if (stage.kind == Kind::finish) run_finish(stage);
}

void Scheduler::run_finish(const StageLayout& stage) {
    Worker& here = worker();
    here.now = nanoseconds_now();
    here.call = nullptr;
    const auto& outcomes = outcomes_[stage.domain];
    const InputReference none;
    std::unique_ptr<Records> told;
    const auto trouble = guarded(stage, here, [&] {
        std::size_t place = 0;
        const auto next = [&]() -> std::optional<FinishPart> {
            if (stage.domain == 0)
                while (place < outcomes.size() && standings_[place] == Standing::absent) ++place;
            if (place == outcomes.size()) return std::nullopt;
            const auto& outcome = outcomes[place];
            FinishPart part{outcome.input, outcome.partial, {}};
            if (outcome.state == RootState::fine)
                part.items = folder_ ? folder_->load_parts(stage.index, place) : kept_[{stage.index, place}];
            ++place;
            return part;
        };
        const Lineage lineage;
        BodyContext context(*this, stage, states_[stage.index]->needs.threads, lineage, none);
        static_cast<const Finish*>(states_[stage.index]->stage.get())->finish(next, context);
        told = context.take_records();
    });
    if (trouble) {
        other_failures_.push_back(
            {"", stage.planned->name, trouble->cause, trouble->reason, trouble->next_step});
        if (trouble->cause == Cause::output) drain_for_output(trouble->reason);
        const bool own_code = trouble->cause != Cause::internal && trouble->cause != Cause::input;
        raise_exit_code(own_code ? exit_code(trouble->cause) : 3);
        return;
    }
    const Records records = told ? std::move(*told) : Records{};
    for (const auto& [what, amount] : records.counts) counts_[what] += amount;
    for (const auto& text : records.warnings) warnings_.emplace_back(inputs_.size(), text);
    for (const auto& print : records.prints)
        printed_.push_back({inputs_.size(), 0, 0, print.stage, print.lineage, print.text});
}

/// Nothing was left to do, nor is anything done again: what the run told when it ended.
RunReport Scheduler::report_of_earlier() {
    RunReport report = this->report();
    const auto& [counts, warnings, printed] = folder_->told();
    report.counts = counts;
    report.warnings.insert(report.warnings.end(), warnings.begin(), warnings.end());
    report.printed = printed;
    return report;
}

/// What a run that is resumed when nothing is left of it tells again.
Told Scheduler::told(const RunReport& report) const {
    Told told{report.counts, report.warnings, report.printed};
    for (const auto& own : folder_->warnings()) std::erase(told.warnings, own);
    return told;
}

RunReport Scheduler::report() {
    RunReport report;
    count_inputs(report);
    report.counts = counts_;
    for (const auto& [place, failure] : failures_) report.failures.push_back(failure);
    report.failures.insert(report.failures.end(), other_failures_.begin(), other_failures_.end());
    std::stable_sort(warnings_.begin(), warnings_.end());
    for (auto& [place, text] : warnings_) report.warnings.push_back(std::move(text));
    std::stable_sort(printed_.begin(), printed_.end(), [](const Printed& a, const Printed& b) {
        return std::tie(a.input, a.domain, a.ordinal, a.stage, a.lineage) <
               std::tie(b.input, b.domain, b.ordinal, b.stage, b.lineage);
    });
    for (auto& print : printed_) report.printed.push_back(std::move(print.text));
    if (options_.stop && options_.stop->load() > 0) {
        raise_exit_code(options_.signal == 15 ? 143 : 130);
        if (message_.empty()) message_ = "the run was asked to end";
    }
    if (output_failed_) raise_exit_code(4);
    if (folder_) {
        try {
            const Told told = folder_->nothing_left()    ? folder_->told()
                              : layout_.regroups.empty() ? Told{}
                                                         : this->told(report);
            folder_->finish_lists(failures_, other_failures_,
                                  exit_code_ == 0 && done_ == wanted_ ? &told : nullptr);
        } catch (const Error& error) {
            raise_exit_code(4);
            if (message_.empty()) message_ = error.what();
        }
    }
    report.exit_code = exit_code_;
    report.message = message_;
    const std::int64_t now = nanoseconds_now();
    for (const auto& stage : layout_.stages) report.stages.push_back(stage_report(stage, now));
    report.seconds = static_cast<double>(now - nanoseconds_of(start_)) * 1e-9;
    return report;
}

}  // namespace figurant::pipeline
