#include "pipeline/drawing.h"

#include <algorithm>
#include <sstream>

#include "pipeline/graph_file.h"

namespace figurant::pipeline {

namespace {

std::string_view type_name(const PortDeclaration& port) { return port.type ? port.type->name : "any"; }

std::string port_text(const PortDeclaration& port) {
    const auto type = type_name(port);
    return std::string(port.name) + (type == port.name ? "" : ": " + std::string(type));
}

// ---- Text

void write_stage(std::ostream& out, const Plan& plan, const PlannedStage& stage, const std::string& indent) {
    const auto kind = kind_name(stage.type->kind);
    out << indent << stage.name << "  " << stage.type->name;
    if (kind != stage.type->name) out << " (" << kind;
    if (stage.group) out << " of " << plan.stages[*stage.group].name;
    out << (kind != stage.type->name ? ")\n" : "\n");
    for (std::size_t i = 0; i < stage.inputs.size(); ++i) {
        const auto& source = plan.stages[stage.inputs[i].stage];
        out << indent << "    " << port_text(stage.type->inputs[i]) << " <- " << source.name;
        if (source.type->outputs.size() > 1) out << "." << source.type->outputs[stage.inputs[i].port].name;
        out << "\n";
    }
    for (const auto& port : stage.type->outputs) out << indent << "    -> " << port_text(port) << "\n";
    if (stage.sub_graph) out << indent << "    runs " << stage.sub_graph->file.string() << "\n";
}

void write_group(std::ostream& out, const Plan& plan, const std::vector<std::size_t>& scope,
                 const std::string& indent) {
    for (const auto& child : children_of(plan, scope).children) {
        if (!child.group) {
            write_stage(out, plan, plan.stages[child.stage], indent);
            continue;
        }
        auto inner = scope;
        inner.push_back(child.stage);
        out << indent << "┌ " << group_title(plan, child.stage) << "\n";
        write_group(out, plan, inner, indent + "│ ");
        out << indent << "└\n";
    }
}

std::string draw_text(const Plan& plan) {
    std::ostringstream out;
    if (!plan.title.empty()) out << plan.title << "\n\n";
    write_group(out, plan, {}, "");
    return out.str();
}

// ---- Mermaid and dot

std::string escaped(std::string_view text, std::string_view what, std::string_view with) {
    std::string result;
    for (const char c : text)
        if (what.find(c) != std::string_view::npos)
            result += with;
        else
            result += c;
    return result;
}

std::string mermaid_node(const PlannedStage& stage, std::size_t index) {
    const std::string label =
        "\"<b>" + escaped(stage.name, "\"", "'") + "</b><br>" + escaped(stage.type->name, "\"", "'") + "\"";
    const std::string id = "s" + std::to_string(index);
    switch (stage.type->kind) {
        case Kind::source:
            return id + "([" + label + "])";
        case Kind::expand:
            return id + "[/" + label + "\\]";
        case Kind::gather:
            return id + "[\\" + label + "/]";
        case Kind::regroup:
            return id + "{{" + label + "}}";
        case Kind::sink:
            return id + "[(" + label + ")]";
        case Kind::finish:
            return id + "([" + label + "])";
        case Kind::for_each_graph:
            return id + "[[" + label + "]]";
        default:
            return id + "[" + label + "]";
    }
}

template <class Begin, class Node>
void each_nested(const Plan& plan, const std::vector<std::size_t>& scope, std::size_t depth,
                 const Begin& begin, const Node& node) {
    for (const auto& child : children_of(plan, scope).children) {
        if (!child.group) {
            node(child.stage, depth);
            continue;
        }
        auto inner = scope;
        inner.push_back(child.stage);
        begin(child.stage, depth, true);
        each_nested(plan, inner, depth + 1, begin, node);
        begin(child.stage, depth, false);
    }
}

std::string draw_mermaid(const Plan& plan) {
    std::ostringstream out;
    out << "flowchart TD\n";
    const auto indent = [](std::size_t depth) { return std::string(4 * (depth + 1), ' '); };
    each_nested(
        plan, {}, 0,
        [&](std::size_t expand, std::size_t depth, bool open) {
            if (open)
                out << indent(depth) << "subgraph g" << expand << "[\"" << group_title(plan, expand)
                    << "\"]\n";
            else
                out << indent(depth) << "end\n";
        },
        [&](std::size_t stage, std::size_t depth) {
            out << indent(depth) << mermaid_node(plan.stages[stage], stage) << "\n";
        });
    for (const auto& edge : drawn_edges(plan))
        out << "    s" << edge.from << " -->|\"" << edge.label << "\"| s" << edge.to << "\n";
    return out.str();
}

std::string_view dot_shape(Kind kind) {
    switch (kind) {
        case Kind::source:
        case Kind::finish:
            return "oval";
        case Kind::expand:
            return "trapezium";
        case Kind::gather:
            return "invtrapezium";
        case Kind::regroup:
            return "hexagon";
        case Kind::sink:
            return "cylinder";
        default:
            return "box";
    }
}

std::string draw_dot(const Plan& plan) {
    std::ostringstream out;
    const auto quote = [](std::string_view text) { return "\"" + escaped(text, "\"", "\\\"") + "\""; };
    out << "digraph figurant {\n"
        << "    node [fontname=\"sans-serif\", fontsize=11];\n"
        << "    edge [fontname=\"sans-serif\", fontsize=9];\n";
    const auto indent = [](std::size_t depth) { return std::string(4 * (depth + 1), ' '); };
    each_nested(
        plan, {}, 0,
        [&](std::size_t expand, std::size_t depth, bool open) {
            if (open)
                out << indent(depth) << "subgraph cluster_" << expand << " {\n"
                    << indent(depth + 1) << "label=" << quote(group_title(plan, expand)) << ";\n"
                    << indent(depth + 1) << "style=rounded;\n";
            else
                out << indent(depth) << "}\n";
        },
        [&](std::size_t index, std::size_t depth) {
            const auto& stage = plan.stages[index];
            out << indent(depth) << "s" << index << " [shape=" << dot_shape(stage.type->kind)
                << ", label=" << quote(stage.name + "\\n" + stage.type->name) << "];\n";
        });
    for (const auto& edge : drawn_edges(plan))
        out << "    s" << edge.from << " -> s" << edge.to << " [label=" << quote(edge.label) << "];\n";
    out << "}\n";
    return out.str();
}

}  // namespace

std::vector<DrawnEdge> drawn_edges(const Plan& plan) {
    std::vector<DrawnEdge> edges;
    for (std::size_t to = 0; to < plan.stages.size(); ++to)
        for (const auto& input : plan.stages[to].inputs) {
            const auto& outputs = plan.stages[input.stage].type->outputs;
            const auto& port = outputs[input.port];
            edges.push_back(
                {input.stage, to, outputs.size() > 1 ? port_text(port) : std::string(type_name(port))});
        }
    return edges;
}

GroupTree children_of(const Plan& plan, const std::vector<std::size_t>& scope) {
    GroupTree tree;
    for (std::size_t i = 0; i < plan.stages.size(); ++i) {
        const auto& own = plan.stages[i].scope;
        if (own.size() < scope.size() || !std::equal(scope.begin(), scope.end(), own.begin())) continue;
        if (own.size() == scope.size())
            tree.children.push_back({false, i});
        else if (own.size() == scope.size() + 1 && own.back() == i)
            tree.children.push_back({true, i});
    }
    return tree;
}

std::string group_title(const Plan& plan, std::size_t expand) {
    const auto& stage = plan.stages[expand];
    return "for each " + std::string(stage.type->outputs.front().name) + " of " + stage.name;
}

std::string draw(const Plan& plan, Drawing drawing) {
    switch (drawing) {
        case Drawing::text:
            return draw_text(plan);
        case Drawing::mermaid:
            return draw_mermaid(plan);
        case Drawing::dot:
            return draw_dot(plan);
        case Drawing::svg:
            return draw_svg(plan);
    }
    return {};
}

}  // namespace figurant::pipeline
