#pragma once
// Numbers as people read them. Internal to the framework.

#include <cstdint>
#include <string>

namespace figurant::pipeline {

/// "1.5 GiB" would not go back into --memory: "1536MB" does. Rounded up to the next unit of a thousandth.
std::string bytes_text(std::int64_t bytes);

}  // namespace figurant::pipeline
