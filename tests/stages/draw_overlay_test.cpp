#include "stages/payloads.h"
#include "tests/stages/pictures.h"
#include "tests/stages/stage_harness.h"

using namespace figurant;
using namespace figurant::stages::test;

namespace {

const cv::Mat& picture() {
    static const cv::Mat pixels = noise(120, 90, 3);
    return pixels;
}

figures::Detections figures_on(const figures::MapInfo& map) {
    // One inside, one that overlaps it, one over the map's corner.
    return {map, {ellipse(20, 15, 40, 30), ellipse(50, 30, 25, 45, 0.6F), ellipse(90, 60, 30, 30, 0.4F)}};
}

figures::MapHandle drawn(const ParameterValues& values, const cv::Mat& pixels) {
    StageRun overlay("draw_overlay", values);
    const auto map = figures::memory_map("west.png", pixels);
    const auto out = overlay.process({payload(map), payload(figures_on(map->info()))});
    return get<figures::MapHandle>(out);
}

cv::Rect all(const figures::MapHandle& map) {
    return {0, 0, static_cast<int>(map->info().width), static_cast<int>(map->info().height)};
}

}  // namespace

TEST_CASE("a map drawn in any windows is the whole one in pieces") {
    const auto map = drawn({}, picture());
    const cv::Mat whole = map->read(all(map));
    CHECK_FALSE(same(whole, picture()));
    for (const int side : {7, 32, 64})
        for (int y = 0; y < 90; y += side)
            for (int x = 0; x < 120; x += side) {
                const cv::Rect window = cv::Rect(x, y, side, side) & all(map);
                CHECK(same(map->read(window), whole(window).clone()));
            }
}

TEST_CASE("boxes are cyan and three pixels wide outward, masks blue-violet at an alpha of 100") {
    const auto map = drawn({}, cv::Mat(90, 120, CV_8UC3, cv::Scalar(200, 100, 50)));
    const cv::Mat pixels = map->read(all(map));
    const cv::Vec3b cyan(0, 255, 255), paper(200, 100, 50);
    for (int outward = 0; outward < 3; ++outward) CHECK(pixels.at<cv::Vec3b>(17, 20 - outward) == cyan);
    CHECK(pixels.at<cv::Vec3b>(17, 17) == paper);
    CHECK(pixels.at<cv::Vec3b>(17, 21) == paper);
    const auto mixed = pixels.at<cv::Vec3b>(30, 35);  // inside the first mask only
    const double alpha = 100 / 255.0;
    const int color[3] = {128, 0, 255};
    for (int c = 0; c < 3; ++c) CHECK(std::abs(mixed[c] - ((1 - alpha) * paper[c] + alpha * color[c])) <= 1);
    CHECK(pixels.at<cv::Vec3b>(80, 10) == paper);
}

TEST_CASE("the map keeps its name and size, and shrinks as a drawn picture, not as drawing on a shrunk one") {
    const auto map = drawn({}, picture());
    CHECK(map->info().name == "west.png");
    CHECK(map->info().stem == "west");
    CHECK(all(map) == cv::Rect(0, 0, 120, 90));
    const cv::Mat half = map->read(all(map), {60, 45});
    cv::Mat expected;
    cv::resize(map->read(all(map)), expected, {60, 45}, 0, 0, cv::INTER_AREA);
    CHECK(same(half, expected));
    const cv::Mat twice = map->read({10, 10, 20, 20}, {40, 40});
    CHECK(twice.size() == cv::Size(40, 40));
}

TEST_CASE("a style that draws nothing leaves the map as it is") {
    const auto map = drawn({{"box_width", one(0)}, {"mask_color", many(1, 2, 3, 0)}}, picture());
    CHECK(same(map->read(all(map)), picture()));
}

TEST_CASE("what is drawn on keeps its memory counted") {
    const auto map = drawn({}, picture());
    CHECK(map->bytes() >= picture().total() * 3);
    CHECK(map->workspace(all(map), {60, 45}) >= picture().total() * 3);
}

TEST_CASE("colours with too few or too many numbers, or numbers out of range, are refused by name") {
    const auto box = error_of(Cause::configuration, [] {
        StageRun("draw_overlay", {{"box_color", many(1, 2)}});
    });
    CHECK(contains(box.what(), "box_color"));
    const auto mask = error_of(Cause::configuration, [] {
        StageRun("draw_overlay", {{"mask_color", many(1, 2, 3)}});
    });
    CHECK(contains(mask.what(), "mask_color"));
    error_of(Cause::configuration, [] { StageRun("draw_overlay", {{"mask_color", many(1, 2, 3, 256)}}); });
}
