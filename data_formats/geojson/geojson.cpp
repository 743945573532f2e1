#include "data_formats/geojson/geojson.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <opencv2/imgproc.hpp>

#include "data_formats/gdal/gdal_functions.h"
#include "data_formats/geojson/outline.h"

namespace figurant::data_formats {

namespace {

std::string number(double value) {
    char digits[32];
    return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

std::string quoted(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// From pixels to the coordinates of the file.
class Projection {
  public:
    Projection(const std::optional<GeoTransform>& transform, const std::string& map) : transform_(transform) {
        if (!transform || transform->wkt.empty()) {
            transform_.reset();
            return;
        }
        to_degrees_ = gdal_functions().to_degrees(transform->wkt, map);
    }

    bool is_geographic() const { return transform_.has_value(); }

    std::string point(double x, double y) const {
        if (!transform_) return "[" + number(x) + ", " + number(y) + "]";
        const auto& t = transform_->t;
        const cv::Point2d degrees = to_degrees_({t[0] + x * t[1] + y * t[2], t[3] + x * t[4] + y * t[5]});
        // A tenth of a millimetre.
        const auto rounded = [](double value) { return std::round(value * 1e9) / 1e9; };
        return "[" + number(rounded(degrees.x)) + ", " + number(rounded(degrees.y)) + "]";
    }

    /// Whether a ring that goes clockwise on the screen goes clockwise in the file's coordinates, seen with y
    /// upwards.
    bool keeps_turn() const {
        if (!transform_) return false;
        const auto& t = transform_->t;
        return t[1] * t[5] - t[2] * t[4] < 0;
    }

  private:
    std::optional<GeoTransform> transform_;
    gdal::ToDegrees to_degrees_;
};

Ring simplified(const Ring& ring, double tolerance) {
    if (tolerance <= 0 || ring.size() < 5) return ring;
    Ring result;
    cv::approxPolyDP(ring, result, tolerance, true);
    return result.size() < 3 ? ring : result;
}

/// RFC 7946 wants outer rings counter-clockwise (y upwards), holes clockwise, and the first point again at
/// the end.
std::string ring_text(Ring ring, const cv::Point& place, const Projection& projection) {
    if (projection.keeps_turn()) std::reverse(ring.begin(), ring.end());
    std::string text = "[";
    for (const auto& corner : ring) text += projection.point(corner.x + place.x, corner.y + place.y) + ", ";
    return text + projection.point(ring.front().x + place.x, ring.front().y + place.y) + "]";
}

std::vector<Outline> outlines_of(const figures::Figure& figure, cv::Point& place) {
    if (!figure.mask.empty() && figure.mask.local.area() > 0) {
        place = {static_cast<int>(figure.mask.x), static_cast<int>(figure.mask.y)};
        return trace_outlines(figure.mask.local.decode());
    }
    const auto corner = [](float x, float y) {
        return cv::Point(static_cast<int>(std::lround(x)), static_cast<int>(std::lround(y)));
    };
    const auto& box = figure.box;
    return {{{corner(box.x_min, box.y_min), corner(box.x_max, box.y_min), corner(box.x_max, box.y_max),
              corner(box.x_min, box.y_max)},
             {}}};
}

std::string geometry(const figures::Figure& figure, const GeoJsonOptions& options,
                     const Projection& projection) {
    cv::Point place;
    std::string polygons;
    for (const auto& part : outlines_of(figure, place)) {
        std::string rings = ring_text(simplified(part.outer, options.tolerance), place, projection);
        for (const auto& hole : part.holes)
            rings += ", " + ring_text(simplified(hole, options.tolerance), place, projection);
        polygons += (polygons.empty() ? "[" : ", [") + rings + "]";
    }
    return "{\"type\": \"MultiPolygon\", \"coordinates\": [" + polygons + "]}";
}

}  // namespace

std::string geojson_text(const figures::Detections& found, const GeoJsonOptions& options) {
    const Projection projection(options.transform, found.map.name);
    std::string text =
        "{\"type\": \"FeatureCollection\", \"name\": " + quoted(found.map.name) +
        (projection.is_geographic() ? "" : ", \"coordinates\": \"pixels, x to the right, y down\"") +
        ", \"features\": [";
    const char* separator = "\n";
    for (const auto& figure : found.figures) {
        text += separator + std::string("{\"type\": \"Feature\", \"properties\": {\"map\": ") +
                quoted(found.map.name) + ", \"category\": " + std::to_string(figure.category) +
                ", \"score\": " + number(static_cast<double>(figure.score)) +
                "}, \"geometry\": " + geometry(figure, options, projection) + "}";
        separator = ",\n";
    }
    return text + "\n]}\n";
}

}  // namespace figurant::data_formats
