#include <doctest/doctest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/random.h"
#include "figures/example.h"

using namespace figurant;
using namespace figurant::figures;

namespace {

/// A picture with ellipses of plain, distinct colours, so that a figure can be found again by its pixels.
Example drawn_example(std::uint64_t seed, int width = 300, int height = 240) {
    Random random(seed);
    Example example;
    example.info = {"example", width, height, "example"};
    example.rgb = cv::Mat(height, width, CV_8UC3, cv::Scalar(0, 0, 0));
    for (int i = 0; i < 4; ++i) {
        const int w = static_cast<int>(20 + random.below(50)), h = static_cast<int>(30 + random.below(60));
        const int x = 10 + i * 70, y = static_cast<int>(10 + random.below(height - h - 20));
        cv::Mat mask = cv::Mat::zeros(h, w, CV_8UC1);
        cv::ellipse(mask, {w / 2, h / 2}, {w / 2, h / 2}, 0, 0, 360, 1, cv::FILLED);
        example.rgb(cv::Rect(x, y, w, h)).setTo(cv::Scalar(60.0 * (i + 1), 0, 0), mask);
        ExampleFigure figure;
        figure.mask = PlacedMask::encode(mask, x, y);
        const auto b = figure.mask.bounds();
        figure.box = {static_cast<float>(b.x), static_cast<float>(b.y), static_cast<float>(b.x + b.width),
                      static_cast<float>(b.y + b.height)};
        for (std::size_t j = 0; j < joints; ++j)
            figure.keypoints.push_back(
                {static_cast<float>(x) + static_cast<float>(j), static_cast<float>(y), true});
        example.figures.push_back(std::move(figure));
    }
    return example;
}

/// Only where figures go is varied, not the colours.
AugmentOptions only_places() {
    AugmentOptions options;
    options.brightness = options.contrast = options.saturation = options.hue = 0;
    options.grey = options.blur = options.noise = options.jpeg = 0;
    options.crop = 128;
    return options;
}

bool same(const Example& a, const Example& b) {
    if (a.figures.size() != b.figures.size() || cv::norm(a.rgb, b.rgb, cv::NORM_INF) != 0) return false;
    for (std::size_t i = 0; i < a.figures.size(); ++i)
        if (!(a.figures[i].mask == b.figures[i].mask && a.figures[i].box == b.figures[i].box &&
              a.figures[i].keypoints == b.figures[i].keypoints))
            return false;
    return true;
}

}  // namespace

TEST_CASE("the same seed gives the same picture, another seed another") {
    const Example example = drawn_example(1);
    AugmentOptions options;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        CHECK(same(augment(example, options, seed), augment(example, options, seed)));
        CHECK_FALSE(same(augment(example, options, seed), augment(example, options, seed + 1)));
    }
}

TEST_CASE("masks and boxes stay with their figures' pixels") {
    int seen = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        CAPTURE(seed);
        const Example example = drawn_example(seed);
        const Example varied = augment(example, only_places(), seed);
        CHECK(varied.rgb.size() == cv::Size(128, 128));
        CHECK(varied.info.width == 128);
        for (const auto& figure : varied.figures) {
            ++seen;
            const cv::Mat mask = figure.mask.on_image(128, 128).decode();
            // Most of the mask has one figure's colour; the borders are blended.
            cv::Mat inner;
            cv::erode(mask, inner, cv::Mat::ones(5, 5, CV_8UC1));
            double least, most;
            std::vector<cv::Mat> channels;
            cv::split(varied.rgb, channels);
            if (cv::countNonZero(inner) == 0) continue;
            cv::minMaxLoc(channels[0], &least, &most, nullptr, nullptr, inner);
            CHECK(least == most);
            CHECK(std::fmod(least, 60) == 0);
            CHECK(least > 0);
            const auto b = figure.mask.bounds();
            CHECK(figure.box.x_min == static_cast<float>(b.x));
            CHECK(figure.box.y_max == static_cast<float>(b.y + b.height));
        }
    }
    CHECK(seen > 200);
}

TEST_CASE("the whole picture, not mirrored and not varied, is the picture itself") {
    const Example example = drawn_example(3);
    AugmentOptions options = only_places();
    options.crop = 0;
    options.flip = 0;
    CHECK(same(augment(example, options, 1), example));
}

TEST_CASE("mirrored twice is the picture itself, with left and right joints back in place") {
    const Example example = drawn_example(4);
    AugmentOptions options = only_places();
    options.crop = 0;
    options.flip = 1;
    const Example once = augment(example, options, 1);
    CHECK(once.figures[0].keypoints[0].x == 300 - example.figures[0].keypoints[5].x);
    CHECK(once.figures[0].keypoints[10].x == 300 - example.figures[0].keypoints[15].x);
    CHECK(once.figures[0].keypoints[9].x == 300 - example.figures[0].keypoints[9].x);
    CHECK(same(augment(once, options, 1), example));
}

TEST_CASE("figures of which too little is left are dropped") {
    const Example example = drawn_example(5);
    AugmentOptions options = only_places();
    options.zoom_least = options.zoom_most = 1;
    options.visible_least = 0.5;
    for (std::uint64_t seed = 0; seed < 100; ++seed)
        for (const auto& figure : augment(example, options, seed).figures) {
            CHECK(figure.mask.area() >= 64);
            // At zoom 1 a figure is a piece of one of the originals, and at least half of it.
            std::int64_t smallest = 1 << 30;
            for (const auto& original : example.figures) smallest = std::min(smallest, original.mask.area());
            CHECK(2 * figure.mask.area() >= smallest);
        }
    options.area_least = 1 << 20;
    CHECK(augment(example, options, 1).figures.empty());
}

TEST_CASE("a picture smaller than the cut is filled up around") {
    const Example example = drawn_example(6);
    AugmentOptions options = only_places();
    options.crop = 512;
    options.zoom_least = options.zoom_most = 1;
    options.visible_least = 1;
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        const Example varied = augment(example, options, seed);
        CHECK(varied.rgb.size() == cv::Size(512, 512));
        CHECK(varied.figures.size() == example.figures.size());
    }
    options.zoom_least = options.zoom_most = 0.01;  // no memory for margins without end
    CHECK(augment(example, options, 1).rgb.size() == cv::Size(512, 512));
}

TEST_CASE("colours are turned, stretched and taken away as asked") {
    Example example = drawn_example(7);
    example.rgb.setTo(cv::Scalar(200, 100, 50));
    AugmentOptions options = only_places();
    options.crop = 0;
    options.grey = 1;
    const cv::Vec3b grey = augment(example, options, 1).rgb.at<cv::Vec3b>(0, 0);
    CHECK(grey[0] == grey[1]);
    CHECK(std::abs(grey[0] - 124) <= 1);  // 0.299 * 200 + 0.587 * 100 + 0.114 * 50
    options.grey = 0;
    options.hue = 0.5;
    options.noise = options.blur = options.jpeg = 1;
    CHECK(cv::norm(augment(example, options, 1).rgb, example.rgb, cv::NORM_INF) > 10);
}

TEST_CASE("options are declared with their defaults, and impossible ones refused") {
    CHECK(augment_parameters().declarations().size() == 20);
    CHECK(augment_parameters().bind({}).crop == AugmentOptions{}.crop);
    AugmentOptions options;
    options.zoom_least = 3;
    CHECK_THROWS_AS(augment(drawn_example(8), options, 1), Error);
    CHECK_THROWS_AS(augment(Example{}, {}, 1), Error);
    CHECK(drawn_example(8).bytes() > 300 * 240 * 3);
}

TEST_CASE(
    "around a figure, the zoom gives its longer side a wished length, within the least and greatest zoom") {
    // One figure, so that the one that is chosen is known; far from the borders, so that none of it is cut.
    Example example;
    example.info = {"example", 1000, 1000, "example"};
    example.rgb = cv::Mat(1000, 1000, CV_8UC3, cv::Scalar(0, 0, 0));
    ExampleFigure figure;
    figure.mask = PlacedMask::encode(cv::Mat::ones(90, 40, CV_8UC1), 480, 455);
    figure.box = {480, 455, 520, 545};
    example.figures.push_back(figure);

    AugmentOptions options = only_places();
    options.crop = 400;
    options.near_figure = 1;
    options.figure_least = 30;
    options.figure_most = 300;
    options.zoom_least = 0.5;
    options.zoom_most = 2;
    float least = 1000, most = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const Example window = augment(example, options, seed);
        REQUIRE(window.figures.size() == 1);
        const Box& box = window.figures[0].box;
        const float height = box.y_max - box.y_min;
        // At the border of the window some of it may be cut off, never added.
        CHECK(height <= 181);
        if (box.y_min > 1 && box.y_max < 399) least = std::min(least, height);
        most = std::max(most, height);
    }
    CHECK(least >= 44);  // 0.5 x 90, although 30 was wished
    CHECK(least < 50);
    CHECK(most >= 175);  // 2 x 90, although 300 was wished

    options.zoom_least = 0.01;
    options.zoom_most = 100;
    options.figure_least = 60;
    options.figure_most = 61;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        const Example window = augment(example, options, seed);
        REQUIRE(window.figures.size() == 1);
        CHECK(window.figures[0].box.y_max - window.figures[0].box.y_min ==
              doctest::Approx(60.5).epsilon(0.03));
    }
    options.figure_least = 0;
    CHECK_THROWS_WITH_AS(augment(example, options, 1), doctest::Contains("figure_least"), Error);
}
