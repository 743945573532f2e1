#include "data_formats/gdal/file_kind.h"

#include <array>
#include <cctype>
#include <fstream>
#include <string_view>

#include "base/error.h"
#include "data_formats/gdal/jpeg2000_check.h"
#include "data_formats/gdal/reader_pool.h"

namespace figurant::data_formats {
namespace fs = std::filesystem;

namespace {

[[noreturn]] void reject(const fs::path& path, const std::string& why, const std::string& next_step) {
    throw Error(Cause::input, path.string() + ": " + why, next_step);
}

struct NamedKind {
    std::string_view extension, driver, kind;
};

/// The first extension of a kind is its usual one.
constexpr std::array<NamedKind, 16> named_kinds = {{
    {".jpg", "JPEG", "JPEG"},
    {".jpeg", "JPEG", "JPEG"},
    {".jpe", "JPEG", "JPEG"},
    {".jfif", "JPEG", "JPEG"},
    {".png", "PNG", "PNG"},
    {".tif", "GTiff", "TIFF"},
    {".tiff", "GTiff", "TIFF"},
    {".gtif", "GTiff", "TIFF"},
    {".gtiff", "GTiff", "TIFF"},
    {".jp2", "JP2OpenJPEG", "JPEG 2000"},
    {".j2k", "JP2OpenJPEG", "JPEG 2000"},
    {".jpx", "JP2OpenJPEG", "JPEG 2000"},
    {".jpf", "JP2OpenJPEG", "JPEG 2000"},
    {".j2c", "JP2OpenJPEG", "JPEG 2000"},
    {".jpc", "JP2OpenJPEG", "JPEG 2000"},
    {".webp", "WEBP", "WebP"},
}};

std::string lower_extension(const fs::path& path) {
    std::string extension = path.extension().string();
    for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return extension;
}

}  // namespace

void check_file(const fs::path& path) {
    std::error_code failed;
    const auto status = fs::status(path, failed);
    if (!fs::exists(status)) reject(path, "does not exist", "check the path");
    if (!fs::is_regular_file(status)) reject(path, "is not a file", "give an image file");
    const auto size = fs::file_size(path, failed);
    if (failed) reject(path, "cannot be read: " + failed.message(), "check its permissions");
    if (size == 0) reject(path, "is empty", copy_again);
    if (const auto damage = jpeg2000_damage(path); !damage.empty()) reject(path, damage, copy_again);
}

void check_name(const fs::path& path, const std::string& driver) {
    const std::string extension = lower_extension(path);
    const NamedKind *named = nullptr, *held = nullptr;
    for (const auto& each : named_kinds) {
        if (each.extension == extension) named = &each;
        if (each.driver == driver && !held) held = &each;
    }
    if (!named || !held || named->driver == held->driver) return;
    reject(path,
           "is named as a " + std::string(named->kind) + " file, but holds a " + std::string(held->kind) +
               " image",
           "rename it to " + path.stem().string() + std::string(held->extension));
}

std::uint64_t progressive_jpeg_bytes(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    const auto number = [&](int bytes) {
        std::uint64_t value = 0;
        while (bytes-- > 0) value = value << 8 | static_cast<std::uint64_t>(file.get() & 255);
        return value;
    };
    if (number(2) != 0xFFD8) return 0;
    // Segments up to the frame's header; what is damaged there is left to GDAL to say.
    while (file) {
        const std::uint64_t marker = number(2);
        if (marker < 0xFFC0 || marker == 0xFFDA) return 0;
        const std::uint64_t length = number(2);
        const bool frame = marker <= 0xFFCF && marker != 0xFFC4 && marker != 0xFFC8 && marker != 0xFFCC;
        if (frame) {
            number(1);
            const std::uint64_t height = number(2), width = number(2), components = number(1);
            const bool progressive =
                marker == 0xFFC2 || marker == 0xFFC6 || marker == 0xFFCA || marker == 0xFFCE;
            return file && progressive ? height * width * components * 2 : 0;
        }
        if (length < 2) return 0;
        file.seekg(static_cast<std::streamoff>(length - 2), std::ios::cur);
    }
    return 0;
}

}  // namespace figurant::data_formats
