#include "pipeline/registry.h"

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <set>

#include "pipeline/reserved_names.h"

namespace figurant::pipeline {

namespace {

StageType graph_type() {
    StageType type;
    type.name = "graph";
    type.family = "graph";
    type.sentence =
        "Another graph used as a stage: its parameters are given here, its [outputs] are the ports.";
    type.kind = Kind::graph;
    return type;
}

StageType for_each_graph_type() {
    StageType type;
    type.name = "for_each_graph";
    type.family = "graph";
    type.sentence =
        "A whole run of another graph for each item; its parameters are given here, and may hold "
        "${item.NAME}.";
    type.kind = Kind::for_each_graph;
    type.inputs = {{"item", "what the run is for; gives the values of ${item.NAME}", nullptr}};
    type.outputs = {{"run", "the finished run", &payload_type<SubRun>()}};
    return type;
}

struct Shape {
    bool inputs, outputs;
};

std::optional<Shape> shape_of(Kind kind) {
    switch (kind) {
        case Kind::source:
            return Shape{false, true};
        case Kind::map:
        case Kind::expand:
        case Kind::gather:
        case Kind::regroup:
            return Shape{true, true};
        case Kind::sink:
        case Kind::finish:
            return Shape{true, false};
        case Kind::graph:
        case Kind::for_each_graph:
            return std::nullopt;
    }
    return std::nullopt;
}

[[noreturn]] void defect(const StageType& type, const std::string& what) {
    throw Error(Cause::internal, "stage type \"" + type.name + "\" " + what);
}

void check_ports(const StageType& type, const std::vector<PortDeclaration>& ports) {
    std::set<std::string_view> names;
    for (const auto& port : ports)
        if (!names.insert(port.name).second) defect(type, "has two ports " + std::string(port.name));
}

void check_declarations(const StageType& type) {
    if (const auto shape = shape_of(type.kind)) {
        if (type.inputs.empty() == shape->inputs)
            defect(type, shape->inputs ? "has no input port" : "is a source with input ports");
        if (type.outputs.empty() == shape->outputs)
            defect(type, shape->outputs ? "has no output port" : "is of a kind without output ports");
    }
    check_ports(type, type.inputs);
    check_ports(type, type.outputs);
    std::set<std::string_view> names;
    for (const auto& parameter : type.parameters) {
        if (!names.insert(parameter.name).second) defect(type, "declares \"" + parameter.name + "\" twice");
        if (is_reserved_in_stages(parameter.name))
            defect(type, "has a parameter \"" + parameter.name + "\", which is a reserved name");
    }
}

}  // namespace

std::string_view kind_name(Kind kind) {
    switch (kind) {
        case Kind::source:
            return "source";
        case Kind::map:
            return "map";
        case Kind::expand:
            return "expand";
        case Kind::gather:
            return "gather";
        case Kind::regroup:
            return "regroup";
        case Kind::sink:
            return "sink";
        case Kind::finish:
            return "finish";
        case Kind::graph:
            return "graph";
        case Kind::for_each_graph:
            return "for_each_graph";
    }
    return "map";
}

std::string detail::family_of(std::string_view source_file) {
    return std::filesystem::path(source_file).parent_path().filename().string();
}

Registry& Registry::global() {
    static Registry registry;
    static const bool filled = [] {
        registry.add(graph_type());
        registry.add(for_each_graph_type());
        return true;
    }();
    static_cast<void>(filled);
    return registry;
}

void Registry::add(StageType type) {
    std::vector<StageType> types;
    types.push_back(std::move(type));
    add_all(std::move(types));
}

void Registry::add_all(std::vector<StageType> types) {
    const std::unique_lock lock(mutex_);
    const std::size_t before = types_.size();
    try {
        for (auto& type : types) {
            if (const auto* there = found(type.name))
                defect(type, "is registered twice" +
                                 (there->plugin.empty() ? "" : ", first by " + there->plugin.string()));
            check_declarations(type);
            check_payloads(type);
            types_.push_back(std::make_unique<StageType>(std::move(type)));
        }
    } catch (...) {
        types_.resize(before);
        throw;
    }
}

/// Bodies take payloads for what their ports say, on the strength of the name alone.
void Registry::check_payloads(const StageType& type) const {
    const auto each_port = [](const StageType& of, const auto& body) {
        for (const auto* ports : {&of.inputs, &of.outputs})
            for (const auto& port : *ports)
                if (port.type) body(port);
    };
    each_port(type, [&](const PortDeclaration& port) {
        for (const auto& other : types_)
            each_port(*other, [&](const PortDeclaration& known) {
                if (known.type->name == port.type->name && *known.type->cpp != *port.type->cpp)
                    defect(type, "has a port \"" + std::string(port.name) + "\" whose payload, \"" +
                                     std::string(port.type->name) +
                                     "\", is another C++ type than the payload of that name of \"" +
                                     other->name + "\"");
            });
    });
}

const StageType* Registry::find(std::string_view name) const {
    const std::shared_lock lock(mutex_);
    return found(name);
}

const StageType* Registry::found(std::string_view name) const {
    for (const auto& type : types_)
        if (type->name == name) return type.get();
    return nullptr;
}

std::vector<const StageType*> Registry::all() const {
    const std::shared_lock lock(mutex_);
    std::vector<const StageType*> all;
    for (const auto& type : types_) all.push_back(type.get());
    std::sort(all.begin(), all.end(), [](const StageType* a, const StageType* b) {
        return std::pair(a->family, a->name) < std::pair(b->family, b->name);
    });
    return all;
}

}  // namespace figurant::pipeline
