#pragma once
// Map images through GDAL, by windows: JPEG, PNG, TIFF (BigTIFF, GeoTIFF, COG), JPEG 2000, WebP. See
// map_image.md.

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "figures/map.h"

namespace figurant::data_formats {

struct MapOptions {
    /// A map whose RGB pixels take at most this many bytes is decoded once, at the first read, and kept by
    /// its handle. A larger one whose decoder only goes from top to bottom (JPEG, PNG, WebP) is decoded once
    /// into a scratch file; any other is read by blocks, and where it shrinks from the overviews in its file,
    /// which decide its pixels then: leave this alone between runs that must agree.
    std::size_t decode_whole_up_to = std::size_t{64} << 20;
};

/// Opens a map: its header only. `name` becomes info().name. The handle may be read from several threads.
/// Error(Cause::input) naming the file: missing, empty, damaged, no image, or an image of another kind than
/// its extension says; Error(Cause::limit) when one block of it cannot be held.
figures::MapHandle open_map(const std::filesystem::path& path, std::string name,
                            const MapOptions& options = {});

/// From pixels (column, row) to the coordinates of a georeferenced map: x = t[0] + column * t[1] + row *
/// t[2], y = t[3] + column * t[4] + row * t[5], in the reference system `wkt`.
struct GeoTransform {
    std::array<double, 6> t{};
    std::string wkt;
};

/// None when the map is not georeferenced. Errors as open_map.
std::optional<GeoTransform> read_geo_transform(const std::filesystem::path& path);

/// How much memory GDAL may keep for blocks of maps that are read by windows, for the whole process.
void set_map_cache(std::size_t bytes);

}  // namespace figurant::data_formats
