#include "pipeline/sub_run.h"

#include <algorithm>

#include "pipeline/graph_file.h"
#include "pipeline/monitor.h"
#include "pipeline/substitution.h"

namespace figurant::pipeline {

namespace {

Cause cause_of(const RunReport& report) {
    switch (report.exit_code) {
        case 4:
            return Cause::output;
        case 6:
            return Cause::divergence;
        case 130:
        case 143:
            return Cause::interrupted;
        default:
            return report.failures.empty() ? Cause::internal : report.failures.front().cause;
    }
}

/// Throws when the sub-run did not do all of its inputs.
void check(const Plan& plan, const RunReport& report) {
    if (report.exit_code == 0) return;
    std::string what = "the run of " + plan.file.string();
    if (!plan.output.empty()) what += " in " + plan.output.string();
    what += " ended with exit code " + std::to_string(report.exit_code);
    if (!report.failures.empty()) {
        const auto& first = report.failures.front();
        what += ": " + (first.input.empty() ? "" : first.input + ": ") + first.reason;
    } else if (!report.message.empty()) {
        what += ": " + report.message;
    }
    throw Error(cause_of(report), what,
                report.failures.empty() ? std::string() : report.failures.front().next_step);
}

}  // namespace

std::size_t sub_run_memory(std::size_t credits, std::int64_t concurrency) {
    return credits / static_cast<std::size_t>(std::max<std::int64_t>(concurrency, 1) + 1);
}

void run_sub_graph(Scheduler& around, const PlannedStage& stage, std::size_t memory, const Inputs& in,
                   Outputs& out, Context& context) {
    const Payload& item = in.at(0);
    const ParameterValues values = item.type->values ? item.type->values(item.data.get()) : ParameterValues{};
    ParameterValues parameters;
    for (const auto& [name, value] : stage.sub_graph->parameters)
        parameters[name] = with_item_values(value, values);
    const Plan plan = plan_graph(stage.sub_graph->file, parameters, {}, GraphLibrary{around.plan().library});
    RunOptions options;
    options.settings = around.settings();
    options.settings.memory = memory;
    options.settings.output = plan.output;
    options.begin = around.options().begin == Begin::afresh ? Begin::afresh : Begin::resume_if_same;
    options.stop = around.options().stop;
    options.signal = around.options().signal;
    options.trace_file = around.options().trace_file;
    options.on_standstill = around.options().on_standstill;
    options.patience = around.options().patience;
    options.disturb = around.options().disturb;
    Scheduler nested(plan, options, options.settings);
    const Monitor monitor(plan, nested, options);
    const RunReport report = nested.run();
    for (const auto& text : report.printed) context.print(text);
    for (const auto& text : report.warnings) context.warn(text);
    check(plan, report);
    out.put(stage.type->outputs.front().name,
            Payload::of(SubRun{plan.output, report.exit_code, report.seconds, parameters}));
}

}  // namespace figurant::pipeline
