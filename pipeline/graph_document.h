#pragma once
// A graph file as it is written: its tables and keys known, nothing resolved.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/problems.h"
#include "pipeline/toml_document.h"

namespace figurant::pipeline {

/// [params.NAME]
struct DeclaredParameter {
    ParameterDeclaration declaration;
    Place place;
    bool sound = true;  ///< false: a problem with it was told, and its values are not checked
};

/// [stages.NAME]
struct DeclaredStage {
    std::string name;
    Place place;
    std::optional<TomlEntry> type, from, file, group, execution;  ///< the reserved keys that are given
    std::vector<TomlEntry> parameters;                            ///< all others

    std::optional<TomlEntry>& reserved(std::string_view key);
};

/// "stage" or "stage.port".
struct Reference {
    std::string stage, port;  ///< port empty: the stage's only one
    Place place;
    std::string text() const { return port.empty() ? stage : stage + "." + port; }
};
Reference parse_reference(const std::string& text, const Place& place);

/// A line of [outputs].
struct DeclaredOutput {
    std::string port;
    Place place;
    Reference source;
};

/// An entry of `plugins`: a library of stages, relative to the graph file.
struct DeclaredPlugin {
    std::string file;
    Place place;
};

struct GraphDocument {
    std::filesystem::path file;
    std::string title;
    std::vector<DeclaredPlugin> plugins;
    std::vector<DeclaredParameter> parameters;
    std::vector<DeclaredStage> stages;
    std::vector<DeclaredOutput> outputs;
    Place place;              ///< of its first line
    bool all_plugins = true;  ///< false: one could not be loaded, which was told

    const DeclaredStage* find_stage(std::string_view name) const;
    const DeclaredParameter* find_parameter(std::string_view name) const;
    std::vector<std::string> stage_names() const;
    std::vector<std::string> parameter_names() const;
};

/// Reads and parses; a syntax error is thrown (GraphError), all else goes to `problems`.
GraphDocument read_graph_document(const std::filesystem::path& file, Problems& problems);

/// Loads the document's plugins, so that its stages can be found; those that cannot be are problems.
void load_plugins(GraphDocument& document, Problems& problems);

/// Where the items of an input port come from: port (empty for the only one) and source.
struct Wire {
    std::string port;
    Place place;
    Reference source;
};
/// All that a stage's `from` says. Problems with its shape are told.
struct Wires {
    std::vector<Wire> all;
    bool sound = true;  ///< false: a part of `from` is no reference, and that was told
};
Wires wires_of(const DeclaredStage& stage, Problems& problems);

}  // namespace figurant::pipeline
