#pragma once
// TFRecord files: byte strings one after the other, each with two checksums. See tf_record.md.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "data_formats/byte_source/byte_source.h"

namespace figurant::data_formats {

/// Where a record's bytes lie in its file.
struct RecordPlace {
    std::uint64_t offset = 0, length = 0;  ///< of the data, without lengths and checksums
};

struct RecordIndex {
    std::vector<RecordPlace> records;
    /// Why the file cannot be followed behind the last of them; what lies there is lost.
    std::optional<Error> broken;
};

/// Finds the records of a file by their lengths, whose checksums are verified, without reading their data.
/// `name` stands for the file in messages. Error(Cause::input) for an empty file.
RecordIndex index_records(const ByteSource& file, const std::string& name);

/// One record's data, its checksum verified. Error(Cause::input) with offset, expected and found.
std::string read_record(const ByteSource& file, const RecordPlace& place, const std::string& name);

/// `data` as a record: length, checksum, data, checksum.
std::string framed_record(std::string_view data);

}  // namespace figurant::data_formats
