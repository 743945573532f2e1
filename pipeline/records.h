#pragma once
// What bodies told of an input beside their results: counts, warnings, texts for standard output. Internal to
// the framework.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "pipeline/json_reader.h"
#include "pipeline/payload.h"

namespace figurant::pipeline {

struct Records {
    struct Print {
        std::uint32_t stage;
        Lineage lineage;
        std::string text;
    };
    std::map<std::string, std::int64_t, std::less<>> counts;
    std::set<std::string> warnings;
    std::vector<Print> prints;
    bool empty() const { return counts.empty() && warnings.empty() && prints.empty(); }
    void add(Records&& other);
};

/// As members of a JSON object, each with a comma before it; nothing for what is empty:
///     , "counts": {"figures": 3}, "warnings": ["…"], "printed": [{"stage": 4, "lineage": [0, 2], "text":
///     "…"}]
/// so that a resumed run can tell of the whole folder.
std::string json_members(const Records& records);

/// Of an object that has those members. What is not as `json_members` writes it is left out.
Records records_of(const JsonValue& json);

}  // namespace figurant::pipeline
