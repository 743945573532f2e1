#pragma once
// toml++, to be included by this header only. Its parser asserts what some malformed files break (a stray
// byte where a key should be), and a user's file must not end the program: assertions become parse errors.

#ifdef TOML_VERSION
#error "toml++ is included through base/toml_parser.h only"
#endif

namespace figurant::detail {
/// The message of such an error; its place is not known.
inline constexpr const char* toml_assertion_text = "a character that cannot stand here";
[[noreturn]] void toml_assertion_failed();
}  // namespace figurant::detail

// Without NDEBUG toml++ checks; with it, it assumes.
#ifdef NDEBUG
#undef NDEBUG
#endif
#define TOML_ASSERT(expression) \
    ((expression) ? static_cast<void>(0) : ::figurant::detail::toml_assertion_failed())

#include <toml++/toml.h>

inline void figurant::detail::toml_assertion_failed() {
    throw toml::parse_error(toml_assertion_text, toml::source_position{1, 1});
}
