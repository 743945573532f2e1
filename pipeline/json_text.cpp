#include "pipeline/json_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace figurant::pipeline {

namespace {

/// Bytes of the well-formed UTF-8 character at the start of `text`; 0 where there is none.
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0) != 0x80) return 0;
    const unsigned char second = byte(1);
    const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    const bool surrogate = first == 0xed && second >= 0xa0;
    const bool beyond = first == 0xf4 && second >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

std::string escaped(unsigned char control) {
    constexpr std::string_view digits = "0123456789abcdef";
    return std::string("\\u00") + digits[control >> 4] + digits[control & 15];
}

}  // namespace

std::string json_string(std::string_view text) {
    std::string json = "\"";
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = utf8_length(text.substr(at));
        const auto first = static_cast<unsigned char>(text[at]);
        if (length == 0)
            json += "\\ufffd";
        else if (first == '"' || first == '\\')
            json += std::string("\\") + text[at];
        else if (first == '\n')
            json += "\\n";
        else if (first < 0x20 || first == 0x7f)
            json += escaped(first);
        else
            json += text.substr(at, length);
        at += length == 0 ? 1 : length;
    }
    return json + '"';
}

std::string json_number(double number) {
    if (!std::isfinite(number)) return "null";
    std::array<char, 64> digits{};
    const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    return std::string(digits.data(), result.ptr);
}

namespace {

std::string json_scalar(const Scalar& scalar) {
    if (const auto* truth = std::get_if<bool>(&scalar)) return *truth ? "true" : "false";
    if (const auto* integer = std::get_if<std::int64_t>(&scalar)) return std::to_string(*integer);
    if (const auto* real = std::get_if<double>(&scalar)) return json_number(*real);
    return json_string(std::get<std::string>(scalar));
}

}  // namespace

std::string json_value(const ParameterValue& value) {
    if (!value.many) return value.items.empty() ? "null" : json_scalar(value.items.front());
    std::string json = "[";
    for (const auto& item : value.items) json += (json.size() > 1 ? ", " : "") + json_scalar(item);
    return json + "]";
}

std::string json_object(const ParameterValues& values) {
    std::string json = "{";
    for (const auto& [name, value] : values)
        json += (json.size() > 1 ? ", " : "") + json_string(name) + ": " + json_value(value);
    return json + "}";
}

}  // namespace figurant::pipeline
