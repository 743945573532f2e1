#pragma once
// A LevelDB table in memory: the form of a checkpoint's index.

#include <functional>
#include <string>
#include <string_view>

namespace figurant::data_formats {

/// Calls `take(key, value)` for each entry of the table, keys strictly rising. Error(Cause::model) naming
/// `name` and the byte: no table, damaged, cut short, blocks outside the file or overlapping. All that
/// LevelDB's reader takes on trust, places and lengths, is checked before it sees the bytes.
void read_table(std::string_view bytes, const std::string& name,
                const std::function<void(std::string_view key, std::string_view value)>& take);

/// Whether these are the last bytes of a table.
bool ends_as_table(std::string_view bytes);

}  // namespace figurant::data_formats
