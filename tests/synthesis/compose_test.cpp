#include "synthesis/compose.h"

#include <doctest/doctest.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <thread>

#include "base/digest.h"
#include "base/file_writer.h"
#include "synthesis/lettering.h"
#include "synthesis/style.h"

using namespace figurant;
using namespace figurant::synthesis;

namespace {

std::uint64_t digest(const cv::Mat& m) {
    const cv::Mat whole = m.isContinuous() ? m : m.clone();
    return hash64({reinterpret_cast<const char*>(whole.data), whole.total() * whole.elemSize()});
}

std::uint64_t digest(const ComposedMap& map) {
    std::uint64_t sum = mix(digest(map.rgb), digest(map.figure_index));
    for (const auto& figure : map.figures) {
        sum = mix(sum, mix(digest(figure.mask), digest(figure.parts)));
        for (const auto& joint : figure.joints)
            sum = mix(sum, joint ? mix(static_cast<std::uint64_t>(std::lround(joint->x * 100)),
                                       static_cast<std::uint64_t>(std::lround(joint->y * 100)))
                                 : 1);
    }
    return sum;
}

ComposeOptions small_options() {
    ComposeOptions options;
    options.ground.width = 480;
    options.ground.height = 360;
    options.figure.figures_least = 4;
    options.figure.figures_most = 30;
    options.figure.largest = 260;
    return options;
}

std::string message_of(const ComposeOptions& options) {
    try {
        compose_map(options, 1);
    } catch (const Error& error) {
        CHECK(error.cause() == Cause::configuration);
        return error.what();
    }
    return "no error";
}

}  // namespace

TEST_CASE("the same seed gives the same bytes, whatever the threads") {
    const ComposeOptions options = small_options();
    const std::uint64_t expected = digest(compose_map(options, 7));
    cv::setNumThreads(2);
    CHECK(digest(compose_map(options, 7)) == expected);
    cv::setNumThreads(1);
    std::uint64_t beside[2] = {0, 0};
    std::thread first([&] { beside[0] = digest(compose_map(options, 7)); });
    std::thread second([&] { beside[1] = digest(compose_map(options, 7)); });
    first.join();
    second.join();
    CHECK(beside[0] == expected);
    CHECK(beside[1] == expected);
    CHECK(digest(compose_map(options, 8)) != expected);
}

TEST_CASE("written in fonts, the same seed gives the same bytes from two threads, and others than without") {
    const ComposeOptions options = small_options();
    Material material;
    const std::string dejavu = "/usr/share/fonts/truetype/dejavu/";
    for (const char* name : {"DejaVuSans.ttf", "DejaVuSerif.ttf"})
        material.typefaces.push_back(std::make_shared<const Typeface>(name, read_file(dejavu + name)));
    std::array<std::uint64_t, 6> expected{}, beside{};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        expected[i] = digest(compose_map(options, i, material));
        CHECK(expected[i] != digest(compose_map(options, i)));
    }
    std::vector<std::jthread> threads;
    for (const std::size_t first : {0, 1})
        threads.emplace_back([&, first] {
            for (std::size_t i = first; i < beside.size(); i += 2)
                beside[i] = digest(compose_map(options, i, material));
        });
    threads.clear();
    CHECK(beside == expected);
}

TEST_CASE("half of the maps are in Latin letters, the others in any other alphabet that the fonts have") {
    const std::string dejavu = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
    const Typefaces typefaces = {std::make_shared<const Typeface>(dejavu, read_file(dejavu))};
    std::map<Alphabet, int> maps;
    for (std::uint64_t seed = 0; seed < 1200; ++seed) {
        const Hand hand = choose_hand(typefaces, synthesis::Random(seed));
        ++maps[hand.alphabet];
        CHECK(!hand.typefaces.empty());
        CHECK(hand.typefaces.size() <= 3);
    }
    CHECK(maps.size() == typefaces.front()->alphabets().size());
    for (const auto& [alphabet, count] : maps) {
        CAPTURE(name_of(alphabet));
        const double wanted =
            alphabet == Alphabet::latin ? 600 : 600.0 / static_cast<double>(maps.size() - 1);
        CHECK(std::abs(count - wanted) < 5 * std::sqrt(wanted));  // five deviations
    }
    CHECK(choose_hand({}, synthesis::Random(1)).typefaces.empty());
}

TEST_CASE("masks are disjoint, inside the map, tight in their boxes, and agree with the mask image") {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        CAPTURE(seed);
        const ComposeOptions options = small_options();
        const ComposedMap map = compose_map(options, seed);
        REQUIRE(map.rgb.size() == cv::Size(480, 360));
        REQUIRE(map.figure_index.size() == map.rgb.size());
        cv::Mat seen(map.rgb.size(), CV_8UC1, cv::Scalar(255));  // which figure owns each pixel, the slow way
        for (std::size_t i = 0; i < map.figures.size(); ++i) {
            const auto& figure = map.figures[i];
            const cv::Rect window(figure.offset, figure.mask.size());
            REQUIRE((window & cv::Rect(0, 0, 480, 360)) == window);
            CHECK(figure.box == figures::Box{static_cast<float>(window.x), static_cast<float>(window.y),
                                             static_cast<float>(window.br().x),
                                             static_cast<float>(window.br().y)});
            for (const auto& edge : {figure.mask.row(0), figure.mask.row(window.height - 1),
                                     figure.mask.col(0), figure.mask.col(window.width - 1)})
                CHECK(cv::countNonZero(edge) > 0);
            CHECK(cv::countNonZero(figure.mask) >= options.print.pixels_least);
            CHECK(cv::countNonZero((seen(window) != 255) & figure.mask) == 0);
            seen(window).setTo(static_cast<int>(i), figure.mask);
        }
        std::vector<cv::Mat> planes;
        cv::split(map.figure_index, planes);
        CHECK(cv::norm(planes[0], seen, cv::NORM_INF) == 0);
        CHECK(cv::countNonZero(planes[2]) == 0);
    }
}

TEST_CASE("body parts lie inside their figure's mask, and most of a figure is some part") {
    std::array<int, 6> pixels{};
    for (std::uint64_t seed = 20; seed < 25; ++seed) {
        CAPTURE(seed);
        const ComposedMap map = compose_map(small_options(), seed);
        for (const auto& figure : map.figures) {
            REQUIRE(figure.parts.size() == figure.mask.size());
            const cv::Mat labelled = figure.parts != static_cast<int>(no_part);
            CHECK(cv::countNonZero(labelled & ~figure.mask) == 0);
            for (int y = 0; y < figure.parts.rows; ++y)
                for (int x = 0; x < figure.parts.cols; ++x) {
                    const int part = figure.parts.at<std::uint8_t>(y, x);
                    REQUIRE((part < 6 || part == no_part));
                    if (part < 6) ++pixels[static_cast<std::size_t>(part)];
                }
        }
        std::vector<cv::Mat> planes;
        cv::split(map.figure_index, planes);
        CHECK(cv::countNonZero((planes[1] != 255) & (planes[0] == 255)) == 0);
    }
    for (const int count : pixels) CHECK(count > 500);
}

TEST_CASE("joints lie on the map and on or near their figure") {
    int joints = 0, on_figure = 0;
    for (std::uint64_t seed = 40; seed < 47; ++seed) {
        CAPTURE(seed);
        const ComposedMap map = compose_map(small_options(), seed);
        for (const auto& figure : map.figures)
            for (const auto& joint : figure.joints) {
                if (!joint) continue;
                CHECK(joint->x >= 0);
                CHECK(joint->y >= 0);
                CHECK(joint->x < 480);
                CHECK(joint->y < 360);
                ++joints;
                const float margin = 0.12F * figure.height + 2;
                on_figure += joint->x > figure.box.x_min - margin && joint->x < figure.box.x_max + margin &&
                             joint->y > figure.box.y_min - margin && joint->y < figure.box.y_max + margin;
            }
    }
    REQUIRE(joints > 300);
    CHECK(on_figure > 0.85 * joints);  // hidden joints may lie beyond what can be seen
}

TEST_CASE("joints of figures seen whole lie on the body part they belong to") {
    constexpr std::array<int, 16> part_of{3, 3, -1, -1, 4, 4, -1, -1, -1, -1, 2, 2, -1, -1, 5, 5};
    ComposeOptions options;
    options.ground.width = 600;
    options.ground.height = 500;
    options.figure.figures_least = options.figure.figures_most = 1;
    options.figure.smallest = 150;
    options.figure.largest = 300;
    int near = 0, all = 0;
    for (std::uint64_t seed = 60; seed < 82; ++seed) {
        const ComposedMap map = compose_map(options, seed);
        for (const auto& figure : map.figures)
            for (std::size_t j = 0; j < 16; ++j) {
                if (part_of[j] < 0 || !figure.joints[j]) continue;
                const cv::Mat part = figure.parts == part_of[j];
                if (cv::countNonZero(part) < 60) continue;  // behind the body, or cut off
                const int reach = cvRound(0.08F * figure.height);
                const cv::Point at =
                    cv::Point(cvRound(figure.joints[j]->x), cvRound(figure.joints[j]->y)) - figure.offset;
                const cv::Rect around = cv::Rect(at.x - reach, at.y - reach, 2 * reach + 1, 2 * reach + 1) &
                                        cv::Rect(cv::Point(0, 0), part.size());
                ++all;
                near += !around.empty() && cv::countNonZero(part(around)) > 0;
            }
    }
    REQUIRE(all > 60);
    CHECK(near > 0.85 * all);
}

TEST_CASE("sizes cover the range asked for, small ones as often as large ones") {
    ComposeOptions options = small_options();
    options.figure.figures_most = 12;
    options.figure.smallest = 24;
    options.figure.largest = 384;
    options.print.pixels_least = 1;
    options.print.visible_least = 0;
    std::array<int, 4> octaves{};
    for (std::uint64_t seed = 100; seed < 130; ++seed)
        for (const auto& figure : compose_map(options, seed).figures) {
            CHECK(figure.height >= 24);
            CHECK(figure.height <= 384);
            ++octaves[static_cast<std::size_t>(
                std::clamp(static_cast<int>(std::log2(figure.height / 24)), 0, 3))];
        }
    for (const int count : octaves) CHECK(count > 5);
}

TEST_CASE("as few and as many figures as asked for") {
    ComposeOptions options = small_options();
    options.figure.figures_least = options.figure.figures_most = 0;
    const ComposedMap none = compose_map(options, 3);
    CHECK(none.figures.empty());
    CHECK(cv::countNonZero(none.figure_index.reshape(1) == 0) == 480 * 360);  // only the blue channel is 0
    options.figure.figures_least = options.figure.figures_most = 255;
    options.figure.largest = 40;
    options.print.visible_least = 0;
    options.print.pixels_least = 1;
    const ComposedMap many = compose_map(options, 3);
    CHECK(many.figures.size() > 100);
    CHECK(many.figures.size() <= 255);
}

TEST_CASE("figures of which too little can be seen are not in the truth") {
    ComposeOptions options = small_options();
    options.figure.figures_least = options.figure.figures_most = 60;
    options.figure.smallest = 60;
    for (std::uint64_t seed = 5; seed < 7; ++seed) {
        options.print.visible_least = 0;
        options.print.pixels_least = 1;
        const std::size_t all = compose_map(options, seed).figures.size();
        options.print.visible_least = 0.6;
        options.print.pixels_least = 300;
        const ComposedMap strict = compose_map(options, seed);
        CHECK(strict.figures.size() < all);
        for (const auto& figure : strict.figures) CHECK(cv::countNonZero(figure.mask) >= 300);
    }
}

TEST_CASE("the smallest map that may be asked for can be composed") {
    ComposeOptions options;
    options.ground.width = options.ground.height = 64;
    options.figure.smallest = 8;
    for (std::uint64_t seed = 0; seed < 10; ++seed)
        CHECK(compose_map(options, seed).rgb.size() == cv::Size(64, 64));
}

TEST_CASE("options that cannot be met are refused, naming the option") {
    ComposeOptions options;
    options.ground.width = 10;
    CHECK(message_of(options).find("width") != std::string::npos);
    options = {};
    options.figure.figures_most = 256;
    CHECK(message_of(options).find("figures_most") != std::string::npos);
    options = {};
    options.figure.figures_least = 30;
    CHECK(message_of(options) == "figures_least is 30, more than figures_most, 24");
    options = {};
    options.figure.smallest = 700;
    CHECK(message_of(options).find("more than largest") != std::string::npos);
    options = {};
    options.print.ageing = std::nan("");
    CHECK(message_of(options).find("ageing") != std::string::npos);
}

TEST_CASE("the texture of a map has no seam where it is laid side by side") {
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
        CAPTURE(seed);
        synthesis::Random r(seed);
        const cv::Mat noise = MapStyle::random(r).noise;
        REQUIRE(noise.size() == cv::Size(256, 256));
        // Steps over the edge are like steps inside, on average.
        const auto mean_step = [&](const cv::Mat& a, const cv::Mat& b) {
            return cv::norm(a, b, cv::NORM_L1) / 256;
        };
        double inside_x = 0, inside_y = 0;
        for (int i = 0; i < 255; ++i) {
            inside_x += mean_step(noise.col(i), noise.col(i + 1)) / 255;
            inside_y += mean_step(noise.row(i), noise.row(i + 1)) / 255;
        }
        CHECK(mean_step(noise.col(255), noise.col(0)) < 2 * inside_x);
        CHECK(mean_step(noise.row(255), noise.row(0)) < 2 * inside_y);
    }
}
