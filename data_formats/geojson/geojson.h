#pragma once
// Figures as GeoJSON (RFC 7946), for geographic information systems. See geojson.md.

#include <optional>
#include <string>

#include "data_formats/map_image/map_image.h"
#include "figures/figure.h"

namespace figurant::data_formats {

struct GeoJsonOptions {
    /// Where the map lies on the earth; none: coordinates are pixels of the map, x to the right, y down.
    std::optional<GeoTransform> transform;
    /// How far an outline may depart from the mask's edge, in pixels; 0 follows every pixel.
    double tolerance = 1;
};

/// A FeatureCollection, a feature a line: the outline of each figure's mask (its box where it has none), with
/// properties "map", "category", "score". The order is that of `found`. Error(Cause::input) when the map's
/// reference system cannot be turned into longitude and latitude.
std::string geojson_text(const figures::Detections& found, const GeoJsonOptions& options = {});

}  // namespace figurant::data_formats
