#pragma once
// JSON, written by hand: the framework has no JSON library. Internal to the framework.

#include <string>
#include <string_view>

#include "base/parameters.h"

namespace figurant::pipeline {

/// With its quotes; control characters escaped, bytes that are no UTF-8 replaced.
std::string json_string(std::string_view text);
/// The shortest text that gives the same number; null for what is not finite.
std::string json_number(double number);
std::string json_value(const ParameterValue& value);
std::string json_object(const ParameterValues& values);

}  // namespace figurant::pipeline
