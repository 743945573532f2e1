#pragma once
// Does a JPEG 2000 file hold all that its own lengths promise? OpenJPEG seeks where a length points and, as
// Debian builds it, ends the whole process when that lies past the end of the file: so the lengths are
// checked first.

#include <filesystem>
#include <string>

namespace figurant::data_formats {

/// What is wrong with the lengths of boxes, marker segments and tile parts (ISO/IEC 15444-1, annexes A and
/// I); empty when all lie inside the file, and for files of other kinds. Reads the headers only.
std::string jpeg2000_damage(const std::filesystem::path& path);

}  // namespace figurant::data_formats
