#pragma once
// What is wrong with a text that is no TOML, for those who wrote it.

#include <string>
#include <string_view>

namespace figurant {

/// `description` as toml++ gives it, said as what it is about; with a hint for slips that are often made.
std::string toml_syntax_message(std::string_view description);

}  // namespace figurant
