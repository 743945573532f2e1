#pragma once
// Stages and graphs described from their declarations: for the terminal, and as the reference pages.

#include <span>
#include <string>
#include <vector>

#include "pipeline/graph_file.h"
#include "pipeline/registry.h"

namespace figurant::pipeline {

/// "int, 64 to 8192, default 512": type, range and default of a parameter, or "required".
std::string parameter_facts(const ParameterDeclaration& declaration);

/// All stages by family, a line each.
std::string stage_list(const Registry& registry);
/// One stage: sentence, ports, parameters, and an example for a graph file.
std::string stage_text(const StageType& type);
/// The page docs/reference/stages.md.
std::string stages_markdown(const Registry& registry);

/// All graphs, a line each.
std::string graph_list(std::span<const GraphHeader> graphs);
/// The page docs/reference/graphs.md.
std::string graphs_markdown(std::span<const GraphHeader> graphs);

/// Columns of text with two spaces between them, the last one wrapped at `width`; each line begins with
/// `indent`.
std::string table_text(const std::vector<std::vector<std::string>>& rows, const std::string& indent,
                       std::size_t width = 100);

}  // namespace figurant::pipeline
