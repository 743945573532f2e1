#include "data_formats/geojson/geojson.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <opencv2/imgproc.hpp>

#include "base/digest.h"
#include "data_formats/geojson/outline.h"

using namespace figurant;
using namespace figurant::data_formats;

namespace {

cv::Mat filled(const std::vector<Outline>& parts, cv::Size size) {
    cv::Mat mask(size, CV_8UC1, cv::Scalar(0));
    // Even-odd by pixel centres, slowly: how often a ray to the left crosses an upright edge.
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x) {
            int crossings = 0;
            const auto cross = [&](const Ring& ring) {
                for (std::size_t i = 0; i < ring.size(); ++i) {
                    const auto &a = ring[i], &b = ring[(i + 1) % ring.size()];
                    crossings += a.x == b.x && a.x <= x && std::min(a.y, b.y) <= y && y < std::max(a.y, b.y);
                }
            };
            for (const auto& part : parts) {
                cross(part.outer);
                for (const auto& hole : part.holes) cross(hole);
            }
            mask.at<uchar>(y, x) = static_cast<uchar>(crossings % 2);
        }
    return mask;
}

figures::Detections one_figure(const cv::Mat& mask) {
    figures::Detections found;
    found.map = {"a \"b\".jpg", 100, 80, "a"};
    figures::Figure figure;
    figure.score = 0.5f;
    figure.box = {10, 20, 14, 23};
    if (!mask.empty()) figure.mask = {10, 20, figures::RunLengthMask::encode(mask)};
    found.figures.push_back(figure);
    return found;
}

double turn(const nlohmann::json& ring) {
    double sum = 0;
    for (std::size_t i = 0; i + 1 < ring.size(); ++i)
        sum += ring[i][0].get<double>() * ring[i + 1][1].get<double>() -
               ring[i + 1][0].get<double>() * ring[i][1].get<double>();
    return sum;
}

}  // namespace

TEST_CASE("outlines enclose exactly the mask, each hole in its part") {
    const std::uint64_t seed = 9;
    MESSAGE("seed ", seed);
    for (std::uint64_t round = 0; round < 200; ++round) {
        const cv::Size size(1 + static_cast<int>(mix(seed, round) % 12),
                            1 + static_cast<int>(mix(seed + 1, round) % 12));
        cv::Mat mask(size, CV_8UC1);
        for (int i = 0; i < static_cast<int>(mask.total()); ++i)
            mask.data[i] = mix(round, static_cast<std::uint64_t>(i)) % 10 < 3 + round % 6;
        const auto parts = trace_outlines(mask);
        CHECK(cv::norm(filled(parts, size), mask, cv::NORM_INF) == 0);
        cv::Mat labels;
        CHECK(static_cast<int>(parts.size()) == cv::connectedComponents(mask, labels, 4) - 1);
        for (const auto& part : parts) {
            std::int64_t area = shoelace(part.outer);
            CHECK(area > 0);
            for (const auto& hole : part.holes) {
                CHECK(shoelace(hole) < 0);
                area += shoelace(hole);
            }
            // The part's pixels, by the label of its topmost, leftmost one.
            const int label = labels.at<int>(part.outer[0].y, part.outer[0].x);
            CHECK(area == 2 * cv::countNonZero(labels == label));
        }
    }
}

TEST_CASE("a map without georeference gives pixels, with holes, and says so") {
    cv::Mat ring(3, 4, CV_8UC1, cv::Scalar(1));
    ring.at<uchar>(1, 1) = 0;
    const auto json = nlohmann::json::parse(geojson_text(one_figure(ring), {std::nullopt, 0}));
    CHECK(json["type"] == "FeatureCollection");
    CHECK(json["coordinates"] == "pixels, x to the right, y down");
    const auto& feature = json["features"][0];
    CHECK(feature["properties"]["map"] == "a \"b\".jpg");
    CHECK(feature["properties"]["score"] == 0.5);
    const auto& polygon = feature["geometry"]["coordinates"][0];
    REQUIRE(polygon.size() == 2);
    CHECK(polygon[0] == nlohmann::json::parse("[[10,20],[14,20],[14,23],[10,23],[10,20]]"));
    CHECK(turn(polygon[1]) * turn(polygon[0]) < 0);
    const auto box = nlohmann::json::parse(geojson_text(one_figure({})));
    CHECK(box["features"][0]["geometry"]["coordinates"][0][0].size() == 5);
    CHECK(nlohmann::json::parse(geojson_text({}))["features"].empty());
}

TEST_CASE("a georeferenced map gives longitude and latitude, turning as the standard says") {
    const std::string wgs84 =
        R"(GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],)"
        R"(PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]])";
    const GeoTransform north_up{{7.5, 0.001, 0, 47.25, 0, -0.001}, wgs84};
    cv::Mat ring(3, 4, CV_8UC1, cv::Scalar(1));
    ring.at<uchar>(1, 1) = 0;
    const auto json = nlohmann::json::parse(geojson_text(one_figure(ring), {north_up, 0}));
    CHECK(!json.contains("coordinates"));
    const auto& polygon = json["features"][0]["geometry"]["coordinates"][0];
    CHECK(turn(polygon[0]) > 0);
    CHECK(turn(polygon[1]) < 0);
    double west = 180, north = -90;
    for (const auto& point : polygon[0]) {
        west = std::min(west, point[0].get<double>());
        north = std::max(north, point[1].get<double>());
    }
    CHECK(west == doctest::Approx(7.51).epsilon(1e-9));
    CHECK(north == doctest::Approx(47.23).epsilon(1e-9));
}
