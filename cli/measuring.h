#pragma once
// A graph run again and again under settings of one's choice, and what the runs took: for bench and tune.

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "cli/command_line.h"
#include "cli/commands.h"
#include "pipeline/graph_file.h"
#include "pipeline/reserved_names.h"
#include "pipeline/run.h"

namespace figurant::cli {

/// What is measured: a graph, its parameters, and the options of every run that bear on its time.
struct MeasuredGraph {
    pipeline::GraphLibrary library;
    pipeline::GraphHeader graph;
    ParameterValues parameters;
    pipeline::RunArguments arguments;  ///< memory, threads, device, set; the others are not used
};

/// The words of `figurant COMMAND GRAPH …`, read by the graph's parameters, the run's options that bear on
/// its time, and `own`, the command's options. `problems`: what is wrong with them; `help`: it was asked for,
/// and nothing else counts.
struct MeasuringWords {
    MeasuredGraph measured;
    ParameterValues own;
    std::vector<pipeline::Problem> problems;
    bool help = false;
};
MeasuringWords read_measuring_words(Words words, const std::string& command,
                                    const std::vector<ParameterDeclaration>& own);

/// The run's options that a measurement takes: memory, threads, device, set.
std::vector<ParameterDeclaration> measuring_options();

/// The help of such a command: its own options, then those of a run.
std::string measuring_help(const std::string& title, const std::vector<ParameterDeclaration>& own);

/// A key and the values that it is to take. The key is a stage's parameter as --set has it
/// (figures.tiles.size, detect.execution.batch), a parameter of the graph, or an option of the run (threads).
struct Sweep {
    std::string key;
    std::vector<std::string> values;  ///< as typed
};
/// "tiles.size=256,512" to a sweep; commas inside [] and "" belong to the value. GraphError naming `option`.
Sweep parse_sweep(const std::string& option, const std::string& argument);
/// All of them; what is wrong goes to `problems`.
std::vector<Sweep> parse_sweeps(const std::string& option, const std::vector<std::string>& arguments,
                                std::vector<pipeline::Problem>& problems);

/// One value for each key.
using Setting = std::vector<std::pair<std::string, std::string>>;
/// Every combination; the last key changes fastest. More than 10,000: Error(Cause::limit).
std::vector<Setting> grid_of(const std::vector<Sweep>& sweeps);

/// Plans the graph under every setting, and runs nothing. GraphError with all problems: those that are known
/// already, then those of a setting under the name of `option`.
void check_settings(const MeasuredGraph& measured, const std::vector<Setting>& settings,
                    const std::string& option, std::vector<pipeline::Problem> known);

/// Runs under one setting. Either they all did all of their inputs, or `failure` says why they count for
/// nothing, and `exit_code` is what a run would have ended with.
struct Trial {
    Setting setting;
    pipeline::Plan plan;
    std::vector<pipeline::RunReport> runs;
    std::string failure;
    int exit_code = 0;
};

/// Runs once more under the trial's setting, and adds the report (`counts`: else it was to warm up). The
/// results go to a folder of their own, below the graph's `output` where that is given, else below the
/// system's folder for temporary files, and are removed. What goes wrong is the trial's failure; of a failed
/// trial nothing runs.
void run_once(const MeasuredGraph& measured, Trial& trial, bool counts, const std::atomic<int>* stop);

/// "tiles.size=512 threads=2".
std::string setting_text(const Setting& setting);

}  // namespace figurant::cli
