#pragma once
// Digests of files and folders.

#include <filesystem>
#include <string>

namespace figurant {

/// Of a file's size and its whole content, which is read piece by piece: a model that was trained anew may
/// differ in its middle alone. A file that cannot be read is as an empty one.
std::string file_digest(const std::filesystem::path& file);

/// Of the names, sizes and times of change of the files below a folder, at any depth, but those below
/// `without` and behind links to folders: content is not read, as there may be much of it. From the first
/// thing that cannot be listed on it is left out.
std::string folder_digest(const std::filesystem::path& folder, const std::filesystem::path& without = {});

}  // namespace figurant
