#pragma once
// The frame of a dataset file: 512 bytes before its HDF5 part that say what it is, and behind it a hash of
// each block, so that any part of a large file can be checked without reading the rest. See dataset.md.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data_formats/byte_source/byte_source.h"

namespace figurant::data_formats {

inline constexpr std::size_t frame_head_size = 512;
inline constexpr std::size_t hashed_block_size = std::size_t{32} << 10;

/// The HDF5 part of a dataset file, of which no byte is handed out before its block's hash was found right.
class HashedBody {
  public:
    /// Error(Cause::input) naming `name`, with offset, expected and found: no dataset of this program,
    /// another format, cut short, longer than it says, or its list of hashes damaged.
    HashedBody(std::unique_ptr<ByteSource> source, std::string name);

    std::uint64_t size() const { return size_; }
    const std::string& name() const { return name_; }
    /// A hash of the whole HDF5 part, from its blocks' hashes.
    std::uint64_t hash() const { return hash_; }
    /// These bytes, which lie within `size`. Error(Cause::input) naming the damaged block.
    void read(std::uint64_t offset, std::span<char> into) const;

  private:
    void read_hashes(std::uint64_t count);
    void check_block(std::uint64_t block, std::span<const char> bytes) const;

    std::unique_ptr<ByteSource> source_;
    std::string name_;
    std::uint64_t size_ = 0, hash_ = 0;
    std::vector<std::uint64_t> hashes_;
};

/// Makes a dataset file of one whose HDF5 part begins at frame_head_size and is complete: writes the head and
/// appends the hashes. Error(Cause::output).
void add_frame(const std::filesystem::path& path);

}  // namespace figurant::data_formats
