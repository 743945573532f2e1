#include "pipeline/records.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <tuple>

#include "pipeline/json_text.h"

namespace figurant::pipeline {

namespace {

template <class Number>
std::optional<Number> number_of(const JsonValue& value) {
    Number number = 0;
    const char* const end = value.text.data() + value.text.size();
    const auto read = std::from_chars(value.text.data(), end, number);
    const bool whole = value.kind == JsonValue::Kind::number && read.ec == std::errc() && read.ptr == end;
    return whole ? std::optional(number) : std::nullopt;
}

std::string json_of(const Lineage& lineage) {
    std::string json = "[" + std::to_string(lineage.root());
    for (std::size_t i = 0; i < lineage.depth(); ++i) json += ", " + std::to_string(lineage.ordinal(i));
    return json + "]";
}

std::optional<Lineage> lineage_of(const JsonValue& json) {
    if (json.items.empty() || json.items.size() > 1 + Lineage::most_depth) return std::nullopt;
    std::optional<Lineage> lineage;
    for (const auto& item : json.items) {
        const auto ordinal = number_of<std::uint32_t>(item);
        if (!ordinal) return std::nullopt;
        lineage = lineage ? lineage->child(*ordinal) : Lineage(*ordinal);
    }
    return lineage;
}

}  // namespace

void Records::add(Records&& other) {
    for (const auto& [what, amount] : other.counts) counts[what] += amount;
    warnings.merge(other.warnings);
    for (auto& print : other.prints) prints.push_back(std::move(print));
}

std::string json_members(const Records& records) {
    std::string counts, warnings, prints;
    for (const auto& [what, amount] : records.counts)
        counts += (counts.empty() ? "" : ", ") + json_string(what) + ": " + std::to_string(amount);
    for (const auto& text : records.warnings) warnings += (warnings.empty() ? "" : ", ") + json_string(text);
    // Of one input they come in any order; the books are to be the same whatever the threads did.
    auto sorted = records.prints;
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
        return std::tie(a.stage, a.lineage) < std::tie(b.stage, b.lineage);
    });
    for (const auto& [stage, lineage, text] : sorted)
        prints += (prints.empty() ? "" : ", ") + ("{\"stage\": " + std::to_string(stage)) +
                  ", \"lineage\": " + json_of(lineage) + ", \"text\": " + json_string(text) + "}";
    std::string json;
    if (!counts.empty()) json += ", \"counts\": {" + counts + "}";
    if (!warnings.empty()) json += ", \"warnings\": [" + warnings + "]";
    if (!prints.empty()) json += ", \"printed\": [" + prints + "]";
    return json;
}

Records records_of(const JsonValue& json) {
    Records records;
    for (const auto& [what, amount] : json["counts"].members)
        if (const auto number = number_of<std::int64_t>(amount)) records.counts[what] += *number;
    for (const auto& text : json["warnings"].items)
        if (text.kind == JsonValue::Kind::text) records.warnings.insert(text.text);
    for (const auto& print : json["printed"].items) {
        const auto stage = number_of<std::uint32_t>(print["stage"]);
        const auto lineage = lineage_of(print["lineage"]);
        if (stage && lineage) records.prints.push_back({*stage, *lineage, print["text"].text});
    }
    return records;
}

}  // namespace figurant::pipeline
