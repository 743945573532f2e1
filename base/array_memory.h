#pragma once
// Memory for the bytes of arrays: a file of weights is hundreds of them, of some kilobytes to megabytes, made
// together. The system clears each page that it hands out, at a cost that exceeds reading the file where
// pages are small; so arrays share ranges of large pages, and are not filled before they are written.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <utility>

namespace figurant {

/// Any content, aligned to 64 bytes. std::bad_alloc when there is none. Thread-safe.
void* take_array_memory(std::size_t bytes);
/// `bytes`: as they were taken. Thread-safe.
void give_array_memory(void* memory, std::size_t bytes) noexcept;
/// What is reserved for arrays now, in bytes; pages that were never written are not in memory. Arrays of 16
/// KiB to 8 MiB share ranges of 32 MiB: a range goes back when its last array does, but for one, which is
/// kept.
std::size_t reserved_array_memory();

/// A block of bytes in such memory. Bytes that were not given are any.
class ArrayBytes {
  public:
    ArrayBytes() = default;
    explicit ArrayBytes(std::size_t size)
        : data_(size ? static_cast<std::byte*>(take_array_memory(size)) : nullptr), size_(size) {}
    explicit ArrayBytes(std::span<const std::byte> bytes) : ArrayBytes(bytes.size()) {
        if (size_) std::memcpy(data_, bytes.data(), size_);
    }
    ArrayBytes(const ArrayBytes& other) : ArrayBytes(std::span<const std::byte>(other)) {}
    ArrayBytes(ArrayBytes&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    ArrayBytes& operator=(ArrayBytes other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~ArrayBytes() {
        if (data_) give_array_memory(data_, size_);
    }

    /// What was there is not kept.
    void renew(std::size_t size) { *this = ArrayBytes(size); }

    std::byte* data() { return data_; }
    const std::byte* data() const { return data_; }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    std::byte* begin() { return data_; }
    std::byte* end() { return data_ + size_; }
    const std::byte* begin() const { return data_; }
    const std::byte* end() const { return data_ + size_; }

    bool operator==(const ArrayBytes& other) const {
        return std::equal(begin(), end(), other.begin(), other.end());
    }

  private:
    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace figurant
