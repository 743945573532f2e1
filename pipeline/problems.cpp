#include "pipeline/problems.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace figurant::pipeline {

namespace {

std::string all_lines(const std::vector<Problem>& problems) {
    std::string text;
    for (const auto& problem : problems) text += (text.empty() ? "" : "\n") + problem.text();
    return text;
}

}  // namespace

GraphError::GraphError(std::vector<Problem> problems)
    : Error(Cause::configuration, all_lines(problems)), problems_(std::move(problems)) {}

void Problems::add(const Place& place, std::string message) {
    entries_.push_back({place, std::move(message)});
}

void Problems::throw_if_any() const {
    if (entries_.empty()) return;
    std::map<std::string, std::size_t> files;
    for (const auto& entry : entries_)
        if (entry.place.line != 0) files.emplace(*entry.place.origin, files.size());
    const auto rank = [&](const Entry& entry) {
        const bool argument = entry.place.line == 0;
        return std::tuple(argument, argument ? 0 : files.at(*entry.place.origin), entry.place.line,
                          entry.place.column);
    };
    auto sorted = entries_;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [&](const Entry& a, const Entry& b) { return rank(a) < rank(b); });
    std::vector<Problem> problems;
    for (const auto& entry : sorted) {
        Problem problem{entry.place.text(), entry.message};
        const bool known = std::any_of(problems.begin(), problems.end(), [&](const Problem& other) {
            return other.place == problem.place && other.message == problem.message;
        });
        if (!known) problems.push_back(std::move(problem));
    }
    throw GraphError(std::move(problems));
}

std::string in_quotes(std::string_view name) { return "\"" + std::string(name) + "\""; }

std::string list_in_quotes(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i)
        text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + in_quotes(names[i]);
    return text;
}

std::string with_article(std::string_view noun) {
    const bool vowel =
        !noun.empty() && std::string_view("aeiou").find(noun.front()) != std::string_view::npos;
    return (vowel ? "an " : "a ") + std::string(noun);
}

std::string suggestion(std::string_view name, const std::vector<std::string>& names) {
    if (const auto near = nearest_name(name, names)) return "; did you mean " + in_quotes(*near) + "?";
    constexpr std::size_t few = 8;
    if (names.empty() || names.size() > few) return {};
    return (names.size() == 1 ? "; there is only " : "; there are ") + list_in_quotes(names);
}

}  // namespace figurant::pipeline
