#pragma once
// Graph files (TOML) to plans: parsing, the check with all problems at once, inlining of graphs, drawing.

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/plan.h"

namespace figurant::pipeline {

/// One problem of a graph file or a command line. `text()` is "file:line:column: error: message".
struct Problem {
    std::string place;  ///< "file:line:column", or the argument ("--set figures.tiles.sise=3")
    std::string message;
    std::string text() const { return place + ": error: " + message; }
};

/// All problems of a graph at once; what() has one a line.
class GraphError : public Error {
  public:
    explicit GraphError(std::vector<Problem> problems);
    const std::vector<Problem>& problems() const { return problems_; }

  private:
    std::vector<Problem> problems_;
};

/// A graph's own declaration: enough for options, help and lists, without its stages being checked.
struct GraphHeader {
    std::string name, title;
    std::filesystem::path file;
    std::vector<ParameterDeclaration> parameters;  ///< in the file's order
};
GraphHeader read_graph_header(const std::filesystem::path& file);

/// `--set figures.tiles.size=2048`: stage (dotted), key, TOML text of the value.
struct Override {
    std::string argument;  ///< as typed, for messages
};

/// Where shipped graphs lie; relative `file =` of a stage is looked up beside the graph file, then there.
struct GraphLibrary {
    std::vector<std::filesystem::path> folders;
    /// A shipped graph's name, or a path; Error(Cause::configuration) with the nearest name.
    std::filesystem::path find(std::string_view name_or_file) const;
    std::vector<GraphHeader> all() const;
};

/// Reads, resolves and checks everything that can be checked without touching a model or an input.
/// `given` holds the graph's parameters by name; a value without items is one that was given and is wrong,
/// which somebody else tells. Throws GraphError with all problems.
Plan plan_graph(const std::filesystem::path& file, const ParameterValues& given,
                std::span<const Override> overrides, const GraphLibrary& library);

/// As plan_graph, but required parameters of the graph may be missing: for `check` and `show`.
Plan check_graph(const std::filesystem::path& file, const ParameterValues& given,
                 std::span<const Override> overrides, const GraphLibrary& library);

enum class Drawing { text, mermaid, dot, svg };
std::string draw(const Plan& plan, Drawing drawing);

}  // namespace figurant::pipeline
