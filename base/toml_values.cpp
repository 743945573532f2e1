#include "base/toml_values.h"

#include <optional>
#include <sstream>

#include "base/toml_parser.h"
#include "base/toml_syntax.h"

namespace figurant {

namespace {

std::optional<Scalar> scalar_from(const toml::node& node) {
    if (const auto* value = node.as_boolean()) return Scalar(value->get());
    if (const auto* value = node.as_integer()) return Scalar(value->get());
    if (const auto* value = node.as_floating_point()) return Scalar(value->get());
    if (const auto* value = node.as_string()) return Scalar(value->get());
    return std::nullopt;
}

std::optional<ParameterValue> value_from(const toml::node& node) {
    if (const auto* array = node.as_array()) {
        std::vector<Scalar> items;
        for (const auto& each : *array) {
            const auto scalar = scalar_from(each);
            if (!scalar) return std::nullopt;
            items.push_back(*scalar);
        }
        return ParameterValue(std::move(items));
    }
    if (const auto scalar = scalar_from(node)) return ParameterValue(*scalar);
    return std::nullopt;
}

[[noreturn]] void reject(const std::string& source, const toml::source_region& place,
                         const std::string& message) {
    throw Error(Cause::configuration, placed_message(source, place.begin.line, place.begin.column, message));
}

TomlTable table_from(const std::string& name, const toml::table& parsed, const std::string& source) {
    TomlTable table{parsed.source().begin.line, parsed.source().begin.column, {}};
    for (const auto& [key, node] : parsed) {
        const auto value = value_from(node);
        const std::string key_text(key.str());
        if (!value)
            reject(source, node.source(),
                   "\"" + name + "." + key_text + "\" is no number, text, bool, or list of them");
        table.values[key_text] = {*value, key.source().begin.line, key.source().begin.column};
    }
    return table;
}

}  // namespace

std::string placed_message(const std::string& source, std::size_t line, std::size_t column,
                           const std::string& message) {
    return source + ":" + std::to_string(line) + ":" + std::to_string(column) + ": error: " + message;
}

std::map<std::string, TomlTable, std::less<>> parse_toml_tables(std::string_view text,
                                                                const std::string& source) {
    std::map<std::string, TomlTable, std::less<>> tables;
    toml::table root;
    try {
        root = toml::parse(text, source);
    } catch (const toml::parse_error& error) {
        reject(source, error.source(), toml_syntax_message(error.description()));
    }
    for (const auto& [key, node] : root) {
        const std::string name(key.str());
        const auto* table = node.as_table();
        if (!table) reject(source, key.source(), "\"" + name + "\" stands outside a table");
        tables[name] = table_from(name, *table, source);
    }
    return tables;
}

ParameterValues check_toml_table(const std::vector<ParameterDeclaration>& declarations,
                                 const TomlTable& table, const std::string& source,
                                 std::vector<std::string>& problems) {
    ParameterValues values;
    std::vector<std::string> names;
    for (const auto& declaration : declarations) names.push_back(declaration.name);
    for (const auto& [name, placed] : table.values) {
        const ParameterDeclaration* found = nullptr;
        for (const auto& declaration : declarations)
            if (declaration.name == name) found = &declaration;
        try {
            if (!found) {
                const auto near = nearest_name(name, names);
                throw Error(Cause::configuration, "unknown parameter \"" + name + "\"" +
                                                      (near ? "; did you mean \"" + *near + "\"?" : ""));
            }
            values[name] = found->checked(placed.value);
        } catch (const Error& error) {
            problems.push_back(placed_message(source, placed.line, placed.column, error.what()));
        }
    }
    for (const auto& declaration : declarations)
        if (!declaration.fallback && !table.values.contains(declaration.name))
            problems.push_back(placed_message(source, table.line, table.column,
                                              "parameter \"" + declaration.name + "\" is missing"));
    return values;
}

std::string toml_table_text(const std::string& name, const std::vector<ParameterDeclaration>& declarations,
                            const ParameterValues& values) {
    std::ostringstream text;
    text << "[" << name << "]\n";
    for (const auto& declaration : declarations) {
        const auto found = values.find(declaration.name);
        if (found == values.end()) continue;
        text << "# " << declaration.sentence << "\n"
             << declaration.name << " = " << to_text(found->second) << "\n";
    }
    return text.str();
}

}  // namespace figurant
