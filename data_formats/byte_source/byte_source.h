#pragma once
// Bytes that are read piece by piece: a file too large to be read whole, or memory.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

namespace figurant::data_formats {

/// The bytes of a file, or of memory that stays where it is. Safe to call from several threads.
class ByteSource {
  public:
    virtual ~ByteSource() = default;
    virtual std::uint64_t size() const = 0;
    /// Exactly these bytes, which lie within `size`. Error(Cause::input) naming the file when it cannot.
    virtual void read(std::uint64_t offset, std::span<char> into) const = 0;
};

/// Error(Cause::input) when it cannot be opened or is no file.
std::unique_ptr<ByteSource> open_file_source(const std::filesystem::path& path);
std::unique_ptr<ByteSource> memory_source(std::string_view bytes);

}  // namespace figurant::data_formats
