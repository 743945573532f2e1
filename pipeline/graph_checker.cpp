#include "pipeline/graph_checker.h"

#include <algorithm>

namespace figurant::pipeline {

namespace {

/// Where the items of a stage live: inside which groups, and behind which regroup.
struct ItemScope {
    std::vector<std::size_t> groups;
    std::optional<std::size_t> regroup;
};

bool is_prefix(const std::vector<std::size_t>& shorter, const std::vector<std::size_t>& longer) {
    return shorter.size() <= longer.size() && std::equal(shorter.begin(), shorter.end(), longer.begin());
}

class GraphChecker {
  public:
    GraphChecker(const std::vector<FlatStage>& flat, Problems& problems) : flat_(flat), problems_(problems) {}

    void check_one_source(const Place& graph, bool incomplete) {
        const FlatStage* first = nullptr;
        bool all_known = !incomplete;
        for (const auto& stage : flat_) {
            all_known = all_known && stage.type;
            if (!stage.type || stage.type->kind != Kind::source) continue;
            if (first)
                problems_.add(stage.top, "a second source, " + in_quotes(stage.name) + " beside " +
                                             in_quotes(first->name) + ": a graph has exactly one");
            else
                first = &stage;
        }
        if (!first && all_known && !flat_.empty())
            problems_.add(graph,
                          "no stage is a source: nothing would flow; figurant stages lists the sources");
    }

    void check_types() {
        for (const auto& stage : flat_)
            for (std::size_t i = 0; i < stage.inputs.size(); ++i)
                if (stage.inputs[i]) check_type(stage, i, *stage.inputs[i]);
    }

    /// Scopes in the order of the flow; the stages of cycles are told and have none.
    std::vector<std::optional<ItemScope>> scopes() {
        std::vector<std::optional<ItemScope>> scopes(flat_.size());
        for (const std::size_t index : in_flow_order())
            if (const auto joined = join(index, scopes)) scopes[index] = after(index, *joined);
        return scopes;
    }

  private:
    std::string port_name(const PortSource& source) const {
        const auto& stage = flat_[source.stage];
        return in_quotes(stage.name + "." + std::string(stage.type->outputs[source.port].name));
    }

    void check_type(const FlatStage& stage, std::size_t input, const PortSource& source) {
        const auto& taken = stage.type->inputs[input];
        const auto& given = flat_[source.stage].type->outputs[source.port];
        if (taken.type && given.type && taken.type->name != given.type->name)
            problems_.add(stage.input_places[input], in_quotes(stage.name + "." + std::string(taken.name)) +
                                                         " takes " + std::string(taken.type->name) + "; " +
                                                         port_name(source) + " gives " +
                                                         std::string(given.type->name));
        if (stage.reads_item && given.type && !given.type->values)
            problems_.add(*stage.reads_item, "${item.…}: items of type " + std::string(given.type->name) +
                                                 " have no values to give");
    }

    // ---- Order

    std::vector<std::size_t> in_flow_order() {
        std::vector<int> open_inputs(flat_.size());
        std::vector<std::vector<std::size_t>> users(flat_.size());
        for (std::size_t i = 0; i < flat_.size(); ++i)
            for (const auto& input : flat_[i].inputs)
                if (input) {
                    ++open_inputs[i];
                    users[input->stage].push_back(i);
                }
        std::vector<std::size_t> order;
        for (std::size_t i = 0; i < flat_.size(); ++i)
            if (open_inputs[i] == 0) order.push_back(i);
        for (std::size_t next = 0; next < order.size(); ++next)
            for (const std::size_t user : users[order[next]])
                if (--open_inputs[user] == 0) order.push_back(user);
        tell_cycles(open_inputs);
        return order;
    }

    void tell_cycles(std::vector<int>& open_inputs) {
        for (std::size_t begin = 0; begin < flat_.size(); ++begin) {
            if (open_inputs[begin] == 0) continue;
            std::vector<std::size_t> way;
            std::size_t at = begin;
            while (std::find(way.begin(), way.end(), at) == way.end()) {
                way.push_back(at);
                at = blocked_input(at, open_inputs);
            }
            way.erase(way.begin(), std::find(way.begin(), way.end(), at));
            tell_cycle(way);
            // Whatever else is blocked may only stand behind this cycle; one message at a time is enough.
            return;
        }
    }

    std::size_t blocked_input(std::size_t index, const std::vector<int>& open_inputs) const {
        for (const auto& input : flat_[index].inputs)
            if (input && open_inputs[input->stage] > 0) return input->stage;
        return index;
    }

    void tell_cycle(std::vector<std::size_t> way) {
        std::reverse(way.begin(), way.end());
        std::rotate(way.begin(), std::min_element(way.begin(), way.end()), way.end());
        std::string text;
        for (const std::size_t index : way) text += in_quotes(flat_[index].name) + " -> ";
        problems_.add(flat_[way.front()].place,
                      "items would go round in a cycle: " + text + in_quotes(flat_[way.front()].name));
    }

    // ---- Groups

    std::string groups_text(const ItemScope& scope) const {
        std::vector<std::string> names;
        for (const std::size_t group : scope.groups) names.push_back(flat_[group].name);
        std::string text = names.empty()       ? ""
                           : names.size() == 1 ? "in the group of " + in_quotes(names[0])
                                               : "in the groups of " + list_in_quotes(names);
        if (scope.regroup)
            text +=
                (text.empty() ? "" : ", ") + ("behind the regroup " + in_quotes(flat_[*scope.regroup].name));
        if (text.empty()) text = "in no group";
        return text;
    }

    /// Where the stage's inputs meet; nothing when that is not known or cannot be.
    std::optional<ItemScope> join(std::size_t index, const std::vector<std::optional<ItemScope>>& scopes) {
        const auto& stage = flat_[index];
        if (!stage.type) return std::nullopt;
        std::optional<ItemScope> longest;
        std::size_t longest_input = 0;
        bool met = true;
        for (std::size_t i = 0; i < stage.inputs.size(); ++i) {
            if (!stage.inputs[i] || !scopes[stage.inputs[i]->stage]) return std::nullopt;
            const ItemScope& scope = *scopes[stage.inputs[i]->stage];
            if (!longest) {
                longest = scope;
                longest_input = i;
            } else if (scope.regroup != longest->regroup || (!is_prefix(scope.groups, longest->groups) &&
                                                             !is_prefix(longest->groups, scope.groups))) {
                problems_.add(stage.input_places[i],
                              "items of " + port_name(*stage.inputs[i]) + " and " +
                                  port_name(*stage.inputs[longest_input]) +
                                  " cannot meet: their groups are not related; the first are " +
                                  groups_text(scope) + ", the others " + groups_text(*longest));
                met = false;
            } else if (scope.groups.size() > longest->groups.size()) {
                longest = scope;
                longest_input = i;
            }
        }
        if (!met) return std::nullopt;
        return longest ? longest : ItemScope{};
    }

    /// The scope of the stage's own items, its inputs met in `joined`.
    std::optional<ItemScope> after(std::size_t index, ItemScope joined) {
        const auto& stage = flat_[index];
        switch (stage.type->kind) {
            case Kind::expand:
                if (joined.groups.size() == Lineage::most_depth) {
                    problems_.add(stage.place, in_quotes(stage.name) + " would open more than " +
                                                   std::to_string(Lineage::most_depth) +
                                                   " groups inside each other");
                    return std::nullopt;
                }
                joined.groups.push_back(index);
                return joined;
            case Kind::gather:
                return after_gather(stage, std::move(joined));
            case Kind::regroup:
                return ItemScope{{}, index};
            default:
                return joined;
        }
    }

    std::optional<ItemScope> after_gather(const FlatStage& stage, ItemScope joined) {
        if (!stage.group) return std::nullopt;
        const auto open = std::find(joined.groups.begin(), joined.groups.end(), *stage.group);
        if (open == joined.groups.end()) {
            problems_.add(stage.group_place,
                          "the items that reach " + in_quotes(stage.name) + " are not in a group of " +
                              in_quotes(flat_[*stage.group].name) + "; they are " + groups_text(joined));
            return std::nullopt;
        }
        joined.groups.erase(open, joined.groups.end());
        return joined;
    }

    const std::vector<FlatStage>& flat_;
    Problems& problems_;
};

}  // namespace

std::vector<PlannedStage> checked_stages(const std::vector<FlatStage>& flat, const Place& graph,
                                         const ResolverContext& context) {
    GraphChecker checker(flat, context.problems);
    checker.check_one_source(graph, context.incomplete);
    checker.check_types();
    const auto scopes = checker.scopes();
    std::vector<PlannedStage> stages;
    for (std::size_t i = 0; i < flat.size(); ++i) {
        PlannedStage stage;
        stage.name = flat[i].name;
        stage.type = flat[i].type;
        stage.values = flat[i].values;
        stage.execution = flat[i].execution;
        stage.sub_graph = flat[i].sub_graph;
        stage.group = flat[i].group;
        for (const auto& input : flat[i].inputs) stage.inputs.push_back(input.value_or(PortSource{}));
        if (scopes[i]) {
            stage.scope = scopes[i]->groups;
            stage.regroup = scopes[i]->regroup;
        }
        stages.push_back(std::move(stage));
    }
    return stages;
}

std::string check_sub_graph(ResolverContext& context, const GraphDocument& document,
                            const ParameterValues& known) {
    ResolverContext inner{context.documents, context.library, context.stack, context.problems, false};
    inner.stack.push_back(std::filesystem::weakly_canonical(document.file));
    // Values that do not fit were told at the stage that gives them.
    Problems told;
    const Bindings bindings = root_bindings(document, known, true, told);
    const auto flat = resolve_graph(inner, document, bindings, {});
    const auto stages = checked_stages(flat, document.place, inner);
    std::vector<std::string> digests;
    for (const auto& stage : flat) digests.push_back(stage.sub_digest);
    return facts_digest(plan_facts(stages, digests, ""));
}

}  // namespace figurant::pipeline
