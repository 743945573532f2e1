#include "pipeline/join.h"

#include <algorithm>

namespace figurant::pipeline {

std::size_t Join::ports_at(std::size_t depth) const {
    return static_cast<std::size_t>(std::count(stage_.port_depths.begin(), stage_.port_depths.end(), depth));
}

Join::Tuple& Join::tuple(const Lineage& lineage) {
    auto& tuple = tuples_[lineage];
    tuple.items.resize(ports());
    return tuple;
}

Join::Outer& Join::outer(const Lineage& lineage) {
    auto& outer = outers_[lineage];
    outer.items.resize(ports());
    outer.dead.resize(ports());
    return outer;
}

void Join::erase_settled(const Lineage& lineage) {
    const auto found = outers_.find(lineage);
    if (found->second.closed && found->second.reported == ports_at(lineage.depth())) outers_.erase(found);
}

void Join::settle(std::map<Lineage, Tuple>::iterator at, Outcome& outcome) {
    auto& [lineage, tuple] = *at;
    bool dead = false, waits = false;
    for (std::size_t port = 0; port < ports(); ++port) {
        if (deep(port)) continue;
        const auto found = outers_.find(lineage.prefix(stage_.port_depths[port]));
        if (found != outers_.end() && found->second.dead[port])
            dead = true;
        else if (found == outers_.end() || !found->second.items[port])
            waits = true;
        else
            tuple.items[port] = found->second.items[port];
    }
    if (dead) {
        outcome.dead.push_back(tuple.place);
        for (std::size_t port = 0; port < ports(); ++port)
            if (deep(port)) outcome.dropped.push_back(tuple.items[port]);
        tuples_.erase(at);
    } else if (!waits) {
        for (std::size_t port = 0; port < ports(); ++port)
            if (!deep(port)) tuple.items[port]->references.fetch_add(1);
        outcome.met.push_back(std::move(tuple.items));
        tuples_.erase(at);
    }
}

void Join::settle_below(const Lineage& lineage, Outcome& outcome) {
    for (auto at = tuples_.lower_bound(lineage); at != tuples_.end();) {
        const auto here = at++;
        if (here->first.prefix(lineage.depth()) != lineage) break;
        if (!here->second.dead && here->second.reported == ports_at(stage_.depth)) settle(here, outcome);
    }
}

Join::Outcome Join::arrive(std::size_t port, Item* item) {
    const std::scoped_lock lock(mutex_);
    Outcome outcome;
    if (!deep(port)) {
        auto& held = outer(item->lineage);
        ++held.reported;
        if (held.closed) {
            outcome.dropped.push_back(item);
            erase_settled(item->lineage);
        } else {
            held.items[port] = item;
            settle_below(item->lineage, outcome);
        }
        return outcome;
    }
    auto& here = tuple(item->lineage);
    ++here.reported;
    const bool all = here.reported == ports_at(stage_.depth);
    if (here.dead) {
        outcome.dropped.push_back(item);
        if (all) tuples_.erase(item->lineage);
        return outcome;
    }
    here.items[port] = item;
    here.place = {item->root, item->group, item->lineage};
    if (all) settle(tuples_.find(item->lineage), outcome);
    return outcome;
}

Join::Outcome Join::kill(std::size_t port, const TreePlace& place) {
    const std::scoped_lock lock(mutex_);
    Outcome outcome;
    if (!deep(port)) {
        auto& held = outer(place.lineage);
        ++held.reported;
        held.dead[port] = true;
        settle_below(place.lineage, outcome);
        erase_settled(place.lineage);
        return outcome;
    }
    auto& here = tuple(place.lineage);
    ++here.reported;
    if (!here.dead) outcome.dead.push_back(place);
    here.dead = true;
    for (auto& item : here.items)
        if (item) outcome.dropped.push_back(std::exchange(item, nullptr));
    if (here.reported == ports_at(stage_.depth)) tuples_.erase(place.lineage);
    return outcome;
}

Join::Outcome Join::close(const Lineage& lineage) {
    const std::scoped_lock lock(mutex_);
    Outcome outcome;
    auto& held = outer(lineage);
    held.closed = true;
    for (auto& item : held.items)
        if (item) outcome.dropped.push_back(std::exchange(item, nullptr));
    erase_settled(lineage);
    return outcome;
}

void Join::list(std::vector<Item*>& items) const {
    const auto add = [&](const std::vector<Item*>& held) {
        for (Item* item : held)
            if (item) items.push_back(item);
    };
    for (const auto& [lineage, tuple] : tuples_) add(tuple.items);
    for (const auto& [lineage, outer] : outers_) add(outer.items);
}

std::size_t Join::held() const {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    std::vector<Item*> items;
    if (lock) list(items);
    return items.size();
}

}  // namespace figurant::pipeline
