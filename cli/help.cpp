#include <algorithm>

#include "cli/command_line.h"
#include "cli/commands.h"
#include "pipeline/reference.h"
#include "pipeline/reserved_names.h"
#include "pipeline/version_lines.h"

namespace figurant::cli {

namespace {

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
    return text;
}

std::string value_word(const ParameterDeclaration& declaration) {
    std::string word = upper(std::string(parameter_type_name(declaration.type)));
    if (!declaration.choices.empty()) {
        word.clear();
        for (const auto& choice : declaration.choices) word += (word.empty() ? "" : "|") + choice;
    }
    if (declaration.type == ParameterType::boolean) return "[" + word + "]";
    return declaration.many ? word + "..." : word;
}

std::vector<std::vector<std::string>> option_rows(const std::vector<ParameterDeclaration>& declarations) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& declaration : declarations) {
        std::string facts;
        if (!declaration.fallback)
            facts = "required";
        else if (*declaration.fallback != ParameterValue(Scalar(std::string())) &&
                 !declaration.fallback->items.empty())
            facts = "default " + to_text(*declaration.fallback);
        if (declaration.range) {
            const std::string expectation = declaration.expectation();
            const auto comma = expectation.find(", ");
            if (comma != std::string::npos)
                facts = expectation.substr(comma + 2) + (facts.empty() ? "" : "; ") + facts;
        }
        rows.push_back({option_name(declaration.name) + " " + value_word(declaration),
                        declaration.sentence + (facts.empty() ? "" : " (" + facts + ")")});
    }
    return rows;
}

/// As it is asked for: a shipped graph by its name, any other by its file.
std::string word_for(const pipeline::GraphHeader& graph) {
    for (const auto& folder : shipped_graphs().folders)
        if (graph.file.parent_path() == folder) return graph.name;
    return graph.file.string();
}

}  // namespace

std::string program_help() {
    return R"(figurant finds the human figures on pictorial maps: it outlines them, cuts them out, and trains and
measures the network that does so. Every job is a graph of stages.

  figurant run GRAPH --PARAM VALUE...    do a job; GRAPH is a shipped graph's name or a file
  figurant run GRAPH --help              what the job is and which parameters it takes
  figurant check GRAPH                   all problems of a graph file, with nothing run
  figurant show GRAPH                    the graph drawn; --format text|mermaid|dot|svg
  figurant graphs                        the graphs there are
  figurant stages [NAME]                 the stages there are; one with its ports and parameters;
                                         --plugin LIBRARY for those of a library of your own
  figurant weights FILE                  the tensors of a model, a checkpoint (also TensorFlow's) or a frozen graph
  figurant bench GRAPH --PARAM VALUE...  how fast it runs, each stage's share, what holds it up; --sweep KEY=a,b,c
  figurant tune GRAPH --PARAM VALUE...   finds the fastest concurrency, batch and tile size by measuring
  figurant schema                        a JSON Schema of graph files, for editors; --plugin as above
  figurant completion bash               completion for bash: source <(figurant completion bash)
  figurant --version                     this program, its libraries, the devices found

Examples

  figurant graphs
  figurant run evaluate --maps scans/ --output out/
        draws every figure on every map below scans/
  figurant run evaluate --maps a.jpg b.tif --output out/ --score-threshold 0.5 --memory 2G
  figurant run evaluate --maps scans/ --output out/ --set figures.tiles.overlap=0.3
        sets a parameter of a stage inside the graph
  figurant run evaluate --maps scans/ --output out/ --resume
        goes on with a run that was ended, killed or had failures: what is done stays as it is
  figurant run evaluate --only-failed out/ --output again/
        runs only what failed in out/, with the same parameters; without --output, in out/ itself
  figurant show evaluate --format svg > evaluate.svg
  figurant check my_graph.toml && figurant run my_graph.toml --output out/

Results go to files and standard output, progress to standard error. kill -USR1 makes a run print how it
stands; --status keeps that in a file, --trace shows every call. Exit codes: 0 all done, 2 a wrong
command or graph, 3 finished but some inputs failed, 4 output that cannot be written, 5 model or ground
truth rejected, 6 training diverged, 7 a limit hit before anything could run, 130 and 143 ended by a signal.
)";
}

std::string run_help(const pipeline::GraphHeader& graph) {
    std::string text = graph.name + (graph.title.empty() ? "" : ": " + graph.title) + "\n\n  figurant run " +
                       word_for(graph);
    for (const auto& parameter : graph.parameters)
        if (!parameter.fallback) text += " " + option_name(parameter.name) + " " + value_word(parameter);
    text += " ...\n\n";
    if (!graph.parameters.empty())
        text += "Parameters\n" + pipeline::table_text(option_rows(graph.parameters), "  ") + "\n";
    text += "Options of every run\n" +
            pipeline::table_text(option_rows(pipeline::RunArguments::parameters().declarations()), "  ");
    return text + "\nThe graph: " + graph.file.string() + " (figurant show " + word_for(graph) +
           " draws it)\n";
}

std::string option_table(const std::vector<ParameterDeclaration>& declarations) {
    return pipeline::table_text(option_rows(declarations), "  ");
}

std::string version_text() {
    std::string text = "figurant " FIGURANT_VERSION "\n";
    for (const auto& line : pipeline::VersionLines::global().all()) text += line + "\n";
    return text;
}

}  // namespace figurant::cli
