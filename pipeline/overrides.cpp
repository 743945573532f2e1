#include "pipeline/overrides.h"

#include <algorithm>

#include "pipeline/reserved_names.h"

namespace figurant::pipeline {

namespace {

std::vector<std::string> split_path(const std::string& text) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    for (std::size_t dot; (dot = text.find('.', begin)) != std::string::npos; begin = dot + 1)
        parts.push_back(text.substr(begin, dot - begin));
    parts.push_back(text.substr(begin));
    return parts;
}

TomlNode override_value(const std::string& text, const Place& place) {
    if (auto parsed = parse_toml_value(text, place)) return std::move(*parsed);
    TomlNode bare;
    bare.kind = TomlNode::Kind::text;
    bare.scalar = text;
    bare.place = place;
    bare.raw = text;
    return bare;
}

void put(std::vector<TomlEntry>& entries, const std::string& key, const TomlNode& value) {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const TomlEntry& entry) { return entry.key == key; });
    if (found != entries.end())
        *found = {key, value.place, value};
    else
        entries.push_back({key, value.place, value});
}

void put_execution(DeclaredStage& stage, const std::string& key, const TomlNode& value) {
    if (!stage.execution) {
        TomlNode table;
        table.place = value.place;
        stage.execution = TomlEntry{"execution", value.place, std::move(table)};
    }
    // When the file has something else here, the check of the stage says so.
    if (stage.execution->value.kind == TomlNode::Kind::table) put(stage.execution->value.entries, key, value);
}

}  // namespace

std::vector<PendingOverride> parse_overrides(std::span<const Override> overrides, Problems& problems) {
    std::vector<PendingOverride> pending;
    for (const auto& each : overrides) {
        const Place place = Place::argument("--set " + each.argument);
        const auto equals = each.argument.find('=');
        auto path = split_path(each.argument.substr(0, equals));
        const bool whole =
            std::none_of(path.begin(), path.end(), [](const auto& part) { return part.empty(); });
        if (equals == std::string::npos || path.size() < 2 || !whole) {
            problems.add(place, "--set takes stage.parameter=value, as in --set figures.tiles.size=2048");
            continue;
        }
        pending.push_back({std::move(path), override_value(each.argument.substr(equals + 1), place)});
    }
    return pending;
}

std::vector<PendingOverride> apply_overrides(const std::vector<PendingOverride>& overrides,
                                             DeclaredStage& stage, bool inlined, Problems& problems) {
    std::vector<PendingOverride> inner;
    for (const auto& each : overrides) {
        if (each.path.front() != stage.name) continue;
        const std::string& key = each.path[1];
        if (each.path.size() == 3 && key == "execution") {
            put_execution(stage, each.path[2], each.value);
        } else if (each.path.size() > 2 && inlined) {
            inner.push_back({{each.path.begin() + 1, each.path.end()}, each.value});
        } else if (each.path.size() > 2) {
            problems.add(each.value.place,
                         in_quotes(stage.name) + " is not a graph: there are no stages inside it");
        } else if (is_reserved_in_stages(key)) {
            problems.add(each.value.place,
                         in_quotes(key) + " cannot be set: only parameters and execution.KEY can");
        } else {
            put(stage.parameters, key, each.value);
        }
    }
    return inner;
}

}  // namespace figurant::pipeline
