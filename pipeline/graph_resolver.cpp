#include "pipeline/graph_resolver.h"

#include <algorithm>
#include <functional>

#include "pipeline/graph_checker.h"
#include "pipeline/stage_values.h"

namespace figurant::pipeline {

namespace {

namespace fs = std::filesystem;

/// Far beyond what a run could use; graphs inside graphs multiply.
constexpr std::size_t most_stages = 4096;

/// The output ports of a graph used as a stage: those that are wanted, bound where all went well.
using Ports = std::map<std::string, std::optional<PortSource>>;

/// What the name of a stage stands for in its document: a flat stage, or an inlined graph.
struct Member {
    std::optional<std::size_t> flat;
    Ports ports;
    std::vector<std::string> all_ports;  ///< of the inlined graph, also those that nobody asked for
};

bool is_type(const DeclaredStage& stage, std::string_view name) {
    const auto* text = stage.type ? stage.type->value.text() : nullptr;
    return text && *text == name;
}

std::vector<std::string> port_names(const std::vector<PortDeclaration>& ports) {
    std::vector<std::string> names;
    for (const auto& port : ports) names.emplace_back(port.name);
    return names;
}

/// One document being resolved, at one place of the whole.
class Instance {
  public:
    Instance(ResolverContext& context, const GraphDocument& document, const Bindings& bindings,
             std::string prefix, std::optional<Place> top, std::vector<FlatStage>& flat)
        : context_(context),
          document_(document),
          bindings_(bindings),
          prefix_(std::move(prefix)),
          top_(std::move(top)),
          flat_(flat),
          stages_(document.stages) {}

    /// `wanted`: the [outputs] that the graph around this one uses; nothing: this is the outermost graph, all
    /// of which is kept.
    Ports resolve(const std::optional<std::set<std::string>>& wanted,
                  const std::vector<PendingOverride>& overrides) {
        take_overrides(overrides);
        read_wires();
        keep(wanted);
        refuse_overrides_of_left_out(overrides);
        for (std::size_t i = 0; i < stages_.size(); ++i)
            if (kept_[i]) add(i, wanted);
        for (const auto& [index, stage] : flat_of_) bind(index, stage);
        if (!wanted) check_used();
        return outputs(wanted);
    }

    const std::set<std::string>& missing() const { return missing_; }

  private:
    Problems& problems() { return context_.problems; }

    // ---- What belongs to the graph at all

    void take_overrides(const std::vector<PendingOverride>& overrides) {
        for (auto& stage : stages_)
            inner_overrides_.push_back(
                apply_overrides(overrides, stage, is_type(stage, "graph"), problems()));
        for (const auto& each : overrides)
            if (!document_.find_stage(each.path.front()))
                problems().add(each.value.place, "there is no stage " +
                                                     in_quotes(prefix_ + each.path.front()) +
                                                     suggestion(each.path.front(), document_.stage_names()));
    }

    void read_wires() {
        for (const auto& stage : stages_) {
            Problems told_when_kept;
            wires_.push_back(wires_of(stage, told_when_kept));
        }
    }

    std::optional<std::size_t> index_of(std::string_view name) const {
        for (std::size_t i = 0; i < stages_.size(); ++i)
            if (stages_[i].name == name) return i;
        return std::nullopt;
    }

    void keep(const std::optional<std::set<std::string>>& wanted) {
        kept_.assign(stages_.size(), !wanted);
        if (!wanted) return;
        std::vector<std::size_t> pending;
        const auto need = [&](const std::string& name) {
            const auto index = index_of(name);
            if (!index || kept_[*index]) return;
            kept_[*index] = true;
            pending.push_back(*index);
        };
        for (const auto& output : document_.outputs)
            if (wanted->contains(output.port)) need(output.source.stage);
        while (!pending.empty()) {
            const std::size_t index = pending.back();
            pending.pop_back();
            for (const auto& wire : wires_[index].all) need(wire.source.stage);
        }
    }

    void refuse_overrides_of_left_out(const std::vector<PendingOverride>& overrides) {
        for (const auto& each : overrides)
            if (const auto index = index_of(each.path.front()); index && !kept_[*index])
                problems().add(each.value.place,
                               in_quotes(prefix_ + each.path.front()) +
                                   " is left out here: none of the outputs in use needs it");
    }

    /// The ports of `stage` that the kept stages and the wanted outputs use; "" for its only one.
    std::set<std::string> used_ports(const std::string& stage,
                                     const std::optional<std::set<std::string>>& wanted) const {
        std::set<std::string> ports;
        for (std::size_t i = 0; i < stages_.size(); ++i)
            for (const auto& wire : wires_[i].all)
                if (kept_[i] && wire.source.stage == stage) ports.insert(wire.source.port);
        for (const auto& output : document_.outputs)
            if (output.source.stage == stage && (!wanted || wanted->contains(output.port)))
                ports.insert(output.source.port);
        return ports;
    }

    // ---- Stages

    void add(std::size_t index, const std::optional<std::set<std::string>>& wanted) {
        const auto& stage = stages_[index];
        wires_[index] = wires_of(stage, problems());
        const auto* type = type_of(stage);
        if (type && type->kind == Kind::graph) {
            members_[stage.name] = add_graph(index, used_ports(stage.name, wanted));
            return;
        }
        if (flat_.size() == most_stages) {
            problems().add(stage.place, "the graph has more than " + std::to_string(most_stages) + " stages");
            problems().throw_if_any();
        }
        FlatStage flat;
        flat.name = prefix_ + stage.name;
        flat.type = type;
        flat.place = stage.place;
        flat.top = top_.value_or(stage.place);
        if (type) {
            check_reserved(stage, *type);
            flat.execution = values().execution(stage, *type);
            if (type->kind == Kind::for_each_graph)
                add_sub_graph(stage, flat);
            else
                flat.values = values().all(described(stage), stage.place, stage.parameters, type->parameters);
        }
        members_[stage.name].flat = flat_.size();
        flat_of_.emplace_back(flat_.size(), index);
        flat_.push_back(std::move(flat));
    }

    StageValues values() { return StageValues(bindings_, missing_, problems()); }

    std::string described(const DeclaredStage& stage) const {
        const auto* type = stage.type ? stage.type->value.text() : nullptr;
        return in_quotes(prefix_ + stage.name) + (type ? " (" + *type + ")" : "");
    }

    const StageType* type_of(const DeclaredStage& stage) {
        if (!stage.type) {
            problems().add(stage.place, "stage " + in_quotes(stage.name) + " has no type");
            return nullptr;
        }
        const auto* name = stage.type->value.text();
        if (!name) {
            problems().add(stage.type->value.place,
                           "\"type\" takes the name of a stage type; found " + stage.type->value.found());
            return nullptr;
        }
        const auto* type = Registry::global().find(*name);
        if (type) return type;
        std::vector<std::string> names;
        for (const auto* each : Registry::global().all()) names.push_back(each->name);
        const auto near = nearest_name(*name, names);
        if (document_.all_plugins || near)
            problems().add(stage.type->value.place, "there is no stage type " + in_quotes(*name) +
                                                        (near ? "; did you mean " + in_quotes(*near) + "?"
                                                              : "; figurant stages lists them"));
        return nullptr;
    }

    void check_reserved(const DeclaredStage& stage, const StageType& type) {
        const auto refuse = [&](const std::optional<TomlEntry>& entry, const std::string& why) {
            if (entry) problems().add(entry->place, why);
        };
        const std::string is_a = "; " + in_quotes(stage.name) + " is " + with_article(kind_name(type.kind));
        if (type.kind == Kind::source) refuse(stage.from, "\"from\": a source takes no items" + is_a);
        if (type.kind == Kind::graph)
            refuse(stage.from, "\"from\": a graph has no input ports, only parameters" + is_a);
        if (type.kind == Kind::graph)
            refuse(stage.execution, "\"execution\" belongs to the stages inside the graph" + is_a);
        if (type.kind != Kind::gather) refuse(stage.group, "\"group\" belongs to a gather" + is_a);
        if (type.kind != Kind::graph && type.kind != Kind::for_each_graph)
            refuse(stage.file, "\"file\" belongs to graph and for_each_graph" + is_a);
    }

    // ---- Graphs inside

    std::optional<fs::path> file_of(const DeclaredStage& stage) {
        if (!stage.file) {
            problems().add(stage.place, described(stage) + " needs \"file\", the graph to use");
            return std::nullopt;
        }
        ParameterDeclaration declaration;
        declaration.name = "file";
        declaration.type = ParameterType::path;
        const auto value = values().one(*stage.file, declaration);
        if (!value) return std::nullopt;
        const fs::path named = std::get<std::string>(value->items.at(0));
        std::vector<fs::path> folders = {document_.file.parent_path()};
        folders.insert(folders.end(), context_.library.folders.begin(), context_.library.folders.end());
        for (const auto& folder : folders)
            for (const auto& candidate : {folder / named, fs::path(folder / named) += ".toml"}) {
                std::error_code ignored;
                if (fs::is_regular_file(candidate, ignored)) return candidate.lexically_normal();
            }
        std::vector<std::string> names;
        for (const auto& folder : folders) {
            std::error_code failed;
            for (fs::directory_iterator each(folder.empty() ? "." : folder, failed), end;
                 !failed && each != end; each.increment(failed))
                if (each->path().extension() == ".toml") names.push_back(each->path().filename().string());
        }
        std::sort(names.begin(), names.end());
        const auto near = nearest_name(named.string(), names);
        problems().add(stage.file->value.place, "there is no graph file " + in_quotes(named.string()) +
                                                    (near ? "; did you mean " + in_quotes(*near) + "?" : ""));
        return std::nullopt;
    }

    const GraphDocument* inner_document(const DeclaredStage& stage) {
        const auto file = file_of(stage);
        if (!file) return nullptr;
        const fs::path identity = fs::weakly_canonical(*file);
        const auto& stack = context_.stack;
        const auto again = std::find(stack.begin(), stack.end(), identity);
        if (again == stack.end()) return &context_.documents.read(*file, problems());
        std::string way;
        for (auto each = again; each != stack.end(); ++each) way += each->filename().string() + " -> ";
        problems().add(stage.file->value.place,
                       "a graph cannot use itself: " + way + identity.filename().string());
        return nullptr;
    }

    Member add_graph(std::size_t index, std::set<std::string> used) {
        const auto& stage = stages_[index];
        check_reserved(stage, *Registry::global().find("graph"));
        Member member;
        const auto* inner = inner_document(stage);
        context_.incomplete = context_.incomplete || !inner || inner->outputs.empty();
        if (!inner) return member;
        for (const auto& output : inner->outputs) member.all_ports.push_back(output.port);
        if (inner->outputs.empty())
            problems().add(stage.file->value.place, in_quotes(inner->file.filename().string()) +
                                                        " has no [outputs], so it cannot be a stage");
        if (used.contains("") && inner->outputs.size() == 1) used.insert(inner->outputs.front().port);
        const Bindings bindings = values().bindings_of(described(stage), stage.parameters, *inner);
        context_.stack.push_back(fs::weakly_canonical(inner->file));
        Instance instance(context_, *inner, bindings, prefix_ + stage.name + ".", top_.value_or(stage.place),
                          flat_);
        member.ports = instance.resolve(used, inner_overrides_[index]);
        context_.stack.pop_back();
        for (const auto& name : instance.missing()) {
            const auto& declaration = inner->find_parameter(name)->declaration;
            problems().add(stage.place,
                           described(stage) + " needs the parameter " + in_quotes(name) + " (" +
                               declaration.expectation() +
                               (declaration.sentence.empty() ? "" : ": " + declaration.sentence) + ")");
        }
        return member;
    }

    void add_sub_graph(const DeclaredStage& stage, FlatStage& flat) {
        const auto* inner = inner_document(stage);
        if (!inner) return;
        const auto given =
            values().sub_run(described(stage), stage.place, stage.parameters, *inner, flat.reads_item);
        flat.sub_graph = SubGraph{inner->file, given};
        ParameterValues known;
        for (const auto& parameter : inner->parameters) {
            const auto value = given.find(parameter.declaration.name);
            const bool written =
                std::any_of(stage.parameters.begin(), stage.parameters.end(),
                            [&](const auto& e) { return e.key == parameter.declaration.name; });
            if (value == given.end() || !written) continue;
            try {
                known.emplace(value->first, with_item_values(value->second, {}));
            } catch (const Error&) {  // it waits for an item
            }
        }
        flat.sub_digest = check_sub_graph(context_, *inner, known);
    }

    // ---- Ports

    /// A key that is `from` mistyped; it is told as an unknown parameter.
    static const TomlEntry* meant_from(const DeclaredStage& stage) {
        for (const auto& entry : stage.parameters)
            if (!stage.from && nearest_name(entry.key, {"from"})) return &entry;
        return nullptr;
    }

    void bind(std::size_t flat_index, std::size_t stage_index) {
        auto& flat = flat_[flat_index];
        if (!flat.type) return;
        const auto& stage = stages_[stage_index];
        flat.inputs.resize(flat.type->inputs.size());
        flat.input_places.assign(flat.type->inputs.size(), stage.place);
        const auto& wires = wires_[stage_index];
        bool told = !wires.sound || meant_from(stage);
        std::vector<bool> named(flat.inputs.size());
        if (flat.type->kind != Kind::source)
            for (const auto& wire : wires.all) {
                const auto source = output_port(wire.source);
                const auto port = input_port(flat, stage, wire);
                told = told || !port;
                if (!port) continue;
                named[*port] = true;
                flat.inputs[*port] = source;
                flat.input_places[*port] = wire.source.place;
            }
        std::vector<std::string> open;
        for (std::size_t i = 0; i < named.size(); ++i)
            if (!named[i]) open.emplace_back(flat.type->inputs[i].name);
        if (!open.empty() && !told)
            problems().add(stage.place, described(stage) + " gets no items at its input port" +
                                            (open.size() > 1 ? "s " : " ") + list_in_quotes(open) +
                                            (named.size() > 1 ? "; write from = { " + open.front() + " = … }"
                                                              : "; write from = \"…\""));
        if (flat.type->kind == Kind::gather) bind_group(stage, flat);
    }

    std::optional<std::size_t> input_port(const FlatStage& flat, const DeclaredStage& stage,
                                          const Wire& wire) {
        const auto names = port_names(flat.type->inputs);
        if (wire.port.empty()) {
            if (names.size() == 1) return 0;
            problems().add(wire.place, described(stage) + " has the input ports " + list_in_quotes(names) +
                                           "; write from = { " + names.front() + " = …, … }");
            return std::nullopt;
        }
        const auto found = std::find(names.begin(), names.end(), wire.port);
        if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
        problems().add(wire.place, described(stage) + " has no input port " + in_quotes(wire.port) +
                                       suggestion(wire.port, names));
        return std::nullopt;
    }

    /// The port's index for a reference's name, or nothing and a problem.
    std::optional<std::size_t> choose_port(const Reference& reference, const std::string& owner,
                                           const std::vector<std::string>& names) {
        if (reference.port.empty()) {
            if (names.size() == 1) return 0;
            problems().add(reference.place, owner + " has the output ports " + list_in_quotes(names) +
                                                "; write " +
                                                in_quotes(reference.stage + "." + names.front()));
            return std::nullopt;
        }
        const auto found = std::find(names.begin(), names.end(), reference.port);
        if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
        problems().add(reference.place, owner + " has no output port " + in_quotes(reference.port) +
                                            suggestion(reference.port, names));
        return std::nullopt;
    }

    std::optional<PortSource> output_port(const Reference& reference) {
        const auto* stage = document_.find_stage(reference.stage);
        if (!stage) {
            context_.incomplete = true;
            problems().add(reference.place, "there is no stage " + in_quotes(reference.stage) +
                                                suggestion(reference.stage, document_.stage_names()));
            return std::nullopt;
        }
        const auto found = members_.find(reference.stage);
        if (found == members_.end()) return std::nullopt;
        const Member& member = found->second;
        if (!member.flat) {
            if (member.all_ports.empty()) return std::nullopt;
            const auto port = choose_port(reference, described(*stage), member.all_ports);
            context_.incomplete = context_.incomplete || !port;
            if (!port) return std::nullopt;
            const auto bound = member.ports.find(member.all_ports[*port]);
            return bound == member.ports.end() ? std::nullopt : bound->second;
        }
        const auto* type = flat_[*member.flat].type;
        if (!type) return std::nullopt;
        if (type->outputs.empty()) {
            problems().add(reference.place, described(*stage) + " is " + with_article(kind_name(type->kind)) +
                                                ": it gives no items");
            return std::nullopt;
        }
        const auto port = choose_port(reference, described(*stage), port_names(type->outputs));
        if (!port) return std::nullopt;
        return PortSource{*member.flat, *port};
    }

    void bind_group(const DeclaredStage& stage, FlatStage& flat) {
        if (!stage.group) {
            problems().add(
                stage.place,
                described(stage) + " is a gather: it needs \"group\", the expand whose group it closes");
            return;
        }
        const auto* name = stage.group->value.text();
        flat.group_place = stage.group->value.place;
        if (!name) {
            problems().add(flat.group_place,
                           "\"group\" takes the name of an expand; found " + stage.group->value.found());
            return;
        }
        std::vector<std::string> expands;
        for (std::size_t i = 0; i < flat_.size(); ++i) {
            if (!flat_[i].name.starts_with(prefix_)) continue;
            const std::string local = flat_[i].name.substr(prefix_.size());
            const bool expand = flat_[i].type && flat_[i].type->kind == Kind::expand;
            if (expand) expands.push_back(local);
            if (local != *name) continue;
            if (expand)
                flat.group = i;
            else if (flat_[i].type)
                problems().add(flat.group_place, "\"group\" takes an expand; " + in_quotes(*name) + " is " +
                                                     with_article(kind_name(flat_[i].type->kind)));
            return;
        }
        problems().add(flat.group_place,
                       "\"group\": there is no expand " + in_quotes(*name) + suggestion(*name, expands));
    }

    Ports outputs(const std::optional<std::set<std::string>>& wanted) {
        Ports ports;
        for (const auto& output : document_.outputs)
            if (!wanted || wanted->contains(output.port)) ports[output.port] = output_port(output.source);
        return ports;
    }

    /// All stages that items are taken from, or were meant to be: a mistyped name is told where it stands,
    /// not at the stage that it leaves without a use.
    std::set<std::string> mentioned() const {
        std::set<std::string> names;
        const auto add_nearest = [&](const std::string& name) {
            const auto near = document_.find_stage(name) ? name : nearest_name(name, document_.stage_names());
            if (near) names.insert(*near);
        };
        const std::function<void(const TomlNode&)> add_texts = [&](const TomlNode& node) {
            if (const auto* text = node.text()) add_nearest(parse_reference(*text, node.place).stage);
            for (const auto& item : node.items) add_texts(item);
            for (const auto& entry : node.entries) add_texts(entry.value);
        };
        for (const auto& stage : stages_) {
            if (stage.from) add_texts(stage.from->value);
            if (const auto* entry = meant_from(stage)) add_texts(entry->value);
        }
        for (const auto& output : document_.outputs) add_nearest(output.source.stage);
        return names;
    }

    void check_used() {
        const auto used = mentioned();
        for (const auto& stage : stages_) {
            const auto member = members_.find(stage.name);
            if (member == members_.end() || used.contains(stage.name)) continue;
            if (gives_only_items(member->second))
                problems().add(stage.place,
                               "nothing uses what " + described(stage) +
                                   " gives; use it, name it in [outputs], or leave the stage out");
        }
    }

    /// Whether a stage is of no use when nothing uses its items. A sub-run leaves its results in its folder.
    bool gives_only_items(const Member& member) const {
        if (!member.flat) return !member.all_ports.empty();
        const auto* type = flat_[*member.flat].type;
        return type && !type->outputs.empty() && type->kind != Kind::for_each_graph;
    }

    ResolverContext& context_;
    const GraphDocument& document_;
    const Bindings& bindings_;
    std::string prefix_;
    std::optional<Place> top_;
    std::vector<FlatStage>& flat_;

    std::vector<DeclaredStage> stages_;  ///< the document's, with overrides applied
    std::vector<std::vector<PendingOverride>> inner_overrides_;
    std::vector<Wires> wires_;
    std::vector<bool> kept_;
    std::map<std::string, Member> members_;
    std::vector<std::pair<std::size_t, std::size_t>> flat_of_;  ///< flat index, stage index
    std::set<std::string> missing_;
};

/// Every parameter of a graph is there for a stage to use.
void check_parameters_used(const GraphDocument& document, Problems& problems) {
    std::set<std::string> used;
    const std::function<void(const TomlNode&)> visit = [&](const TomlNode& node) {
        if (const auto* text = node.text()) {
            try {
                for (const auto& piece : split_references(*text))
                    if (piece.reference) used.insert(piece.text);
            } catch (const Error&) {  // told where the value is read
            }
        }
        for (const auto& item : node.items) visit(item);
        for (const auto& entry : node.entries) visit(entry.value);
    };
    for (const auto& stage : document.stages) {
        for (const auto& entry : stage.parameters) visit(entry.value);
        for (const auto* entry : {&stage.file, &stage.execution})
            if (*entry) visit((*entry)->value);
    }
    for (const auto& parameter : document.parameters)
        if (!used.contains(parameter.declaration.name))
            problems.add(parameter.place,
                         "no stage uses the parameter " + in_quotes(parameter.declaration.name));
}

}  // namespace

const GraphDocument& DocumentCache::read(const fs::path& file, Problems& problems) {
    auto& document = documents_[fs::weakly_canonical(file)];
    if (!document) {
        document = std::make_unique<GraphDocument>(read_graph_document(file, problems));
        load_plugins(*document, problems);
        check_parameters_used(*document, problems);
    }
    return *document;
}

std::vector<FlatStage> resolve_graph(ResolverContext& context, const GraphDocument& document,
                                     const Bindings& bindings,
                                     const std::vector<PendingOverride>& overrides) {
    std::vector<FlatStage> flat;
    Instance(context, document, bindings, "", std::nullopt, flat).resolve(std::nullopt, overrides);
    return flat;
}

Bindings root_bindings(const GraphDocument& document, const ParameterValues& given, bool may_be_missing,
                       Problems& problems) {
    for (const auto& [name, value] : given)
        if (!document.find_parameter(name))
            problems.add(Place::argument("--" + name), "the graph has no parameter " + in_quotes(name) +
                                                           suggestion(name, document.parameter_names()));
    Bindings bindings;
    for (const auto& parameter : document.parameters) {
        const auto& declaration = parameter.declaration;
        Binding binding{declaration, declaration.fallback, true};
        if (const auto found = given.find(declaration.name); found != given.end() && parameter.sound) {
            binding.value.reset();
            if (found->second.items.empty() && !found->second.many) {
                bindings.emplace(declaration.name, std::move(binding));
                continue;
            }
            try {
                binding.value = declaration.checked(found->second);
            } catch (const Error& error) {
                problems.add(Place::argument("--" + declaration.name), error.what());
            }
        } else if (!binding.value && !may_be_missing && parameter.sound) {
            problems.add(parameter.place,
                         "the parameter " + in_quotes(declaration.name) + " is not given; add --" +
                             declaration.name +
                             (declaration.sentence.empty() ? "" : " (" + declaration.sentence + ")"));
        }
        bindings.emplace(declaration.name, std::move(binding));
    }
    return bindings;
}

}  // namespace figurant::pipeline
