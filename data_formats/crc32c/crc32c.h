#pragma once
// CRC-32C (Castagnoli), the checksum of TensorFlow's files, by ISA-L: several gigabytes a second.

#include <cstddef>
#include <cstdint>
#include <span>

namespace figurant::data_formats {

/// Of `bytes` after bytes whose checksum is `before`.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0);

/// As TensorFlow and LevelDB store it: turned, and moved by a constant, so that a checksum over data that
/// holds checksums keeps its worth.
std::uint32_t masked_crc32c(std::span<const std::byte> bytes);

}  // namespace figurant::data_formats
