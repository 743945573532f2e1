#pragma once
// The scheduler: small calls carried by oneTBB flow graph nodes, everything else in the ledger.
// Internal to the framework; run.h is the door.
//
// A call is one execution of a stage's code. On its way it is dropped if its input has failed before it,
// takes byte credits for what it will emit, passes its stage's gate (concurrency, resources, threads,
// batches), runs, and hands what it emitted to the consumers: the first of them goes on at once on the same
// worker, the others become messages to their stages' nodes. What cannot go on is parked in the ledger; no
// worker ever waits.

#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "pipeline/join.h"
#include "pipeline/layout.h"
#include "pipeline/ledger.h"
#include "pipeline/run.h"
#include "pipeline/run_folder.h"
#include "pipeline/stage_time.h"
#include "pipeline/trace.h"

namespace figurant::pipeline {

enum class CallKind : std::uint8_t {
    none,           ///< nothing follows
    pull_source,    ///< decide on the next input
    open_source,    ///< state: Root
    process,        ///< item; state: Sequence or null
    process_batch,  ///< state: Batch
    open_expand,    ///< item; state: Sequence or null
    next_item,      ///< state: Group
    add_to_fold,    ///< item, state: Sequence
    end_fold,       ///< state: Sequence
    add_to_stream,  ///< item, state: Sequence
    end_stream,     ///< (once)
    add_to_part,    ///< item; state: Sequence or null
    keep_part,      ///< item; state: Sequence or null
    close_root,     ///< state: Root; all its items are done
    flush_part,     ///< state: Root
    commit_part,    ///< state: Root
};

/// Kept small, as it is passed on at every step: two registers wide.
struct Call {
    CallKind kind = CallKind::none;
    bool granted = false;  ///< `bytes` of credits are taken
    bool sized = false;    ///< `bytes` is known
    bool entered = false;  ///< through the gate
    std::uint32_t stage = 0;
    Item* item = nullptr;
    void* state = nullptr;
    std::int64_t bytes = 0;  ///< upper bound of what it emits
    explicit operator bool() const { return kind != CallKind::none; }
};

using Batch = std::vector<Call>;

/// Why a body did not succeed.
struct Trouble {
    Cause cause = Cause::internal;
    std::string reason, next_step;
    /// From the exception being handled.
    static Trouble current();
    /// With what its files met when they were given up (take_lost_trouble), if anything.
    void add_lost();
};

/// What belongs to one slot of the arena.
struct alignas(128) Worker {
    std::vector<StageCounters> counters;
    Outputs outputs{{}};
    std::int64_t now = 0;      ///< when the last body ended, or the message began
    std::int64_t purse = 0;    ///< credits taken and not in use (admission.cpp)
    std::int64_t freed = 0;    ///< bytes of payloads since the resident memory was looked at
    std::vector<Item*> spare;  ///< memory for items
    std::int64_t pulled = 0;   ///< items, by the message under way
    /// Nanoseconds that an item pulled here took of late, all its stages together.
    std::int64_t item_time = 20'000;
    const Call* call = nullptr;  ///< under way
    /// With a trace: when it was taken up, if it had waited for a turn or at a gate. What it waited for may
    /// have begun after the last body here ended, and arrows lead forward.
    std::int64_t taken_up = 0;
    // For others to see: the stage whose code runs here, counted from 1, and since when.
    std::atomic<std::uint32_t> running{0};
    std::atomic<std::int64_t> begun{0};
    std::uint64_t dice = 0;  ///< RunOptions::disturb
};

/// Concurrency, resources, threads, batches and order of one stage that needs any of them.
struct Gate {
    std::uint32_t stage = 0;
    std::int64_t most = 0;  ///< calls at once
    std::size_t batch = 1;  ///< items a call
    int threads = 1;        ///< tokens a call
    std::vector<std::size_t> resources;
    std::int64_t running = 0;
    bool blocked = false;  ///< its first call is parked for credits; none overtakes it
    std::deque<Call> queue;
};

/// The oneTBB flow graph: a node for each stage, to which calls are sent; what is sent is run by some worker.
class Messages {
  public:
    Messages(std::size_t stages, std::function<void(const Call&)> run);
    ~Messages();
    void send(const Call& call);
    void wait();  ///< until none is left; the caller works meanwhile

  private:
    struct Graph;
    std::unique_ptr<Graph> graph_;
};

struct StageState {
    std::unique_ptr<Stage> stage;            ///< null for for_each_graph
    CallKind item_call = CallKind::process;  ///< that takes an item
    Needs needs;
    Wants wants;
    std::int64_t places = 1;  ///< calls at once that there can really be
    std::unique_ptr<Join> join;
    std::unique_ptr<Gate> gate;
    std::unique_ptr<Sequence> order;  ///< Sequencing::run
    std::unique_ptr<Stream> stream;   ///< regroup
    std::vector<Root*> owners;        ///< regroup: of what it emits next; each is held
    bool owners_used = false;         ///< it has emitted since, so the next item starts anew
    std::uint32_t next_ordinal = 0;   ///< regroup
    bool stream_ended = false;
    std::atomic<std::int64_t> bytes{0}, peak_bytes{0};
    std::atomic<std::int64_t> expected{0};  ///< expand: items announced by its cursors
    std::atomic<bool> all_announced{true};
};

class Scheduler {
  public:
    /// Makes and prepares the stages and lists the inputs; nothing has run, nothing is written. Errors as
    /// those of `run`.
    Scheduler(const Plan& plan, const RunOptions& options, const RunSettings& settings);
    ~Scheduler();

    /// Runs to the end. Inside the arena that is to do the work.
    RunReport run();

    /// The state of a running run; from any thread.
    Progress progress() const;
    /// What the report would say now, without warnings and what was printed; from any thread.
    RunReport report_now() const;
    /// Calls that have ended; from any thread.
    std::uint64_t calls_ended() const;
    /// Which stages run since when, and what the others wait for; from any thread.
    std::string where_it_stands() const;
    /// Whether a whole sub-run is under way, which watches itself.
    bool runs_sub_graph() const;
    /// The counters of the trace, at this moment; from any thread.
    void trace_counters(std::int64_t now);

    // For bodies' contexts and sub-runs.
    const RunSettings& settings() const { return settings_; }
    const RunOptions& options() const { return options_; }
    const Plan& plan() const { return plan_; }
    bool stopping() const;   ///< nothing more is to be begun
    bool aborting() const {  ///< bodies are to return
        return options_.stop && options_.stop->load(std::memory_order_relaxed) > 1;
    }
    void note(std::string text);

  private:
    friend class BodyContext;
    using Next = Call;  ///< what follows on the same worker, if anything

    // scheduler.cpp: making, the main loop
    void take_inputs();
    void make_stages();
    void set_budget();
    void make_gates();
    bool continue_when_idle();
    bool end_next_regroup();
    void check_nothing_left() const;
    std::string what_waits() const;
    std::string what_runs(std::int64_t now) const;
    StageReport stage_report(const StageLayout& stage, std::int64_t now) const;
    void count_inputs(RunReport& report) const;
    std::uint64_t items_through(const StageLayout& expand) const;
    void run_finishes();
    void run_finish(const StageLayout& stage);
    RunReport report();
    RunReport report_of_earlier();
    Told told(const RunReport& report) const;

    // calls.cpp: one execution each
    void run_message(Call call);
    Next step(Call& call, Worker& worker);
    void run_chain(Next next, Worker& worker);
    /// Whether the call may run now; else it was dropped, parked or queued, and `next` is what follows.
    bool admit(Call& call, Worker& worker, Next& next);
    bool must_drop(const Call& call) const;
    /// As must_drop, also when the run is to stop now.
    bool hopeless(const Call& call) const;
    bool hopeless_otherwise(const Call& call) const;  ///< where it is not the usual case
    Next drop(const Call& call, Worker& worker);
    Next fail(const Call& call, const Trouble& trouble, Worker& worker);
    Next perform(Call& call, Worker& worker);
    void begin_body(const StageLayout& stage, Worker& worker);
    void end_body(const StageLayout& stage, Worker& worker);
    /// Of a call that met a change of what its stage wants; when it ended.
    static std::int64_t count_wants(StageCounters& counters, const Wants& wants, std::int64_t begun,
                                    std::int64_t now);
    template <class Body>
    std::optional<Trouble> guarded(const StageLayout& stage, Worker& worker, const Body& body);
    std::optional<Trouble> find_bound(Call& call, Worker& worker);
    Next pull_source();
    Next open_source(Call& call, Worker& worker);
    Next process(Call& call, Worker& worker);
    Next process_batch(Batch& calls, Worker& worker);
    Next open_expand(Call& call, Worker& worker);
    Next pull_items(Call& call, Worker& worker);
    std::optional<Trouble> pull_item(Call& call, Worker& worker, bool& more, Next& next);
    Next add_to_fold(Call& call, Worker& worker);
    Next end_fold(Call& call, Worker& worker);
    Next add_to_stream(Call& call, Worker& worker);
    Next end_stream(Call& call, Worker& worker);
    void fail_stream_end(const Call& call, const Trouble& trouble, Worker& worker);
    Next add_to_part(Call& call, Worker& worker);
    Next keep_part(Call& call, Worker& worker);
    Moment moment_of(const Call& call) const;
    Root* root_of(const Call& call) const;

    // flow.cpp: from executions to executions
    /// Hands on what a stage put out for `place`; `tokens` is what the execution had there.
    Next emit(const StageLayout& stage, Outputs& outputs, const TreePlace& place, std::int64_t tokens,
              Worker& worker);
    /// The usual case of a map's output: one item becomes one, for one stage, and nobody else has the first.
    Next carry_on(const StageLayout& stage, Call& call, Worker& worker);
    void count_alive(std::uint32_t stage, std::int64_t bytes);
    Next emit_roots(const StageLayout& stage, Emitter& emitter, Worker& worker);
    /// Credits for what was really put out, instead of what had been taken.
    void charge(Call& call, std::int64_t bytes, Worker& worker);
    std::int64_t kept_bytes(const StageLayout& stage, Outputs& outputs) const;
    Next route(const Edge& edge, Item* item, Worker& worker);
    Next deliver(const StageLayout& stage, Item* item);
    Next after_join(const StageLayout& stage, Join::Outcome outcome, Worker& worker);
    Item* join(const StageLayout& stage, std::vector<Item*> met, Worker& worker);
    Call call_for(const StageLayout& stage, Item* item, Sequence* sequence) const {
        return {
            .kind = states_[stage.index]->item_call, .stage = stage.index, .item = item, .state = sequence};
    }
    Sequence* sequence_of(const StageLayout& stage, Root* root, Group* group) const;
    Next begin_turn(Sequence& sequence);  ///< its mutex is locked
    Next end_turn(void* sequence);        ///< null: nothing to do
    Next next_turn(Sequence& sequence);   ///< its mutex is locked
    void kill_outputs(const StageLayout& stage, const TreePlace& place, Worker& worker);
    using Visited = std::set<std::uint32_t>;
    void kill_outputs(const StageLayout& stage, const TreePlace& place, Visited& visited, Worker& worker);
    void kill_input(const Edge& edge, const TreePlace& place, Visited& visited, Worker& worker);
    void kill_execution(const StageLayout& stage, const TreePlace& place, Visited& visited, Worker& worker);
    void begin_at_first(const StageLayout& stage, Group& group);
    void end_cursor(Group& group, Worker& worker);
    void change_tokens(Root* root, Group* group, std::int64_t change, Worker& worker);
    void let_go(Item* item, Worker& worker);  ///< its reference and its token
    void close_group(Group* group, Worker& worker);
    void release(Item* item, Worker& worker);
    Item* make_item(Worker& worker);
    /// As a message. Nothing for none.
    void spawn(const Call& call);
    void chain(Next& first, const Next& other) {
        if (first)
            spawn(other);
        else
            first = other;
    }

    // admission.cpp: credits, gates, what is parked
    bool take(Call& call, Worker& worker);
    void give(std::int64_t bytes, Worker& worker);
    void give_on(Worker& worker);                        ///< from the purse, where others wait or it is full
    void take_more(std::int64_t bytes, Worker& worker);  ///< whatever is left
    void empty_purses();
    void look_at_resident_memory(Worker& worker);
    bool take_or_park(Call& call, Worker& worker);
    bool take_or_wait(Call& call, Worker& worker);  ///< where the purse does not do
    bool admit_parked();                            ///< whether any was
    void resume(Call call);
    /// Whether the call is to be parked although there is room (RunOptions::disturb).
    bool disturbed(const Call& call, Worker& worker) const;
    void delay(const Call& call, Worker& worker) const;
    void change_parked(std::uint32_t stage, std::int64_t change);
    static bool pulls(const Call& call) {
        return call.kind == CallKind::open_source || call.kind == CallKind::next_item;
    }
    Next enter_gate(Call& call, Worker& worker);
    Next leave_gate(Gate& gate, Worker& worker);
    /// Whatever may start at the gate, and elsewhere if it was this gate that all others waited for.
    void start_ready(Gate& gate, Worker& worker, Batch& started);
    void start_calls(Gate& gate, Worker& worker, Batch& started);
    /// What its first call waits for.
    Want start_what_may(Gate& gate, Worker& worker, Batch& started);
    Next launch(const Batch& started);
    bool start_batches(Worker& worker);
    bool older(const Call& a, const Call& b) const;
    void let_oldest_lead();
    bool force_oldest(Worker& worker);
    void refuse(Call call, std::int64_t needed, Worker& worker);
    std::int64_t essential_bytes(const Call& call) const;
    bool park_for_tokens(Group& group, Worker& worker);

    // tracing.cpp: what the trace is told
    Lineage lineage_of(const Call& call) const;
    /// The worker's call under way, or that of a finish stage, where it has none.
    void trace_call(const StageLayout& stage, std::int64_t begun, std::int64_t ended, Worker& worker);
    void trace_inputs(const Call& call, std::size_t place);
    void trace_output(Item& item, const std::vector<Edge>& consumers, Worker& worker);
    std::size_t place_of(const Worker& worker) const {
        return static_cast<std::size_t>(&worker - workers_.data());
    }

    // roots.cpp: inputs from the first to the last
    Root* make_root(std::uint32_t domain, std::uint32_t ordinal, const InputReference* input);
    void fail_root(Root& root, const Moment& moment, const StageLayout& stage, const Trouble& trouble);
    void fail_owner(Root& owner, const Root& failed);
    void cut_root(Root& root);
    static void mark_partial(Root& root);
    void drop_hold(Root& root);
    void pull_again();  ///< the source, which was parked
    Next close_root(Root& root, Worker& worker);
    Next close_part(Call& call, Worker& worker);
    Next next_closing(Root& root, CallKind kind);
    void complete_root(Root& root);
    void store_finish_items(Root& root);
    void settle(Root& root, RootState state);
    void tell(const Records& records, std::uint32_t domain, std::uint32_t ordinal,
              const InputReference& input, bool fine);
    void settle_unowned(const StageLayout& stage, const Trouble& trouble);
    static void add_records(Root& root, std::unique_ptr<Records> records);
    void destroy_fold(Sequence* fold);
    void drain(const std::string& why);
    void drain_for_output(const std::string& reason);
    void raise_exit_code(int code);

    Worker& worker();

    const Plan& plan_;
    const RunOptions& options_;
    RunSettings settings_;
    Layout layout_;
    std::vector<std::unique_ptr<StageState>> states_;
    std::vector<InputReference> inputs_;      ///< by place
    std::vector<Standing> standings_;         ///< of the inputs
    std::uint64_t wanted_ = 0, earlier_ = 0;  ///< inputs of this run; of them done by an earlier one
    std::unique_ptr<RunFolder> folder_;
    std::unique_ptr<Messages> messages_;
    std::vector<Worker> workers_;
    Credits credits_;
    std::int64_t slack_ = 0;  ///< the most a worker's purse keeps
    std::size_t queue_cap_ = 0;
    std::chrono::steady_clock::time_point start_;
    std::unique_ptr<Tracer> tracer_;  ///< null: no trace
    std::atomic<std::int64_t> counters_due_{0};
    std::mutex counters_mutex_;       // for what follows
    std::int64_t traced_bytes_ = -1;  ///< the counters' last values
    std::vector<std::int64_t> traced_waiting_;

    // the source
    mutable std::mutex source_mutex_;
    std::size_t next_input_ = 0;
    std::atomic<std::int64_t> most_active_{0};
    std::atomic<std::int64_t> active_roots_{0};
    std::atomic<bool> source_parked_{false};

    std::mutex resident_mutex_;

    // parked for credits
    std::mutex parked_mutex_;
    std::vector<Call> parked_;
    std::atomic<std::int64_t> parked_count_{0};

    // cursors parked because their group has items enough
    mutable std::mutex registry_mutex_;
    std::unordered_set<Group*> groups_;
    std::unordered_set<Sequence*> folds_;
    std::unordered_set<Root*> roots_;

    // gates
    mutable std::mutex gates_mutex_;
    std::vector<bool> resource_taken_;
    int free_threads_ = 0;
    bool count_threads_ = false;
    Gate* starving_ = nullptr;  ///< waits for several threads: no other stage begins a call meanwhile
    bool batches_ = false;
    std::atomic<std::int64_t> in_flight_{0};  ///< messages; counted only where there are batches

    // outcomes
    mutable std::mutex outcome_mutex_;
    std::atomic<bool> drain_{false}, output_failed_{false};
    std::atomic<std::uint64_t> done_{0}, partial_{0}, failed_{0};
    struct Printed {
        std::size_t input;
        std::uint32_t domain, ordinal, stage;
        Lineage lineage;
        std::string text;
    };
    std::vector<Printed> printed_;
    std::vector<std::pair<std::size_t, std::string>> warnings_;
    std::map<std::size_t, Failure> failures_;  ///< by input
    std::vector<Failure> other_failures_;      ///< of finish stages, and of items that belong to no input
    struct Outcome {
        RootState state = RootState::cut;
        bool partial = false;
        const InputReference* input = nullptr;
    };
    std::vector<std::vector<Outcome>> outcomes_;  ///< by domain, ordinal
    std::map<std::pair<std::size_t, std::size_t>, std::vector<std::string>>
        kept_;  ///< stage, ordinal; with no folder
    std::map<std::string, std::int64_t> counts_;
    std::string message_, note_;
    int exit_code_ = 0;
    std::vector<std::uint32_t> roots_made_;  ///< by domain
};

}  // namespace figurant::pipeline
