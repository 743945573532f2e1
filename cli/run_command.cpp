#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "base/file_writer.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "pipeline/reserved_names.h"
#include "pipeline/run.h"

namespace figurant::cli {

namespace {

using pipeline::RunArguments;
using pipeline::RunReport;

/// As many as tell what is going on; the folder and the report have all.
constexpr std::size_t most_shown = 10;

struct Job {
    pipeline::GraphLibrary library;
    pipeline::GraphHeader graph;
    ParameterValues parameters;
    RunArguments arguments;
    bool help = false;
};

Job read_job(Words words) {
    if (words.empty() || words[0].starts_with("--"))
        throw Error(Cause::configuration, "which graph? It comes first: figurant run GRAPH --PARAM VALUE...",
                    "figurant graphs lists the shipped ones");
    Job job;
    job.library = shipped_graphs();
    job.graph = pipeline::read_graph_header(job.library.find(words[0]));
    auto declarations = job.graph.parameters;
    const auto& own = RunArguments::parameters();
    declarations.insert(declarations.end(), own.declarations().begin(), own.declarations().end());
    const auto split = split_words(words.subspan(1), declarations);
    job.help = split.help;
    if (job.help) return job;
    if (!split.rest.empty())
        throw Error(
            Cause::configuration, "\"" + split.rest.front() + "\" belongs to no option",
            "name the parameter that it is for: figurant run " + job.graph.name + " --help lists them");
    job.parameters = option_values(split, job.graph.parameters);
    job.arguments = own.bind(option_values(split, own.declarations()));
    return job;
}

pipeline::Plan planned(const Job& job) {
    std::vector<pipeline::Override> overrides;
    for (const auto& each : job.arguments.set) overrides.push_back({each});
    return pipeline::plan_graph(job.graph.file, job.parameters, overrides, job.library);
}

pipeline::RunSettings settings_of(const Job& job, const pipeline::Plan& plan) {
    pipeline::RunSettings settings;
    if (!job.arguments.memory.empty()) settings.memory = parse_bytes(job.arguments.memory);
    settings.threads = static_cast<int>(job.arguments.threads);
    settings.device = job.arguments.device;
    settings.output = plan.output;
    return settings;
}

/// The debug switch of RunOptions::disturb, for whoever looks for a defect in a graph of their own.
std::uint64_t disturbance() {
    const char* seed = std::getenv("FIGURANT_DISTURB");
    return seed ? std::strtoull(seed, nullptr, 10) : 0;
}

void print_warnings(const RunReport& report) {
    for (std::size_t i = 0; i < std::min(most_shown, report.warnings.size()); ++i)
        std::cerr << "warning: " << report.warnings[i] << "\n";
    if (report.warnings.size() > most_shown)
        std::cerr << "… and " << report.warnings.size() - most_shown
                  << " more warnings; --report has them all\n";
}

void print_failures(const pipeline::Plan& plan, const RunReport& report) {
    for (std::size_t i = 0; i < std::min(most_shown, report.failures.size()); ++i) {
        const auto& failure = report.failures[i];
        std::cerr << "failed: " << failure.input << " (" << failure.stage << "): " << failure.reason << "\n";
        if (!failure.next_step.empty()) std::cerr << "  " << failure.next_step << "\n";
    }
    if (report.failures.empty()) return;
    if (report.failures.size() > most_shown)
        std::cerr << "… and " << report.failures.size() - most_shown << " more\n";
    if (!plan.output.empty())
        std::cerr << "all failures: " << (plan.output / "failures.jsonl").string() << "\n";
}

int finished(const Job& job, const pipeline::Plan& plan, const RunReport& report, int first_signal) {
    print_warnings(report);
    print_failures(plan, report);
    std::cerr << report_table(report);
    if (!report.message.empty()) std::cerr << "figurant: " << report.message << "\n";
    for (const auto& text : report.printed) std::cout << text;
    std::cout.flush();
    int code = report.exit_code;
    // The run knows that a signal came; which one, the handler knows.
    if (code >= 128 && first_signal) code = 128 + first_signal;
    if (!job.arguments.report.empty()) write_file(job.arguments.report, report_json(plan, report));
    return code;
}

}  // namespace

int run_command(Words words) {
    if (words.size() == 1 && (words[0] == "--help" || words[0] == "-h")) {
        std::cout << program_help();
        return 0;
    }
    const Job job = read_job(words);
    if (job.help) {
        std::cout << run_help(job.graph);
        return 0;
    }
    const pipeline::Plan plan = planned(job);
    CaughtSignals signals;
    ProgressDisplay display(progress_style(job.arguments.progress), std::cerr);
    pipeline::RunOptions options;
    options.settings = settings_of(job, plan);
    options.stop = &signals.stop();
    options.on_progress = [&](const pipeline::Progress& progress) { display.update(progress); };
    options.trace = job.arguments.trace;
    options.status = job.arguments.status;
    options.asked = &signals.asked();
    options.on_asked = [&](const RunReport& report) {
        display.clear();
        std::cerr << report_table(report) << std::flush;
    };
    options.on_standstill = [&](const std::string& text) {
        display.clear();
        std::cerr << "warning: " << text << std::endl;
    };
    options.disturb = disturbance();
    const RunReport report = run(plan, options);
    display.clear();
    return finished(job, plan, report, signals.first());
}

}  // namespace figurant::cli
