#pragma once
// The commands of the program. Each takes the words after its name and gives the exit code; what the user got
// wrong is thrown as Error.

#include <span>
#include <string>
#include <vector>

#include "pipeline/graph_file.h"

namespace figurant::cli {

using Words = std::span<const std::string>;

int run_command(Words words);
int check_command(Words words);
int show_command(Words words);
int graphs_command(Words words);
int stages_command(Words words);
int bench_command(Words words);
int tune_command(Words words);
int completion_command(Words words);
int schema_command(Words words);
int weights_command(Words words);

/// The options that a command declares, beside the parameters of its graph.
std::vector<ParameterDeclaration> run_options();
std::vector<ParameterDeclaration> check_options();
std::vector<ParameterDeclaration> show_options();
std::vector<ParameterDeclaration> list_options();
std::vector<ParameterDeclaration> stages_options();
std::vector<ParameterDeclaration> schema_options();
std::vector<ParameterDeclaration> bench_options();
std::vector<ParameterDeclaration> tune_options();
std::vector<ParameterDeclaration> weights_options();
std::vector<ParameterDeclaration> no_options();
/// The words that may stand first after a command that takes no graph.
std::vector<std::string> no_words();
std::vector<std::string> stage_names();
std::vector<std::string> shell_names();

struct Command {
    const char* name;
    int (*call)(Words);
    std::vector<ParameterDeclaration> (*options)();
    bool takes_graph;
    std::vector<std::string> (*words)();
};
/// All commands, in the order of the help.
std::span<const Command> commands();

/// Chooses the command; prints errors; the whole program. `words` without the program's name.
int program(Words words);

/// The graphs that come with the program: in $FIGURANT_GRAPHS where that is set, else where shipped files
/// lie.
pipeline::GraphLibrary shipped_graphs();

std::string program_help();
std::string run_help(const pipeline::GraphHeader& graph);
std::string version_text();
/// A line for each option: name, value, sentence, facts.
std::string option_table(const std::vector<ParameterDeclaration>& declarations);

}  // namespace figurant::cli
