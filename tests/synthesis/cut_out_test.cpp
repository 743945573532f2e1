#include "synthesis/cut_out.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "synthesis/compose.h"
#include "synthesis/overlay.h"
#include "synthesis/scene.h"

using namespace figurant::synthesis;

namespace {

/// An upright ellipse, red above and white below.
CutOut ellipse_picture() {
    cv::Mat rgba(100, 60, CV_8UC4, cv::Scalar::all(0));
    cv::ellipse(rgba, {30, 50}, {28, 48}, 0, 0, 360, {220, 30, 30, 255}, cv::FILLED);
    cv::Mat below = rgba.rowRange(50, 100);
    cv::Mat alpha;
    cv::extractChannel(below, alpha, 3);
    below.setTo(cv::Scalar(250, 250, 250, 255), alpha > 0);
    return {"ellipse", rgba};
}

/// The outline of an ellipse of 100 x 180 pixels, with gaps of 3 pixels at its sides.
CutOut line_drawing() {
    cv::Mat rgba(200, 120, CV_8UC4, cv::Scalar::all(0));
    cv::ellipse(rgba, {60, 100}, {50, 90}, 0, 0, 360, {0, 0, 0, 255}, 3);
    rgba.rowRange(99, 102).setTo(cv::Scalar::all(0));
    return {"line drawing", rgba, line_drawing_body(rgba)};
}

MapStyle some_style(std::uint64_t seed = 3) {
    Random r(seed);
    return MapStyle::random(r);
}

CutOutPlan plan_of(const CutOut& picture, float height) {
    CutOutPlan plan;
    plan.picture = &picture;
    plan.height = height;
    return plan;
}

bool same(const cv::Mat& a, const cv::Mat& b) {
    return a.size() == b.size() && cv::norm(a, b, cv::NORM_INF) == 0;
}

ComposeOptions only_cut_outs() {
    ComposeOptions options;
    options.ground.width = 480;
    options.ground.height = 360;
    options.figure.figures_least = options.figure.figures_most = 12;
    options.figure.largest = 200;
    options.figure.pictures_share = 1;
    return options;
}

}  // namespace

TEST_CASE("a cut-out is as high as asked for and stands on its ground point") {
    const CutOut picture = ellipse_picture();
    const MapStyle style = some_style();
    for (const float height : {20.0F, 100.0F, 333.0F}) {
        const PlacedCutOut placed = draw_cut_out(plan_of(picture, height), style, unparted, Random(1));
        const cv::Rect box = cv::boundingRect(placed.sheet.owner == static_cast<int>(unparted));
        // The ellipse is 97 of the picture's 100 rows.
        CHECK(std::abs(static_cast<float>(box.height) - 0.97F * height) <= 2.5F);
        CHECK(std::abs(placed.ground.y - static_cast<float>(box.br().y)) <= 1);
        CHECK(std::abs(placed.ground.x - static_cast<float>(box.x + box.br().x) / 2) <= 1);
    }
}

TEST_CASE("a picture may be drawn three times as high as it is, a wide one as large by area") {
    const auto height_of = [](int rows, int columns) {
        return largest_height({"picture", cv::Mat(rows, columns, CV_8UC4)});
    };
    CHECK(height_of(100, 60) == 300);
    CHECK(height_of(100, 160) == doctest::Approx(480));
    CHECK(height_of(160, 100) == 480);
}

TEST_CASE("of a line drawing, the body is what its lines enclose, across gaps of a fiftieth") {
    CutOut picture = line_drawing();
    cv::Mat whole(picture.rgba.size(), CV_8UC1, cv::Scalar::all(0));
    for (const int thickness : {int{cv::FILLED}, 3})
        cv::ellipse(whole, {60, 100}, {50, 90}, 0, 0, 360, cv::Scalar::all(255), thickness);
    REQUIRE_FALSE(picture.body.empty());
    CHECK(cv::countNonZero(whole != picture.body) < cv::countNonZero(whole) / 50);

    picture.rgba.rowRange(96, 104).setTo(cv::Scalar::all(0));  // wider gaps than that: nothing is enclosed
    CHECK(line_drawing_body(picture.rgba).empty());
}

TEST_CASE("a large line drawing has the body of its smaller picture, enlarged") {
    CutOut picture = line_drawing();
    cv::Mat large, body;
    cv::resize(picture.rgba, large, {}, 8, 8, cv::INTER_NEAREST);
    cv::resize(picture.body, body, large.size(), 0, 0, cv::INTER_NEAREST);
    const cv::Mat found = line_drawing_body(large);
    REQUIRE(found.size() == large.size());
    CHECK(cv::countNonZero((found >= 128) != body) < cv::countNonZero(body) / 50);
    CHECK(line_drawing_body(cv::Mat(300, 200, CV_8UC4, cv::Scalar::all(255))).empty());
    CHECK(line_drawing_body(cv::Mat(8, 8, CV_8UC4, cv::Scalar::all(0))).empty());
}

TEST_CASE("a solid figure keeps the hole under its arm") {
    CutOut picture = ellipse_picture();
    cv::circle(picture.rgba, {30, 50}, 15, cv::Scalar::all(0), cv::FILLED);
    CHECK(line_drawing_body(picture.rgba).empty());
    const auto placed = draw_cut_out(plan_of(picture, 100), some_style(), unparted, Random(1));
    CHECK(placed.sheet.owner.at<std::uint8_t>(placed.sheet.owner.rows / 2, placed.sheet.owner.cols / 2) ==
          nobody);
}

TEST_CASE("a figure of a line drawing owns what its lines enclose, however small, turned or bent") {
    const CutOut picture = line_drawing();
    for (const float height : {16.0F, 60.0F, 300.0F}) {
        CutOutPlan plan = plan_of(picture, height);
        plan.mirrored = true;
        plan.angle = 0.4F;
        plan.shear = 0.1F;
        plan.wander = 0.02F;
        const auto placed = draw_cut_out(plan, some_style(), unparted, Random(1));
        const cv::Mat owned = placed.sheet.owner == static_cast<int>(unparted);
        CAPTURE(height);
        const double ellipse = CV_PI / 4 * (183.0 / 200 * height) * (103.0 / 200 * height);  // lines included
        CHECK(cv::countNonZero(owned) == doctest::Approx(ellipse).epsilon(0.1));
        // Its ink lies within; what it encloses shows the ground.
        CHECK(cv::countNonZero((placed.sheet.cover >= 128) & ~owned) == 0);
        CHECK(cv::countNonZero((placed.sheet.cover == 0) & owned) > cv::countNonZero(owned) / 4);
        CHECK(placed.ground.y > 0.7F * height);
    }
}

TEST_CASE("a figure that is seen between the lines of a drawing keeps its pixels, and the drawing its ink") {
    Scene scene = begin_scene({}, 5, {});
    const CutOut solid = ellipse_picture(), lines = line_drawing();
    const auto below = draw_cut_out(plan_of(solid, 60), some_style(), unparted, Random(1));
    const auto above = draw_cut_out(plan_of(lines, 200), some_style(), unparted, Random(1));
    const cv::Point corner(20, 20);
    overlay(scene, below.sheet, corner + cv::Point(above.sheet.size() - below.sheet.size()) / 2, 0);
    const cv::Mat solid_pixels = scene.figure == 0;
    overlay(scene, above.sheet, corner, 1);
    CHECK(cv::countNonZero((scene.figure == 0) != solid_pixels) == 0);
    const cv::Mat on_map = scene.figure(cv::Rect(corner, above.sheet.size()));
    CHECK(cv::countNonZero((above.sheet.cover >= 128) & (on_map != 1)) == 0);
    CHECK(cv::countNonZero(on_map == 1) > cv::countNonZero(above.sheet.cover >= 128) * 2);
}

TEST_CASE("mirrored, a cut-out is its mirror image") {
    CutOut picture = ellipse_picture();
    picture.rgba.colRange(0, 20).setTo(cv::Scalar::all(0));  // no longer symmetric
    CutOutPlan plan = plan_of(picture, 100);
    const auto straight = draw_cut_out(plan, some_style(), unparted, Random(1));
    plan.mirrored = true;
    const auto mirrored = draw_cut_out(plan, some_style(), unparted, Random(1));
    cv::Mat back;
    cv::flip(mirrored.sheet.owner, back, 1);
    const cv::Mat a = straight.sheet.owner != 255, b = back != 255;
    const cv::Mat first = a(cv::boundingRect(a)), second = b(cv::boundingRect(b));
    REQUIRE(std::abs(first.cols - second.cols) <= 1);
    const cv::Rect both(0, 0, std::min(first.cols, second.cols), std::min(first.rows, second.rows));
    CHECK(cv::countNonZero(first(both) != second(both)) < cv::countNonZero(a) / 20);
}

TEST_CASE("a treatment changes colours, never the outline, and always in the same way") {
    const CutOut picture = ellipse_picture();
    const MapStyle style = some_style();
    const auto plain = draw_cut_out(plan_of(picture, 120), style, unparted, Random(1));
    for (int i = 1; i < static_cast<int>(Treatment::count); ++i) {
        CAPTURE(i);
        CutOutPlan plan = plan_of(picture, 120);
        plan.treatment = static_cast<Treatment>(i);
        plan.look.noise = &style.noise;
        const auto treated = draw_cut_out(plan, style, unparted, Random(1));
        CHECK(same(treated.sheet.cover, plain.sheet.cover));
        CHECK(same(treated.sheet.owner, plain.sheet.owner));
        CHECK_FALSE(same(treated.sheet.color, plain.sheet.color));
        CHECK(same(treated.sheet.color, draw_cut_out(plan, style, unparted, Random(1)).sheet.color));
    }
}

TEST_CASE("things that are no figures own no pixel") {
    const CutOut picture = ellipse_picture();
    CutOutPlan plan = plan_of(picture, 80);
    plan.rim = true;
    const auto placed = draw_cut_out(plan, some_style(), nobody, Random(1));
    CHECK(cv::countNonZero(placed.sheet.owner != 255) == 0);
    CHECK(cv::countNonZero(placed.sheet.cover) > 2000);
}

TEST_CASE("a map of cut-outs tells masks, and neither joints nor parts that nobody knows") {
    const Material material{{ellipse_picture()}, {}, {}};
    const ComposedMap map = compose_map(only_cut_outs(), 5, material);
    REQUIRE(map.figures.size() >= 3);
    for (const auto& figure : map.figures) {
        CHECK(cv::countNonZero((figure.parts == static_cast<int>(unknown_part)) != figure.mask) == 0);
        for (const auto& joint : figure.joints) CHECK_FALSE(joint);
        CHECK(figure.height > 0);
    }
    CHECK(same(map.rgb, compose_map(only_cut_outs(), 5, material).rgb));
}

TEST_CASE("pictures share the map with drawn figures as asked for") {
    const Material material{{ellipse_picture()}, {}, {}};
    ComposeOptions options = only_cut_outs();
    options.figure.pictures_share = 0.5;
    int cut_out = 0, drawn = 0;
    for (std::uint64_t seed = 0; seed < 12; ++seed)
        for (const auto& figure : compose_map(options, seed, material).figures)
            ++(cv::countNonZero(figure.parts == static_cast<int>(unknown_part)) > 0 ? cut_out : drawn);
    CHECK(cut_out > 15);
    CHECK(drawn > 15);
    options.figure.pictures_share = 0;
    ComposeOptions without = options;
    without.figure.pictures_share = 1;
    CHECK(same(compose_map(options, 4, material).rgb, compose_map(without, 4).rgb));
}

TEST_CASE("figures too large for the pictures that there are, are drawn") {
    ComposeOptions options = only_cut_outs();
    options.figure.smallest = 150;
    CutOut picture = ellipse_picture();
    const auto cut_outs = [&](std::uint64_t seed) {
        const ComposedMap map = compose_map(options, seed, Material{{picture}, {}, {}});
        return std::count_if(map.figures.begin(), map.figures.end(), [](const ComposedFigure& figure) {
            return cv::countNonZero(figure.parts == static_cast<int>(unknown_part)) > 0;
        });
    };
    CHECK(cut_outs(5) > 0);
    cv::resize(picture.rgba, picture.rgba, {24, 40}, 0, 0, cv::INTER_AREA);  // 120 pixels high at the most
    for (std::uint64_t seed = 0; seed < 4; ++seed) CHECK(cut_outs(seed) == 0);
}
