#pragma once
// What the scheduler keeps of a run while it runs: items, groups, roots, byte credits.
// Internal to the framework.
//
// Everything alive below a group (or directly below a root) is counted there in tokens: one for each item at
// each consumer it still has to go through, one for an open cursor, one for each inner group and each open
// fold of one. When the count comes to nothing the group is closed, or the root is finished.

#include <tbb/spin_mutex.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "pipeline/layout.h"
#include "pipeline/records.h"
#include "pipeline/run.h"
#include "pipeline/sequence.h"

namespace figurant::pipeline {

struct Root;
struct Group;
struct Item;

/// What met at a join, by port.
struct Joined {
    std::vector<Item*> parts;
    std::vector<Payload> payloads;
};

/// One emitted payload, or several that met at a join and are one execution's input.
struct Item {
    Payload payload;
    Lineage lineage;
    Root* root = nullptr;
    Group* group = nullptr;   ///< the innermost open one; null directly below the root
    std::uint32_t stage = 0;  ///< that emitted it
    std::uint64_t mark = 0;   ///< in the trace
    std::atomic<int> references{1};
    std::unique_ptr<Joined> joined;

    std::span<const Payload> payloads() const {
        return joined ? std::span<const Payload>(joined->payloads) : std::span(&payload, 1);
    }
};

/// A gather's fold, a sink's part or the whole run's order at one stage: executions one after the other.
struct Sequence {
    explicit Sequence(std::uint32_t at, bool in_order = true) : stage(at), order(in_order) {}

    tbb::spin_mutex mutex;
    std::uint32_t stage;
    SequenceOrder order;
    bool busy = false;   ///< someone executes, or waits to execute, the next of it
    bool ended = false;  ///< its end is under way
    // of a fold
    Root* root = nullptr;
    Group* parent = nullptr;  ///< of its result
    Lineage prefix;
    std::unique_ptr<Fold> fold;
    std::uint64_t mark = 0;  ///< in the trace, from its first item on
};

/// The items that one opening of an expand yields.
struct Group {
    Root* root = nullptr;
    Group* parent = nullptr;
    std::uint32_t expand = 0;
    Lineage prefix;
    std::atomic<std::int64_t> tokens{1};  ///< the first is the cursor's
    std::vector<Sequence*> folds;         ///< by the slots of the gathers that close it

    // the cursor
    std::unique_ptr<Cursor> cursor;
    Item* input = nullptr;  ///< kept while the cursor is open, as it may look into it
    std::uint32_t emitted = 0;
    std::atomic<std::int64_t> most_tokens{0};  ///< no item is pulled while there are as many
    std::atomic<bool> waits_for_tokens{false};
    std::uint64_t mark = 0;  ///< in the trace
};

enum class RootState { fine, failed, cut };

/// One input of the run, or one item that a regroup emitted: what succeeds or fails as a whole.
struct Root {
    std::uint32_t domain = 0, ordinal = 0;
    InputReference reference;               ///< of the input; behind a regroup one of its own
    const InputReference* input = nullptr;  ///< behind a regroup: the first that it comes from
    std::vector<Root*> owners;              ///< whose failure its own is
    std::atomic<std::int64_t> tokens{1};    ///< directly below it
    std::atomic<std::int64_t> holds{1};     ///< one while there are tokens; regrouped items not finished yet
    std::atomic<RootState> state{RootState::fine};

    tbb::spin_mutex mutex;  // for what follows
    Moment bound;           ///< of its first failure: what comes later in a serial run is dropped
    std::uint32_t failure_domain = 0, failure_ordinal = 0;
    Failure failure;
    bool partial = false;
    Records records;  ///< kept apart until it is known whether the input succeeds
    struct FinishItem {
        Lineage lineage;
        std::string bytes;
    };
    std::vector<std::vector<FinishItem>> finish_items;  ///< by slot
    struct PartState {
        std::unique_ptr<Part> part;
        std::unique_ptr<Sequence> sequence;
    };
    std::vector<PartState> parts;  ///< by slot
    std::size_t closing = 0;       ///< the sink whose part is flushed or committed next
    std::size_t place() const { return input ? input->place : 0; }
};

/// Bytes of payloads: taken before a body runs, given back when the last consumer is done.
class Credits {
  public:
    void set(std::int64_t budget) {
        budget_ = budget;
        // What is pulled leaves room for what is already there to go on.
        pull_limit_ = budget - budget / 4;
    }
    std::int64_t budget() const { return budget_; }
    std::int64_t held() const { return held_.load(); }
    std::int64_t peak() const { return peak_.load(); }
    bool take(std::int64_t bytes, bool pull);
    bool room_to_pull() const { return held_.load(std::memory_order_relaxed) <= pull_limit_; }
    /// Whatever is held already.
    void force(std::int64_t bytes);
    void give(std::int64_t bytes) { held_.fetch_sub(bytes); }

  private:
    void note_peak(std::int64_t held);

    std::int64_t budget_ = 0, pull_limit_ = 0;
    std::atomic<std::int64_t> held_{0}, peak_{0};
};

}  // namespace figurant::pipeline
