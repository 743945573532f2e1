#include "pipeline/json_reader.h"

#include <charconv>
#include <cstdint>

namespace figurant::pipeline {

namespace {

constexpr int deepest = 64;

class JsonParser {
  public:
    explicit JsonParser(std::string_view text) : text_(text) {}

    bool parse_whole(JsonValue& value) {
        if (!parse(value, 0)) return false;
        skip_spaces();
        return at_ == text_.size();
    }

  private:
    bool parse(JsonValue& value, int depth) {
        skip_spaces();
        if (depth > deepest || at_ == text_.size()) return false;
        switch (text_[at_]) {
            case '{':
                return parse_object(value, depth);
            case '[':
                return parse_list(value, depth);
            case '"':
                value.kind = JsonValue::Kind::text;
                return parse_text(value.text);
            case 't':
                return parse_word("true", JsonValue::Kind::boolean, value);
            case 'f':
                return parse_word("false", JsonValue::Kind::boolean, value);
            case 'n':
                return parse_word("null", JsonValue::Kind::null, value);
            default:
                return parse_number(value);
        }
    }

    void skip_spaces() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
            ++at_;
    }

    /// Past `wanted`, if it is next.
    bool take(char wanted) {
        skip_spaces();
        if (at_ == text_.size() || text_[at_] != wanted) return false;
        ++at_;
        return true;
    }

    bool parse_word(std::string_view word, JsonValue::Kind kind, JsonValue& value) {
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        value.kind = kind;
        value.text = word;
        return true;
    }

    bool parse_number(JsonValue& value) {
        const auto rest = text_.substr(at_);
        double number = 0;
        const auto [end, failed] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
        const bool begins = rest[0] == '-' || (rest[0] >= '0' && rest[0] <= '9');  // not "inf"
        if (!begins || end == rest.data() || failed == std::errc::invalid_argument) return false;
        value.kind = JsonValue::Kind::number;
        value.text = std::string(rest.data(), end);
        at_ += value.text.size();
        return value.text.find_first_not_of("+-.0123456789eE") == std::string::npos;
    }

    bool parse_object(JsonValue& value, int depth) {
        value.kind = JsonValue::Kind::object;
        ++at_;
        if (take('}')) return true;
        do {
            auto& [name, member] = value.members.emplace_back();
            skip_spaces();
            if (at_ == text_.size() || text_[at_] != '"' || !parse_text(name)) return false;
            if (!take(':') || !parse(member, depth + 1)) return false;
        } while (take(','));
        return take('}');
    }

    bool parse_list(JsonValue& value, int depth) {
        value.kind = JsonValue::Kind::list;
        ++at_;
        if (take(']')) return true;
        do
            if (!parse(value.items.emplace_back(), depth + 1)) return false;
        while (take(','));
        return take(']');
    }

    bool parse_text(std::string& into) {
        ++at_;
        while (at_ < text_.size() && text_[at_] != '"') {
            const char c = text_[at_];
            if (static_cast<unsigned char>(c) < 0x20) return false;
            if (c == '\\') {
                if (!parse_escape(into)) return false;
            } else {
                into += c;
                ++at_;
            }
        }
        if (at_ == text_.size()) return false;
        ++at_;
        return true;
    }

    bool parse_escape(std::string& into) {
        if (++at_ == text_.size()) return false;
        const char c = text_[at_++];
        constexpr std::string_view letters = "\"\\/bfnrt", meant = "\"\\/\b\f\n\r\t";
        if (const auto which = letters.find(c); which != std::string_view::npos) {
            into += meant[which];
            return true;
        }
        if (c != 'u') return false;
        std::uint32_t code = 0;
        if (!parse_unit(code)) return false;
        std::uint32_t low = 0;
        if (code >= 0xd800 && code < 0xdc00 && text_.substr(at_).starts_with("\\u")) {
            at_ += 2;
            if (!parse_unit(low) || low < 0xdc00 || low >= 0xe000) return false;
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
        append_utf8(into, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
        return true;
    }

    bool parse_unit(std::uint32_t& code) {
        const auto digits = text_.substr(at_, 4);
        const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
        at_ += digits.size();
        return failed == std::errc() && digits.size() == 4 && end == digits.data() + 4;
    }

    static void append_utf8(std::string& into, std::uint32_t code) {
        const auto tail = [&](int shift) { into += static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
        if (code < 0x80) {
            into += static_cast<char>(code);
        } else if (code < 0x800) {
            into += static_cast<char>(0xc0 | (code >> 6));
            tail(0);
        } else if (code < 0x10000) {
            into += static_cast<char>(0xe0 | (code >> 12));
            tail(6), tail(0);
        } else {
            into += static_cast<char>(0xf0 | (code >> 18));
            tail(12), tail(6), tail(0);
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

std::optional<Scalar> scalar(const JsonValue& value) {
    if (value.kind == JsonValue::Kind::text) return Scalar(value.text);
    if (value.kind == JsonValue::Kind::boolean) return Scalar(value.text == "true");
    if (value.kind != JsonValue::Kind::number) return std::nullopt;
    const char* const end = value.text.data() + value.text.size();
    if (value.text.find_first_of(".eE") == std::string::npos) {
        std::int64_t integer = 0;
        if (std::from_chars(value.text.data(), end, integer).ec == std::errc()) return Scalar(integer);
    }
    double real = 0;
    std::from_chars(value.text.data(), end, real);
    return Scalar(real);
}

}  // namespace

const JsonValue& JsonValue::operator[](std::string_view name) const {
    static const JsonValue missing;
    for (const auto& [each, value] : members)
        if (each == name) return value;
    return missing;
}

std::optional<JsonValue> parse_json(std::string_view text) {
    JsonValue value;
    if (!JsonParser(text).parse_whole(value)) return std::nullopt;
    return value;
}

std::optional<ParameterValue> parameter_value(const JsonValue& value) {
    if (value.kind != JsonValue::Kind::list) {
        const auto only = scalar(value);
        return only ? std::optional(ParameterValue(*only)) : std::nullopt;
    }
    std::vector<Scalar> list;
    for (const auto& item : value.items) {
        const auto each = scalar(item);
        if (!each) return std::nullopt;
        list.push_back(*each);
    }
    return ParameterValue(std::move(list));
}

}  // namespace figurant::pipeline
