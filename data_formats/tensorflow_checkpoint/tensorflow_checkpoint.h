#pragma once
// TensorFlow checkpoints of version 2: PREFIX.index and PREFIX.data-?????-of-?????. See
// tensorflow_checkpoint.md.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data_formats/tensors/tensor_file.h"

namespace figurant::data_formats {

/// What the index says of one tensor. Nothing here was compared with the files of data yet.
struct CheckpointEntry {
    std::string name;
    int type = 0;  ///< TensorFlow's number
    std::vector<std::int64_t> shape;
    int shard = 0;
    std::uint64_t offset = 0, size = 0;  ///< bytes in the shard's file
    std::uint32_t masked_crc = 0;
    bool in_slices = false;
};

struct CheckpointIndex {
    int shards = 0;
    std::vector<CheckpointEntry> entries;  ///< by rising name
};

/// The index from its bytes; `name` stands for the file in messages. Error(Cause::model) naming the byte or
/// the tensor: damaged, cut short, of a newer version, big-endian, entries that contradict themselves or
/// overlap.
CheckpointIndex parse_checkpoint_index(std::string_view bytes, const std::string& name);

/// Opens a checkpoint by its prefix, or by its index. Error(Cause::model) as above, and naming shards that
/// are missing or too short. Tensors are checked against their checksums when they are read.
std::unique_ptr<TensorFile> open_tensorflow_checkpoint(const std::filesystem::path& prefix_or_index);

}  // namespace figurant::data_formats
