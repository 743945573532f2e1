#pragma once
// What can be told of a map file before GDAL opens it.

#include <cstdint>
#include <filesystem>
#include <string>

namespace figurant::data_formats {

/// Error(Cause::input) naming the file: missing, no file, empty, or a JPEG 2000 file whose lengths lead
/// outside.
void check_file(const std::filesystem::path& path);

/// Error(Cause::input) when the extension is one of another kind than the GDAL driver that knows the content.
/// A picture under the name of another kind is a mistake made somewhere before, and other programs would trip
/// over it.
void check_name(const std::filesystem::path& path, const std::string& driver);

/// How many bytes libjpeg must hold to decode a progressive JPEG: all its coefficients. 0 for other files.
std::uint64_t progressive_jpeg_bytes(const std::filesystem::path& path);

}  // namespace figurant::data_formats
