#pragma once
// Where items of several ports meet by their longest common lineage. Internal to the framework.

#include <map>
#include <mutex>
#include <vector>

#include "pipeline/ledger.h"

namespace figurant::pipeline {

/// The place of something in the tree of groups.
struct TreePlace {
    Root* root = nullptr;
    Group* group = nullptr;
    Lineage lineage;
};

/// Of one stage with several input ports. A port is deep when its items have the whole lineage of the stage's
/// executions; the items of the others are outer ones: each meets every deep one below it, and is held until
/// their group is closed.
class Join {
  public:
    explicit Join(const StageLayout& stage) : stage_(stage) {}

    /// What an event leads to; to be carried out by the caller, with no lock held: first the deaths are
    /// passed on, then what was dropped is let go.
    struct Outcome {
        std::vector<std::vector<Item*>> met;  ///< by port; outer ones with a reference more
        std::vector<TreePlace> dead;          ///< these never execute
        std::vector<Item*> dropped;           ///< each with its reference and its token
    };
    Outcome arrive(std::size_t port, Item* item);
    /// The item of this lineage never comes to this port.
    Outcome kill(std::size_t port, const TreePlace& place);
    /// No further deep item comes below `lineage`: its group is closed, or was never opened.
    Outcome close(const Lineage& lineage);
    /// All that is held, for accounting; no other call meanwhile.
    void list(std::vector<Item*>& items) const;
    /// How many are held, at any time; 0 while another call is under way.
    std::size_t held() const;

  private:
    struct Tuple {
        std::vector<Item*> items;
        std::size_t reported = 0;
        bool dead = false;
        TreePlace place;
    };
    struct Outer {
        std::vector<Item*> items;
        std::vector<bool> dead;
        std::size_t reported = 0;
        bool closed = false;
    };
    std::size_t ports() const { return stage_.port_depths.size(); }
    bool deep(std::size_t port) const { return stage_.port_depths[port] == stage_.depth; }
    std::size_t ports_at(std::size_t depth) const;
    Tuple& tuple(const Lineage& lineage);
    Outer& outer(const Lineage& lineage);
    void erase_settled(const Lineage& outer_lineage);
    /// Completes, drops or leaves waiting a tuple whose deep items are all here.
    void settle(std::map<Lineage, Tuple>::iterator at, Outcome& outcome);
    void settle_below(const Lineage& outer_lineage, Outcome& outcome);

    const StageLayout& stage_;
    mutable std::mutex mutex_;
    std::map<Lineage, Tuple> tuples_;
    std::map<Lineage, Outer> outers_;
};

}  // namespace figurant::pipeline
