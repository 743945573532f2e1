#include "pipeline/version_lines.h"

#include <tbb/version.h>
#include <toml++/impl/version.h>

#include <algorithm>

namespace figurant::pipeline {

VersionLines& VersionLines::global() {
    static VersionLines lines;
    return lines;
}

void VersionLines::add(std::function<std::string()> line, bool decides) {
    lines_.push_back({std::move(line), decides});
}

std::vector<std::string> VersionLines::all() const {
    std::vector<std::string> texts;
    for (const auto& line : lines_) texts.push_back(line.make());
    std::sort(texts.begin(), texts.end());
    return texts;
}

std::vector<std::string> VersionLines::deciding() const {
    std::vector<std::string> texts;
    for (const auto& line : lines_)
        if (line.decides) texts.push_back(line.make());
    std::sort(texts.begin(), texts.end());
    return texts;
}

namespace {

const VersionLine onetbb([] { return std::string("oneTBB ") + TBB_runtime_version(); });
const VersionLine tomlplusplus([] {
    return "toml++ " + std::to_string(TOML_LIB_MAJOR) + "." + std::to_string(TOML_LIB_MINOR) + "." +
           std::to_string(TOML_LIB_PATCH);
});

}  // namespace

}  // namespace figurant::pipeline
