#include "cli/graph_words.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

namespace figurant::cli {

namespace {

using pipeline::GraphError;
using pipeline::Problem;

void check_memory(GraphWords& words) {
    const auto memory = words.options.find("memory");
    if (memory == words.options.end()) return;
    try {
        parse_bytes(std::get<std::string>(memory->second.items.at(0)));
    } catch (const Error& error) {
        words.problems.push_back({"--memory", std::string(error.what()) + "; " + error.next_step()});
        words.options.erase(memory);
    }
}

bool looks_like_file(const std::string& word) {
    // 0.5 is none.
    const std::string ending = std::filesystem::path(word).extension().string();
    return word.find('/') != std::string::npos ||
           (ending.size() > 1 && std::isalpha(static_cast<unsigned char>(ending[1])));
}

/// What to do about a word that stands behind no option. One that looks like a file's name is, where the
/// graph takes many of one kind, most likely one of these.
std::string instead_of_word(const std::string& word, const std::string& graph, const std::string& command,
                            const std::vector<ParameterDeclaration>& parameters) {
    const auto takes_files = [](const auto& parameter) {
        return parameter.many && parameter.type == ParameterType::path;
    };
    const auto one = std::find_if(parameters.begin(), parameters.end(), takes_files);
    const bool only = std::count_if(parameters.begin(), parameters.end(), takes_files) == 1;
    if (only && looks_like_file(word)) return "; put " + option_name(one->name) + " before it";
    return ", and one graph is enough: figurant " + command + " " + graph + " --help lists the options";
}

}  // namespace

bool is_named(const std::vector<ParameterDeclaration>& declarations, const std::string& name) {
    return std::any_of(declarations.begin(), declarations.end(),
                       [&](const auto& declaration) { return declaration.name == name; });
}

GraphWords read_graph_words(Words words, const std::string& command,
                            const std::vector<ParameterDeclaration>& options, SameName same_name) {
    if (words.empty() || words[0].starts_with("--"))
        throw Error(Cause::configuration,
                    "which graph? It comes first: figurant " + command + " GRAPH --PARAM VALUE...",
                    "figurant graphs lists the shipped ones");
    GraphWords read;
    read.library = shipped_graphs();
    read.graph = pipeline::read_graph_header(read.library.find(words[0]));
    std::vector<ParameterDeclaration> parameters;
    for (const auto& parameter : read.graph.parameters) {
        if (!is_named(options, parameter.name))
            parameters.push_back(parameter);
        else if (same_name == SameName::refused)
            read.problems.push_back(
                {option_name(parameter.name), "the graph's parameter \"" + parameter.name +
                                                  "\" has the name of an option of figurant " + command +
                                                  "; give it another name"});
    }
    auto declarations = options;
    declarations.insert(declarations.end(), parameters.begin(), parameters.end());
    const auto split = split_words(words.subspan(1), declarations, read.problems);
    read.help = split.help;
    if (read.help) return read;
    for (const auto& word : split.rest)
        read.problems.push_back({word, "\"" + word + "\" belongs to no option" +
                                           instead_of_word(word, words[0], command, parameters)});
    read.parameters = option_values(split, parameters, read.problems);
    for (const auto& parameter : parameters)
        if (split.options.contains(parameter.name)) read.parameters.try_emplace(parameter.name);
    read.options = option_values(split, options, read.problems);
    check_memory(read);
    return read;
}

pipeline::Plan plan_of(const GraphWords& words, const std::vector<std::string>& set, Missing missing) {
    std::vector<pipeline::Override> overrides;
    for (const auto& each : set) overrides.push_back({each});
    std::vector<Problem> problems = words.problems;
    pipeline::Plan plan;
    try {
        const auto made = missing == Missing::allowed ? pipeline::check_graph : pipeline::plan_graph;
        plan = made(words.graph.file, words.parameters, overrides, words.library);
    } catch (const GraphError& error) {
        problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    }
    if (!problems.empty()) throw GraphError(std::move(problems));
    return plan;
}

}  // namespace figurant::cli
