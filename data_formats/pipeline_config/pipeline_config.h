#pragma once
// The Object Detection API's pipeline.config as a configuration of this program. See pipeline_config.md.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace figurant::data_formats {

struct ImportedConfig {
    std::string toml;                   ///< tables [network] and [training], every key that the text decides
    std::vector<std::string> left_out;  ///< what has its place elsewhere, a sentence each
};

/// From the text; `name` stands for the file in messages. All problems at once, one a line, each as
/// "name:line:column: error: …": the first error of the syntax, unknown fields, and whatever cannot be
/// expressed: Error(Cause::configuration).
ImportedConfig parse_pipeline_config(std::string_view text, const std::string& name);

/// From a file of at most a megabyte.
ImportedConfig read_pipeline_config(const std::filesystem::path& path);

}  // namespace figurant::data_formats
