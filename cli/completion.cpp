#include "cli/completion.h"

#include <algorithm>
#include <iostream>
#include <set>

#include "cli/command_line.h"
#include "cli/graph_words.h"
#include "pipeline/registry.h"

namespace figurant::cli {

namespace {

using Declarations = std::vector<ParameterDeclaration>;

/// The graph that a command line names, if it is there.
struct NamedGraph {
    pipeline::GraphLibrary library;
    pipeline::GraphHeader header;
};

std::optional<NamedGraph> graph_named(const std::string& word) {
    try {
        NamedGraph graph{shipped_graphs(), {}};
        graph.header = pipeline::read_graph_header(graph.library.find(word));
        return graph;
    } catch (const Error&) {
        return std::nullopt;
    }
}

/// STAGE.KEY= of all stages, those of inlined graphs too.
std::vector<std::string> stage_keys(const NamedGraph& graph) {
    std::vector<std::string> keys;
    try {
        const auto plan = pipeline::check_graph(graph.header.file, {}, {}, graph.library);
        for (const auto& stage : plan.stages) {
            for (const auto& parameter : stage.type->parameters)
                keys.push_back(stage.name + "." + parameter.name + "=");
            for (const auto& each : pipeline::Execution::parameters().declarations())
                keys.push_back(stage.name + ".execution." + each.name + "=");
        }
    } catch (const Error&) {  // a broken graph: check tells why
    }
    return keys;
}

class Completer {
  public:
    Completer(Words before, const std::string& typed) : before_(before), typed_(typed) {}

    Candidates complete() {
        if (before_.empty()) {
            for (const auto& command : commands()) offer(command.name);
            offer("--help");
            offer("--version");
            return found_;
        }
        for (const auto& command : commands())
            if (before_[0] == command.name) words_of(command);
        return found_;
    }

  private:
    void offer(const std::string& word) {
        if (word.starts_with(typed_)) found_.words.push_back(word);
    }

    void words_of(const Command& command) {
        auto declarations = command.options();
        if (!command.takes_graph) {
            for (const auto& word : command.words()) offer(word);
            found_.files = std::string_view(command.name) == "weights";
            options(declarations);
            return;
        }
        if (before_.size() == 1) {
            for (const auto& graph : shipped_graphs().all()) offer(graph.name);
            offer("--help");
            found_.files = true;
            return;
        }
        graph_ = graph_named(before_[1]);
        if (graph_)
            for (const auto& parameter : graph_->header.parameters)
                if (!is_named(declarations, parameter.name)) declarations.push_back(parameter);
        options(declarations);
    }

    /// The option whose value is being typed, and whether it has one already.
    void options(const Declarations& declarations) {
        std::set<std::string> given;
        const ParameterDeclaration* last = nullptr;
        std::size_t values = 0;
        for (const auto& word : before_.subspan(1)) {
            ++values;
            if (!word.starts_with("--")) continue;
            values = 0;
            last = nullptr;
            for (const auto& declaration : declarations)
                if (option_name(declaration.name) == word) last = &declaration;
            if (last) given.insert(last->name);
        }
        const bool flag = last && last->type == ParameterType::boolean;
        const bool wanted = last && !flag && (values == 0 || last->many) && !typed_.starts_with("--");
        if (wanted) offer_values(*last);
        if (flag && values == 0)
            for (const char* word : {"true", "false"}) offer(word);
        if (wanted && values == 0) return;
        for (const auto& declaration : declarations)
            if (!given.contains(declaration.name) || declaration.many) offer(option_name(declaration.name));
        offer("--help");
    }

    void offer_values(const ParameterDeclaration& declaration) {
        for (const auto& choice : declaration.choices) offer(choice);
        found_.files = found_.files || declaration.type == ParameterType::path;
        const std::set<std::string> take_keys = {"set", "sweep", "vary"};
        if (!graph_ || !take_keys.contains(declaration.name)) return;
        for (const auto& key : stage_keys(*graph_)) offer(key);
        found_.open = !found_.words.empty();
        if (declaration.name == "set") return;
        for (const auto& parameter : graph_->header.parameters) offer(parameter.name + "=");
        for (const char* option : {"memory=", "threads=", "device="}) offer(option);
    }

    Words before_;
    const std::string& typed_;
    Candidates found_;
    std::optional<NamedGraph> graph_;
};

}  // namespace

Candidates candidates(Words before, const std::string& typed) { return Completer(before, typed).complete(); }

std::string bash_completion() {
    // Only names are ever put into COMPREPLY, and nothing of what comes back is read as shell.
    return R"(# Completion of figurant for bash:  source <(figurant completion bash)
_figurant() {
    local program="${COMP_WORDS[0]/#\~/$HOME}" typed="${COMP_WORDS[COMP_CWORD]}" kind files=()
    local before=("${COMP_WORDS[@]:1:COMP_CWORD-1}")
    mapfile -t COMPREPLY < <("$program" completion candidates "$typed" "${before[@]}" 2>/dev/null)
    kind="${COMPREPLY[0]}"
    COMPREPLY=("${COMPREPLY[@]:1}")
    case "$kind" in
    files)
        mapfile -t files < <(compgen -f -- "$typed")
        COMPREPLY+=("${files[@]}")
        compopt -o filenames 2>/dev/null
        ;;
    open) compopt -o nospace 2>/dev/null ;;
    esac
}
complete -F _figurant figurant
)";
}

std::vector<ParameterDeclaration> no_options() { return {}; }
std::vector<std::string> no_words() { return {}; }

std::vector<std::string> stage_names() {
    std::vector<std::string> names;
    for (const auto* type : pipeline::Registry::global().all()) names.push_back(type->name);
    return names;
}

std::vector<std::string> shell_names() { return {"bash"}; }

int completion_command(Words words) {
    if (!words.empty() && words[0] == "candidates") {
        const auto found = candidates(words.subspan(std::min<std::size_t>(2, words.size())),
                                      words.size() > 1 ? words[1] : std::string());
        std::cout << (found.files ? "files" : found.open ? "open" : "words") << "\n";
        for (const auto& word : found.words) std::cout << word << "\n";
        return 0;
    }
    if (words.size() == 1 && words[0] == "bash") {
        std::cout << bash_completion();
        return 0;
    }
    if (words.size() == 1 && (words[0] == "--help" || words[0] == "-h")) {
        std::cout
            << "figurant completion bash: a script that completes commands, graphs, stages, options and "
               "files\n\n  source <(figurant completion bash)\n\nin ~/.bashrc.\n";
        return 0;
    }
    throw Error(Cause::configuration,
                words.empty() ? "which shell?" : "there is no completion for \"" + words[0] + "\"",
                "figurant completion bash");
}

}  // namespace figurant::cli
