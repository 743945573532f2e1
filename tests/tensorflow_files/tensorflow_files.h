#pragma once
// TensorFlow's files as tests want them: well made, or wrong in one place. Protobuf's encoding and the
// checksum are written here from their definitions, so that the readers are not tested against themselves;
// tables are LevelDB's own writer's.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace figurant::tests {

/// One field of a protobuf message.
std::string varint(std::uint64_t value);
std::string number_field(int field, std::uint64_t value);
std::string bytes_field(int field, std::string_view bytes);
std::string fixed32_field(int field, std::uint32_t value);

/// CRC-32C, masked as TensorFlow does, byte by byte.
std::uint32_t slow_masked_crc(std::string_view bytes);

/// TensorFlow's numbers of types.
inline constexpr int dt_float = 1, dt_double = 2, dt_int32 = 3, dt_string = 7, dt_int64 = 9, dt_bool = 10,
                     dt_bfloat16 = 14, dt_half = 19;

struct StoredTensor {
    std::string name;
    int type = dt_float;
    std::vector<std::int64_t> shape;
    std::string bytes;  ///< dense, little-endian
};

/// The bytes of numbers, as they lie in memory.
template <class Number>
std::string bytes_of(const std::vector<Number>& numbers) {
    return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)};
}

/// A LevelDB table.
std::string table(const std::map<std::string, std::string>& entries, bool snappy = false);
/// A table of one block that holds exactly `block`, with right checksums: whatever that block says.
std::string table_around(std::string_view block);
/// A table whose index of blocks holds exactly `index`.
std::string table_with_index(std::string_view index);

/// BundleHeaderProto and BundleEntryProto.
std::string bundle_header(int shards, int endianness = 0, int min_consumer = 0);
std::string bundle_entry(int type, const std::vector<std::int64_t>& shape, int shard, std::int64_t offset,
                         std::int64_t size, std::uint32_t crc);

struct CheckpointForm {
    int shards = 1;
    bool snappy = false;
};
/// PREFIX.index and its files of data, tensors dealt out to the shards in turn.
void write_checkpoint(const std::filesystem::path& prefix, const std::vector<StoredTensor>& tensors,
                      const CheckpointForm& form = {});

/// PREFIX.data-SHARD-of-SHARDS.
std::filesystem::path shard_path(const std::filesystem::path& prefix, int shard, int shards);

/// TensorProto with tensor_content.
std::string tensor_proto(const StoredTensor& tensor);
/// NodeDef of an op "Const" with this TensorProto, and of an op "Identity".
std::string constant_node(std::string_view name, std::string_view tensor);
std::string identity_node(std::string_view name, std::string_view input);
/// GraphDef of these nodes.
std::string graph_def(const std::vector<std::string>& nodes);

}  // namespace figurant::tests
