#include <nlohmann/json.hpp>

#include "base/file_writer.h"
#include "stages/payloads.h"
#include "tests/stages/pictures.h"
#include "tests/stages/stage_harness.h"

using namespace figurant;
using namespace figurant::stages::test;

namespace {

Payload figures_of(const std::string& name) {
    figures::Detections found{{name, 120, 90, figures::map_stem(name)}, {}};
    found.figures = {ellipse(20, 15, 40, 30, 0.75F), ellipse(70, 30, 25, 45, 0.5F)};
    return payload(found);
}

nlohmann::json read_json(const std::filesystem::path& file) { return nlohmann::json::parse(read_file(file)); }

double area_of(const nlohmann::json& ring) {
    double twice = 0;
    for (std::size_t i = 0; i + 1 < ring.size(); ++i)
        twice += ring[i][0].get<double>() * ring[i + 1][1].get<double>() -
                 ring[i + 1][0].get<double>() * ring[i][1].get<double>();
    return std::abs(twice) / 2;
}

}  // namespace

TEST_CASE("each map has a file of its stem with the outline and score of each figure, in pixels") {
    const ScratchFolder folder;
    StageRun write("write_geojson", {{"folder", one(folder.path())}, {"tolerance", one(0.0)}});
    write.sink({figures_of("west.png")});
    write.sink({figures_of("deep/east.tif")});
    CHECK(files_below(folder.path()) == std::vector<std::string>{"deep/east.geojson", "west.geojson"});
    const auto collection = read_json(folder / "west.geojson");
    CHECK(collection["type"] == "FeatureCollection");
    REQUIRE(collection["features"].size() == 2);
    const std::vector<figures::Figure> truth = {ellipse(20, 15, 40, 30), ellipse(70, 30, 25, 45)};
    for (std::size_t i = 0; i < 2; ++i) {
        const auto& feature = collection["features"][i];
        CHECK(feature["properties"]["map"] == "west.png");
        CHECK(feature["properties"]["category"] == 1);
        CHECK(feature["properties"]["score"].get<double>() == doctest::Approx(i == 0 ? 0.75 : 0.5));
        auto polygon = feature["geometry"]["coordinates"];
        if (feature["geometry"]["type"] == "MultiPolygon") polygon = polygon[0];
        CHECK(area_of(polygon[0]) == doctest::Approx(static_cast<double>(truth[i].mask.area())));
    }
}

TEST_CASE("a tolerance takes corners away, and little of the area") {
    const ScratchFolder folder;
    StageRun("write_geojson", {{"folder", one(folder / "exact")}, {"tolerance", one(0.0)}})
        .sink({figures_of("a.png")});
    StageRun("write_geojson", {{"folder", one(folder / "rough")}, {"tolerance", one(1.5)}})
        .sink({figures_of("a.png")});
    CHECK(std::filesystem::file_size(folder / "rough/a.geojson") <
          std::filesystem::file_size(folder / "exact/a.geojson") / 2);
}

TEST_CASE("a map without figures has an empty collection; nothing has its final name before commit") {
    const ScratchFolder folder;
    StageRun write("write_geojson", {{"folder", one(folder.path())}});
    auto part = write.part({payload(figures::Detections{{"bare.png", 120, 90, "bare"}, {}})});
    part->flush();
    CHECK_FALSE(std::filesystem::exists(folder / "bare.geojson"));
    part->commit();
    CHECK(read_json(folder / "bare.geojson")["features"].empty());
    part = write.part({figures_of("west.png")});
    part.reset();
    CHECK(files_below(folder.path()) == std::vector<std::string>{"bare.geojson"});
}
