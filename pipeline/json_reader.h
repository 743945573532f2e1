#pragma once
// JSON, read: what json_text writes, and any other JSON. The framework has no JSON library. Internal to the
// framework.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/parameters.h"

namespace figurant::pipeline {

struct JsonValue {
    enum class Kind { null, boolean, number, text, list, object };
    Kind kind = Kind::null;
    std::string text;  ///< of a text; of a number and a boolean as they are written
    std::vector<JsonValue> items;
    struct Member;                // no pair: clang with libstdc++ does not take one of an incomplete type
    std::vector<Member> members;  ///< of an object, in the order of the text

    /// The member, or a null that stands for a missing one.
    const JsonValue& operator[](std::string_view name) const;
};

struct JsonValue::Member {
    std::string name;
    JsonValue value;
};

/// The one value that `text` holds; nothing where it is no JSON, or nests deeper than 64.
std::optional<JsonValue> parse_json(std::string_view text);

/// A scalar, or a list of scalars, as a parameter's value: 3 is an int, 3.0 and 1e3 are floats. Nothing for
/// all else.
std::optional<ParameterValue> parameter_value(const JsonValue& value);

}  // namespace figurant::pipeline
