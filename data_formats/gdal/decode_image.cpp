#include <cpl_vsi.h>

#include <atomic>
#include <memory>

#include "base/error.h"
#include "data_formats/gdal/gdal_functions.h"
#include "data_formats/gdal/gdal_scope.h"
#include "data_formats/gdal/raster_reader.h"
#include "data_formats/gdal/reader_pool.h"

namespace figurant::data_formats {

namespace {

void check_size(std::int64_t width, std::int64_t height, std::int64_t most_pixels, const std::string& name) {
    if (width > 0 && height > 0 && width <= most_pixels / height) return;
    throw Error(Cause::limit,
                name + ": claims to be " + std::to_string(width) + " x " + std::to_string(height) +
                    " pixels; at most " + std::to_string(most_pixels) + " are decoded at once",
                "cut the picture into smaller ones");
}

/// A file that GDAL can open, over bytes that stay where they are.
class MemoryFile {
  public:
    explicit MemoryFile(std::string_view bytes) : path_("/vsimem/figurant_image_" + std::to_string(next_++)) {
        // Not owned and opened for reading only.
        auto* data = reinterpret_cast<GByte*>(const_cast<char*>(bytes.data()));
        VSIFCloseL(VSIFileFromMemBuffer(path_.c_str(), data, bytes.size(), FALSE));
    }
    ~MemoryFile() { VSIUnlink(path_.c_str()); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    const std::string& path() const { return path_; }

  private:
    static inline std::atomic<std::uint64_t> next_ = 0;
    std::string path_;
};

bool is_jpeg(std::string_view bytes) { return bytes.starts_with("\xFF\xD8\xFF"); }
bool is_png(std::string_view bytes) { return bytes.starts_with("\x89PNG\r\n\x1A\n"); }

/// `what` GDAL says of a memory file, without the name that nobody knows.
std::string without(std::string what, const std::string& path) {
    for (const std::string& part : {path + ": ", path + ", ", path})
        for (auto at = what.find(part); at != std::string::npos; at = what.find(part))
            what.erase(at, part.size());
    return what;
}

/// body(reader, scope) with a picture in memory that is not too large, its errors as those of `name`.
template <class Body>
auto with_reader(std::string_view bytes, const std::string& name, std::int64_t most_pixels, Body body) {
    const MemoryFile file(bytes);
    GdalScope scope;
    try {
        const RasterReader reader(file.path());
        check_size(reader.width(), reader.height(), most_pixels, name);
        return body(reader, scope);
    } catch (const Error& error) {
        if (error.cause() != Cause::input) throw;
        throw Error(Cause::input, name + ": " + without(error.what(), file.path()), copy_again);
    }
}

/// All of a picture in memory, by the plan that `choose(reader)` gives.
template <class Choose>
cv::Mat decode(std::string_view bytes, const std::string& name, std::int64_t most_pixels, Choose choose) {
    return with_reader(bytes, name, most_pixels, [&](const RasterReader& reader, GdalScope& scope) {
        const ColorPlan plan = choose(reader);
        const cv::Rect all(0, 0, reader.width(), reader.height());
        cv::Mat pixels;
        for_each_piece(all, reader.block(-1), [&](const cv::Rect& piece) {
            const cv::Mat part = reader.read(plan, -1, piece, scope);
            pixels.create(all.size(), part.type());
            part.copyTo(pixels(piece));
        });
        return pixels;
    });
}

void check_kind(std::string_view bytes, const std::string& name) {
    if (bytes.empty()) throw Error(Cause::input, name + ": is empty", copy_again);
    if (!is_jpeg(bytes) && !is_png(bytes))
        throw Error(Cause::input, name + ": is neither a JPEG nor a PNG", "convert it to one of them");
}

}  // namespace

namespace gdal {

cv::Mat read_image(const std::filesystem::path& path, std::int64_t most_pixels) {
    const auto map = open_map(path, path.filename().string(), {});
    check_size(map->info().width, map->info().height, most_pixels, path.string());
    return map->read({0, 0, static_cast<int>(map->info().width), static_cast<int>(map->info().height)});
}

cv::Size image_size(std::string_view bytes, const std::string& name, std::int64_t most_pixels) {
    check_kind(bytes, name);
    return with_reader(bytes, name, most_pixels, [](const RasterReader& reader, GdalScope&) {
        return cv::Size(reader.width(), reader.height());
    });
}

cv::Mat decode_image(std::string_view bytes, const std::string& name, std::int64_t most_pixels) {
    check_kind(bytes, name);
    return decode(bytes, name, most_pixels, [](const RasterReader& reader) { return reader.color_plan(); });
}

cv::Mat decode_label_png(std::string_view bytes, const std::string& name, std::int64_t most_pixels) {
    if (bytes.empty()) throw Error(Cause::input, name + ": is empty", copy_again);
    if (!is_png(bytes))
        throw Error(Cause::input, name + ": is no PNG", "write labels as PNG; other formats smear them");
    return decode(bytes, name, most_pixels, [](const RasterReader& reader) { return reader.label_plan(); });
}

}  // namespace gdal

}  // namespace figurant::data_formats
