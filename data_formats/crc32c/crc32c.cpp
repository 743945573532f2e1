#include "data_formats/crc32c/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>

namespace figurant::data_formats {

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before) {
    // The library counts in int, and wants its bytes without const; it only reads them.
    constexpr std::size_t most = std::size_t{1} << 30;
    std::uint32_t state = ~before;
    while (!bytes.empty()) {
        const auto piece = bytes.first(std::min(most, bytes.size()));
        auto* data = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(piece.data()));
        state = crc32_iscsi(data, static_cast<int>(piece.size()), state);
        bytes = bytes.subspan(piece.size());
    }
    return ~state;
}

std::uint32_t masked_crc32c(std::span<const std::byte> bytes) {
    const std::uint32_t crc = crc32c(bytes);
    return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;  // LevelDB's table_format.md
}

}  // namespace figurant::data_formats
