#include "pipeline/reserved_names.h"

#include <algorithm>

namespace figurant::pipeline {

const ParameterList<RunArguments>& RunArguments::parameters() {
    static const auto list =
        ParameterList<RunArguments>{}
            .add("memory", &RunArguments::memory,
                 "target for the program's memory, as 2G or 800M; by default three quarters of the machine's",
                 neutral)
            .add("threads", &RunArguments::threads,
                 "computing threads, all libraries together; 0: as many as the machine has", range(0, 4096),
                 neutral)
            .add("device", &RunArguments::device, "where the network runs: cpu, cuda, cuda:1")
            .add("progress", &RunArguments::progress,
                 "how to show progress: a bar, a line now and then, or what suits the terminal",
                 choices({"auto", "bar", "lines", "none"}), neutral)
            .add("report", &RunArguments::report,
                 "a JSON file for the run's report: counts, times and memory of each stage", neutral)
            .add("resume", &RunArguments::resume,
                 "go on with the run in --output: what is done stays, what failed is tried again", neutral)
            .add("only_failed", &RunArguments::only_failed,
                 "the folder of a run: only its failed inputs are run; what is not given is as in that run",
                 neutral)
            .add("trace", &RunArguments::trace,
                 "a file for the run's trace: each call on its thread, items as arrows; ui.perfetto.dev "
                 "shows it",
                 neutral)
            .add("status", &RunArguments::status,
                 "a JSON file that says how the run stands, written anew each second", neutral)
            .add("set", &RunArguments::set,
                 "a parameter inside the graph, as figures.tiles.size=2048; may be given again", neutral);
    return list;
}

const std::vector<std::string>& reserved_in_stages() {
    static const std::vector<std::string> names = {"type", "from", "file", "group", "execution"};
    return names;
}

bool is_reserved_in_stages(std::string_view name) {
    const auto& names = reserved_in_stages();
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_reserved_on_command_line(std::string_view name) {
    std::string plain(name);
    std::replace(plain.begin(), plain.end(), '-', '_');
    if (plain == "help") return true;
    for (const auto& declaration : RunArguments::parameters().declarations())
        if (declaration.name == plain) return true;
    return false;
}

}  // namespace figurant::pipeline
