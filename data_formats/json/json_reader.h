#pragma once
// Reading JSON once from front to back with simdjson, so that every error names its place in the document.

#include <simdjson.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace figurant::data_formats {

/// Where in the document a value stands: a chain on the stack, spelt out only for an error.
struct JsonPlace {
    const JsonPlace* parent = nullptr;
    std::string_view key{};   ///< in an object
    std::int64_t index = -1;  ///< in an array

    std::string text() const {
        const std::string before = parent ? parent->text() : "";
        if (index >= 0) return before + "[" + std::to_string(index) + "]";
        return before.empty() || key.empty() ? before + std::string(key) : before + "." + std::string(key);
    }
};

/// What is wrong, and where. The file's reader turns it into an Error with the file's name.
struct JsonProblem : std::runtime_error {
    JsonProblem(const JsonPlace& place, const std::string& why)
        : std::runtime_error((place.text().empty() ? "" : place.text() + ": ") + why) {}
};

namespace json {

using Value = simdjson::ondemand::value;

inline void expect(simdjson::error_code code, const JsonPlace& place, const char* what) {
    if (code == simdjson::INCORRECT_TYPE || code == simdjson::NUMBER_OUT_OF_RANGE)
        throw JsonProblem(place, std::string("must be ") + what);
    if (code != simdjson::SUCCESS)
        throw JsonProblem(place, std::string("the JSON is damaged: ") + simdjson::error_message(code));
}

/// body(key, value, place) for each field. `from`: a value or a document.
template <class From, class Body>
void each_field(From&& from, const JsonPlace& place, Body body) {
    simdjson::ondemand::object object;
    expect(from.get_object().get(object), place, "an object");
    for (auto each : object) {
        simdjson::ondemand::field field;
        expect(std::move(each).get(field), place, "an object");
        std::string_view key;
        expect(field.unescaped_key().get(key), place, "an object");
        body(key, field.value(), JsonPlace{&place, key});
    }
}

template <class From, class Body>
void each_element(From&& from, const JsonPlace& place, Body body) {
    simdjson::ondemand::array array;
    expect(from.get_array().get(array), place, "a list");
    std::int64_t index = 0;
    for (auto each : array) {
        const JsonPlace inside{&place, {}, index++};
        Value value;
        expect(std::move(each).get(value), inside, "a value");
        body(value, inside);
    }
}

inline double number(Value& value, const JsonPlace& place) {
    double result = 0;
    expect(value.get_double().get(result), place, "a number");
    return result;
}

/// A whole number; also when written as 3.0.
inline std::int64_t integer(Value& value, const JsonPlace& place) {
    std::int64_t result = 0;
    if (value.get_int64().get(result) == simdjson::SUCCESS) return result;
    const double real = number(value, place);
    if (!(std::abs(real) < 9e15) || real != std::floor(real))
        throw JsonProblem(place, "must be a whole number");
    return static_cast<std::int64_t>(real);
}

inline std::string_view text(Value& value, const JsonPlace& place) {
    std::string_view result;
    expect(value.get_string().get(result), place, "a text");
    return result;
}

/// true, false, or a number that is or is not 0.
inline bool flag(Value& value, const JsonPlace& place) {
    bool result = false;
    if (value.get_bool().get(result) == simdjson::SUCCESS) return result;
    return number(value, place) != 0;
}

inline bool is(Value& value, simdjson::ondemand::json_type type, const JsonPlace& place) {
    simdjson::ondemand::json_type found{};
    expect(value.type().get(found), place, "a value");
    return found == type;
}

template <std::size_t N>
std::array<double, N> numbers(Value& value, const JsonPlace& place) {
    std::array<double, N> result{};
    std::size_t count = 0;
    each_element(value, place, [&](Value& each, const JsonPlace& inside) {
        if (count < N) result[count] = number(each, inside);
        ++count;
    });
    if (count != N)
        throw JsonProblem(
            place, "must be " + std::to_string(N) + " numbers, but there are " + std::to_string(count));
    return result;
}

inline void check_end(simdjson::ondemand::document& document) {
    // Only past the last token is there no place to be at.
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
        throw JsonProblem(JsonPlace{}, "the JSON goes on after its end");
}

}  // namespace json

/// The text where simdjson can read it: with room behind.
class JsonText {
  public:
    explicit JsonText(std::string text) : text_(std::move(text)) {
        text_.reserve(text_.size() + simdjson::SIMDJSON_PADDING);
    }
    simdjson::ondemand::document open() {
        const JsonPlace top;
        if (text_.empty()) throw JsonProblem(top, "is empty");
        simdjson::ondemand::document document;
        json::expect(parser_.iterate(text_.data(), text_.size(), text_.capacity()).get(document), top,
                     "JSON");
        return document;
    }

  private:
    std::string text_;
    simdjson::ondemand::parser parser_;
};

}  // namespace figurant::data_formats
