#pragma once
// Under a sanitizer, which makes them many times slower, tests that take long are done at a part of their
// size.

#include <string_view>

#include "base/sanitizer.h"

namespace figurant::pipeline::test {

inline constexpr bool sanitized = std::string_view(FIGURANT_SANITIZER) != "none";

/// A number of repetitions or items: a tenth of it under a sanitizer.
template <class Number>
constexpr Number scaled(Number number) {
    return sanitized ? number / 10 : number;
}

}  // namespace figurant::pipeline::test
