#include "pipeline/layout.h"

#include <algorithm>

namespace figurant::pipeline {

namespace {

[[noreturn]] void broken(const StageLayout& stage, const std::string& what) {
    throw Error(Cause::internal, "the plan of stage \"" + stage.planned->name + "\" is not sound: " + what);
}

std::vector<std::size_t> topological_order(const Plan& plan) {
    std::vector<std::size_t> missing(plan.stages.size()), order;
    for (std::size_t i = 0; i < plan.stages.size(); ++i) missing[i] = plan.stages[i].inputs.size();
    std::vector<bool> placed(plan.stages.size());
    // Quadratic, but in the file's order wherever that is free.
    while (order.size() < plan.stages.size()) {
        std::size_t next = 0;
        while (next < plan.stages.size() && (placed[next] || missing[next] > 0)) ++next;
        if (next == plan.stages.size()) throw Error(Cause::internal, "the plan has a cycle");
        placed[next] = true;
        order.push_back(next);
        for (std::size_t i = 0; i < plan.stages.size(); ++i)
            for (const auto& input : plan.stages[i].inputs) missing[i] -= input.stage == next ? 1 : 0;
    }
    return order;
}

void place(StageLayout& stage, const Plan& plan, Layout& layout) {
    const auto& planned = *stage.planned;
    for (const auto& input : planned.inputs) {
        const auto& from = layout.stages[input.stage];
        const auto& scope = plan.stages[input.stage].scope;
        stage.port_depths.push_back(scope.size());
        if (stage.port_depths.size() == 1) stage.domain = from.output_domain;
        if (from.output_domain != stage.domain) broken(stage, "its inputs belong to different regroups");
        if (scope.size() >= stage.scope.size()) stage.scope = scope;
    }
    for (const auto& input : planned.inputs) {
        const auto& scope = plan.stages[input.stage].scope;
        if (!std::equal(scope.begin(), scope.end(), stage.scope.begin()))
            broken(stage, "its inputs come from groups that are not related");
    }
    stage.depth = stage.output_depth = stage.scope.size();
    stage.output_domain = stage.domain;
    stage.joined = planned.inputs.size() > 1;
    if (stage.kind == Kind::expand) stage.output_depth = stage.depth + 1;
    if (stage.kind == Kind::regroup) {
        layout.regroups.push_back(stage.index);
        stage.output_domain = static_cast<std::uint32_t>(layout.regroups.size());
        stage.output_depth = 0;
    }
    if (stage.kind == Kind::gather) {
        const auto found =
            std::find(stage.scope.begin(), stage.scope.end(), planned.group.value_or(SIZE_MAX));
        if (found == stage.scope.end()) broken(stage, "the group it closes is not open");
        stage.output_depth = static_cast<std::size_t>(found - stage.scope.begin());
    }
    if (stage.output_depth > Lineage::most_depth) broken(stage, "too many groups within groups");
}

void count_crossings(StageLayout& stage, const Layout& layout) {
    for (std::size_t level = 0; level <= stage.depth; ++level) {
        for (const auto& input : stage.planned->inputs) {
            const auto& from = layout.stages[input.stage];
            if (level > from.output_depth) continue;
            const bool crosses = (from.output_depth > level) != (stage.depth > level);
            stage.crossings[level] =
                std::max(stage.crossings[level], from.output_crossings[level] + (crosses ? 1U : 0U));
        }
    }
    stage.output_crossings = stage.crossings;
    if (stage.kind == Kind::expand) ++stage.output_crossings[stage.depth];
    if (stage.kind == Kind::gather) ++stage.output_crossings[stage.output_depth];
    if (stage.kind == Kind::regroup) stage.output_crossings = {};
}

Sequencing sequencing_of(const StageLayout& stage) {
    const bool ordered = stage.planned->execution.ordered;
    switch (stage.kind) {
        case Kind::gather:
            return Sequencing::fold;
        case Kind::regroup:
            return Sequencing::run;
        case Kind::sink:
            if (ordered) return Sequencing::run;
            return stage.depth > 0 ? Sequencing::part : Sequencing::none;
        case Kind::source:
            return Sequencing::none;
        default:
            return ordered ? Sequencing::run : Sequencing::none;
    }
}

/// What an expand's groups must tell whom.
void register_interests(const StageLayout& stage, Layout& layout) {
    for (std::size_t level = 0; level < stage.scope.size(); ++level) {
        auto& expand = layout.stages[stage.scope[level]];
        const bool inside_fold = stage.sequencing != Sequencing::fold || level >= stage.output_depth;
        if (stage.sequencing != Sequencing::none && inside_fold) expand.sequenced.push_back(stage.index);
        const bool holds_outer =
            stage.joined && std::count(stage.port_depths.begin(), stage.port_depths.end(), level) > 0;
        if (holds_outer) expand.joins.push_back(stage.index);
    }
}

Moment moment_at(const std::array<std::uint32_t, Lineage::most_depth + 2>& crossings, std::size_t depth,
                 std::uint32_t rank, const Lineage& lineage) {
    Moment moment;
    for (std::size_t level = 0; level < depth; ++level) {
        moment.push(crossings[level]);
        moment.push(lineage.ordinal(level));
    }
    moment.push(crossings[depth]);
    moment.push(rank);
    return moment;
}

}  // namespace

Layout::Layout(const Plan& plan) : topological(topological_order(plan)) {
    stages.resize(plan.stages.size());
    std::uint32_t rank = 0;
    std::size_t sources = 0;
    for (const auto index : topological) {
        auto& stage = stages[index];
        stage.planned = &plan.stages[index];
        stage.type = stage.planned->type;
        stage.kind = stage.type->kind;
        stage.policy = stage.planned->execution.policy();
        stage.index = static_cast<std::uint32_t>(index);
        stage.rank = rank++;
        stage.consumers.resize(stage.type->outputs.size());
        if (stage.kind == Kind::source) {
            source = index;
            ++sources;
        }
        place(stage, plan, *this);
        count_crossings(stage, *this);
        stage.sequencing = sequencing_of(stage);
        for (std::size_t port = 0; port < stage.planned->inputs.size(); ++port) {
            const auto& input = stage.planned->inputs[port];
            auto& from = stages[input.stage];
            from.consumers.at(input.port).push_back({stage.index, static_cast<std::uint32_t>(port)});
            ++from.consumer_count;
        }
    }
    if (sources != 1) throw Error(Cause::internal, "the plan has " + std::to_string(sources) + " sources");
    sinks.resize(regroups.size() + 1);
    finishes.resize(regroups.size() + 1);
    const auto enlist = [](std::vector<std::size_t>& list, StageLayout& stage) {
        stage.slot = list.size();
        list.push_back(stage.index);
    };
    for (auto& stage : stages) {
        if (stage.consumers.size() == 1 && stage.consumer_count == 1)
            stage.only_consumer = stage.consumers.front().front();
        register_interests(stage, *this);
        if (stage.kind == Kind::sink) enlist(sinks[stage.domain], stage);
        if (stage.kind == Kind::finish) enlist(finishes[stage.domain], stage);
        if (stage.kind == Kind::gather) enlist(stages[stage.scope[stage.output_depth]].gathers, stage);
    }
}

Moment Layout::moment(const StageLayout& stage, const Lineage& lineage) const {
    return moment_at(stage.crossings, stage.depth, stage.rank, lineage);
}

Moment Layout::output_moment(const StageLayout& stage, const Lineage& lineage) const {
    return moment_at(stage.output_crossings, stage.output_depth, stage.rank, lineage);
}

}  // namespace figurant::pipeline
