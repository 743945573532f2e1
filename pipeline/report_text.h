#pragma once
// Numbers, names and messages as people read them.

#include <cstdint>
#include <string>
#include <string_view>

namespace figurant::pipeline {

/// "1.5 GiB" would not go back into --memory: "1536MB" does. Rounded up to the next unit of a thousandth.
std::string bytes_text(std::int64_t bytes);

/// "3 figures", "1 figure": of one thing the final s is dropped. (Not behind a colon, where a clause stands.)
std::string counted(std::int64_t amount, std::string_view what);

/// `text` for a terminal, whatever files are called: control characters as \n, \x1b; all else stays, UTF-8
/// too.
std::string in_one_line(std::string_view text);
/// The same for a message, whose own lines stay lines.
std::string in_lines(std::string_view text);

}  // namespace figurant::pipeline
