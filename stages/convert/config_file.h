#pragma once
// A configuration on its way to a file.

#include <string>

#include "pipeline/payload.h"

namespace figurant::stages {

struct ConfigFile {
    std::string name;  ///< of the file it came from, without its extension
    std::string toml;
};

}  // namespace figurant::stages

namespace figurant::pipeline {

template <>
struct PayloadTraits<stages::ConfigFile> {
    static constexpr std::string_view name = "config_file";
    static std::size_t bytes(const stages::ConfigFile& file) {
        return sizeof(file) + file.name.size() + file.toml.size();
    }
};

}  // namespace figurant::pipeline
