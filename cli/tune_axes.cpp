#include "cli/tune_axes.h"

#include <algorithm>
#include <map>
#include <set>

#include "pipeline/graph_document.h"

namespace figurant::cli {

namespace {

namespace fs = std::filesystem;
using pipeline::Kind;

/// A stage below this share of the computing time is not worth a trial.
constexpr double worth_a_trial = 0.05;

std::vector<std::string> powers_up_to(std::int64_t most) {
    std::vector<std::string> values;
    for (std::int64_t value = 1; value < most; value *= 2) values.push_back(std::to_string(value));
    values.push_back(std::to_string(most));
    return values;
}

std::vector<std::size_t> stages_worth_a_trial(const pipeline::RunReport& report) {
    double all = 0;
    for (const auto& stage : report.stages) all += stage.busy;
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < report.stages.size(); ++i)
        if (report.stages[i].busy >= worth_a_trial * all) indices.push_back(i);
    std::sort(indices.begin(), indices.end(),
              [&](std::size_t a, std::size_t b) { return report.stages[a].busy > report.stages[b].busy; });
    return indices;
}

bool runs_side_by_side(const pipeline::PlannedStage& stage) {
    const Kind kind = stage.type->kind;
    return kind != Kind::regroup && kind != Kind::finish && !stage.execution.ordered;
}

std::optional<Axis> concurrency_of(const pipeline::PlannedStage& stage, int threads) {
    if (threads < 2 || !runs_side_by_side(stage)) return std::nullopt;
    const auto usual = stage.execution.concurrency == 0
                           ? threads
                           : std::min<std::int64_t>(stage.execution.concurrency, threads);
    auto values = powers_up_to(threads);
    auto at = std::find(values.begin(), values.end(), std::to_string(usual));
    if (at == values.end()) at = values.insert(values.begin(), std::to_string(usual));
    const auto index = static_cast<std::size_t>(at - values.begin());
    return Axis{{stage.name + ".execution.concurrency", values}, index, false};
}

std::optional<Axis> batch_of(const pipeline::PlannedStage& stage) {
    if (stage.type->kind != Kind::map) return std::nullopt;
    const auto made = stage.type->make(stage.values);
    const auto most =
        static_cast<std::int64_t>(static_cast<const pipeline::Map*>(made.get())->most_in_batch());
    if (most < 2) return std::nullopt;
    const auto usual = stage.execution.batch == 0 ? most : std::min(stage.execution.batch, most);
    auto values = powers_up_to(most);
    auto at = std::find(values.begin(), values.end(), std::to_string(usual));
    if (at == values.end()) at = values.insert(values.begin(), std::to_string(usual));
    const auto index = static_cast<std::size_t>(at - values.begin());
    return Axis{{stage.name + ".execution.batch", values}, index, false};
}

/// Half as large to twice as large, within what is allowed.
Axis sizes_around(const std::string& key, const ParameterDeclaration& declaration, std::int64_t usual) {
    Axis axis{{key, {}}, 0, true};
    for (const std::int64_t quarters : {2, 3, 4, 6, 8}) {
        const std::int64_t size = usual * quarters / 4;
        const auto as_number = static_cast<double>(size);
        if (declaration.range &&
            (as_number < declaration.range->least || as_number > declaration.range->most))
            continue;
        if (size == usual) axis.usual = axis.sweep.values.size();
        axis.sweep.values.push_back(std::to_string(size));
    }
    return axis;
}

const ParameterDeclaration* tile_size_in(const std::vector<ParameterDeclaration>& parameters,
                                         std::string_view name) {
    for (const auto& parameter : parameters)
        if (parameter.name == name && parameter.type == ParameterType::integer && !parameter.many)
            return &parameter;
    return nullptr;
}

std::optional<std::int64_t> integer_of(const ParameterValue& value) {
    const auto* number = value.items.empty() ? nullptr : std::get_if<std::int64_t>(&value.items.front());
    return number ? std::optional(*number) : std::nullopt;
}

/// The header of the graph that a stage uses, where its file is written out.
std::optional<pipeline::GraphHeader> inner_graph(const MeasuredGraph& measured,
                                                 const pipeline::DeclaredStage& stage) {
    const auto* type = stage.type ? stage.type->value.text() : nullptr;
    const auto* file = stage.file ? stage.file->value.text() : nullptr;
    if (!type || *type != "graph" || !file) return std::nullopt;
    const fs::path beside = measured.graph.file.parent_path() / *file;
    try {
        std::error_code ignored;
        return pipeline::read_graph_header(
            fs::is_regular_file(beside, ignored) ? beside : measured.library.find(*file));
    } catch (const Error&) {
        return std::nullopt;
    }
}

std::optional<Axis> tile_size_of(const MeasuredGraph& measured, const pipeline::Plan& plan) {
    if (const auto* own = tile_size_in(measured.graph.parameters, "tile_size"))
        if (const auto value = plan.parameters.find("tile_size"); value != plan.parameters.end())
            if (const auto usual = integer_of(value->second)) return sizes_around("tile_size", *own, *usual);
    pipeline::Problems ignored;
    const auto document = pipeline::read_graph_document(measured.graph.file, ignored);
    for (const auto& stage : document.stages) {
        const auto inner = inner_graph(measured, stage);
        const auto* parameter = inner ? tile_size_in(inner->parameters, "tile_size") : nullptr;
        const bool given = std::any_of(stage.parameters.begin(), stage.parameters.end(),
                                       [](const auto& entry) { return entry.key == "tile_size"; });
        if (parameter && parameter->fallback && !given)
            if (const auto usual = integer_of(*parameter->fallback))
                return sizes_around(stage.name + ".tile_size", *parameter, *usual);
    }
    for (const auto& stage : plan.stages)
        if (const auto* parameter = tile_size_in(stage.type->parameters, "size");
            parameter && stage.type->kind == Kind::expand && stage.name.find('.') == std::string::npos)
            if (const auto usual = integer_of(stage.values.at("size")))
                return sizes_around(stage.name + ".size", *parameter, *usual);
    return std::nullopt;
}

}  // namespace

std::vector<Axis> axes_of(const MeasuredGraph& measured, const pipeline::Plan& plan,
                          const pipeline::RunReport& report) {
    std::vector<Axis> axes;
    const auto add = [&](std::optional<Axis> axis) {
        if (axis && axis->sweep.values.size() > 1) axes.push_back(std::move(*axis));
    };
    add(tile_size_of(measured, plan));
    for (const std::size_t index : stages_worth_a_trial(report)) {
        add(batch_of(plan.stages[index]));
        add(concurrency_of(plan.stages[index], report.threads));
    }
    return axes;
}

Axis axis_of(Sweep sweep, const pipeline::Plan& plan) {
    Axis axis{std::move(sweep), 0, true};
    const std::string& key = axis.sweep.key;
    for (const char* name : {"memory", "threads"}) axis.changes_results = axis.changes_results && key != name;
    for (const auto& stage : plan.stages) {
        if (!key.starts_with(stage.name + ".")) continue;
        const std::string rest = key.substr(stage.name.size() + 1);
        for (const auto& each : pipeline::Execution::parameters().declarations())
            if (rest == "execution." + each.name) axis.changes_results = each.affects_result;
        for (const auto& each : stage.type->parameters)
            if (rest == each.name) axis.changes_results = each.affects_result;
    }
    return axis;
}

Setting changes_of(const std::vector<Axis>& axes, const std::vector<std::size_t>& point) {
    Setting changes;
    for (std::size_t i = 0; i < axes.size(); ++i)
        if (point[i] != axes[i].usual)
            changes.emplace_back(axes[i].sweep.key, axes[i].sweep.values[point[i]]);
    return changes;
}

std::string settings_to_paste(const MeasuredGraph& measured, const Setting& changes) {
    std::string words, lines;
    std::map<std::string, std::vector<std::pair<std::string, std::string>>> of_stage;
    for (const auto& [key, value] : changes) {
        const auto dot = key.find(".execution.");
        const auto end = dot == std::string::npos ? key.rfind('.') : dot;
        if (end == std::string::npos) {
            words += " " + option_name(key) + " " + value;
            const bool own = std::any_of(measured.graph.parameters.begin(), measured.graph.parameters.end(),
                                         [&](const auto& parameter) { return parameter.name == key; });
            if (own) lines += "  [params." + key + "]\n  default = " + value + "\n";
            continue;
        }
        words += " --set " + key + "=" + value;
        of_stage[key.substr(0, end)].emplace_back(key.substr(end + 1), value);
    }
    for (const auto& [stage, keys] : of_stage) {
        std::string execution;
        const auto inner = stage.rfind('.');
        lines += "  [stages." + stage.substr(inner == std::string::npos ? 0 : inner + 1) + "]" +
                 (inner == std::string::npos ? "" : "  # in the graph of " + stage.substr(0, inner)) + "\n";
        for (const auto& [key, value] : keys) {
            if (key.starts_with("execution."))
                execution += (execution.empty() ? "" : ", ") + key.substr(10) + " = " + value;
            else
                lines += "  " + key + " = " + value + "\n";
        }
        if (!execution.empty()) lines += "  execution = { " + execution + " }\n";
    }
    return "on the command line\n " + words + "\n\nin the graph file\n" + lines;
}

}  // namespace figurant::cli
