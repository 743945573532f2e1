#pragma once
// Puts what arrives in any order back into lineage order, and knows when nothing is missing any more.
// Internal to the framework.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

namespace figurant::pipeline {

struct Item;

/// A tree of ordinals: each leaf is an item that arrives or is known never to come; each inner node learns
/// how many children it has. Not thread-safe.
class SequenceOrder {
  public:
    /// `in_order` false: items are ready as soon as they arrive; only completeness is tracked.
    explicit SequenceOrder(bool in_order = true) : in_order_(in_order) {}

    void arrive(std::span<const std::uint32_t> path, Item* item);
    /// The item, or whatever lies below, never comes.
    void kill(std::span<const std::uint32_t> path);
    /// The children of the node at `path` before `first` never come. Before any child has arrived.
    void begin_at(std::span<const std::uint32_t> path, std::uint32_t first) { node_at(path).next = first; }
    /// The node at `path` (empty: the top) has this many children, those that never come with them.
    void set_count(std::span<const std::uint32_t> path, std::uint32_t count);

    /// Items whose turn has come, in order; emptied by the caller.
    std::deque<Item*>& ready() { return ready_; }
    /// Everything below the top has arrived or is dead.
    bool complete() const { return top_.count != unknown && top_.next == top_.count; }
    /// Those still waiting for an earlier one, and those ready.
    void list(std::vector<Item*>& items) const;

  private:
    static constexpr std::uint32_t unknown = UINT32_MAX;
    struct Node;
    enum class State : std::uint8_t { awaited, arrived, dead, node };
    struct Child {
        State state = State::awaited;
        Item* item = nullptr;
        std::unique_ptr<Node> node;
    };
    struct Node {
        std::uint32_t next = 0;  ///< all children before this one are settled
        std::uint32_t count = unknown;
        std::deque<Child> children;  ///< from `next` on
        Child& child(std::uint32_t ordinal);
    };

    Node& node_at(std::span<const std::uint32_t> path);
    void advance() { advance(top_); }
    bool advance(Node& node);
    static void list(const Node& node, std::vector<Item*>& items);

    bool in_order_;
    Node top_;
    std::deque<Item*> ready_;
};

}  // namespace figurant::pipeline
