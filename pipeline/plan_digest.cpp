#include <set>

#include "base/digest.h"
#include "base/file_digest.h"
#include "pipeline/graph_checker.h"
#include "pipeline/problems.h"

namespace figurant::pipeline {

namespace {

/// Raised when the meaning of a plan's facts changes, so that old run folders are not taken for the same.
constexpr int digest_version = 2;

ParameterValue movable(ParameterValue value, const std::string& output) {
    if (output.empty()) return value;
    for (auto& scalar : value.items) {
        auto* text = std::get_if<std::string>(&scalar);
        if (!text || !text->starts_with(output)) continue;
        const std::string rest = text->substr(output.size());
        if (rest.empty() || rest.front() == '/') *text = "${output}" + rest;
    }
    return value;
}

void add_values(PlanFacts& facts, const std::string& about, const ParameterValues& values,
                const std::vector<ParameterDeclaration>& declarations, const std::string& output) {
    for (const auto& declaration : declarations) {
        const auto value = values.find(declaration.name);
        if (declaration.affects_result && value != values.end())
            facts.emplace_back(about + declaration.name, to_text(movable(value->second, output)));
    }
}

std::string wiring(const std::vector<PlannedStage>& stages, const PlannedStage& stage) {
    std::string text;
    for (const auto& input : stage.inputs) {
        const auto& from = stages[input.stage];
        text += (text.empty() ? "" : ", ") + from.name;
        if (from.type && input.port < from.type->outputs.size())
            text += "." + std::string(from.type->outputs[input.port].name);
    }
    return text;
}

}  // namespace

PlanFacts plan_facts(const std::vector<PlannedStage>& stages, const std::vector<std::string>& sub_digests,
                     const std::string& output) {
    PlanFacts facts;
    std::set<std::string> libraries;
    for (std::size_t i = 0; i < stages.size(); ++i) {
        const auto& stage = stages[i];
        if (!stage.type) continue;
        const std::string about = "stage " + in_quotes(stage.name) + ": ";
        facts.emplace_back(about + "type", stage.type->name);
        if (!stage.type->plugin.empty()) libraries.insert(stage.type->plugin.string());
        if (!stage.inputs.empty()) facts.emplace_back(about + "from", wiring(stages, stage));
        if (stage.group) facts.emplace_back(about + "group", stages[*stage.group].name);
        add_values(facts, about, stage.values, stage.type->parameters, output);
        const auto& execution = Execution::parameters();
        add_values(facts, about + "execution.", execution.values(stage.execution), execution.declarations(),
                   output);
        if (!stage.sub_graph) continue;
        facts.emplace_back(about + "the graph that it runs", sub_digests[i]);
        for (const auto& [name, value] : stage.sub_graph->parameters)
            facts.emplace_back(about + name, to_text(movable(value, output)));
    }
    // A library that was built again may do something else under the same names.
    for (const auto& library : libraries)
        facts.emplace_back(std::string(file_fact) + library, file_digest(library));
    return facts;
}

std::string facts_digest(const PlanFacts& facts) {
    std::string text = "figurant plan " + std::to_string(digest_version) + "\n";
    for (const auto& [what, value] : facts) text += what + " = " + value + "\n";
    return hex_digest(text);
}

}  // namespace figurant::pipeline
