#pragma once
// Parameter structs read from and written to TOML tables, with errors that name the place.

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/parameters.h"

namespace figurant {

/// A value of a TOML table with its place in the text (counted from 1).
struct PlacedValue {
    ParameterValue value;
    std::size_t line = 0, column = 0;
};

/// One `[name]` table of scalars and lists of scalars.
struct TomlTable {
    std::size_t line = 0, column = 0;
    std::map<std::string, PlacedValue, std::less<>> values;
};

/// The tables of a TOML text that is no deeper than tables of values. Error(Cause::configuration) as
/// "source:line:column: error: …" for broken syntax, values outside tables, and values that are no
/// parameters.
std::map<std::string, TomlTable, std::less<>> parse_toml_tables(std::string_view text,
                                                                const std::string& source);

/// "source:line:column: error: message".
std::string placed_message(const std::string& source, std::size_t line, std::size_t column,
                           const std::string& message);

/// The values of `table` as the declarations want them. All problems are appended to `problems`, each with
/// its place; unknown names come with the nearest right one.
ParameterValues check_toml_table(const std::vector<ParameterDeclaration>& declarations,
                                 const TomlTable& table, const std::string& source,
                                 std::vector<std::string>& problems);

/// `[name]` and a line for each value, in the declarations' order, each under its sentence as a comment.
std::string toml_table_text(const std::string& name, const std::vector<ParameterDeclaration>& declarations,
                            const ParameterValues& values);

}  // namespace figurant
