#pragma once
// TOML as a tree of our own: tables in the order of the file, every key and value with its place. The only
// part of the framework that sees toml++.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/parameters.h"

namespace figurant::pipeline {

/// Where something was written: in a file, or in an argument of the command line.
struct Place {
    std::shared_ptr<const std::string> origin;  ///< the file, or the argument as typed
    std::uint32_t line = 0, column = 0;         ///< from 1, columns in characters; 0: an argument
    std::string text() const;                   ///< "file:line:column", or the argument

    static Place argument(std::string text);
};

struct TomlEntry;

/// One value.
struct TomlNode {
    enum class Kind { boolean, integer, real, text, moment, list, table };
    Kind kind = Kind::table;
    Scalar scalar;                   ///< of the first four kinds
    std::vector<TomlNode> items;     ///< of a list
    std::vector<TomlEntry> entries;  ///< of a table, in the file's order
    Place place;
    std::string raw;  ///< an argument's text as typed, before it was read as TOML; else empty

    const TomlEntry* find(std::string_view key) const;
    /// The text, if it is one.
    const std::string* text() const {
        return kind == Kind::text ? std::get_if<std::string>(&scalar) : nullptr;
    }
    /// "a table", "a list", "an int, 3": what a message says was found.
    std::string found() const;
};

struct TomlEntry {
    std::string key;
    Place place;  ///< of the key
    TomlNode value;
};

/// A whole file. Errors: GraphError with the first syntax error; Error(Cause::configuration) when it cannot
/// be read.
TomlNode read_toml(const std::filesystem::path& file);

/// The text of a file; `origin` names it in messages. GraphError as above.
TomlNode parse_toml(const std::string& text, const std::string& origin);

/// One value, as after a `key =`; nothing when it is not TOML.
std::optional<TomlNode> parse_toml_value(const std::string& text, const Place& place);

}  // namespace figurant::pipeline
