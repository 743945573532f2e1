#pragma once
// Digests of files and folders.

#include <filesystem>
#include <string>

namespace figurant {

/// Of a file's size and its whole content, which is read piece by piece: a model that was trained anew may
/// differ in its middle alone. A file that cannot be read is as an empty one.
std::string file_digest(const std::filesystem::path& file);

/// Of the names, sizes and times of change of all files below a folder, at any depth: content is not read, as
/// there may be much of it. What cannot be listed is left out.
std::string folder_digest(const std::filesystem::path& folder);

}  // namespace figurant
