#include "pipeline/toml_document.h"

#include <algorithm>

#include "base/file_writer.h"
#include "base/toml_parser.h"
#include "base/toml_syntax.h"
#include "pipeline/graph_file.h"

namespace figurant::pipeline {

namespace {

// A graph file is a page or two; anything of this size is another kind of file.
constexpr std::size_t most_bytes = std::size_t{8} << 20;

using Origin = std::shared_ptr<const std::string>;

Place place_of(const toml::source_region& region, const Origin& origin) {
    return {origin, region.begin.line, region.begin.column};
}

TomlNode converted(const toml::node& node, const Origin& origin);

void convert_table(const toml::table& table, const Origin& origin, TomlNode& into) {
    into.kind = TomlNode::Kind::table;
    for (const auto& [key, value] : table)
        into.entries.push_back(
            {std::string(key.str()), place_of(key.source(), origin), converted(value, origin)});
    // toml++ sorts by key; people read their file from top to bottom.
    std::stable_sort(into.entries.begin(), into.entries.end(), [](const TomlEntry& a, const TomlEntry& b) {
        return std::pair(a.place.line, a.place.column) < std::pair(b.place.line, b.place.column);
    });
}

TomlNode converted(const toml::node& node, const Origin& origin) {
    TomlNode result;
    result.place = place_of(node.source(), origin);
    if (const auto* table = node.as_table()) {
        convert_table(*table, origin, result);
    } else if (const auto* list = node.as_array()) {
        result.kind = TomlNode::Kind::list;
        for (const auto& item : *list) result.items.push_back(converted(item, origin));
    } else if (const auto* boolean = node.as_boolean()) {
        result.kind = TomlNode::Kind::boolean;
        result.scalar = boolean->get();
    } else if (const auto* integer = node.as_integer()) {
        result.kind = TomlNode::Kind::integer;
        result.scalar = integer->get();
    } else if (const auto* real = node.as_floating_point()) {
        result.kind = TomlNode::Kind::real;
        result.scalar = real->get();
    } else if (const auto* text = node.as_string()) {
        result.kind = TomlNode::Kind::text;
        result.scalar = text->get();
    } else {
        result.kind = TomlNode::Kind::moment;
    }
    return result;
}

void override_place(TomlNode& node, const Place& place) {
    node.place = place;
    for (auto& item : node.items) override_place(item, place);
    for (auto& entry : node.entries) {
        entry.place = place;
        override_place(entry.value, place);
    }
}

/// The first line with which a file's beginning breaks one of the parser's assertions, which tell no place.
std::uint32_t asserted_line(std::string_view text) {
    std::uint32_t line = 1;
    for (std::size_t end = 0; end < text.size(); ++line) {
        end = std::min(text.find('\n', end), text.size() - 1) + 1;
        try {
            static_cast<void>(toml::parse(text.substr(0, end)));
        } catch (const toml::parse_error& error) {
            if (error.description() == figurant::detail::toml_assertion_text) return line;
        }
    }
    return 1;
}

[[noreturn]] void tell_syntax_error(const toml::parse_error& error, std::string_view text,
                                    const Origin& origin) {
    Place place = place_of(error.source(), origin);
    if (error.description() == figurant::detail::toml_assertion_text) place.line = asserted_line(text);
    throw GraphError({Problem{place.text(), toml_syntax_message(error.description())}});
}

}  // namespace

std::string Place::text() const {
    if (!origin) return {};
    if (line == 0) return *origin;
    return *origin + ":" + std::to_string(line) + ":" + std::to_string(column);
}

Place Place::argument(std::string text) {
    return {std::make_shared<const std::string>(std::move(text)), 0, 0};
}

const TomlEntry* TomlNode::find(std::string_view key) const {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const TomlEntry& entry) { return entry.key == key; });
    return found == entries.end() ? nullptr : &*found;
}

std::string TomlNode::found() const {
    switch (kind) {
        case Kind::boolean:
            return "a bool, " + to_text(scalar);
        case Kind::integer:
            return "an int, " + to_text(scalar);
        case Kind::real:
            return "a float, " + to_text(scalar);
        case Kind::text:
            return "a string, " + to_text(scalar);
        case Kind::moment:
            return "a date or time";
        case Kind::list:
            return "a list";
        case Kind::table:
            return "a table";
    }
    return "nothing";
}

TomlNode read_toml(const std::filesystem::path& file) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(file, ignored))
        throw Error(Cause::configuration, file.string() + " is not a file",
                    "give a graph's name (figurant graphs lists them) or a .toml file");
    std::string text;
    try {
        text = figurant::read_file(file, most_bytes);
    } catch (const Error& error) {
        throw Error(Cause::configuration, error.what(), error.next_step());
    }
    return parse_toml(text, file.string());
}

TomlNode parse_toml(const std::string& text, const std::string& name) {
    const auto origin = std::make_shared<const std::string>(name);
    try {
        TomlNode root;
        root.place = {origin, 1, 1};
        convert_table(toml::parse(text, *origin), origin, root);
        return root;
    } catch (const toml::parse_error& error) {
        tell_syntax_error(error, text, origin);
    }
}

std::optional<TomlNode> parse_toml_value(const std::string& text, const Place& place) {
    // A line break would let the text go on with further keys.
    if (text.find_first_of("\r\n") != std::string::npos) return std::nullopt;
    try {
        const toml::table table = toml::parse("value = " + text);
        if (table.size() != 1) return std::nullopt;
        TomlNode node = converted(*table.get("value"), place.origin);
        override_place(node, place);
        node.raw = text;
        return node;
    } catch (const toml::parse_error&) {
        return std::nullopt;
    }
}

}  // namespace figurant::pipeline
