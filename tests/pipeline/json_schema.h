#pragma once
// A JSON Schema as far as the program writes one, and a TOML file checked by it. A keyword that is not known
// here is an error: nothing is passed over.

#include <cctype>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <regex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/toml_document.h"

namespace figurant::pipeline::test {

struct Json {
    enum class Kind { null, boolean, number, text, list, object };
    Kind kind = Kind::null;
    bool truth = false;
    double number = 0;
    std::string text;
    std::vector<Json> items;
    std::vector<std::pair<std::string, Json>> members;

    const Json* find(const std::string& key) const {
        for (const auto& [name, value] : members)
            if (name == key) return &value;
        return nullptr;
    }
    const Json& at(const std::string& key) const {
        const auto* found = find(key);
        if (!found) throw std::runtime_error("no member " + key);
        return *found;
    }
};

/// Strict but for numbers and escapes beyond \uXXXX of one byte, which the program does not write.
class JsonReader {
  public:
    explicit JsonReader(const std::string& text) : text_(text) {}
    Json read() {
        Json json = value();
        if (peek() != '\0') fail("more text");
        return json;
    }

  private:
    [[noreturn]] void fail(const std::string& what) const {
        throw std::runtime_error("JSON at byte " + std::to_string(at_) + ": " + what);
    }
    char peek() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
        return at_ < text_.size() ? text_[at_] : '\0';
    }
    void take(char c) {
        if (peek() != c) fail(std::string("expected ") + c);
        ++at_;
    }
    bool word(const char* name) {
        if (text_.compare(at_, std::string(name).size(), name) != 0) return false;
        at_ += std::string(name).size();
        return true;
    }
    std::string quoted() {
        take('"');
        std::string out;
        for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            if (static_cast<unsigned char>(text_[at_]) < 0x20) fail("a control character");
            if (text_[at_] != '\\') {
                out += text_[at_];
                continue;
            }
            const char c = text_[++at_];
            if (c == 'u') {
                out += static_cast<char>(std::stoi(text_.substr(at_ + 1, 4), nullptr, 16));
                at_ += 4;
            } else {
                out += c == 'n' ? '\n' : c == 't' ? '\t' : c;
            }
        }
        take('"');
        return out;
    }
    Json value() {
        Json json;
        const char c = peek();
        if (c == '"') {
            json.kind = Json::Kind::text;
            json.text = quoted();
        } else if (c == '{' || c == '[') {
            nested(json, c == '{');
        } else if (word("true") || word("false")) {
            json.kind = Json::Kind::boolean;
            json.truth = text_[at_ - 2] == 'u';
        } else if (!word("null")) {
            char* end = nullptr;
            json.kind = Json::Kind::number;
            json.number = std::strtod(text_.c_str() + at_, &end);
            const auto after = static_cast<std::size_t>(end - text_.c_str());
            if (after == at_) fail("no value");
            at_ = after;
        }
        return json;
    }
    void nested(Json& json, bool object) {
        const char close = object ? '}' : ']';
        json.kind = object ? Json::Kind::object : Json::Kind::list;
        ++at_;
        while (peek() != close) {
            if (!json.members.empty() || !json.items.empty()) take(',');
            std::string key;
            if (object) {
                peek();
                key = quoted();
                take(':');
                if (json.find(key)) fail("the key " + key + " twice");
                json.members.emplace_back(key, value());
            } else {
                json.items.push_back(value());
            }
        }
        ++at_;
    }

    const std::string& text_;
    std::size_t at_ = 0;
};

/// "path: what is wrong" of the first thing that the schema refuses, or "".
class SchemaCheck {
  public:
    explicit SchemaCheck(const Json& root) : root_(root) {}

    std::string operator()(const TomlNode& node) const { return check(root_, node, ""); }

  private:
    using Kind = TomlNode::Kind;

    static bool equal(const Json& json, const TomlNode& node) {
        if (json.kind != Json::Kind::text) throw std::runtime_error("only texts are compared here");
        return node.text() && *node.text() == json.text;
    }

    static bool has_type(const std::string& type, const TomlNode& node) {
        if (type == "object") return node.kind == Kind::table;
        if (type == "array") return node.kind == Kind::list;
        if (type == "boolean") return node.kind == Kind::boolean;
        if (type == "integer") return node.kind == Kind::integer;
        if (type == "number") return node.kind == Kind::integer || node.kind == Kind::real;
        // An editor hands dates on as texts.
        if (type == "string") return node.kind == Kind::text || node.kind == Kind::moment;
        throw std::runtime_error("no type " + type);
    }

    std::string check(const Json& schema, const TomlNode& node, const std::string& path) const {
        if (schema.kind == Json::Kind::boolean) return schema.truth ? "" : path + ": must not be there";
        if (schema.kind != Json::Kind::object) throw std::runtime_error("a schema is an object or a bool");
        for (const auto& [keyword, value] : schema.members)
            if (auto wrong = by_keyword(schema, keyword, value, node, path); !wrong.empty()) return wrong;
        return "";
    }

    std::string by_keyword(const Json& schema, const std::string& keyword, const Json& value,
                           const TomlNode& node, const std::string& path) const {
        static const std::vector<std::string> said = {"$schema", "title",       "description", "default",
                                                      "x-taplo", "definitions", "then"};
        for (const auto& each : said)
            if (keyword == each) return "";
        if (keyword == "$ref") return check(definition(value.text), node, path);
        if (keyword == "anyOf") return any(value, node, path);
        if (keyword == "allOf") return all(value, node, path);
        if (keyword == "if")
            return check(value, node, path).empty() ? check(schema.at("then"), node, path) : "";
        if (keyword == "not") return check(value, node, path).empty() ? path + ": refused" : "";
        if (keyword == "type") return has_type(value.text, node) ? "" : path + ": is no " + value.text;
        if (keyword == "const") return equal(value, node) ? "" : path + ": is not " + value.text;
        if (keyword == "enum") {
            for (const auto& each : value.items)
                if (equal(each, node)) return "";
            return path + ": is none of the choices";
        }
        if (keyword == "pattern" || keyword == "minimum" || keyword == "maximum")
            return of_scalar(keyword, value, node, path);
        if (keyword == "items" || keyword == "minItems" || keyword == "maxItems")
            return of_list(keyword, value, node, path);
        return of_table(schema, keyword, value, node, path);
    }

    std::string any(const Json& schemas, const TomlNode& node, const std::string& path) const {
        std::string first;
        for (const auto& each : schemas.items) {
            const auto wrong = check(each, node, path);
            if (wrong.empty()) return "";
            if (first.empty()) first = wrong;
        }
        return first;
    }

    std::string all(const Json& schemas, const TomlNode& node, const std::string& path) const {
        for (const auto& each : schemas.items)
            if (auto wrong = check(each, node, path); !wrong.empty()) return wrong;
        return "";
    }

    std::string of_scalar(const std::string& keyword, const Json& value, const TomlNode& node,
                          const std::string& path) const {
        if (keyword == "pattern")
            return !node.text() || std::regex_search(*node.text(), std::regex(value.text))
                       ? ""
                       : path + ": does not have the form " + value.text;
        if (node.kind != Kind::integer && node.kind != Kind::real) return "";
        const double number = node.kind == Kind::integer
                                  ? static_cast<double>(std::get<std::int64_t>(node.scalar))
                                  : std::get<double>(node.scalar);
        const bool fits = keyword == "minimum" ? number >= value.number : number <= value.number;
        return fits ? "" : path + ": out of range";
    }

    std::string of_list(const std::string& keyword, const Json& value, const TomlNode& node,
                        const std::string& path) const {
        if (node.kind != Kind::list) return "";
        const auto size = static_cast<double>(node.items.size());
        if (keyword == "minItems") return size >= value.number ? "" : path + ": too short";
        if (keyword == "maxItems") return size <= value.number ? "" : path + ": too long";
        for (const auto& item : node.items)
            if (auto wrong = check(value, item, path + "[]"); !wrong.empty()) return wrong;
        return "";
    }

    std::string of_table(const Json& schema, const std::string& keyword, const Json& value,
                         const TomlNode& node, const std::string& path) const {
        if (keyword == "properties") {
            for (const auto& [key, each] : value.members)
                if (const auto* entry = node.find(key))
                    if (auto wrong = check(each, entry->value, path + "." + key); !wrong.empty())
                        return wrong;
        } else if (keyword == "required") {
            for (const auto& each : value.items)
                if (node.kind == Kind::table && !node.find(each.text)) return path + ": needs " + each.text;
        } else if (keyword == "additionalProperties") {
            const auto* known = schema.find("properties");
            for (const auto& entry : node.entries)
                if (!known || !known->find(entry.key))
                    if (auto wrong = check(value, entry.value, path + "." + entry.key); !wrong.empty())
                        return wrong;
        } else if (keyword == "propertyNames") {
            for (const auto& entry : node.entries) {
                TomlNode name;
                name.kind = Kind::text;
                name.scalar = entry.key;
                if (auto wrong = check(value, name, path + "." + entry.key); !wrong.empty()) return wrong;
            }
        } else {
            throw std::runtime_error("the keyword " + keyword + " is not known to this check");
        }
        return "";
    }

    const Json& definition(const std::string& reference) const {
        const std::string begin = "#/definitions/";
        if (!reference.starts_with(begin)) throw std::runtime_error("no reference " + reference);
        return root_.at("definitions").at(reference.substr(begin.size()));
    }

    const Json& root_;
};

/// Every $ref of a schema leads somewhere.
inline void check_references(const Json& schema, const Json& root) {
    if (const auto* reference = schema.find("$ref"))
        root.at("definitions").at(reference->text.substr(std::string("#/definitions/").size()));
    for (const auto& [key, value] : schema.members) check_references(value, root);
    for (const auto& item : schema.items) check_references(item, root);
}

}  // namespace figurant::pipeline::test
