#include "data_formats/gdal/jpeg2000_check.h"

#include <cstdint>
#include <fstream>
#include <stdexcept>

namespace figurant::data_formats {

namespace {

struct Damage : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Big-endian numbers from a file, never past its end.
class Bytes {
  public:
    explicit Bytes(const std::filesystem::path& path) : file_(path, std::ios::binary | std::ios::ate) {
        size_ = file_ ? static_cast<std::uint64_t>(file_.tellg()) : 0;
    }
    std::uint64_t size() const { return size_; }
    std::uint64_t number(std::uint64_t place, int bytes) {
        if (place > size_ || size_ - place < static_cast<std::uint64_t>(bytes))
            throw Damage("the file ends in a header");
        file_.seekg(static_cast<std::streamoff>(place));
        std::uint64_t value = 0;
        for (int i = 0; i < bytes; ++i) value = value << 8 | static_cast<std::uint64_t>(file_.get() & 255);
        return value;
    }

  private:
    std::ifstream file_;
    std::uint64_t size_ = 0;
};

constexpr std::uint64_t start_of_codestream = 0xFF4F, start_of_tile_part = 0xFF90, start_of_data = 0xFF93,
                        end_of_codestream = 0xFFD9;

[[noreturn]] void cut(const char* what, std::uint64_t place) {
    throw Damage(std::string(what) + " at byte " + std::to_string(place) + " ends past what holds it");
}

/// Marker segments from `place` up to one of two markers that have none; returns where that marker stands.
std::uint64_t skip_segments(Bytes& bytes, std::uint64_t place, std::uint64_t end, std::uint64_t until) {
    for (;;) {
        const std::uint64_t marker = bytes.number(place, 2);
        if (marker == until) return place;
        if (marker < 0xFF00) throw Damage("no marker at byte " + std::to_string(place));
        const std::uint64_t length = bytes.number(place + 2, 2);
        if (length < 2 || place + 2 + length > end) cut("the marker segment", place);
        place += 2 + length;
    }
}

/// Returns where the tile part ends.
std::uint64_t check_tile_part(Bytes& bytes, std::uint64_t place, std::uint64_t end) {
    if (bytes.number(place + 2, 2) != 10)
        throw Damage("the tile part at byte " + std::to_string(place) + " has no header");
    const std::uint64_t length = bytes.number(place + 6, 4);
    // 0: up to the end marker.
    const std::uint64_t part_end = length == 0 ? end - 2 : place + length;
    if (part_end > end || (length != 0 && length < 14)) cut("the tile part", place);
    if (skip_segments(bytes, place + 12, part_end, start_of_data) + 2 > part_end) cut("the tile part", place);
    return part_end;
}

void check_codestream(Bytes& bytes, std::uint64_t begin, std::uint64_t end) {
    if (end - begin < 4 || bytes.number(begin, 2) != start_of_codestream)
        throw Damage("the codestream has no start");
    std::uint64_t place = skip_segments(bytes, begin + 2, end, start_of_tile_part);
    while (place + 2 <= end) {
        const std::uint64_t marker = bytes.number(place, 2);
        if (marker == end_of_codestream) return;
        if (marker != start_of_tile_part) throw Damage("no tile part at byte " + std::to_string(place));
        place = check_tile_part(bytes, place, end);
    }
    throw Damage("the codestream has no end");
}

void check_boxes(Bytes& bytes) {
    constexpr std::uint64_t codestream_box = 0x6A703263;  // "jp2c"
    std::uint64_t place = 0;
    bool found = false;
    while (place < bytes.size()) {
        std::uint64_t length = bytes.number(place, 4), header = 8;
        const std::uint64_t type = bytes.number(place + 4, 4), left = bytes.size() - place;
        if (length == 1) {
            length = bytes.number(place + 8, 8);
            header = 16;
        } else if (length == 0) {
            length = left;
        }
        if (length < header || length > left) cut("the box", place);
        if (type == codestream_box) check_codestream(bytes, place + header, place + length);
        found = found || type == codestream_box;
        place += length;
    }
    if (!found) throw Damage("it holds no codestream");
}

}  // namespace

std::string jpeg2000_damage(const std::filesystem::path& path) {
    Bytes bytes(path);
    if (bytes.size() < 12) return "";
    try {
        const std::uint64_t head = bytes.number(0, 8);
        if (head >> 32 == 0xFF4FFF51) check_codestream(bytes, 0, bytes.size());
        if (head == 0x0000000C6A502020) check_boxes(bytes);
    } catch (const Damage& damage) {
        return damage.what();
    }
    return "";
}

}  // namespace figurant::data_formats
