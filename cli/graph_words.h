#pragma once
// A command line about a graph: the graph first, then its parameters and the command's options in any order.
// All that is wrong, with the words or with the graph, is told at once.

#include <string>
#include <vector>

#include "cli/command_line.h"
#include "cli/commands.h"
#include "pipeline/graph_file.h"

namespace figurant::cli {

struct GraphWords {
    pipeline::GraphLibrary library;
    pipeline::GraphHeader graph;
    ParameterValues parameters;  ///< the graph's; a wrong one has no items (see plan_graph)
    ParameterValues options;     ///< the command's; wrong ones are left out
    std::vector<pipeline::Problem> problems;
    bool help = false;  ///< it was asked for: nothing else but the graph counts
};

/// What an option of the command does to a parameter of the graph of the same name: where values decide what
/// is run nobody should have to guess which was meant; where nothing is run the parameter is no option.
enum class SameName { refused, hides_parameter };

/// Error(Cause::configuration) when the first word is no graph; whatever else is wrong is in `problems`.
GraphWords read_graph_words(Words words, const std::string& command,
                            const std::vector<ParameterDeclaration>& options,
                            SameName same_name = SameName::refused);

bool is_named(const std::vector<ParameterDeclaration>& declarations, const std::string& name);

enum class Missing { refused, allowed };

/// The plan under --set arguments; GraphError with all problems, those of the words first. `missing`: what of
/// required parameters that are not given.
pipeline::Plan plan_of(const GraphWords& words, const std::vector<std::string>& set, Missing missing);

}  // namespace figurant::cli
