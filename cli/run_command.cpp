#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "base/file_writer.h"
#include "cli/graph_words.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "pipeline/report_text.h"
#include "pipeline/reserved_names.h"
#include "pipeline/run.h"

namespace figurant::cli {

namespace {

using pipeline::in_lines;
using pipeline::in_one_line;
using pipeline::RunArguments;
using pipeline::RunReport;

/// As many as tell what is going on; the folder and the report have all.
constexpr std::size_t most_shown = 10;

struct Job {
    GraphWords words;
    RunArguments arguments;
};

/// Parameters that were not given are those of the run that is replayed; its folder, wherever it is now.
void take_recorded(Job& job) {
    const auto& folder = job.arguments.only_failed;
    auto [graph, recorded, set] = pipeline::recorded_command(folder);
    if (graph.stem() != job.words.graph.file.stem())
        throw Error(Cause::configuration,
                    folder.string() + " holds a run of " + graph.string() + ", and not of " +
                        job.words.graph.file.string(),
                    "name the graph of that run");
    set.insert(set.end(), job.arguments.set.begin(), job.arguments.set.end());
    job.arguments.set = std::move(set);
    for (const auto& declaration : job.words.graph.parameters) {
        if (declaration.name == "output")
            job.words.parameters.try_emplace("output", Scalar(folder.string()));
        else if (const auto value = recorded.find(declaration.name); value != recorded.end())
            job.words.parameters.try_emplace(declaration.name, declaration.checked(value->second));
    }
}

Job read_job(Words words) {
    const auto& own = RunArguments::parameters();
    Job job{read_graph_words(words, "run", own.declarations()), {}};
    job.arguments = own.bind(job.words.options);
    if (job.words.help || job.arguments.only_failed.empty()) return job;
    try {
        take_recorded(job);
    } catch (const Error& error) {
        const std::string next = error.next_step().empty() ? "" : "; " + error.next_step();
        job.words.problems.push_back({"--only-failed", error.what() + next});
        // What that run would have given is not told as missing too.
        for (const auto& declaration : job.words.graph.parameters)
            job.words.parameters.try_emplace(declaration.name);
    }
    return job;
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
        std::cerr << "warning: " << in_lines(report.warnings[i]) << "\n";
    if (report.warnings.size() > most_shown)
        std::cerr << "… and "
                  << pipeline::counted(static_cast<std::int64_t>(report.warnings.size() - most_shown),
                                       "more warnings")
                  << "; --report has them all\n";
}

void print_failures(const pipeline::Plan& plan, const RunReport& report) {
    for (std::size_t i = 0; i < std::min(most_shown, report.failures.size()); ++i) {
        const auto& failure = report.failures[i];
        // What ended the run is told in full at its end.
        const bool told = !failure.reason.empty() && report.message.find(failure.reason) != std::string::npos;
        std::cerr << "failed: " << in_one_line(failure.input) << " (" << in_one_line(failure.stage)
                  << "): " << (told ? "see below" : in_lines(failure.reason)) << "\n";
        if (!failure.next_step.empty()) std::cerr << "  " << in_lines(failure.next_step) << "\n";
    }
    if (report.failures.empty()) return;
    if (report.failures.size() > most_shown)
        std::cerr << "… and " << report.failures.size() - most_shown << " more\n";
    if (!plan.output.empty())
        std::cerr << "all failures: " << in_one_line((plan.output / "failures.jsonl").string()) << "\n";
}

int finished(const Job& job, const pipeline::Plan& plan, const RunReport& report, int first_signal) {
    print_warnings(report);
    print_failures(plan, report);
    std::cerr << report_table(report);
    // The run knows that it was asked to end; that it can be resumed, only who read the command line.
    if (report.exit_code >= 128 && !plan.output.empty())
        std::cerr << "  to go on with it, give the same command with --resume\n";
    for (const auto& text : report.printed) std::cout << text;
    std::cout.flush();
    int code = report.exit_code;
    // The run knows that a signal came; which one, the handler knows.
    if (code >= 128 && first_signal) code = 128 + first_signal;
    if (!job.arguments.report.empty()) write_file(job.arguments.report, report_json(plan, report));
    return code;
}

/// The option that gave the path of which a message tells, with a blank; empty where none did. Stages know
/// paths, and not how they were given.
std::string option_of(const Job& job, const pipeline::Plan& plan, const std::string& message) {
    for (const auto& declaration : job.words.graph.parameters) {
        const auto given = plan.parameters.find(declaration.name);
        if (declaration.type != ParameterType::path || given == plan.parameters.end()) continue;
        for (const auto& scalar : given->second.items)
            if (const auto* path = std::get_if<std::string>(&scalar);
                path && !path->empty() && message.starts_with(*path + ": "))
                return option_name(declaration.name) + " ";
    }
    return "";
}

RunReport run_job(const Job& job, const pipeline::Plan& plan, const pipeline::RunOptions& options) {
    try {
        return run(plan, options);
    } catch (const pipeline::GraphError&) {
        throw;
    } catch (const Error& error) {
        if (error.cause() != Cause::input) throw;
        throw Error(error.cause(), option_of(job, plan, error.what()) + error.what(), error.next_step());
    }
}

}  // namespace

std::vector<ParameterDeclaration> run_options() { return RunArguments::parameters().declarations(); }

int run_command(Words words) {
    if (words.size() == 1 && (words[0] == "--help" || words[0] == "-h")) {
        std::cout << program_help();
        return 0;
    }
    const Job job = read_job(words);
    if (job.words.help) {
        std::cout << run_help(job.words.graph);
        return 0;
    }
    const pipeline::Plan plan = plan_of(job.words, job.arguments.set, Missing::refused);
    pipeline::limit_threads(static_cast<int>(job.arguments.threads));
    CaughtSignals signals;
    ProgressDisplay display(progress_style(job.arguments.progress), std::cerr);
    pipeline::RunOptions options;
    options.settings = settings_of(job, plan);
    options.begin = job.arguments.resume ? pipeline::Begin::resume : pipeline::Begin::afresh;
    options.only_failed = job.arguments.only_failed;
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
        std::cerr << "warning: " << in_lines(text) << std::endl;
    };
    options.disturb = disturbance();
    const RunReport report = run_job(job, plan, options);
    display.clear();
    return finished(job, plan, report, signals.first());
}

}  // namespace figurant::cli
