#pragma once
// A file of weights as bytes, read by place. Its errors are those of weights: Cause::model.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace figurant::data_formats {

/// Open while it lives; may be read from several threads.
class InputFile {
  public:
    /// Error(Cause::model) naming the file when it is missing, is no file, or cannot be read.
    explicit InputFile(std::filesystem::path path);
    ~InputFile();
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    std::uint64_t size() const { return size_; }
    const std::filesystem::path& path() const { return path_; }
    /// Fills `into` from the byte `offset` on. Error(Cause::model) when the file ends before.
    void read(std::uint64_t offset, std::span<std::byte> into) const;
    /// All of it. Error(Cause::limit) for more than `most` bytes.
    std::string text(std::uint64_t most) const;

  private:
    std::filesystem::path path_;
    int descriptor_ = -1;
    std::uint64_t size_ = 0;
};

}  // namespace figurant::data_formats
