#include "data_formats/map_image/map_image.h"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <opencv2/imgproc.hpp>
#include <set>

#include "base/error.h"
#include "data_formats/map_image/area_average.h"
#include "data_formats/map_image/gdal_scope.h"
#include "data_formats/map_image/jpeg2000_check.h"
#include "data_formats/map_image/raster_reader.h"

namespace figurant::data_formats {
namespace fs = std::filesystem;
using figures::MapInfo;

namespace {

/// One block of a map may take at most this; a file can claim any size in a few bytes.
constexpr std::size_t most_block_bytes = std::size_t{1} << 30;

constexpr const char* copy_again = "copy or export the file again; it is damaged or was not copied whole";

[[noreturn]] void reject(const fs::path& path, const std::string& why, const std::string& next_step) {
    throw Error(Cause::input, path.string() + ": " + why, next_step);
}

std::string lower_extension(const fs::path& path) {
    std::string extension = path.extension().string();
    for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return extension;
}

struct KnownKind {
    const char *driver, *kind;
    std::set<std::string> extensions;
    const char* usual;
};

const std::vector<KnownKind>& known_kinds() {
    static const std::vector<KnownKind> kinds = {
        {"JPEG", "JPEG", {".jpg", ".jpeg", ".jpe", ".jfif"}, ".jpg"},
        {"PNG", "PNG", {".png"}, ".png"},
        {"GTiff", "TIFF", {".tif", ".tiff", ".gtif", ".gtiff"}, ".tif"},
        {"JP2OpenJPEG", "JPEG 2000", {".jp2", ".j2k", ".jpx", ".jpf", ".j2c", ".jpc"}, ".jp2"},
        {"WEBP", "WebP", {".webp"}, ".webp"}};
    return kinds;
}

/// A picture under the name of another kind is refused: it is a mistake made somewhere before, and other
/// programs that will meet the results would trip over it.
void check_name(const fs::path& path, const std::string& driver) {
    const std::string extension = lower_extension(path);
    const KnownKind *named = nullptr, *held = nullptr;
    for (const auto& each : known_kinds()) {
        if (each.extensions.contains(extension)) named = &each;
        if (driver == each.driver) held = &each;
    }
    if (!named || !held || named == held) return;
    reject(path, std::string("is named as a ") + named->kind + " file, but holds a " + held->kind + " image",
           "rename it to " + path.stem().string() + held->usual);
}

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

std::string describe(const cv::Rect& window) {
    return "window of " + std::to_string(window.width) + " x " + std::to_string(window.height) +
           " pixels at (" + std::to_string(window.x) + ", " + std::to_string(window.y) + ")";
}

/// A window at one level of the file: its place there, and the part of it that is wanted, to fractions of
/// pixels.
struct LevelWindow {
    int level = -1;
    cv::Rect2d region;
    cv::Rect pixels;  ///< every pixel that the region touches
};

class GdalMap final : public figures::Map {
  public:
    GdalMap(fs::path path, std::string name, const MapOptions& options) : path_(std::move(path)) {
        check_file(path_);
        GdalScope scope;
        auto reader = std::make_unique<RasterReader>(path_);
        check_name(path_, reader->driver());
        info_ = {name, reader->width(), reader->height(), figures::map_stem(name)};
        plan_ = plan_of(*reader);
        block_ = reader->block(-1);
        overviews_ = reader->overviews();
        sequential_ = block_.width >= reader->width() && reader->driver() != "GTiff";
        const auto pixel_bytes = static_cast<double>(info_.width) * static_cast<double>(info_.height) * 3;
        keep_whole_ = pixel_bytes <= static_cast<double>(options.decode_whole_up_to);
        check_block();
        note(scope, plan_.notes);
        if (!scope.damage().empty())
            reject(path_, "the image cannot be opened: " + scope.damage(), copy_again);
        idle_.push_back(std::move(reader));
    }

    const MapInfo& info() const override { return info_; }

    cv::Mat read(const cv::Rect& window, cv::Size size) const override {
        const cv::Rect all(0, 0, static_cast<int>(info_.width), static_cast<int>(info_.height));
        if (window.empty() || size.empty() || (window & all) != window)
            throw Error(Cause::internal,
                        path_.string() + ": the " + describe(window) + " is not inside the map");
        return keep_whole_ ? resample(whole()(window), size) : read_by_windows(window, size);
    }

    std::vector<std::string> warnings() const override {
        const std::lock_guard lock(mutex_);
        return {warnings_.begin(), warnings_.end()};
    }

    std::size_t workspace(const cv::Rect& window, cv::Size size) const override {
        const std::size_t target = static_cast<std::size_t>(size.area());
        const bool shrinks = window.width > 2 * size.width || window.height > 2 * size.height;
        const std::size_t piece = (std::size_t{16} << 20) + block_bytes();
        if (keep_whole_) return shrinks ? target * 15 + (std::size_t{1} << 20) : target * 3;
        return piece + (shrinks ? target * 15 : static_cast<std::size_t>(window.area()) * 3 + target * 3);
    }

    /// What the handle itself keeps in memory, once it was read.
    std::size_t bytes() const override {
        return sizeof(*this) + (keep_whole_ ? static_cast<std::size_t>(info_.width * info_.height) * 3 : 0);
    }

  private:
    ColorPlan plan_of(const RasterReader& reader) const {
        try {
            return reader.color_plan();
        } catch (const Error& error) {
            reject(path_, error.what(), "convert it to an RGB image");
        }
    }

    std::size_t block_bytes() const {
        return static_cast<std::size_t>(block_.width) * static_cast<std::size_t>(block_.height) *
               plan_.bands.size() * (plan_.type == GDT_Byte ? 1 : 4);
    }

    void check_block() const {
        if (block_bytes() > most_block_bytes)
            throw Error(Cause::limit,
                        path_.string() + ": one block of the image is " + std::to_string(block_.width) +
                            " x " + std::to_string(block_.height) + " pixels, which is more than can be held",
                        "convert it to a tiled TIFF (gdal_translate -co TILED=YES)");
    }

    void note(const GdalScope& scope, const std::vector<std::string>& more = {}) const {
        const std::lock_guard lock(mutex_);
        for (const auto& each : scope.warnings()) warnings_.insert(each);
        for (const auto& each : more) warnings_.insert(each);
    }

    /// Runs `body` with a reader of the pool. A decoder that goes through its file from top to bottom serves
    /// one caller at a time: several of them would each decode everything.
    template <class Body>
    void with_reader(const cv::Rect& window, Body body) const {
        GdalScope scope;
        std::unique_ptr<RasterReader> reader = take_reader();
        std::string damage;
        try {
            body(*reader, scope);
        } catch (const Error& error) {
            damage = error.what();
        } catch (...) {
            give_back(std::move(reader));
            throw;
        }
        give_back(std::move(reader));
        note(scope);
        if (!damage.empty()) fail(describe(window) + ": " + damage);
    }

    std::unique_ptr<RasterReader> take_reader() const {
        std::unique_lock lock(mutex_);
        if (sequential_ && !keep_whole_) returned_.wait(lock, [&] { return !idle_.empty(); });
        // Damage seen once may lie in GDAL's cache as good pixels later.
        if (!damage_.empty()) reject(path_, damage_, copy_again);
        if (idle_.empty()) {
            lock.unlock();
            return std::make_unique<RasterReader>(path_);
        }
        auto reader = std::move(idle_.back());
        idle_.pop_back();
        return reader;
    }

    void give_back(std::unique_ptr<RasterReader> reader) const {
        {
            const std::lock_guard lock(mutex_);
            if (!keep_whole_) idle_.push_back(std::move(reader));
        }
        returned_.notify_one();
    }

    [[noreturn]] void fail(const std::string& why) const {
        {
            const std::lock_guard lock(mutex_);
            if (damage_.empty()) damage_ = why;
        }
        reject(path_, why, copy_again);
    }

    cv::Mat whole() const {
        const std::lock_guard lock(decoding_);
        if (!whole_.empty()) return whole_;
        const cv::Rect all(0, 0, static_cast<int>(info_.width), static_cast<int>(info_.height));
        cv::Mat pixels;
        with_reader(all, [&](const RasterReader& reader, const GdalScope& scope) {
            pixels = read_pieces(reader, {-1, all, all}, scope);
        });
        return whole_ = pixels;
    }

    cv::Mat read_pieces(const RasterReader& reader, const LevelWindow& from, const GdalScope& scope) const {
        cv::Mat pixels(from.pixels.size(), CV_8UC3);
        for_each_piece(from.pixels, reader.block(from.level), [&](const cv::Rect& piece) {
            reader.read(plan_, from.level, piece, scope).copyTo(pixels(piece - from.pixels.tl()));
        });
        return pixels;
    }

    /// The coarsest overview that is still as fine as what is asked for.
    LevelWindow choose_level(const cv::Rect& window, cv::Size size) const {
        LevelWindow best{-1, window, window};
        for (std::size_t i = 0; i < overviews_.size(); ++i) {
            const double x_scale = overviews_[i].width / static_cast<double>(info_.width);
            const double y_scale = overviews_[i].height / static_cast<double>(info_.height);
            const cv::Rect2d region(window.x * x_scale, window.y * y_scale, window.width * x_scale,
                                    window.height * y_scale);
            if (region.width < size.width || region.height < size.height || region.width >= best.region.width)
                continue;
            const int left = static_cast<int>(region.x), top = static_cast<int>(region.y);
            const int right =
                std::min(overviews_[i].width, static_cast<int>(std::ceil(region.x + region.width)));
            const int bottom =
                std::min(overviews_[i].height, static_cast<int>(std::ceil(region.y + region.height)));
            best = {static_cast<int>(i), region, {left, top, right - left, bottom - top}};
        }
        return best;
    }

    cv::Mat read_by_windows(const cv::Rect& window, cv::Size size) const {
        const bool shrinks = window.width > 2 * size.width || window.height > 2 * size.height;
        cv::Mat result;
        with_reader(window, [&](const RasterReader& reader, const GdalScope& scope) {
            if (!shrinks) {
                result = resample(read_pieces(reader, {-1, window, window}, scope), size);
                return;
            }
            const cv::Size small(std::min(size.width, window.width), std::min(size.height, window.height));
            const LevelWindow from = choose_level(window, small);
            AreaAverage average(from.region, small);
            for_each_piece(from.pixels, reader.block(from.level), [&](const cv::Rect& piece) {
                average.add(reader.read(plan_, from.level, piece, scope), piece.tl());
            });
            result = enlarge(average.result(), size);
        });
        return result;
    }

    static cv::Mat enlarge(cv::Mat pixels, cv::Size size) {
        if (pixels.size() == size) return pixels;
        cv::Mat larger;
        cv::resize(pixels, larger, size, 0, 0, cv::INTER_LINEAR);
        return larger;
    }

    /// Always a matrix of its own, no view.
    static cv::Mat resample(const cv::Mat& pixels, cv::Size size) {
        if (pixels.size() == size)
            return pixels.isSubmatrix() || !pixels.isContinuous() ? pixels.clone() : pixels;
        if (pixels.cols <= 2 * size.width && pixels.rows <= 2 * size.height) return enlarge(pixels, size);
        const cv::Size small(std::min(size.width, pixels.cols), std::min(size.height, pixels.rows));
        AreaAverage average(cv::Rect2d(0, 0, pixels.cols, pixels.rows), small);
        average.add(pixels, {0, 0});
        return enlarge(average.result(), size);
    }

    fs::path path_;
    MapInfo info_;
    ColorPlan plan_;
    cv::Size block_;
    std::vector<cv::Size> overviews_;
    bool sequential_ = false, keep_whole_ = false;
    mutable std::mutex mutex_;
    mutable std::condition_variable returned_;
    mutable std::vector<std::unique_ptr<RasterReader>> idle_;
    mutable std::set<std::string> warnings_;
    mutable std::string damage_;
    mutable std::mutex decoding_;
    mutable cv::Mat whole_;
};

}  // namespace

figures::MapHandle open_map(const fs::path& path, std::string name, const MapOptions& options) {
    return std::make_shared<GdalMap>(path, std::move(name), options);
}

std::optional<GeoTransform> read_geo_transform(const fs::path& path) {
    check_file(path);
    GdalScope scope;
    const GDALDatasetUniquePtr dataset(
        GDALDataset::Open(path.c_str(), GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR, map_drivers()));
    if (!dataset) reject(path, "the image cannot be opened: " + scope.damage(), copy_again);
    GeoTransform transform;
    if (dataset->GetGeoTransform(transform.t.data()) != CE_None) return std::nullopt;
    const OGRSpatialReference* reference = dataset->GetSpatialRef();
    char* text = nullptr;
    if (reference && reference->exportToWkt(&text) == OGRERR_NONE) transform.wkt = text;
    CPLFree(text);
    return transform;
}

void set_map_cache(std::size_t bytes) { GDALSetCacheMax64(static_cast<GIntBig>(bytes)); }

}  // namespace figurant::data_formats
