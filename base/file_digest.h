#pragma once
// Digests of whole files.

#include <filesystem>
#include <string>

namespace figurant {

/// Of a file's size and its whole content, which is read piece by piece: a model that was trained anew may
/// differ in its middle alone. A file that cannot be read is as an empty one.
std::string file_digest(const std::filesystem::path& file);

}  // namespace figurant
