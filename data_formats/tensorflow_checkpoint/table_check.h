#pragma once
// What must hold of a table before LevelDB's reader may see it: that reader takes lengths from the file and
// asks for memory of that length.

#include <string>
#include <string_view>

namespace figurant::data_formats {

inline constexpr std::size_t table_footer_size = 48;
inline constexpr std::string_view table_magic = "\x57\xfb\x80\x8b\x24\x75\x47\xdb";

/// Every block lies inside the file and after the one before, has its checksum, and says no uncompressed
/// length that it cannot have. Error(Cause::model) naming `name`, the byte, what was expected and found.
void check_table(std::string_view bytes, const std::string& name);

}  // namespace figurant::data_formats
