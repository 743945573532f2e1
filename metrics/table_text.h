#pragma once
// Cells of the tables that measurements print.

#include <array>
#include <cstdio>
#include <string>

namespace figurant::metrics {

/// As std::snprintf writes, up to 127 bytes.
template <class... Arguments>
std::string formatted(const char* format, Arguments... arguments) {
    std::array<char, 128> text{};
    std::snprintf(text.data(), text.size(), format, arguments...);
    return text.data();
}

}  // namespace figurant::metrics
