#include "cli/measuring.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include "cli/graph_words.h"

namespace figurant::cli {

namespace {

namespace fs = std::filesystem;
using pipeline::GraphError;
using pipeline::Problem;
using pipeline::RunArguments;

constexpr std::size_t most_settings = 10'000;

/// A folder that is gone with its contents when this is.
class ScratchFolder {
  public:
    explicit ScratchFolder(const fs::path& below) : below_(below) {
        static std::atomic<int> number{0};
        std::error_code failed;
        made_below_ = fs::create_directories(below_, failed);
        path_ = below_ / ("figurant_measured_" + std::to_string(::getpid()) + "_" + std::to_string(++number));
        fs::create_directories(path_, failed);
        if (failed)
            throw Error(Cause::output, path_.string() + ": " + failed.message(),
                        "give a folder that can be written as --output");
    }
    ~ScratchFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
        if (made_below_) fs::remove(below_, ignored);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    const fs::path& path() const { return path_; }

  private:
    fs::path below_, path_;
    bool made_below_ = false;
};

const ParameterDeclaration* named(const std::vector<ParameterDeclaration>& declarations,
                                  std::string_view name) {
    const auto found = std::find_if(declarations.begin(), declarations.end(),
                                    [&](const auto& declaration) { return declaration.name == name; });
    return found == declarations.end() ? nullptr : &*found;
}

/// The run's options that a setting may vary.
std::vector<ParameterDeclaration> options_to_vary() {
    auto declarations = measuring_options();
    std::erase_if(declarations, [](const auto& declaration) { return declaration.name == "set"; });
    return declarations;
}

std::string plain(std::string name) {
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

/// What a run of the graph under a setting is asked for.
struct Asked {
    ParameterValues parameters;
    RunArguments arguments;
    std::vector<pipeline::Override> overrides;
};

/// What is wrong with the setting goes to `problems` under the name of `option`.
Asked asked_of(const MeasuredGraph& measured, const Setting& setting, const std::string& option,
               std::vector<Problem>& problems) {
    Asked asked{measured.parameters, measured.arguments, {}};
    for (const auto& each : measured.arguments.set) asked.overrides.push_back({each});
    const auto& run_list = RunArguments::parameters();
    const auto run_options = options_to_vary();
    ParameterValues run_values = run_list.values(measured.arguments);
    for (const auto& [typed, value] : setting) {
        if (typed.find('.') != std::string::npos) {
            asked.overrides.push_back({typed + "=" + value});
            continue;
        }
        const std::string key = plain(typed);
        const auto* of_graph = named(measured.graph.parameters, key);
        const auto* of_run = named(run_options, key);
        const Problem here{option + " " + typed + "=" + value, ""};
        if (!of_graph && !of_run) {
            std::vector<std::string> names;
            for (const auto& each : measured.graph.parameters) names.push_back(each.name);
            for (const auto& each : run_options) names.push_back(each.name);
            const auto near = nearest_name(key, names);
            problems.push_back({here.place, "neither the graph nor a run has the parameter \"" + key + "\"" +
                                                (near ? "; did you mean \"" + *near + "\"?" : "") +
                                                " (a stage's parameter is STAGE.KEY)"});
            continue;
        }
        try {
            if (of_graph)
                asked.parameters[key] = of_graph->parsed({value});
            else
                run_values[key] = of_run->parsed({value});
            if (key == "memory") parse_bytes(value);
        } catch (const Error& error) {
            problems.push_back({here.place, error.what()});
        }
    }
    asked.arguments = run_list.bind(run_values);
    return asked;
}

bool has_output(const MeasuredGraph& measured) {
    const auto* output = named(measured.graph.parameters, "output");
    return output && !output->many;
}

fs::path folder_for_results(const MeasuredGraph& measured) {
    if (const auto given = measured.parameters.find("output");
        given != measured.parameters.end() && !given->second.items.empty())
        if (const auto* folder = std::get_if<std::string>(&given->second.items.at(0));
            folder && !folder->empty())
            return *folder;
    return fs::temp_directory_path();
}

pipeline::Plan planned(const MeasuredGraph& measured, Asked& asked, const fs::path& output) {
    if (has_output(measured)) asked.parameters["output"] = Scalar(output.string());
    return pipeline::plan_graph(measured.graph.file, asked.parameters, asked.overrides, measured.library);
}

/// The problems of one setting, those of its own values under the name of the option that varies them.
std::vector<Problem> problems_of(const MeasuredGraph& measured, const Setting& setting,
                                 const std::string& option) {
    std::vector<Problem> problems;
    Asked asked = asked_of(measured, setting, option, problems);
    try {
        planned(measured, asked, folder_for_results(measured));
    } catch (const GraphError& error) {
        for (auto problem : error.problems()) {
            for (const auto& [key, value] : setting)
                if (problem.place == "--set " + key + "=" + value)
                    problem.place = option + problem.place.substr(5);
            problems.push_back(std::move(problem));
        }
    }
    return problems;
}

/// Why a run is no measurement; empty when it is one.
std::string no_measurement(const pipeline::RunReport& report) {
    if (report.exit_code == 0) return "";
    if (!report.failures.empty()) {
        const auto& first = report.failures.front();
        return std::to_string(report.failed) + " of " + std::to_string(report.inputs) + " inputs failed; " +
               first.input + " (" + first.stage + "): " + first.reason;
    }
    return report.message.empty() ? "it ended with exit code " + std::to_string(report.exit_code)
                                  : report.message;
}

pipeline::RunReport measured_run(const MeasuredGraph& measured, Trial& trial, const std::atomic<int>* stop) {
    const ScratchFolder folder(folder_for_results(measured));
    std::vector<Problem> problems;
    Asked asked = asked_of(measured, trial.setting, "--set", problems);
    if (!problems.empty()) throw GraphError(std::move(problems));
    trial.plan = planned(measured, asked, folder.path());
    pipeline::RunOptions options;
    if (!asked.arguments.memory.empty()) options.settings.memory = parse_bytes(asked.arguments.memory);
    options.settings.threads = static_cast<int>(asked.arguments.threads);
    options.settings.device = asked.arguments.device;
    options.settings.output = trial.plan.output;
    options.stop = stop;
    return pipeline::run(trial.plan, options);
}

}  // namespace

std::vector<ParameterDeclaration> measuring_options() {
    std::vector<ParameterDeclaration> declarations;
    for (const auto& declaration : RunArguments::parameters().declarations())
        for (const char* name : {"memory", "threads", "device", "set"})
            if (declaration.name == name) declarations.push_back(declaration);
    return declarations;
}

MeasuringWords read_measuring_words(Words words, const std::string& command,
                                    const std::vector<ParameterDeclaration>& own) {
    const auto run_options = measuring_options();
    auto declarations = own;
    declarations.insert(declarations.end(), run_options.begin(), run_options.end());
    auto read = read_graph_words(words, command, declarations);
    MeasuringWords result{{read.library, read.graph, read.parameters, {}}, {}, read.problems, read.help};
    ParameterValues of_run;
    for (auto& [name, value] : read.options)
        (named(run_options, name) ? of_run : result.own).emplace(name, std::move(value));
    result.measured.arguments = RunArguments::parameters().bind(of_run);
    return result;
}

std::string measuring_help(const std::string& title, const std::vector<ParameterDeclaration>& own) {
    return title + "\n\nOptions\n" + option_table(own) + "\nOptions of every run that bear on its time\n" +
           option_table(measuring_options()) +
           "\nThe results of the runs are removed; they go below --output where the graph has one and it is "
           "given.\n";
}

Sweep parse_sweep(const std::string& option, const std::string& argument) {
    const auto equals = argument.find('=');
    Sweep sweep{argument.substr(0, equals), {}};
    bool whole = equals != std::string::npos && !sweep.key.empty();
    int depth = 0;
    bool quoted = false;
    std::string value;
    for (std::size_t i = whole ? equals + 1 : argument.size(); i < argument.size(); ++i) {
        const char c = argument[i];
        quoted = quoted != (c == '"');
        if (!quoted) depth += (c == '[') - (c == ']');
        if (c == ',' && !quoted && depth == 0)
            sweep.values.push_back(std::exchange(value, {}));
        else
            value += c;
    }
    sweep.values.push_back(value);
    whole = whole && std::none_of(sweep.values.begin(), sweep.values.end(),
                                  [](const std::string& each) { return each.empty(); });
    if (!whole)
        throw GraphError({{option + " " + argument, "takes KEY=VALUE,VALUE,..., as in tiles.size=256,512"}});
    return sweep;
}

std::vector<Sweep> parse_sweeps(const std::string& option, const std::vector<std::string>& arguments,
                                std::vector<Problem>& problems) {
    std::vector<Sweep> sweeps;
    for (const auto& argument : arguments) {
        try {
            sweeps.push_back(parse_sweep(option, argument));
        } catch (const GraphError& error) {
            problems.insert(problems.end(), error.problems().begin(), error.problems().end());
        }
    }
    return sweeps;
}

std::vector<Setting> grid_of(const std::vector<Sweep>& sweeps) {
    std::vector<Setting> grid(1);
    for (const auto& sweep : sweeps) {
        if (grid.size() * sweep.values.size() > most_settings)
            throw Error(Cause::limit,
                        "the values make more than " + std::to_string(most_settings) + " combinations",
                        "vary fewer keys at a time");
        std::vector<Setting> larger;
        for (const auto& setting : grid)
            for (const auto& value : sweep.values) {
                larger.push_back(setting);
                larger.back().emplace_back(sweep.key, value);
            }
        grid = std::move(larger);
    }
    return grid;
}

void check_settings(const MeasuredGraph& measured, const std::vector<Setting>& settings,
                    const std::string& option, std::vector<Problem> all) {
    std::set<std::string> told;
    for (const auto& setting : settings)
        for (auto& problem : problems_of(measured, setting, option))
            if (told.insert(problem.text()).second) all.push_back(std::move(problem));
    if (!all.empty()) throw GraphError(std::move(all));
}

void run_once(const MeasuredGraph& measured, Trial& trial, bool counts, const std::atomic<int>* stop) {
    if (!trial.failure.empty()) return;
    try {
        auto report = measured_run(measured, trial, stop);
        trial.failure = no_measurement(report);
        trial.exit_code = report.exit_code;
        if (counts && trial.failure.empty()) trial.runs.push_back(std::move(report));
    } catch (const Error& error) {
        trial.failure = error.what();
        trial.exit_code = exit_code(error.cause());
    }
}
std::string setting_text(const Setting& setting) {
    std::string text;
    for (const auto& [key, value] : setting) text += (text.empty() ? "" : " ") + key + "=" + value;
    return text;
}

}  // namespace figurant::cli
