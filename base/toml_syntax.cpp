#include "base/toml_syntax.h"

namespace figurant {

namespace {

struct Hint {
    std::string_view about, piece, hint;
};

constexpr Hint hints[] = {
    {"string", "unescaped control characters", "is a closing quote missing?"},
    {"string", "unknown escape sequence",
     "in \"…\" a backslash is written twice; in '…' it stands for itself"},
    {"value", "could not determine value type",
     "texts stand in quotes, fractions have a digit before the point"},
    {"boolean", "", "it is true or false, in small letters"},
    {"key-value pair", "saw ':'", "write key = value"},
    {"key-value pair", "saw ','", "fractions have a point, lists stand in [ ]"},
    {"", "cannot redefine existing", "each name is given once"},
    {"root table", "saw '/'", "comments begin with #"},
    {"", "invalid utf-8", "graphs and configurations are text in UTF-8"},
};

}  // namespace

std::string toml_syntax_message(std::string_view description) {
    // "Error while parsing WHAT: WHY", mostly.
    constexpr std::string_view opening = "Error while parsing ";
    std::string_view about, why = description;
    const auto colon = description.find(": ");
    if (description.starts_with(opening) && colon != std::string_view::npos) {
        about = description.substr(opening.size(), colon - opening.size());
        why = description.substr(colon + 2);
    }
    std::string message = "not valid TOML";
    if (!about.empty()) message += " (" + std::string(about) + ")";
    message += ": " + std::string(why);
    for (const auto& each : hints)
        if ((each.about.empty() || each.about == about) && why.find(each.piece) != std::string_view::npos)
            return message + "; " + std::string(each.hint);
    return message;
}

}  // namespace figurant
