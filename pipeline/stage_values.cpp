#include "pipeline/stage_values.h"

#include <algorithm>

#include "pipeline/reserved_names.h"

namespace figurant::pipeline {

namespace {

std::vector<std::string> names_of(const std::vector<ParameterDeclaration>& declarations) {
    std::vector<std::string> names;
    for (const auto& declaration : declarations) names.push_back(declaration.name);
    return names;
}

template <class Entries>
const TomlEntry* entry_of(const Entries& entries, std::string_view key) {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const TomlEntry& entry) { return entry.key == key; });
    return found == entries.end() ? nullptr : &*found;
}

bool is_textual(ParameterType type) { return type == ParameterType::text || type == ParameterType::path; }

/// Whether any value of `from` can be a value of `to`, judged without having one.
bool fits(const ParameterDeclaration& from, const ParameterDeclaration& to) {
    if (from.many && !to.many) return false;
    return from.type == to.type || (is_textual(from.type) && is_textual(to.type)) ||
           (from.type == ParameterType::integer && to.type == ParameterType::real);
}

/// An argument's bare text for a text parameter stays as typed: `--set write.name=007` is no number.
TomlNode as_typed(const TomlNode& node, ParameterType type) {
    const bool other = node.kind != TomlNode::Kind::text && node.kind != TomlNode::Kind::list;
    if (node.raw.empty() || !is_textual(type) || !other) return node;
    TomlNode text = node;
    text.kind = TomlNode::Kind::text;
    text.scalar = node.raw;
    return text;
}

/// An argument that ends with its equals sign, as where a variable of the shell is not set.
bool is_empty_argument(const TomlNode& node, const ParameterValue& value) {
    return node.place.line == 0 && value == ParameterValue(Scalar(std::string()));
}

}  // namespace

void StageValues::unknown_key(const TomlEntry& entry, const std::string& owner,
                              std::vector<std::string> names) {
    std::string hint = suggestion(entry.key, names);
    if (!nearest_name(entry.key, names))
        if (const auto near = nearest_name(entry.key, reserved_in_stages()))
            hint = "; did you mean " + in_quotes(*near) + "?";
    problems_.add(entry.place, owner + " has no parameter " + in_quotes(entry.key) + hint);
}

void StageValues::required(const ParameterDeclaration& declaration, const std::string& owner,
                           const Place& place) {
    problems_.add(place, owner + " needs the parameter " + in_quotes(declaration.name) + " (" +
                             declaration.expectation() +
                             (declaration.sentence.empty() ? "" : ": " + declaration.sentence) + ")");
}

std::optional<ParameterValue> StageValues::one(const TomlEntry& entry,
                                               const ParameterDeclaration& declaration,
                                               ItemReferences item_references, bool* reads_item) {
    const TomlNode node = as_typed(entry.value, declaration.type);
    const Evaluated evaluated = evaluate(node, entry.key, bindings_, item_references, problems_);
    missing_.insert(evaluated.missing.begin(), evaluated.missing.end());
    if (reads_item) *reads_item = evaluated.reads_item;
    const std::string source = evaluated.alone.empty() ? "" : " (from ${" + evaluated.alone + "})";
    if (evaluated.broken) return std::nullopt;
    if (!evaluated.value) {
        const auto bound = bindings_.find(evaluated.alone);
        if (bound != bindings_.end() && !fits(bound->second.declaration, declaration))
            problems_.add(entry.value.place, in_quotes(entry.key) + " takes " + declaration.expectation() +
                                                 "; found " + bound->second.declaration.expectation() +
                                                 source);
        return std::nullopt;
    }
    if (evaluated.reads_item) return evaluated.value;
    try {
        const bool path = declaration.type == ParameterType::path;
        // As an option of the command line that is given nothing.
        if (path && is_empty_argument(node, *evaluated.value)) return declaration.parsed({std::string()});
        return declaration.checked(*evaluated.value);
    } catch (const Error& error) {
        problems_.add(entry.value.place, error.what() + source);
        return std::nullopt;
    }
}

ParameterValues StageValues::all(const std::string& owner, const Place& place,
                                 const std::vector<TomlEntry>& entries,
                                 const std::vector<ParameterDeclaration>& declarations) {
    const auto names = names_of(declarations);
    for (const auto& entry : entries)
        if (std::find(names.begin(), names.end(), entry.key) == names.end()) unknown_key(entry, owner, names);
    ParameterValues values;
    for (const auto& declaration : declarations) {
        if (const auto* entry = entry_of(entries, declaration.name)) {
            if (auto value = one(*entry, declaration)) values[declaration.name] = std::move(*value);
        } else if (declaration.fallback) {
            values[declaration.name] = *declaration.fallback;
        } else {
            required(declaration, owner, place);
        }
    }
    return values;
}

Bindings StageValues::bindings_of(const std::string& owner, const std::vector<TomlEntry>& entries,
                                  const GraphDocument& inner) {
    const auto names = inner.parameter_names();
    for (const auto& entry : entries)
        if (!inner.find_parameter(entry.key)) unknown_key(entry, owner, names);
    Bindings bindings;
    for (const auto& parameter : inner.parameters) {
        Binding binding{parameter.declaration, parameter.declaration.fallback,
                        parameter.declaration.fallback.has_value()};
        if (const auto* entry = entry_of(entries, parameter.declaration.name)) {
            binding.given = true;
            binding.value.reset();
            if (parameter.sound) binding.value = one(*entry, parameter.declaration);
        }
        bindings.emplace(parameter.declaration.name, std::move(binding));
    }
    return bindings;
}

ParameterValues StageValues::sub_run(const std::string& owner, const Place& place,
                                     const std::vector<TomlEntry>& entries, const GraphDocument& inner,
                                     std::optional<Place>& reads_item) {
    const auto names = inner.parameter_names();
    for (const auto& entry : entries)
        if (!inner.find_parameter(entry.key)) unknown_key(entry, owner, names);
    ParameterValues values;
    for (const auto& parameter : inner.parameters) {
        const auto* entry = entry_of(entries, parameter.declaration.name);
        if (!entry) {
            if (!parameter.declaration.fallback) required(parameter.declaration, owner, place);
            continue;
        }
        bool from_item = false;
        if (auto value = one(*entry, parameter.declaration, ItemReferences::kept, &from_item))
            values[parameter.declaration.name] = std::move(*value);
        if (from_item && !reads_item) reads_item = entry->value.place;
    }
    return values;
}

Execution StageValues::execution(const DeclaredStage& stage, const StageType& type) {
    if (!stage.execution) return {};
    const auto& table = stage.execution->value;
    if (table.kind != TomlNode::Kind::table) {
        problems_.add(table.place, "\"execution\" takes a table; found " + table.found());
        return {};
    }
    const auto& list = Execution::parameters();
    const auto given = all("\"execution\"", table.place, table.entries, list.declarations());
    const Execution execution = list.bind(given);
    if (execution.policy() == OnError::retry && !can_retry(type.kind))
        problems_.add(table.find("on_error")->value.place,
                      "\"on_error\" cannot be \"retry\" for " + with_article(kind_name(type.kind)) +
                          ": what it has given, written or taken in cannot be taken back");
    return execution;
}

}  // namespace figurant::pipeline
