#pragma once
// The commands of the program. Each takes the words after its name and gives the exit code; what the user got
// wrong is thrown as Error.

#include <span>
#include <string>

#include "pipeline/graph_file.h"

namespace figurant::cli {

using Words = std::span<const std::string>;

int run_command(Words words);
int check_command(Words words);
int show_command(Words words);
int graphs_command(Words words);
int stages_command(Words words);
int bench_command(Words words);

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
