// Maps through GDAL: windows of their pixels, decoded once or block by block.

#include <algorithm>
#include <cmath>
#include <mutex>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "data_formats/gdal/area_average.h"
#include "data_formats/gdal/file_kind.h"
#include "data_formats/gdal/gdal_functions.h"
#include "data_formats/gdal/reader_pool.h"
#include "data_formats/gdal/scratch_pixels.h"

namespace figurant::data_formats {
namespace fs = std::filesystem;
using figures::MapInfo;

namespace {

/// What a decoder must hold at once may be this much; a file can claim any size in a few bytes.
constexpr std::uint64_t most_decoder_bytes = std::uint64_t{1} << 30;

/// Room for the pieces in which pixels are read and converted.
constexpr std::size_t piece_bytes = std::size_t{24} << 20;

std::size_t pixels_of(cv::Size size) {
    return static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
}

/// By more than two, in either direction.
bool shrinks(const cv::Rect& window, cv::Size size) {
    return window.width > std::int64_t{2} * size.width || window.height > std::int64_t{2} * size.height;
}

cv::Mat enlarge(cv::Mat pixels, cv::Size size) {
    if (pixels.size() == size) return pixels;
    cv::Mat larger;
    cv::resize(pixels, larger, size, 0, 0, cv::INTER_LINEAR);
    return larger;
}

/// What lies between a window and its result when it shrinks: no side is enlarged before it was averaged.
cv::Size averaged_size(const cv::Rect& window, cv::Size size) {
    return {std::min(size.width, window.width), std::min(size.height, window.height)};
}

/// At its own size: the same pixels, not a copy.
cv::Mat resample(const cv::Mat& pixels, cv::Size size) {
    const cv::Rect all(0, 0, pixels.cols, pixels.rows);
    if (pixels.size() == size) return pixels;
    if (!shrinks(all, size)) return enlarge(pixels, size);
    AreaAverage average(all, averaged_size(all, size));
    average.add(pixels, {0, 0});
    return enlarge(average.result(), size);
}

/// A window at one level of the file: its place there, and the part of it that is wanted, to fractions of
/// pixels.
struct LevelWindow {
    int level = -1;
    cv::Rect2d region;
    cv::Rect pixels;  ///< every pixel that the region touches
};

/// Where a map's pixels are once they were decoded.
enum class Keeping {
    memory,   ///< all of them: the map is small
    scratch,  ///< in a scratch file: it is large, and its decoder only goes from top to bottom
    blocks    ///< nowhere: its blocks can be read in any order
};

class GdalMap final : public figures::Map {
  public:
    GdalMap(fs::path path, const std::string& name, const MapOptions& options)
        : path_(std::move(path)), pool_(path_) {
        check_file(path_);
        GdalScope scope;
        auto reader = std::make_unique<RasterReader>(path_);
        check_name(path_, reader->driver());
        info_ = {name, reader->width(), reader->height(), figures::map_stem(name)};
        plan_ = plan_of(*reader);
        block_ = reader->block(-1);
        overviews_ = reader->overviews();
        keeping_ = keeping_of(*reader, options);
        check_decoder(*reader);
        pool_.note(scope.warnings());
        pool_.note(plan_.notes);
        pool_.note(reader->notes());
        if (!scope.damage().empty())
            throw Error(Cause::input, path_.string() + ": the image cannot be opened: " + scope.damage(),
                        copy_again);
        pool_.add(std::move(reader));
    }

    const MapInfo& info() const override { return info_; }

    cv::Mat read(const cv::Rect& window, cv::Size size) const override {
        if (window.empty() || size.empty() || (window & all()) != window)
            throw Error(Cause::internal,
                        path_.string() + ": the " + describe(window) + " is not inside the map");
        if (keeping_ == Keeping::memory) {
            const cv::Mat part = in_memory()(window);
            // The caller may draw on what it gets.
            return part.size() == size ? part.clone() : resample(part, size);
        }
        if (keeping_ == Keeping::scratch) return read_scratch(window, size);
        return read_blocks(window, size);
    }

    std::vector<std::string> warnings() const override { return pool_.warnings(); }

    std::size_t workspace(const cv::Rect& window, cv::Size size) const override {
        // The average's sums are real numbers; a bilinear result needs its source.
        const std::size_t result =
            shrinks(window, size) ? 15 * pixels_of(size) : 3 * pixels_of(window.size());
        return static_cast<std::size_t>(decoder_bytes_) + piece_bytes + result + 3 * pixels_of(size);
    }

    std::size_t bytes() const override {
        return sizeof(*this) + (keeping_ == Keeping::memory ? 3 * pixels_of(all().size()) : 0);
    }

  private:
    cv::Rect all() const { return {0, 0, static_cast<int>(info_.width), static_cast<int>(info_.height)}; }

    ColorPlan plan_of(const RasterReader& reader) const {
        try {
            return reader.color_plan();
        } catch (const Error& error) {
            throw Error(Cause::input, path_.string() + ": " + error.what(), "convert it to an RGB image");
        }
    }

    static Keeping keeping_of(const RasterReader& reader, const MapOptions& options) {
        const cv::Size size(reader.width(), reader.height());
        if (pixels_of(size) <= options.decode_whole_up_to / 3) return Keeping::memory;
        // A TIFF's strips stand by themselves; the rows of the others do not.
        const bool in_rows = reader.block(-1).width >= reader.width() && reader.driver() != "GTiff";
        return in_rows ? Keeping::scratch : Keeping::blocks;
    }

    void check_decoder(const RasterReader& reader) {
        const std::size_t element = plan_.type == GDT_Byte ? 1 : 4;
        decoder_bytes_ = pixels_of(block_) * plan_.bands.size() * element;
        // WebP gives rows, but holds all of them.
        if (reader.driver() == "WEBP") decoder_bytes_ = 4 * pixels_of(all().size());
        if (reader.driver() == "JPEG") decoder_bytes_ += progressive_jpeg_bytes(path_);
        if (decoder_bytes_ <= most_decoder_bytes) return;
        throw Error(Cause::limit,
                    path_.string() + ": to decode any part of it, " + std::to_string(decoder_bytes_ >> 20) +
                        " MB must be held at once (blocks of " + std::to_string(block_.width) + " x " +
                        std::to_string(block_.height) + " pixels); at most " +
                        std::to_string(most_decoder_bytes >> 20) + " are",
                    "convert it to a tiled TIFF (gdal_translate -co TILED=YES -co COMPRESS=DEFLATE)");
    }

    cv::Mat in_memory() const {
        const std::lock_guard lock(decoding_);
        if (whole_.empty()) {
            cv::Mat pixels;
            pool_.use(all(), [&](const RasterReader& reader, const GdalScope& scope) {
                pixels = read_pieces(reader, {-1, all(), all()}, scope);
            });
            whole_ = pixels;
            pool_.close();
        }
        return whole_;
    }

    const ScratchPixels& in_scratch() const {
        const std::lock_guard lock(decoding_);
        if (!scratch_) {
            auto scratch = std::make_unique<ScratchPixels>(all().size());
            pool_.use(all(), [&](const RasterReader& reader, const GdalScope& scope) {
                for_each_piece(all(), reader.block(-1), [&](const cv::Rect& piece) {
                    scratch->write(reader.read(plan_, -1, piece, scope), piece.tl());
                });
            });
            scratch_ = std::move(scratch);
            pool_.close();
        }
        return *scratch_;
    }

    cv::Mat read_scratch(const cv::Rect& window, cv::Size size) const {
        const ScratchPixels& scratch = in_scratch();
        if (!shrinks(window, size)) return resample(scratch.read(window), size);
        AreaAverage average(window, averaged_size(window, size));
        for_each_piece(window, {all().width, 1},
                       [&](const cv::Rect& piece) { average.add(scratch.read(piece), piece.tl()); });
        return enlarge(average.result(), size);
    }

    cv::Mat read_blocks(const cv::Rect& window, cv::Size size) const {
        cv::Mat result;
        pool_.use(window, [&](const RasterReader& reader, const GdalScope& scope) {
            if (!shrinks(window, size)) {
                result = resample(read_pieces(reader, {-1, window, window}, scope), size);
                return;
            }
            const LevelWindow from = choose_level(window, averaged_size(window, size));
            AreaAverage average(from.region, averaged_size(window, size));
            for_each_piece(from.pixels, reader.block(from.level), [&](const cv::Rect& piece) {
                average.add(reader.read(plan_, from.level, piece, scope), piece.tl());
            });
            result = enlarge(average.result(), size);
        });
        return result;
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

    fs::path path_;
    MapInfo info_;
    ColorPlan plan_;
    cv::Size block_;
    std::vector<cv::Size> overviews_;
    Keeping keeping_ = Keeping::blocks;
    std::uint64_t decoder_bytes_ = 0;
    mutable ReaderPool pool_;
    mutable std::mutex decoding_;  ///< the first caller decodes, the others wait for it
    mutable cv::Mat whole_;
    mutable std::unique_ptr<ScratchPixels> scratch_;
};

}  // namespace

namespace gdal {

figures::MapHandle open_map(const fs::path& path, const std::string& name, const MapOptions& options) {
    return std::make_shared<GdalMap>(path, name, options);
}

std::optional<GeoTransform> read_geo_transform(const fs::path& path) {
    check_file(path);
    GdalScope scope;
    const GDALDatasetUniquePtr dataset(
        GDALDataset::Open(path.c_str(), GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR, map_drivers()));
    if (!dataset)
        throw Error(Cause::input, path.string() + ": the image cannot be opened: " + scope.damage(),
                    copy_again);
    GeoTransform transform;
    if (dataset->GetGeoTransform(transform.t.data()) != CE_None) return std::nullopt;
    const OGRSpatialReference* reference = dataset->GetSpatialRef();
    char* text = nullptr;
    if (reference && reference->exportToWkt(&text) == OGRERR_NONE) transform.wkt = text;
    CPLFree(text);
    return transform;
}

void set_map_cache(std::size_t bytes) { GDALSetCacheMax64(static_cast<GIntBig>(bytes)); }

}  // namespace gdal

}  // namespace figurant::data_formats
