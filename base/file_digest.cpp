#include "base/file_digest.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <vector>

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

std::string folder_digest(const std::filesystem::path& folder, const std::filesystem::path& without) {
    namespace fs = std::filesystem;
    std::vector<std::string> lines;
    std::error_code failed;
    for (fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, failed),
         end;
         !failed && at != end; at.increment(failed)) {
        std::error_code unknown;
        if (at->is_directory(unknown) && !without.empty() && fs::equivalent(at->path(), without, unknown)) {
            at.disable_recursion_pending();
            continue;
        }
        if (!at->is_regular_file(unknown)) continue;
        const auto size = at->file_size(unknown);
        const auto changed = std::chrono::duration_cast<std::chrono::nanoseconds>(
                                 at->last_write_time(unknown).time_since_epoch())
                                 .count();
        lines.push_back(at->path().lexically_relative(folder).generic_string() + '\0' + std::to_string(size) +
                        " " + std::to_string(changed) + "\n");
    }
    std::sort(lines.begin(), lines.end());
    std::uint64_t hash = 0;
    for (const auto& line : lines) hash = hash64(line, hash);
    return std::to_string(lines.size()) + "-" + hex_digest(std::to_string(hash));
}

}  // namespace figurant
