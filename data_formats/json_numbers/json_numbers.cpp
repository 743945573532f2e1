#include "data_formats/json_numbers/json_numbers.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file_writer.h"

namespace figurant::data_formats {

namespace {

constexpr int deepest = 16;

void collect(const nlohmann::json& object, const std::string& prefix, int depth,
             const std::filesystem::path& path, std::map<std::string, double>& numbers) {
    if (depth > deepest)
        throw Error(Cause::input, path.string() + ": is nested too deep for a file of numbers");
    for (const auto& [key, value] : object.items()) {
        if (value.is_object()) collect(value, prefix + key + ".", depth + 1, path, numbers);
        if (value.is_number()) numbers[prefix + key] = value.get<double>();
    }
}

}  // namespace

std::map<std::string, double> read_json_numbers(const std::filesystem::path& path) {
    // The parser recurses: what could exhaust the stack is refused by counting brackets first.
    const std::string text = read_file(path, std::size_t{16} << 20);
    int depth = 0;
    for (const char c : text) {
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        if (depth > 1000)
            throw Error(Cause::input, path.string() + ": is nested too deep for a file of numbers");
    }
    const auto document = nlohmann::json::parse(text, nullptr, false);
    if (!document.is_object()) throw Error(Cause::input, path.string() + ": is no JSON object");
    std::map<std::string, double> numbers;
    collect(document, "", 1, path, numbers);
    return numbers;
}

}  // namespace figurant::data_formats
