#include "pipeline/reference.h"

#include <algorithm>
#include <sstream>

#include "pipeline/problems.h"

namespace figurant::pipeline {

namespace {

std::string port_type(const PortDeclaration& port) {
    return std::string(port.type ? port.type->name : "any type");
}

std::vector<std::vector<std::string>> port_rows(const std::vector<PortDeclaration>& ports) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& port : ports)
        rows.push_back({std::string(port.name), port_type(port), std::string(port.sentence)});
    return rows;
}

std::vector<std::vector<std::string>> parameter_rows(const std::vector<ParameterDeclaration>& parameters) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& parameter : parameters)
        rows.push_back({parameter.name, parameter_facts(parameter), parameter.sentence});
    return rows;
}

/// How the stage is written in a graph file: what must be there.
std::string example(const StageType& type) {
    std::ostringstream out;
    out << "[stages." << type.name << "]\ntype = \"" << type.name << "\"\n";
    if (type.inputs.size() == 1) out << "from = \"…\"\n";
    if (type.inputs.size() > 1) {
        out << "from = { ";
        for (std::size_t i = 0; i < type.inputs.size(); ++i)
            out << (i ? ", " : "") << type.inputs[i].name << " = \"…\"";
        out << " }\n";
    }
    if (type.kind == Kind::gather) out << "group = \"…\"\n";
    if (type.kind == Kind::graph || type.kind == Kind::for_each_graph) out << "file = \"….toml\"\n";
    for (const auto& parameter : type.parameters)
        if (!parameter.fallback) out << parameter.name << " = …\n";
    return out.str();
}

std::string markdown_cell(std::string text) {
    for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
    return text;
}

void markdown_table(std::ostream& out, const std::vector<std::string>& head,
                    const std::vector<std::vector<std::string>>& rows) {
    if (rows.empty()) return;
    const auto line = [&](const std::vector<std::string>& cells, bool name_as_code) {
        out << "|";
        for (std::size_t i = 0; i < cells.size(); ++i)
            out << " " << (i == 0 && name_as_code ? "`" + cells[i] + "`" : markdown_cell(cells[i])) << " |";
        out << "\n";
    };
    line(head, false);
    out << "|";
    for (std::size_t i = 0; i < head.size(); ++i) out << "---|";
    out << "\n";
    for (const auto& row : rows) line(row, true);
    out << "\n";
}

void stage_markdown(std::ostream& out, const StageType& type) {
    out << "### `" << type.name << "`\n\n" << kind_name(type.kind) << ". " << type.sentence << "\n\n";
    markdown_table(out, {"takes", "type", ""}, port_rows(type.inputs));
    markdown_table(out, {"gives", "type", ""}, port_rows(type.outputs));
    markdown_table(out, {"parameter", "", ""}, parameter_rows(type.parameters));
}

std::vector<std::string> words_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

/// Characters, not bytes: continuation bytes of UTF-8 take no column.
std::size_t columns_of(const std::string& text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
    std::vector<std::string> lines(1);
    for (const auto& word : words_of(text)) {
        if (!lines.back().empty() && columns_of(lines.back()) + 1 + columns_of(word) > width)
            lines.emplace_back();
        lines.back() += (lines.back().empty() ? "" : " ") + word;
    }
    return lines;
}

}  // namespace

std::string table_text(const std::vector<std::vector<std::string>>& rows, const std::string& indent,
                       std::size_t width) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows)
        for (std::size_t i = 0; i + 1 < row.size(); ++i) {
            widths.resize(std::max(widths.size(), i + 1));
            widths[i] = std::max(widths[i], columns_of(row[i]));
        }
    std::size_t before_last = columns_of(indent);
    for (const std::size_t each : widths) before_last += each + 2;
    const std::size_t room = width > before_last + 30 ? width - before_last : 30;
    std::string text;
    for (const auto& row : rows) {
        std::string line = indent;
        for (std::size_t i = 0; i + 1 < row.size(); ++i)
            line += row[i] + std::string(widths[i] + 2 - columns_of(row[i]), ' ');
        const auto last = wrapped(row.back(), room);
        for (std::size_t i = 0; i < last.size(); ++i) {
            line += last[i];
            line.erase(line.find_last_not_of(' ') + 1);
            text += line + "\n";
            line = std::string(before_last, ' ');
        }
    }
    return text;
}

std::string parameter_facts(const ParameterDeclaration& declaration) {
    std::string text = declaration.expectation();
    text += declaration.fallback ? ", default " + to_text(*declaration.fallback) : ", required";
    return text + (declaration.tuning ? ", worth tuning" : "");
}

std::string stage_list(const Registry& registry) {
    std::string text, family;
    std::vector<std::vector<std::string>> rows;
    const auto end_family = [&] {
        if (!rows.empty()) text += (text.empty() ? "" : "\n") + family + "\n" + table_text(rows, "  ");
        rows.clear();
    };
    for (const auto* type : registry.all()) {
        if (type->family != family) end_family();
        family = type->family;
        rows.push_back({type->name, std::string(kind_name(type->kind)), std::string(type->sentence)});
    }
    end_family();
    return text;
}

std::string stage_text(const StageType& type) {
    std::string text = type.name + ", " + with_article(kind_name(type.kind)) + " (" + type.family + ")\n" +
                       std::string(type.sentence) + "\n";
    const auto section = [&](const std::string& title, const std::vector<std::vector<std::string>>& rows) {
        if (!rows.empty()) text += "\n" + title + "\n" + table_text(rows, "  ");
    };
    section("Takes", port_rows(type.inputs));
    section("Gives", port_rows(type.outputs));
    section("Parameters", parameter_rows(type.parameters));
    text += "\nIn a graph file\n";
    std::istringstream lines(example(type));
    for (std::string line; std::getline(lines, line);) text += "  " + line + "\n";
    return text;
}

std::string stages_markdown(const Registry& registry) {
    std::ostringstream out;
    out << "# Stages\n\nMade from the stages' own declarations by `figurant stages --markdown`.\n\n";
    std::string family;
    for (const auto* type : registry.all()) {
        if (type->family != family) out << "## " << type->family << "\n\n";
        family = type->family;
        stage_markdown(out, *type);
    }
    out << "## In every stage: `execution`\n\n";
    markdown_table(out, {"key", "", ""}, parameter_rows(Execution::parameters().declarations()));
    std::string text = out.str();
    text.pop_back();
    return text;
}

std::string graph_list(std::span<const GraphHeader> graphs) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& graph : graphs) rows.push_back({graph.name, graph.title});
    return table_text(rows, "");
}

std::string graphs_markdown(std::span<const GraphHeader> graphs) {
    std::ostringstream out;
    out << "# Graphs\n\nMade from the graph files by `figurant graphs --markdown`.\n\n";
    for (const auto& graph : graphs) {
        out << "## `" << graph.name << "`\n\n" << graph.title << "\n\n";
        auto rows = parameter_rows(graph.parameters);
        for (auto& row : rows) {
            std::replace(row[0].begin(), row[0].end(), '_', '-');
            row[0] = "--" + row[0];
        }
        markdown_table(out, {"option", "", ""}, rows);
    }
    std::string text = out.str();
    text.pop_back();
    return text;
}

}  // namespace figurant::pipeline
