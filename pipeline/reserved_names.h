#pragma once
// Names with a meaning of their own: in the table of a stage, and on the command line of a run.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/parameters.h"

namespace figurant::pipeline {

/// The options of every run, whatever its graph; no graph may have parameters of these names.
struct RunArguments {
    std::string memory;
    std::int64_t threads = 0;
    std::string device = "cpu";
    std::string progress = "auto";
    std::filesystem::path report, trace, status;
    bool resume = false;
    std::filesystem::path only_failed;
    std::vector<std::string> set;
    static const ParameterList<RunArguments>& parameters();
};

/// `type`, `from`, `file`, `group`, `execution`.
const std::vector<std::string>& reserved_in_stages();
bool is_reserved_in_stages(std::string_view name);

/// The run's options and `help`; dashes count as underscores.
bool is_reserved_on_command_line(std::string_view name);

}  // namespace figurant::pipeline
