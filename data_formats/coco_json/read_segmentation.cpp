#include "data_formats/coco_json/read_segmentation.h"

#include <limits>
#include <vector>

#include "base/error.h"

namespace figurant::data_formats {

namespace {

using figures::RunLengthMask;
using simdjson::ondemand::json_type;

std::vector<double> read_polygon(json::Value& value, const JsonPlace& place) {
    std::vector<double> points;
    json::each_element(value, place, [&](json::Value& each, const JsonPlace& inside) {
        points.push_back(json::number(each, inside));
    });
    if (points.size() < 6 || points.size() % 2 != 0)
        throw JsonProblem(place, "a polygon must be x, y of three points at least, but there are " +
                                     std::to_string(points.size()) + " numbers");
    return points;
}

std::vector<std::uint32_t> read_runs(json::Value& value, const JsonPlace& place) {
    std::vector<std::uint32_t> counts;
    json::each_element(value, place, [&](json::Value& each, const JsonPlace& inside) {
        const std::int64_t count = json::integer(each, inside);
        if (count < 0 || count > std::numeric_limits<std::uint32_t>::max())
            throw JsonProblem(inside, "must be the length of a run");
        counts.push_back(static_cast<std::uint32_t>(count));
    });
    return counts;
}

/// {"size": [height, width], "counts": …}, whose parts may come in either order.
struct Runs {
    std::optional<std::array<double, 2>> size;
    std::optional<std::string_view> compressed;
    std::optional<std::vector<std::uint32_t>> counts;
};

Runs read_parts(json::Value& value, const JsonPlace& place) {
    Runs runs;
    json::each_field(value, place, [&](std::string_view key, json::Value part, const JsonPlace& inside) {
        if (key == "size") runs.size = json::numbers<2>(part, inside);
        if (key != "counts") return;
        if (json::is(part, json_type::string, inside)) {
            runs.compressed = json::text(part, inside);
        } else {
            runs.counts = read_runs(part, inside);
        }
    });
    return runs;
}

RunLengthMask from_parts(Runs runs, const JsonPlace& place, ImageSize image) {
    if (!runs.size) throw JsonProblem(place, "has no \"size\"");
    if (!runs.compressed && !runs.counts) throw JsonProblem(place, "has no \"counts\"");
    for (const double side : *runs.size)
        if (!(side >= 0 && side < 1e9))
            throw JsonProblem(place, "\"size\" must be height and width in pixels");
    const auto height = static_cast<std::int64_t>((*runs.size)[0]),
               width = static_cast<std::int64_t>((*runs.size)[1]);
    const bool known = image.height > 0 && image.width > 0;
    if (known && (height != image.height || width != image.width))
        throw JsonProblem(place, "is " + std::to_string(height) + " x " + std::to_string(width) +
                                     " pixels (height x width), but its image is " +
                                     std::to_string(image.height) + " x " + std::to_string(image.width));
    return runs.compressed ? RunLengthMask::from_string(height, width, *runs.compressed)
                           : RunLengthMask(height, width, std::move(*runs.counts));
}

std::optional<RunLengthMask> from_polygons(json::Value& value, const JsonPlace& place, ImageSize image) {
    std::vector<std::vector<double>> polygons;
    json::each_element(value, place, [&](json::Value& each, const JsonPlace& inside) {
        polygons.push_back(read_polygon(each, inside));
    });
    if (polygons.empty()) return std::nullopt;
    if (image.height <= 0 || image.width <= 0)
        throw JsonProblem(place, "polygons need the width and height of their image, which are not given");
    return RunLengthMask::from_polygons(image.height, image.width, polygons);
}

}  // namespace

std::optional<RunLengthMask> read_segmentation(json::Value& value, const JsonPlace& place, ImageSize image) {
    try {
        if (json::is(value, json_type::null, place)) {
            // Asked for explicitly, so that "nul" is not taken for null.
            bool null = false;
            json::expect(value.is_null().get(null), place, "a segmentation");
            return std::nullopt;
        }
        if (json::is(value, json_type::array, place)) return from_polygons(value, place, image);
        return from_parts(read_parts(value, place), place, image);
    } catch (const Error& error) {
        throw JsonProblem(place, error.what());
    }
}

}  // namespace figurant::data_formats
