#include <iostream>

#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/graph_words.h"
#include "pipeline/graph_schema.h"
#include "pipeline/plugins.h"
#include "pipeline/reference.h"
#include "pipeline/report_text.h"
#include "pipeline/reserved_names.h"

namespace figurant::cli {

namespace {

struct ListArguments {
    bool markdown = false;
    static const ParameterList<ListArguments>& parameters() {
        static const auto list = ParameterList<ListArguments>{}.add(
            "markdown", &ListArguments::markdown, "the reference page of the documentation");
        return list;
    }
};

constexpr auto plugin_sentence = "libraries of stages to load first, as graphs name them in plugins = [...]";

struct StagesArguments {
    bool markdown = false;
    std::vector<std::filesystem::path> plugin;
    static const ParameterList<StagesArguments>& parameters() {
        static const auto list =
            ParameterList<StagesArguments>{}
                .add("markdown", &StagesArguments::markdown, "the reference page of the documentation")
                .add("plugin", &StagesArguments::plugin, plugin_sentence);
        return list;
    }
};

struct SchemaArguments {
    std::vector<std::filesystem::path> plugin;
    static const ParameterList<SchemaArguments>& parameters() {
        static const auto list =
            ParameterList<SchemaArguments>{}.add("plugin", &SchemaArguments::plugin, plugin_sentence);
        return list;
    }
};

constexpr auto set_sentence = "a parameter inside the graph, as tiles.size=2048";

struct CheckArguments {
    std::vector<std::string> set;
    static const ParameterList<CheckArguments>& parameters() {
        static const auto list =
            ParameterList<CheckArguments>{}.add("set", &CheckArguments::set, set_sentence);
        return list;
    }
};

struct ShowArguments {
    std::string format = "text";
    std::vector<std::string> set;
    static const ParameterList<ShowArguments>& parameters() {
        static const auto list = ParameterList<ShowArguments>{}
                                     .add("format", &ShowArguments::format, "how to draw",
                                          choices({"text", "mermaid", "dot", "svg"}))
                                     .add("set", &ShowArguments::set, set_sentence);
        return list;
    }
};

std::string usage(const std::string& line, const std::vector<ParameterDeclaration>& declarations) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& declaration : declarations)
        rows.push_back({option_name(declaration.name),
                        declaration.sentence + " (" + pipeline::parameter_facts(declaration) + ")"});
    return line + "\n\n" + pipeline::table_text(rows, "  ");
}

/// GraphError with every name that no stage has.
std::vector<const pipeline::StageType*> stages_named(const pipeline::Registry& registry,
                                                     const std::vector<std::string>& names) {
    std::vector<const pipeline::StageType*> found;
    std::vector<pipeline::Problem> problems;
    for (const auto& name : names) {
        found.push_back(registry.find(name));
        if (found.back()) continue;
        const auto near = nearest_name(name, stage_names());
        problems.push_back(
            {name, "there is no such stage; " +
                       (near ? "did you mean " + *near + "?" : std::string("figurant stages lists them"))});
    }
    if (!problems.empty()) throw pipeline::GraphError(std::move(problems));
    return found;
}

/// The graph of a `show` or `check`, its own parameters taken as options where they are given.
template <class Arguments>
struct Asked {
    Arguments arguments;
    pipeline::Plan plan;
};

template <class Arguments>
std::optional<Asked<Arguments>> asked_graph(Words words, const std::string& command,
                                            const std::string& help) {
    const auto& list = Arguments::parameters();
    const bool only_help = !words.empty() && (words[0] == "--help" || words[0] == "-h");
    GraphWords read;
    if (!only_help) read = read_graph_words(words, command, list.declarations(), SameName::hides_parameter);
    if (only_help || read.help) {
        std::cout << usage(help, list.declarations());
        return std::nullopt;
    }
    const auto arguments = list.bind(read.options);
    return Asked<Arguments>{arguments, plan_of(read, arguments.set, Missing::allowed)};
}

}  // namespace

std::vector<ParameterDeclaration> check_options() { return CheckArguments::parameters().declarations(); }
std::vector<ParameterDeclaration> show_options() { return ShowArguments::parameters().declarations(); }
std::vector<ParameterDeclaration> list_options() { return ListArguments::parameters().declarations(); }
std::vector<ParameterDeclaration> stages_options() { return StagesArguments::parameters().declarations(); }
std::vector<ParameterDeclaration> schema_options() { return SchemaArguments::parameters().declarations(); }

int check_command(Words words) {
    const auto asked = asked_graph<CheckArguments>(
        words, "check", "figurant check GRAPH: all problems of a graph, and nothing run");
    if (asked)
        std::cout << asked->plan.file.string() << ": no problems, "
                  << pipeline::counted(static_cast<std::int64_t>(asked->plan.stages.size()), "stages")
                  << "\n";
    return 0;
}

int show_command(Words words) {
    const auto asked = asked_graph<ShowArguments>(words, "show", "figurant show GRAPH: the graph drawn");
    if (!asked) return 0;
    using pipeline::Drawing;
    const std::string& format = asked->arguments.format;
    std::cout << pipeline::draw(asked->plan, format == "mermaid" ? Drawing::mermaid
                                             : format == "dot"   ? Drawing::dot
                                             : format == "svg"   ? Drawing::svg
                                                                 : Drawing::text);
    return 0;
}

int graphs_command(Words words) {
    const auto& list = ListArguments::parameters();
    const auto split = split_words(words, list.declarations());
    if (split.help) {
        std::cout << usage("figurant graphs: the graphs that come with the program", list.declarations());
        return 0;
    }
    if (!split.rest.empty())
        throw Error(Cause::configuration, "\"" + split.rest.front() + "\": graphs takes no word",
                    "figurant run GRAPH --help tells about one graph");
    const auto graphs = shipped_graphs().all();
    if (list.bind(option_values(split, list.declarations())).markdown)
        std::cout << pipeline::graphs_markdown(graphs);
    else
        std::cout << pipeline::graph_list(graphs)
                  << "\nfigurant run NAME --help tells the parameters of one.\n";
    return 0;
}

int schema_command(Words words) {
    const auto& list = SchemaArguments::parameters();
    const auto split = split_words(words, list.declarations());
    if (split.help) {
        std::cout << usage("figurant schema: the form of graph files as a JSON Schema, for editors",
                           list.declarations())
                  << "\n  figurant schema > graph.schema.json\n\n"
                     "With Even Better TOML (Taplo) a graph file then begins with\n\n"
                     "  #:schema ./graph.schema.json\n";
        return 0;
    }
    if (!split.rest.empty())
        throw Error(Cause::configuration, "\"" + split.rest.front() + "\": schema takes no word",
                    "figurant schema > graph.schema.json");
    for (const auto& file : list.bind(option_values(split, list.declarations())).plugin)
        pipeline::load_plugin(file);
    std::cout << pipeline::graph_schema(pipeline::Registry::global(), shipped_graphs().all());
    return 0;
}

int stages_command(Words words) {
    const auto& list = StagesArguments::parameters();
    const auto split = split_words(words, list.declarations());
    const auto& registry = pipeline::Registry::global();
    if (split.help) {
        std::cout << usage("figurant stages [NAME]: the stages there are, or all about one",
                           list.declarations());
        return 0;
    }
    const auto arguments = list.bind(option_values(split, list.declarations()));
    for (const auto& file : arguments.plugin) pipeline::load_plugin(file);
    if (arguments.markdown)
        std::cout << pipeline::stages_markdown(registry);
    else if (split.rest.empty())
        std::cout << pipeline::stage_list(registry) << "\nfigurant stages NAME tells all about one.\n";
    for (const auto* type : stages_named(registry, split.rest)) std::cout << pipeline::stage_text(*type);
    return 0;
}

}  // namespace figurant::cli
