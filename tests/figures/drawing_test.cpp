#include "figures/drawing.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/random.h"
#include "figures/map.h"

using namespace figurant;
using namespace figurant::figures;

namespace {

cv::Mat random_pixels(int height, int width, Random& random) {
    cv::Mat pixels(height, width, CV_8UC3);
    for (std::size_t i = 0; i < pixels.total() * 3; ++i)
        pixels.data[i] = static_cast<std::uint8_t>(random.below(256));
    return pixels;
}

Detections random_figures(int height, int width, int count, Random& random) {
    Detections detections{{"map", width, height, "map"}, {}};
    for (int i = 0; i < count; ++i) {
        const int w = static_cast<int>(1 + random.below(width / 2)),
                  h = static_cast<int>(1 + random.below(height / 2));
        const int x = static_cast<int>(random.below(width - w + 1)),
                  y = static_cast<int>(random.below(height - h + 1));
        cv::Mat mask(h, w, CV_8UC1);
        for (std::size_t p = 0; p < mask.total(); ++p) mask.data[p] = random.chance(0.7);
        detections.figures.push_back({{static_cast<float>(x), static_cast<float>(y),
                                       static_cast<float>(x + w), static_cast<float>(y + h)},
                                      0.9F,
                                      1,
                                      {x, y, RunLengthMask::encode(mask)}});
    }
    return detections;
}

/// Pixel by pixel: nested rectangles of one pixel, then the rounded average.
void slow_overlay(cv::Mat& pixels, const Detections& detections) {
    const auto set = [&](int x, int y) {
        if (x >= 0 && y >= 0 && x < pixels.cols && y < pixels.rows)
            pixels.at<cv::Vec3b>(y, x) = {0, 255, 255};
    };
    for (const auto& figure : detections.figures) {
        for (int k = 0; k < 3; ++k) {
            const int left = static_cast<int>(figure.box.x_min) - k,
                      right = static_cast<int>(figure.box.x_max) + 1 + k;
            const int top = static_cast<int>(figure.box.y_min) - k,
                      bottom = static_cast<int>(figure.box.y_max) + 1 + k;
            for (int x = left; x <= right; ++x) set(x, top), set(x, bottom);
            for (int y = top; y <= bottom; ++y) set(left, y), set(right, y);
        }
        const cv::Mat mask = figure.mask.on_image(pixels.rows, pixels.cols).decode();
        for (int y = 0; y < pixels.rows; ++y)
            for (int x = 0; x < pixels.cols; ++x)
                if (mask.at<std::uint8_t>(y, x)) {
                    auto& pixel = pixels.at<cv::Vec3b>(y, x);
                    const int color[3] = {128, 0, 255};
                    for (int c = 0; c < 3; ++c)
                        pixel[c] =
                            static_cast<std::uint8_t>(std::lround((pixel[c] * 155 + color[c] * 100) / 255.0));
                }
    }
}

bool same(const cv::Mat& a, const cv::Mat& b) { return cv::norm(a, b, cv::NORM_INF) == 0; }

}  // namespace

TEST_CASE("boxes are cyan and three pixels wide, masks purple at alpha 100, pixel for pixel") {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        cv::Mat pixels = random_pixels(50, 70, random), expected = pixels.clone();
        const auto detections = random_figures(50, 70, 5, random);
        draw_overlay(pixels, {0, 0, 70, 50}, detections);
        slow_overlay(expected, detections);
        CHECK(same(pixels, expected));
    }
}

TEST_CASE("a map drawn window by window comes out as drawn at once") {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const cv::Mat pixels = random_pixels(90, 70, random);
        const auto detections = random_figures(90, 70, 6, random);
        cv::Mat at_once = pixels.clone(), in_windows = pixels.clone();
        draw_overlay(at_once, {0, 0, 70, 90}, detections);
        const int step = static_cast<int>(1 + random.below(40));
        for (int y = 0; y < 90; y += step)
            for (int x = 0; x < 70; x += step) {
                const cv::Rect window = cv::Rect(x, y, step, step) & cv::Rect(0, 0, 70, 90);
                cv::Mat part = in_windows(window);
                draw_overlay(part, window, detections);
            }
        CHECK(same(at_once, in_windows));
    }
}

TEST_CASE("parts of the overlay can be left out, and wrong windows are refused") {
    Random random(1);
    const auto detections = random_figures(40, 40, 3, random);
    cv::Mat pixels = random_pixels(40, 40, random);
    const cv::Mat before = pixels.clone();
    draw_overlay(pixels, {0, 0, 40, 40}, detections, {{0, 255, 255}, 0, {128, 0, 255, 0}});
    CHECK(same(pixels, before));
    CHECK_THROWS_AS(draw_overlay(pixels, {0, 0, 30, 40}, detections), Error);
}

TEST_CASE("a map in memory gives its windows, sampled to any size") {
    Random random(2);
    const cv::Mat pixels = random_pixels(40, 60, random);
    const MapHandle map = memory_map("map", pixels);
    CHECK(map->info().width == 60);
    CHECK(same(map->read({10, 5, 20, 30}), pixels(cv::Rect(10, 5, 20, 30))));
    CHECK(map->read({0, 0, 60, 40}, {15, 10}).size() == cv::Size(15, 10));
    CHECK(map->read({0, 0, 60, 40}, {120, 80}).isContinuous());
    CHECK_THROWS_AS(map->read({50, 0, 20, 20}), Error);
    CHECK_THROWS_AS(memory_map("none", cv::Mat()), Error);
}
