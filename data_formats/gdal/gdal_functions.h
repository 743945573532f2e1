#pragma once
// What this part does with GDAL. These functions are in a library of their own, figurant_gdal, which is
// loaded when the first of them is called: GDAL brings more than a hundred libraries along, a tenth of a
// second's work. Everybody else calls map_image.h, image.h and geojson.h.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <opencv2/core.hpp>
#include <string>
#include <string_view>

#include "data_formats/map_image/map_image.h"

namespace figurant::data_formats {

namespace gdal {

// As the functions of the same names in map_image.h and image.h.
figures::MapHandle open_map(const std::filesystem::path& path, const std::string& name,
                            const MapOptions& options);
std::optional<GeoTransform> read_geo_transform(const std::filesystem::path& path);
void set_map_cache(std::size_t bytes);
cv::Mat read_image(const std::filesystem::path& path, std::int64_t most_pixels);
cv::Size image_size(std::string_view bytes, const std::string& name, std::int64_t most_pixels);
cv::Mat decode_image(std::string_view bytes, const std::string& name, std::int64_t most_pixels);
cv::Mat decode_label_png(std::string_view bytes, const std::string& name, std::int64_t most_pixels);

/// From the coordinates of a reference system to (longitude, latitude) in degrees, WGS 84.
using ToDegrees = std::function<cv::Point2d(const cv::Point2d&)>;
/// Error(Cause::input) naming `map` when the system is unknown, or has no place for a point; then also from
/// what is returned.
ToDegrees to_degrees(const std::string& wkt, const std::string& map);

}  // namespace gdal

struct GdalFunctions {
    decltype(&gdal::open_map) open_map;
    decltype(&gdal::read_geo_transform) read_geo_transform;
    decltype(&gdal::set_map_cache) set_map_cache;
    decltype(&gdal::read_image) read_image;
    decltype(&gdal::image_size) image_size;
    decltype(&gdal::decode_image) decode_image;
    decltype(&gdal::decode_label_png) decode_label_png;
    decltype(&gdal::to_degrees) to_degrees;
};

/// Loads the library at the first call; errors as loaded_functions (base/loaded_library.h).
const GdalFunctions& gdal_functions();

}  // namespace figurant::data_formats
