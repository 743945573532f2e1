#include "data_formats/gdal/raster_reader.h"

#include <cpl_error.h>
#include <cpl_string.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "data_formats/gdal/gdal_scope.h"

namespace figurant::data_formats {

namespace {

std::uint8_t over_white(int value, int alpha) {
    return static_cast<std::uint8_t>((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

cv::Vec3b over_white(const cv::Vec4b& color) {
    return {over_white(color[0], color[3]), over_white(color[1], color[3]), over_white(color[2], color[3])};
}

std::vector<cv::Vec3b> read_palette(const GDALColorTable& table) {
    std::vector<cv::Vec3b> palette(256, cv::Vec3b(0, 0, 0));
    for (int i = 0; i < std::min(256, table.GetColorEntryCount()); ++i) {
        const GDALColorEntry& entry = *table.GetColorEntry(i);
        const auto byte = [](short v) { return static_cast<std::uint8_t>(std::clamp<int>(v, 0, 255)); };
        palette[static_cast<std::size_t>(i)] =
            over_white({byte(entry.c1), byte(entry.c2), byte(entry.c3), byte(entry.c4)});
    }
    return palette;
}

int find_band(GDALDataset& dataset, GDALColorInterp wanted) {
    for (int i = 1; i <= dataset.GetRasterCount(); ++i)
        if (dataset.GetRasterBand(i)->GetColorInterpretation() == wanted) return i;
    return 0;
}

void choose_bands(GDALDataset& dataset, ColorPlan& plan) {
    using Kind = ColorPlan::Kind;
    const int count = dataset.GetRasterCount(), alpha = find_band(dataset, GCI_AlphaBand);
    const int red = find_band(dataset, GCI_RedBand), green = find_band(dataset, GCI_GreenBand),
              blue = find_band(dataset, GCI_BlueBand);
    const GDALColorTable* table = dataset.GetRasterBand(1)->GetColorTable();
    if (count == 1 && table && dataset.GetRasterBand(1)->GetRasterDataType() == GDT_Byte) {
        plan.kind = Kind::palette;
        plan.bands = {1};
        plan.palette = read_palette(*table);
    } else if (count >= 4 && find_band(dataset, GCI_CyanBand) == 1 &&
               find_band(dataset, GCI_BlackBand) == 4) {
        plan.kind = Kind::cmyk;
        plan.bands = {1, 2, 3, 4};
    } else if (count >= 3) {
        plan.bands = red && green && blue ? std::vector{red, green, blue} : std::vector{1, 2, 3};
        plan.kind = alpha ? Kind::rgba : Kind::rgb;
        if (alpha) plan.bands.push_back(alpha);
        if (count > (alpha ? 4 : 3))
            plan.notes.push_back("has " + std::to_string(count) + " bands; three are used");
    } else {
        plan.kind = count == 2 && alpha == 2 ? Kind::grey_alpha : Kind::grey;
        plan.bands = plan.kind == Kind::grey_alpha ? std::vector{1, 2} : std::vector{1};
    }
}

/// Values that use their type's whole range are scaled from it; others are stretched from least to most.
void choose_scale(GDALDataset& dataset, ColorPlan& plan) {
    GDALRasterBand& band = *dataset.GetRasterBand(plan.bands.front());
    const GDALDataType type = band.GetRasterDataType();
    const char* bits_text = band.GetMetadataItem("NBITS", "IMAGE_STRUCTURE");
    const int bits = bits_text ? std::atoi(bits_text) : GDALGetDataTypeSizeBits(type);
    if (type == GDT_Byte && (bits == 8 || plan.kind == ColorPlan::Kind::palette)) return;
    plan.type = GDT_Float32;
    if (type == GDT_Byte || type == GDT_UInt16 || type == GDT_UInt32) {
        plan.scale = 255.0 / (std::ldexp(1.0, std::clamp(bits, 1, 32)) - 1);
        return;
    }
    double least = HUGE_VAL, most = -HUGE_VAL;
    for (const int number : plan.bands) {
        double extent[2] = {0, 0};
        if (dataset.GetRasterBand(number)->ComputeRasterMinMax(TRUE, extent) != CE_None) continue;
        least = std::min(least, extent[0]);
        most = std::max(most, extent[1]);
    }
    if (!(least < most)) most = least + 1;
    plan.offset = least;
    plan.scale = 255.0 / (most - least);
    plan.notes.push_back("has values of type " + std::string(GDALGetDataTypeName(type)) +
                         "; stretched from " + std::to_string(least) + " to " + std::to_string(most));
}

template <class Convert>
void convert_each(const cv::Mat& raw, cv::Mat& rgb, Convert convert) {
    const int channels = raw.channels();
    for (int y = 0; y < raw.rows; ++y) {
        const auto* from = raw.ptr<std::uint8_t>(y);
        auto* to = rgb.ptr<cv::Vec3b>(y);
        for (int x = 0; x < raw.cols; ++x) to[x] = convert(from + x * channels);
    }
}

/// Bands of 8 bit, interleaved as the plan lists them, to RGB.
cv::Mat to_rgb(const ColorPlan& plan, const cv::Mat& raw) {
    using Kind = ColorPlan::Kind;
    if (plan.kind == Kind::rgb || plan.kind == Kind::as_stored) return raw;
    cv::Mat rgb(raw.size(), CV_8UC3);
    const auto ink = [](int amount, int black) {
        return static_cast<std::uint8_t>(((255 - amount) * (255 - black) + 127) / 255);
    };
    switch (plan.kind) {
        case Kind::grey:
            convert_each(raw, rgb, [](const std::uint8_t* p) { return cv::Vec3b(p[0], p[0], p[0]); });
            break;
        case Kind::grey_alpha:
            convert_each(raw, rgb, [](const std::uint8_t* p) {
                const std::uint8_t v = over_white(p[0], p[1]);
                return cv::Vec3b(v, v, v);
            });
            break;
        case Kind::rgba:
            convert_each(raw, rgb, [](const std::uint8_t* p) {
                return over_white({p[0], p[1], p[2], p[3]});
            });
            break;
        case Kind::palette:
            convert_each(raw, rgb, [&](const std::uint8_t* p) { return plan.palette[p[0]]; });
            break;
        case Kind::cmyk:
            convert_each(raw, rgb, [&](const std::uint8_t* p) {
                return cv::Vec3b(ink(p[0], p[3]), ink(p[1], p[3]), ink(p[2], p[3]));
            });
            break;
        case Kind::rgb:
        case Kind::as_stored:
            break;
    }
    return rgb;
}

cv::Mat to_bytes(const ColorPlan& plan, const cv::Mat& values) {
    cv::Mat bytes(values.size(), CV_MAKETYPE(CV_8U, values.channels()));
    for (int y = 0; y < values.rows; ++y) {
        const auto* from = values.ptr<float>(y);
        auto* to = bytes.ptr<std::uint8_t>(y);
        for (int i = 0; i < values.cols * values.channels(); ++i) {
            const double value = (static_cast<double>(from[i]) - plan.offset) * plan.scale;
            // Written so that a NaN becomes 0.
            to[i] = value > 0 ? static_cast<std::uint8_t>(std::min(255.0, value + 0.5)) : std::uint8_t{0};
        }
    }
    return bytes;
}

}  // namespace

RasterReader::RasterReader(const std::filesystem::path& path) {
    GdalScope scope;
    dataset_.reset(GDALDataset::Open(path.c_str(), GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR, map_drivers()));
    if (dataset_ && dataset_->GetRasterCount() > 0) return;
    const bool unknown = scope.damage().empty() || scope.damage().find("not recognized") != std::string::npos;
    throw Error(Cause::input,
                path.string() + (unknown ? ": is no image of a kind that is known here"
                                         : ": the image cannot be opened: " + scope.damage()),
                "give a JPEG, PNG, TIFF, JPEG 2000 or WebP file; check that it was copied whole");
}

GDALRasterBand* RasterReader::band(int number, int level) const {
    GDALRasterBand* whole = dataset_->GetRasterBand(number);
    return level < 0 ? whole : whole->GetOverview(level);
}

cv::Size RasterReader::block(int level) const {
    int width = 1, height = 1;
    band(1, level)->GetBlockSize(&width, &height);
    return {std::max(1, width), std::max(1, height)};
}

std::vector<cv::Size> RasterReader::overviews() const {
    std::vector<cv::Size> sizes;
    const int count = dataset_->GetRasterBand(1)->GetOverviewCount();
    // Beyond an eighth a JPEG's overview is the thumbnail of its EXIF header: somebody else's picture of it.
    const int most = driver() == "JPEG" ? 8 : 1 << 20;
    for (int i = 0; i < count; ++i) {
        GDALRasterBand* overview = dataset_->GetRasterBand(1)->GetOverview(i);
        const cv::Size size = overview ? cv::Size(overview->GetXSize(), overview->GetYSize()) : cv::Size();
        const bool complete =
            overview && dataset_->GetRasterBand(dataset_->GetRasterCount())->GetOverviewCount() > i;
        const auto shrinks = [&](int full, int small) { return small > 0 && full / small <= most; };
        sizes.push_back(
            complete && shrinks(width(), size.width) && shrinks(height(), size.height) ? size : cv::Size());
    }
    return sizes;
}

ColorPlan RasterReader::color_plan() const {
    ColorPlan plan;
    choose_bands(*dataset_, plan);
    const GDALDataType type = dataset_->GetRasterBand(plan.bands.front())->GetRasterDataType();
    if (GDALDataTypeIsComplex(type)) throw Error(Cause::input, "holds complex numbers, which are no colours");
    choose_scale(*dataset_, plan);
    return plan;
}

std::vector<std::string> RasterReader::notes() const {
    const CPLErrorHandlerPusher quiet(CPLQuietErrorHandler);  // what is beside the pixels may be damaged
    std::vector<std::string> notes;
    const char* orientation = dataset_->GetMetadataItem("EXIF_Orientation");
    if (orientation && std::string_view(orientation) != "1" && std::string_view(orientation) != "0")
        notes.emplace_back(
            "its EXIF header asks to turn it, which is not done: turn the pixels themselves "
            "(exiftran -ai, mogrify -auto-orient) if figures lie on their side");
    // Two entries for each page, a name and a description; none where there is one page alone.
    const int pages = CSLCount(dataset_->GetMetadata("SUBDATASETS")) / 2;
    if (pages > 1) notes.push_back("has " + std::to_string(pages) + " pages; the first is read");
    return notes;
}

ColorPlan RasterReader::label_plan() const {
    ColorPlan plan;
    choose_bands(*dataset_, plan);
    if (dataset_->GetRasterBand(1)->GetRasterDataType() != GDT_Byte)
        throw Error(Cause::input, "has more than 8 bits a channel, which labels cannot have");
    if (plan.kind == ColorPlan::Kind::palette) return plan;
    plan.kind = ColorPlan::Kind::as_stored;
    plan.bands.clear();
    for (int i = 1; i <= dataset_->GetRasterCount(); ++i) plan.bands.push_back(i);
    return plan;
}

bool RasterReader::read_raw(const ColorPlan& plan, int level, const cv::Rect& window, cv::Mat& raw) const {
    const int channels = raw.channels(), width = window.width, height = window.height;
    const auto pixel = static_cast<GSpacing>(raw.elemSize()), line = static_cast<GSpacing>(raw.step[0]);
    const auto value = static_cast<GSpacing>(raw.elemSize1());
    GDALDataset* whole = level < 0 ? dataset_.get() : band(1, level)->GetDataset();
    // All bands in one call: a decoder that gives them together would otherwise go through the file for each.
    if (whole && whole->GetRasterCount() == dataset_->GetRasterCount() &&
        whole->GetRasterXSize() == band(1, level)->GetXSize()) {
        std::vector<int> bands = plan.bands;
        return whole->RasterIO(GF_Read, window.x, window.y, width, height, raw.data, width, height, plan.type,
                               channels, bands.data(), pixel, line, value, nullptr) == CE_None;
    }
    for (int i = 0; i < channels; ++i) {
        GDALRasterBand* one = band(plan.bands[static_cast<std::size_t>(i)], level);
        if (one->RasterIO(GF_Read, window.x, window.y, width, height,
                          raw.data + static_cast<std::size_t>(i * value), width, height, plan.type, pixel,
                          line, nullptr) != CE_None)
            return false;
    }
    return true;
}

cv::Mat RasterReader::read(const ColorPlan& plan, int level, const cv::Rect& window,
                           const GdalScope& scope) const {
    const int depth = plan.type == GDT_Byte ? CV_8U : CV_32F;
    cv::Mat raw(window.size(), CV_MAKETYPE(depth, static_cast<int>(plan.bands.size())));
    const bool good = read_raw(plan, level, window, raw);
    if (!scope.damage().empty()) throw Error(Cause::input, scope.damage());
    if (!good) throw Error(Cause::input, "the pixels cannot be read");
    return to_rgb(plan, depth == CV_8U ? raw : to_bytes(plan, raw));
}

void for_each_piece(const cv::Rect& window, cv::Size block,
                    const std::function<void(const cv::Rect&)>& body) {
    constexpr int side = 1024;  // 1024 x 1024 x (3 + 1) bytes
    const auto grow = [](int part, int wanted) { return part * std::max(1, wanted / part); };
    const int width = std::min(window.width, grow(block.width, side));
    const int rows = std::max(1, static_cast<int>(std::int64_t{side} * side / std::max(width, 1)));
    const int height = grow(block.height, rows), wide = grow(block.width, side);
    for (int y = window.y; y < window.br().y;) {
        const int bottom = std::min(window.br().y, (y / height + 1) * height);
        for (int x = window.x; x < window.br().x;) {
            const int right =
                static_cast<int>(std::min<std::int64_t>(window.br().x, (std::int64_t{x} / wide + 1) * wide));
            body({x, y, right - x, bottom - y});
            x = right;
        }
        y = bottom;
    }
}

}  // namespace figurant::data_formats
