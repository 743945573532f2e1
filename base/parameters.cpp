#include "base/parameters.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

namespace figurant {

namespace {

constexpr std::string_view type_names[] = {"bool", "int", "float", "string", "path"};

std::string number_text(double number) {
    if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
    char buffer[64];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
    return {buffer, end};
}

std::string whole_text(double number) {
    char buffer[512];  // of any double
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::fixed).ptr;
    return {buffer, end};
}

std::string quoted_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (c == '\n')
            out += "\\n";
        else if (static_cast<unsigned char>(c) < 0x20)
            out += '?';
        else
            out += c;
    }
    return out + "\"";
}

std::string scalar_text(const Scalar& scalar) {
    struct Writer {
        std::string operator()(bool value) const { return value ? "true" : "false"; }
        std::string operator()(std::int64_t value) const { return std::to_string(value); }
        std::string operator()(double value) const {
            std::string text = number_text(value);
            // TOML tells floats from integers by their point or exponent.
            if (text.find_first_of(".einf") == std::string::npos) text += ".0";
            return text;
        }
        std::string operator()(const std::string& value) const { return quoted_text(value); }
    };
    return std::visit(Writer{}, scalar);
}

std::string found_type(const Scalar& scalar) {
    constexpr std::string_view names[] = {"a bool", "an int", "a float", "a string"};
    return std::string(names[scalar.index()]) + ", " + scalar_text(scalar);
}

[[noreturn]] void reject(const ParameterDeclaration& declaration, const std::string& found) {
    throw Error(Cause::configuration,
                "\"" + declaration.name + "\" takes " + declaration.expectation() + "; found " + found);
}

/// An empty text is no path, not even the current folder: a variable of the shell is not set. Where it is the
/// default it means that there is none.
void refuse_empty_path(const ParameterDeclaration& declaration, const std::string& word) {
    const bool allowed = declaration.fallback == ParameterValue(Scalar(std::string()));
    if (declaration.type != ParameterType::path || !word.empty() || allowed) return;
    throw Error(Cause::configuration, "needs a value (" + declaration.expectation() +
                                          (declaration.sentence.empty() ? "" : ": " + declaration.sentence) +
                                          ")");
}

Scalar checked_scalar(const ParameterDeclaration& declaration, const Scalar& scalar) {
    Scalar result = scalar;
    switch (declaration.type) {
        case ParameterType::boolean:
            if (!std::holds_alternative<bool>(scalar)) reject(declaration, found_type(scalar));
            break;
        case ParameterType::integer:
            if (!std::holds_alternative<std::int64_t>(scalar)) reject(declaration, found_type(scalar));
            break;
        case ParameterType::real:
            if (const auto* whole = std::get_if<std::int64_t>(&scalar))
                result = static_cast<double>(*whole);
            else if (!std::holds_alternative<double>(scalar))
                reject(declaration, found_type(scalar));
            if (std::isnan(std::get<double>(result))) reject(declaration, "nan");
            break;
        case ParameterType::text:
        case ParameterType::path:
            if (!std::holds_alternative<std::string>(scalar)) reject(declaration, found_type(scalar));
            break;
    }
    if (declaration.range) {
        double number = 0;
        if (const auto* whole = std::get_if<std::int64_t>(&result))
            number = static_cast<double>(*whole);
        else if (const auto* real = std::get_if<double>(&result))
            number = *real;
        if (number < declaration.range->least || number > declaration.range->most)
            reject(declaration, scalar_text(scalar));
    }
    if (!declaration.choices.empty()) {
        const auto* text = std::get_if<std::string>(&result);
        if (text && std::find(declaration.choices.begin(), declaration.choices.end(), *text) ==
                        declaration.choices.end()) {
            const auto near = nearest_name(*text, declaration.choices);
            reject(declaration,
                   scalar_text(scalar) + (near ? "; did you mean " + quoted_text(*near) + "?" : ""));
        }
    }
    return result;
}

Scalar parsed_scalar(const ParameterDeclaration& declaration, const std::string& word) {
    const char* begin = word.data();
    const char* end = begin + word.size();
    switch (declaration.type) {
        case ParameterType::boolean:
            if (word == "true" || word == "yes" || word == "1") return true;
            if (word == "false" || word == "no" || word == "0") return false;
            break;
        case ParameterType::integer: {
            std::int64_t number = 0;
            const auto [rest, failed] = std::from_chars(begin, end, number);
            if (failed == std::errc() && rest == end) return number;
            break;
        }
        case ParameterType::real: {
            double number = 0;
            const auto [rest, failed] = std::from_chars(begin, end, number);
            if (failed == std::errc() && rest == end) return number;
            break;
        }
        case ParameterType::text:
        case ParameterType::path:
            return word;
    }
    reject(declaration, quoted_text(word));
}

}  // namespace

std::string_view parameter_type_name(ParameterType type) {
    return type_names[static_cast<std::size_t>(type)];
}

std::optional<ParameterType> parameter_type_from(std::string_view name) {
    for (std::size_t i = 0; i < std::size(type_names); ++i)
        if (type_names[i] == name) return static_cast<ParameterType>(i);
    return std::nullopt;
}

std::string to_text(const ParameterValue& value) {
    if (!value.many) return value.items.empty() ? "\"\"" : scalar_text(value.items.front());
    std::string text = "[";
    for (std::size_t i = 0; i < value.items.size(); ++i)
        text += (i ? ", " : "") + scalar_text(value.items[i]);
    return text + "]";
}

ParameterValue ParameterDeclaration::checked(const ParameterValue& value) const {
    if (value.many && !many) reject(*this, "a list, " + to_text(value));
    ParameterValue result;
    result.many = many;
    for (const auto& scalar : value.items) result.items.push_back(checked_scalar(*this, scalar));
    return result;
}

ParameterValue ParameterDeclaration::parsed(const std::vector<std::string>& words) const {
    if (!many && words.size() != 1)
        reject(*this, words.empty() ? "nothing" : std::to_string(words.size()) + " values");
    ParameterValue result;
    result.many = many;
    for (const auto& word : words) {
        refuse_empty_path(*this, word);
        result.items.push_back(parsed_scalar(*this, word));
    }
    return checked(result);
}

std::vector<Scalar> ParameterDeclaration::values_to_try(const ParameterValue& usual) const {
    if (!tuning || many || usual.items.size() != 1) return {};
    std::vector<Scalar> candidates = tuning->values;
    candidates.push_back(usual.items.front());
    for (const double multiple : tuning->multiples) {
        if (const auto* whole = std::get_if<std::int64_t>(&usual.items.front()))
            candidates.emplace_back(std::int64_t{std::llround(static_cast<double>(*whole) * multiple)});
        else if (const auto* real = std::get_if<double>(&usual.items.front()))
            candidates.emplace_back(*real * multiple);
    }
    std::vector<Scalar> values;
    for (const auto& candidate : candidates) {
        try {
            values.push_back(checked_scalar(*this, candidate));
        } catch (const Error&) {
            // Out of range: a multiple of a value near the end of it.
        }
    }
    if (type == ParameterType::integer || type == ParameterType::real)
        std::sort(values.begin(), values.end());
    std::vector<Scalar> once;
    for (auto& value : values)
        if (std::find(once.begin(), once.end(), value) == once.end()) once.push_back(std::move(value));
    return once;
}

std::string ParameterDeclaration::expectation() const {
    std::string text;
    if (!choices.empty()) {
        text = "one of ";
        for (std::size_t i = 0; i < choices.size(); ++i) text += (i ? ", " : "") + quoted_text(choices[i]);
        return many ? "a list of " + text : text;
    }
    text = std::string(parameter_type_name(type));
    if (range) {
        // 1000000, where the shortest text is 1e+06.
        const auto end_text = type == ParameterType::integer ? whole_text : number_text;
        if (std::isinf(range->most))
            text += ", at least " + end_text(range->least);
        else
            text += ", " + end_text(range->least) + " to " + end_text(range->most);
    }
    return many ? "a list of " + text : text;
}

namespace {

/// Letters to put in, take out, replace, or swap with their neighbour (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        before = std::exchange(last, row);
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            row[j + 1] = std::min({last[j] + (a[i] == b[j] ? 0 : 1), row[j] + 1, last[j + 1] + 1});
            if (i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j])
                row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
        }
    }
    return row.back();
}

}  // namespace

std::optional<std::string> nearest_name(std::string_view name, const std::vector<std::string>& names) {
    std::optional<std::string> best;
    // A third of the letters may differ; beyond that a suggestion misleads more than it helps.
    std::size_t least = std::max<std::size_t>(1, name.size() / 3) + 1;
    for (const auto& candidate : names) {
        const std::size_t distance = edit_distance(name, candidate);
        // Something has to be left of the name: "b" is not "a" mistyped.
        if (distance >= least || distance >= std::max(name.size(), candidate.size())) continue;
        least = distance;
        best = candidate;
    }
    return best;
}

}  // namespace figurant
