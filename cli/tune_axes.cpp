#include "cli/tune_axes.h"

#include <algorithm>
#include <deque>
#include <functional>
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

/// The name in a text that is only "${name}".
std::optional<std::string> only_reference(const pipeline::TomlEntry& entry) {
    const auto* text = entry.value.text();
    if (!text || !text->starts_with("${") || text->find('}') != text->size() - 1) return std::nullopt;
    return text->substr(2, text->size() - 3);
}

const pipeline::TomlEntry* entry_of(const pipeline::DeclaredStage& stage, std::string_view key) {
    for (const auto& entry : stage.parameters)
        if (entry.key == key) return &entry;
    return nullptr;
}

/// The parameters whose declarations say that they are worth trying (base/parameters.h: tune), each by the
/// outermost name that sets it: a parameter of the graph where its value is only passed on, else STAGE.KEY.
class WorthTrying {
  public:
    WorthTrying(const MeasuredGraph& measured, const pipeline::Plan& plan)
        : measured_(measured), plan_(plan) {
        const auto& own = read(measured.graph.file);
        collect(own, "", [&](const std::string& name) { return Setter{name, limits_of(own, name)}; });
    }
    std::vector<Axis> axes() && { return std::move(axes_); }

  private:
    using Limits = std::vector<const ParameterDeclaration*>;
    /// What sets a graph's parameter, and the declarations that its value must fit on the way.
    struct Setter {
        std::string key;
        Limits limits;
    };
    using SetterOf = std::function<Setter(const std::string& parameter)>;

    const pipeline::GraphDocument& read(const fs::path& file) {
        pipeline::Problems ignored;
        return documents_.emplace_back(pipeline::read_graph_document(file, ignored));
    }

    static Limits limits_of(const pipeline::GraphDocument& document, const std::string& name) {
        const auto* parameter = document.find_parameter(name);
        return parameter ? Limits{&parameter->declaration} : Limits{};
    }

    /// The setter of a stage's parameter: of a stage of `document`, whose name in the plan is `name`.
    static Setter setter_in(const pipeline::DeclaredStage& stage, const std::string& name,
                            const std::string& key, const SetterOf& outer) {
        const auto* entry = entry_of(stage, key);
        const auto passed_on = entry ? only_reference(*entry) : std::nullopt;
        return passed_on ? outer(*passed_on) : Setter{name + "." + key, {}};
    }

    void collect(const pipeline::GraphDocument& document, const std::string& path, const SetterOf& outer) {
        for (const auto& stage : document.stages) {
            const std::string name = path + stage.name;
            if (const auto file = inner_file(stage, document.file)) {
                const auto& inner = read(*file);
                collect(inner, name + ".", [&](const std::string& key) {
                    Setter setter = setter_in(stage, name, key, outer);
                    for (const auto* limit : limits_of(inner, key)) setter.limits.push_back(limit);
                    return setter;
                });
            }
            for (const auto& planned : plan_.stages) {
                if (planned.name != name) continue;
                for (const auto& declaration : planned.type->parameters)
                    if (declaration.tuning)
                        add(setter_in(stage, name, declaration.name, outer), declaration,
                            planned.values.at(declaration.name));
            }
        }
    }

    void add(const Setter& setter, const ParameterDeclaration& declaration, const ParameterValue& usual) {
        for (const auto& axis : axes_)
            if (axis.sweep.key == setter.key) return;
        Axis axis{{setter.key, {}}, 0, declaration.affects_result};
        for (const auto& value : declaration.values_to_try(usual)) {
            if (!fits(value, setter.limits)) continue;
            if (value == usual.items.front()) axis.usual = axis.sweep.values.size();
            const auto* text = std::get_if<std::string>(&value);
            axis.sweep.values.push_back(text ? *text : to_text(ParameterValue(value)));
        }
        axes_.push_back(std::move(axis));
    }

    static bool fits(const Scalar& value, const Limits& limits) {
        try {
            for (const auto* limit : limits) static_cast<void>(limit->checked(ParameterValue(value)));
            return true;
        } catch (const Error&) {
            return false;
        }
    }

    /// The file of a stage that is a graph, where it is written out.
    std::optional<fs::path> inner_file(const pipeline::DeclaredStage& stage, const fs::path& of) const {
        const auto* type = stage.type ? stage.type->value.text() : nullptr;
        const auto* file = stage.file ? stage.file->value.text() : nullptr;
        if (!type || *type != "graph" || !file) return std::nullopt;
        const fs::path beside = of.parent_path() / *file;
        try {
            std::error_code ignored;
            return fs::is_regular_file(beside, ignored) ? beside : measured_.library.find(*file);
        } catch (const Error&) {
            return std::nullopt;
        }
    }

    const MeasuredGraph& measured_;
    const pipeline::Plan& plan_;
    std::deque<pipeline::GraphDocument> documents_;  // a document stays where it is
    std::vector<Axis> axes_;
};

}  // namespace

std::vector<Axis> axes_of(const MeasuredGraph& measured, const pipeline::Plan& plan,
                          const pipeline::RunReport& report) {
    std::vector<Axis> axes;
    const auto add = [&](std::optional<Axis> axis) {
        if (axis && axis->sweep.values.size() > 1) axes.push_back(std::move(*axis));
    };
    for (auto& axis : WorthTrying(measured, plan).axes()) add(std::move(axis));
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
