#include "base/file_digest.h"

#include <fstream>

#include "base/digest.h"

namespace figurant {

std::string file_digest(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::string piece(std::size_t{1} << 20, '\0');
    std::uint64_t hash = 0, size = 0;
    while (stream) {
        stream.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        const auto got = static_cast<std::size_t>(stream.gcount());
        hash = hash64(std::string_view(piece).substr(0, got), hash);
        size += got;
    }
    return std::to_string(size) + "-" + hex_digest(std::to_string(hash));
}

}  // namespace figurant
