#pragma once
// The numbers of a small JSON file by their dotted names: metrics.json as {"bbox.AP": 0.5, …}.

#include <filesystem>
#include <map>
#include <string>

namespace figurant::data_formats {

/// Numbers in nested objects; all else is passed over. Error(Cause::input) naming the file when it is
/// missing, larger than 16 MB, no JSON object, or nested deeper than 16.
std::map<std::string, double> read_json_numbers(const std::filesystem::path& path);

}  // namespace figurant::data_formats
