#include "figures/run_length_mask.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/file_writer.h"
#include "base/random.h"

using namespace figurant;
using namespace figurant::figures;
using nlohmann::json;

namespace {

cv::Mat random_mask(int height, int width, double share, Random& random) {
    cv::Mat mask(height, width, CV_8UC1);
    bool inside = random.chance(share);
    for (int x = 0; x < width; ++x)
        for (int y = 0; y < height; ++y) {
            if (random.chance(0.3)) inside = random.chance(share);
            mask.at<std::uint8_t>(y, x) = inside;
        }
    return mask;
}

cv::Mat random_mask(Random& random) {
    return random_mask(static_cast<int>(1 + random.below(20)), static_cast<int>(1 + random.below(20)),
                       random.uniform(), random);
}

/// The obvious encoding: pixel by pixel, down the columns.
std::vector<std::uint32_t> slow_counts(const cv::Mat& mask) {
    std::vector<std::uint32_t> counts{0};
    int last = 0;
    for (int x = 0; x < mask.cols; ++x)
        for (int y = 0; y < mask.rows; ++y) {
            const int now = mask.at<std::uint8_t>(y, x) != 0;
            if (now != last) counts.push_back(0);
            ++counts.back();
            last = now;
        }
    return counts;
}

bool same(const cv::Mat& a, const cv::Mat& b) {
    return a.size() == b.size() && (a.empty() || cv::countNonZero(a != b) == 0);
}

/// The mask as pixels of an image.
cv::Mat frame(const PlacedMask& mask, int height, int width) {
    cv::Mat image = cv::Mat::zeros(height, width, CV_8UC1);
    if (!mask.empty())
        mask.local.decode().copyTo(
            image(cv::Rect(static_cast<int>(mask.x), static_cast<int>(mask.y),
                           static_cast<int>(mask.local.width()), static_cast<int>(mask.local.height()))));
    return image;
}

PlacedMask random_placed(int height, int width, Random& random) {
    const auto h = static_cast<int>(1 + random.below(height)), w = static_cast<int>(1 + random.below(width));
    return {random.below(width - w + 1), random.below(height - h + 1),
            RunLengthMask::encode(random_mask(h, w, random.uniform(), random))};
}

RunLengthMask described(const json& entry) {
    return RunLengthMask::from_string(entry["size"][0], entry["size"][1], entry["counts"].get<std::string>());
}

void check_described(const RunLengthMask& mask, const json& entry) {
    CHECK(mask.to_string() == entry["counts"].get<std::string>());
    CHECK(described(entry) == mask);
    CHECK(mask.area() == entry["area"].get<std::int64_t>());
    const auto bounds = mask.bounds();
    CHECK(json{bounds.x, bounds.y, bounds.width, bounds.height} == entry["bbox"]);
}

}  // namespace

TEST_CASE("masks become the COCO API's text, byte for byte, and come back") {
    const auto file = json::parse(read_file("tests/figures/coco_api_masks/masks.json"));
    for (const auto& entry : file["masks"]) {
        CAPTURE(entry["counts"].get<std::string>());
        cv::Mat mask = cv::Mat::zeros(entry["size"][0], entry["size"][1], CV_8UC1);
        if (entry.contains("rows")) {
            for (int y = 0; y < mask.rows; ++y)
                for (int x = 0; x < mask.cols; ++x)
                    mask.at<std::uint8_t>(y, x) = entry["rows"][static_cast<std::size_t>(y)]
                                                      .get<std::string>()[static_cast<std::size_t>(x)] == '1';
        } else {
            for (int i = entry["ones"][0]; i < entry["ones"][1].get<int>(); ++i)
                mask.at<std::uint8_t>(i % mask.rows, i / mask.rows) = 255;
        }
        check_described(RunLengthMask::encode(mask), entry);
        CHECK(same(described(entry).decode(), (mask != 0) & 1));
    }
}

TEST_CASE("polygons are rasterised as the COCO API does") {
    const auto file = json::parse(read_file("tests/figures/coco_api_masks/masks.json"));
    for (const auto& entry : file["polygons"]) {
        CAPTURE(entry.dump());
        const auto polygons = entry["polygons"].get<std::vector<std::vector<double>>>();
        check_described(RunLengthMask::from_polygons(entry["size"][0], entry["size"][1], polygons), entry);
    }
}

TEST_CASE("encoding, decoding, area, bounds, intersection and union are those of the pixels") {
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const cv::Mat mask = random_mask(random),
                      other = random_mask(mask.rows, mask.cols, random.uniform(), random);
        const auto a = RunLengthMask::encode(mask), b = RunLengthMask::encode(other);
        CHECK(a.counts() == slow_counts(mask));
        CHECK(same(a.decode(), mask));
        CHECK(RunLengthMask::from_string(mask.rows, mask.cols, a.to_string()) == a);
        CHECK(a.area() == cv::countNonZero(mask));
        CHECK(intersection(a, b) == cv::countNonZero(mask & other));
        CHECK(united(a, b) == RunLengthMask::encode(mask | other));
        const cv::Rect around = cv::boundingRect(mask);
        const auto bounds = a.bounds();
        CHECK(cv::Rect(static_cast<int>(bounds.x), static_cast<int>(bounds.y), static_cast<int>(bounds.width),
                       static_cast<int>(bounds.height)) == around);
    }
}

TEST_CASE("placed masks give what full frames would give") {
    constexpr int height = 30, width = 40;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const PlacedMask a = random_placed(height, width, random), b = random_placed(height, width, random);
        const cv::Mat p = frame(a, height, width), q = frame(b, height, width);
        CHECK(a.on_image(height, width) == RunLengthMask::encode(p));
        CHECK(intersection(a, b) == cv::countNonZero(p & q));
        const int either = cv::countNonZero(p | q);
        CHECK(iou(a, b) ==
              doctest::Approx(either ? static_cast<double>(cv::countNonZero(p & q)) / either : 0));
        const PlacedMask both = united(a, b);
        CHECK(same(frame(both, height, width), p | q));
        CHECK(both.bounds().width == both.local.width());
        const cv::Rect window(static_cast<int>(random.below(20)), static_cast<int>(random.below(20)),
                              static_cast<int>(1 + random.below(20)), static_cast<int>(1 + random.below(10)));
        cv::Mat kept = cv::Mat::zeros(height, width, CV_8UC1);
        p(window).copyTo(kept(window));
        CHECK(
            same(frame(clipped(a, {window.x, window.y, window.width, window.height}), height, width), kept));
        CHECK(PlacedMask::from_image(RunLengthMask::encode(p)) == PlacedMask::encode(p, 0, 0));
        CHECK(same(frame(PlacedMask::encode(p, 0, 0), height, width), p));
    }
}

TEST_CASE("a mask on a map of 100,000 x 100,000 takes no frame, and its long runs are parted") {
    const PlacedMask mask{99000, 50000, RunLengthMask::encode(cv::Mat::ones(20, 30, CV_8UC1))};
    const auto whole = mask.on_image(100000, 100000);
    CHECK(whole.area() == 600);
    CHECK(whole.counts().size() < 100);
    CHECK(PlacedMask::from_image(whole) == mask);
    CHECK(RunLengthMask::from_string(100000, 100000, whole.to_string()) == whole);
}

TEST_CASE("damaged text is refused, naming the offset") {
    const auto refuse = [](std::int64_t height, std::int64_t width, std::string_view text,
                           const char* message) {
        CHECK_THROWS_WITH_AS(RunLengthMask::from_string(height, width, text), message, Error);
    };
    const std::string good = RunLengthMask::encode(cv::Mat::eye(5, 5, CV_8UC1)).to_string();
    CHECK(good == "0150000000");
    refuse(5, 5, "01500", "the mask's text ends at offset 5 after 12 of 25 pixels");
    refuse(5, 5, good + "1",
           "the count at offset 10 of the mask's text is 6, but 0 pixels are left of 5 x 5 (height x width)");
    refuse(5, 5, "\x01", "the mask's text has a byte at offset 0 that no count can hold");
    refuse(5, 5, "5P", "the mask's text ends inside the count at offset 1");
    refuse(5, 5, "PPPPPPPPPPPPPPPPPPPPPP", "the count at offset 0 of the mask's text is too long");
    refuse(
        5, 5, "O",
        "the count at offset 0 of the mask's text is -1, but 25 pixels are left of 5 x 5 (height x width)");
    refuse(-1, 5, "", "a mask cannot be -1 x 5 (height x width) pixels");
    refuse(std::int64_t{1} << 40, std::int64_t{1} << 40, "0",
           "a mask cannot be 1099511627776 x 1099511627776 (height x width) pixels");
    CHECK_THROWS_AS(RunLengthMask(2, 2, {1, 2}), Error);
}

TEST_CASE("text changed at random is read or refused, and what is read fills the mask") {
    for (std::uint64_t seed = 0; seed < 3000; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const cv::Mat mask = random_mask(random);
        std::string text = RunLengthMask::encode(mask).to_string();
        text[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(text.size())))] =
            static_cast<char>(random.below(256));
        try {
            const auto read = RunLengthMask::from_string(mask.rows, mask.cols, text);
            CHECK(read.decode().size() == mask.size());
        } catch (const Error& error) {
            CHECK(error.cause() == Cause::input);
        }
    }
}

TEST_CASE("polygons no map can have are refused before they take time or memory") {
    const auto refuse = [](std::vector<double> polygon) {
        const std::vector<std::vector<double>> polygons{std::move(polygon)};
        CHECK_THROWS_AS(RunLengthMask::from_polygons(100, 100, polygons), Error);
    };
    refuse({0, 0, 1e30, 0, 5, 5});
    refuse({0, 0, std::nan(""), 0, 5, 5});
    std::vector<double> long_one;
    for (int i = 0; i < 200; ++i) long_one.insert(long_one.end(), {i % 2 ? 4e6 : -4e6, 1.0 * i});
    refuse(long_one);
}
