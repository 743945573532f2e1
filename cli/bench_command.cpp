#include <algorithm>
#include <iostream>

#include "base/file_writer.h"
#include "cli/bench_report.h"
#include "cli/commands.h"
#include "cli/signals.h"
#include "pipeline/report_text.h"

namespace figurant::cli {

namespace {

struct BenchArguments {
    std::int64_t repetitions = 5;
    std::int64_t warm_up = 1;
    std::vector<std::string> sweep;
    std::filesystem::path csv;
    static const ParameterList<BenchArguments>& parameters() {
        static const auto list =
            ParameterList<BenchArguments>{}
                .add("repetitions", &BenchArguments::repetitions, "measured runs of each setting",
                     range(1, 10'000))
                .add("warm_up", &BenchArguments::warm_up, "runs of each setting before them", range(0, 100))
                .add("sweep", &BenchArguments::sweep,
                     "KEY=VALUE,VALUE,...: a run for each value; of several keys, for each combination. KEY "
                     "is a "
                     "stage's parameter (tiles.size, detect.execution.batch), the graph's or the run's "
                     "(threads)")
                .add("csv", &BenchArguments::csv, "a file for the figures, as CSV");
        return list;
    }
};

void say(const Trial& trial, std::size_t done, std::size_t all) {
    std::cerr << "run " << done << " of " << all;
    if (!trial.setting.empty()) std::cerr << ", " << pipeline::in_one_line(setting_text(trial.setting));
    if (!trial.failure.empty())
        std::cerr << ": " << pipeline::in_lines(trial.failure) << "\n";
    else if (trial.runs.empty())
        std::cerr << ": to warm up\n";
    else
        std::cerr << ": " << seconds_text(trial.runs.back().seconds) << "\n";
}

/// All settings in turn, again and again: what slows the machine for a while slows them all.
void run_all(const MeasuredGraph& measured, const BenchArguments& arguments, std::vector<Trial>& trials,
             const std::atomic<int>& stop) {
    const auto rounds = static_cast<std::size_t>(arguments.warm_up + arguments.repetitions);
    const auto warm_up = static_cast<std::size_t>(arguments.warm_up);
    for (std::size_t round = 0; round < rounds; ++round)
        for (std::size_t i = 0; i < trials.size(); ++i) {
            const bool failed_before = !trials[i].failure.empty();
            run_once(measured, trials[i], round >= warm_up, &stop);
            if (stop.load() > 0) return;
            if (!failed_before) say(trials[i], round * trials.size() + i + 1, rounds * trials.size());
        }
}

}  // namespace

std::vector<ParameterDeclaration> bench_options() {
    auto options = BenchArguments::parameters().declarations();
    const auto of_run = measuring_options();
    options.insert(options.end(), of_run.begin(), of_run.end());
    return options;
}

int bench_command(Words words) {
    const auto& list = BenchArguments::parameters();
    const bool only_help = words.size() == 1 && (words[0] == "--help" || words[0] == "-h");
    MeasuringWords read;
    if (!only_help) read = read_measuring_words(words, "bench", list.declarations());
    if (only_help || read.help) {
        std::cout << measuring_help(
            "figurant bench GRAPH --PARAM VALUE... : how fast a graph runs, and why not "
            "faster",
            list.declarations());
        return 0;
    }
    const BenchArguments arguments = list.bind(read.own);
    const auto sweeps = parse_sweeps("--sweep", arguments.sweep, read.problems);
    const auto settings = grid_of(sweeps);
    check_settings(read.measured, settings, "--sweep", read.problems);

    std::vector<Trial> trials;
    for (const auto& setting : settings) trials.push_back({setting, {}, {}, {}, 0});
    CaughtSignals signals;
    run_all(read.measured, arguments, trials, signals.stop());
    if (signals.first() > 0) return 128 + signals.first();
    const auto& first = trials.front();
    if (sweeps.empty() && !first.failure.empty())
        throw Error(Cause::input, "a run that fails is no measurement: " + first.failure,
                    "mend it first: figurant run " + read.measured.graph.name);
    std::cout << (sweeps.empty() ? trial_text(read.measured.graph.name, first) : trials_table(trials));
    if (!arguments.csv.empty()) write_file(arguments.csv, trials_csv(trials));
    int code = 0;
    for (const auto& trial : trials) code = std::max(code, trial.exit_code);
    return code;
}

}  // namespace figurant::cli
