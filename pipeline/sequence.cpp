#include "pipeline/sequence.h"

namespace figurant::pipeline {

SequenceOrder::Child& SequenceOrder::Node::child(std::uint32_t ordinal) {
    const std::size_t place = ordinal - next;
    if (place >= children.size()) children.resize(place + 1);
    return children[place];
}

SequenceOrder::Node& SequenceOrder::node_at(std::span<const std::uint32_t> path) {
    Node* node = &top_;
    for (const auto ordinal : path) {
        auto& child = node->child(ordinal);
        if (!child.node) {
            child.node = std::make_unique<Node>();
            child.state = State::node;
        }
        node = child.node.get();
    }
    return *node;
}

void SequenceOrder::arrive(std::span<const std::uint32_t> path, Item* item) {
    auto& parent = node_at(path.first(path.size() - 1));
    const auto ordinal = path.back();
    // The usual case: its turn has come already.
    if (path.size() == 1 && ordinal == parent.next && parent.children.empty()) {
        ++parent.next;
        ready_.push_back(item);
        return;
    }
    auto& child = parent.child(ordinal);
    if (in_order_) {
        child.state = State::arrived;
        child.item = item;
    } else {
        child.state = State::dead;
        ready_.push_back(item);
    }
    advance();
}

void SequenceOrder::kill(std::span<const std::uint32_t> path) {
    node_at(path.first(path.size() - 1)).child(path.back()).state = State::dead;
    advance();
}

void SequenceOrder::set_count(std::span<const std::uint32_t> path, std::uint32_t count) {
    node_at(path).count = count;
    advance();
}

bool SequenceOrder::advance(Node& node) {
    while (!node.children.empty()) {
        auto& child = node.children.front();
        if (child.state == State::awaited) break;
        if (child.state == State::node && !advance(*child.node)) break;
        if (child.state == State::arrived) ready_.push_back(child.item);
        node.children.pop_front();
        ++node.next;
    }
    return node.next == node.count;
}

void SequenceOrder::list(const Node& node, std::vector<Item*>& items) {
    for (const auto& child : node.children) {
        if (child.item) items.push_back(child.item);
        if (child.node) list(*child.node, items);
    }
}

void SequenceOrder::list(std::vector<Item*>& items) const {
    items.insert(items.end(), ready_.begin(), ready_.end());
    list(top_, items);
}

}  // namespace figurant::pipeline
