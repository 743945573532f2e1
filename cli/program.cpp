#include <cstdio>
#include <iostream>
#include <vector>

#include "cli/commands.h"
#include "pipeline/report_text.h"

namespace figurant::cli {

namespace {

using pipeline::in_lines;

constexpr Command all_commands[] = {{"run", run_command, run_options, true, no_words},
                                    {"check", check_command, check_options, true, no_words},
                                    {"show", show_command, show_options, true, no_words},
                                    {"graphs", graphs_command, list_options, false, no_words},
                                    {"stages", stages_command, stages_options, false, stage_names},
                                    {"weights", weights_command, weights_options, false, no_words},
                                    {"bench", bench_command, bench_options, true, no_words},
                                    {"tune", tune_command, tune_options, true, no_words},
                                    {"schema", schema_command, schema_options, false, no_words},
                                    {"completion", completion_command, no_options, false, shell_names}};

/// What who wrote `verb` for a command may have meant.
std::string instead_of(const std::string& verb) {
    try {
        shipped_graphs().find(verb);
        return "to run the graph of this name: figurant run " + verb;
    } catch (const Error&) {  // it is no graph's name
    }
    std::vector<std::string> names = {"--help", "--version"};
    for (const auto& command : commands()) names.emplace_back(command.name);
    const auto near = nearest_name(verb, names);
    return near ? "did you mean figurant " + *near + "?" : "figurant --help lists the commands";
}

int dispatch(Words words) {
    const std::string verb = words.empty() ? "--help" : words[0];
    if (verb == "--help" || verb == "-h" || verb == "help") {
        std::cout << program_help();
        return 0;
    }
    if (verb == "--version" || verb == "version") {
        std::cout << version_text();
        return 0;
    }
    for (const auto& command : commands())
        if (verb == command.name) return command.call(words.subspan(1));
    throw Error(Cause::configuration, "there is no command \"" + verb + "\"", instead_of(verb));
}

void print_error(const Error& error) {
    std::cerr << "figurant: " << in_lines(error.what()) << "\n";
    if (!error.next_step().empty()) std::cerr << "  " << in_lines(error.next_step()) << "\n";
}

}  // namespace

std::span<const Command> commands() { return all_commands; }

int program(Words words) {
    try {
        const int code = dispatch(words);
        std::cout.flush();
        if (!std::cout) throw Error(Cause::output, "standard output cannot be written");
        return code;
    } catch (const pipeline::GraphError& error) {
        for (const auto& problem : error.problems()) std::cerr << in_lines(problem.text()) << "\n";
        return exit_code(error.cause());
    } catch (const Error& error) {
        print_error(error);
        return exit_code(error.cause());
    } catch (const std::bad_alloc&) {
        std::cerr
            << "figurant: there is not enough memory\n  close other programs, or give a smaller --memory\n";
        return exit_code(Cause::limit);
    } catch (const std::exception& error) {
        std::cerr << "figurant: a defect of the program: " << in_lines(error.what()) << "\n";
        return exit_code(Cause::internal);
    }
}

}  // namespace figurant::cli
