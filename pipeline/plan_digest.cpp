#include <sstream>

#include "base/digest.h"
#include "pipeline/graph_checker.h"

namespace figurant::pipeline {

namespace {

/// Raised when the meaning of a plan's digest changes, so that old run folders are not taken for the same.
constexpr int digest_version = 1;

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

void write_values(std::ostream& out, const ParameterValues& values,
                  const std::vector<ParameterDeclaration>& declarations, const std::string& output) {
    for (const auto& declaration : declarations) {
        const auto value = values.find(declaration.name);
        if (declaration.affects_result && value != values.end())
            out << "  " << declaration.name << " = " << to_text(movable(value->second, output)) << "\n";
    }
}

}  // namespace

std::string plan_digest(const std::vector<PlannedStage>& stages, const std::vector<std::string>& sub_digests,
                        const std::string& output) {
    std::ostringstream out;
    out << "figurant plan " << digest_version << "\n";
    for (std::size_t i = 0; i < stages.size(); ++i) {
        const auto& stage = stages[i];
        if (!stage.type) continue;
        out << stage.name << ": " << stage.type->name << "\n";
        for (const auto& input : stage.inputs) out << "  from " << input.stage << "." << input.port << "\n";
        if (stage.group) out << "  group " << *stage.group << "\n";
        write_values(out, stage.values, stage.type->parameters, output);
        const auto& execution = Execution::parameters();
        write_values(out, execution.values(stage.execution), execution.declarations(), output);
        if (!stage.sub_graph) continue;
        out << "  graph " << sub_digests[i] << "\n";
        for (const auto& [name, value] : stage.sub_graph->parameters)
            out << "  " << name << " = " << to_text(movable(value, output)) << "\n";
    }
    return hex_digest(out.str());
}

}  // namespace figurant::pipeline
