#include "data_formats/image/image.h"

#include <doctest/doctest.h>

#include <opencv2/imgcodecs.hpp>

#include "base/digest.h"
#include "base/error.h"
#include "data_formats/image/strip_png_writer.h"
#include "tests/data_formats/scratch_folder.h"

using namespace figurant;
using namespace figurant::data_formats;

namespace {

cv::Mat noise(int width, int height, int type) {
    cv::Mat pixels(height, width, type);
    const std::size_t count = pixels.total() * pixels.elemSize();
    for (std::size_t i = 0; i < count; ++i) pixels.data[i] = static_cast<uchar>(mix(11, i / 7));
    return pixels;
}

bool same(const cv::Mat& a, const cv::Mat& b) {
    return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

template <class Body>
bool refused(Body body) {
    try {
        body();
    } catch (const Error& error) {
        CHECK((error.cause() == Cause::input || error.cause() == Cause::limit));
        CHECK(std::string(error.what()).starts_with("picture: "));
        CHECK(std::string(error.what()).find("vsimem") == std::string::npos);
        return true;
    }
    return false;
}

}  // namespace

TEST_CASE("a PNG gives back every value, a JPEG nearly") {
    const cv::Mat rgb = noise(67, 41, CV_8UC3);
    CHECK(same(decode_image(encode_png(rgb), "p"), rgb));
    CHECK(same(decode_label_png(encode_png(rgb), "p"), rgb));
    CHECK(same(decode_label_png(encode_png(noise(9, 5, CV_8UC1)), "p"), noise(9, 5, CV_8UC1)));
    CHECK(same(decode_label_png(encode_png(noise(9, 5, CV_8UC4)), "p"), noise(9, 5, CV_8UC4)));
    const cv::Mat flat(64, 64, CV_8UC3, cv::Scalar(250, 120, 10));
    CHECK(cv::norm(decode_image(encode_jpeg(flat), "p"), flat, cv::NORM_INF) <= 3);
    CHECK(encode_png(rgb) == encode_png(rgb));
    const ScratchFolder folder;
    CHECK(same(read_image(folder.put("a.png", encode_png(rgb))), rgb));
}

TEST_CASE("pictures that cannot be encoded or decoded are refused") {
    CHECK_THROWS_AS(encode_png(cv::Mat()), Error);
    CHECK_THROWS_AS(encode_png(cv::Mat(2, 2, CV_32FC3, cv::Scalar())), Error);
    CHECK_THROWS_AS(encode_jpeg(cv::Mat(2, 70'000, CV_8UC3, cv::Scalar())), Error);
    const std::string png = encode_png(noise(30, 20, CV_8UC3));
    CHECK(refused([&] { decode_image(png, "picture", 599); }));
    CHECK(refused([&] { decode_label_png(png, "picture", 599); }));
    CHECK(!refused([&] { decode_image(png, "picture", 600); }));
    CHECK(refused([&] { decode_image("GIF89a", "picture"); }));
    CHECK(refused([&] { decode_label_png(encode_jpeg(noise(9, 9, CV_8UC3)), "picture"); }));
    const ScratchFolder folder;
    CHECK_THROWS_AS(read_image(folder.put("a.png", png), 599), Error);
}

TEST_CASE("a picture cut anywhere is refused, and no flipped bit does worse than change it") {
    const cv::Mat rgb = noise(24, 18, CV_8UC3);
    for (const std::string& good : {encode_png(rgb), encode_jpeg(rgb, 60)}) {
        const bool png = good[1] == 'P';
        std::size_t accepted = 0;
        // The last bytes of a PNG hold no pixel: its IEND chunk.
        for (std::size_t size = 0; size + (png ? 16 : 0) < good.size(); ++size) {
            accepted += refused([&] { decode_image(good.substr(0, size), "picture"); }) ? 0 : 1;
            if (png) accepted += refused([&] { decode_label_png(good.substr(0, size), "picture"); }) ? 0 : 1;
        }
        CHECK(accepted <= (png ? 0 : 1));
        for (std::size_t i = 0; i < good.size(); i += 2)
            for (const int bit : {0, 3, 7}) {
                std::string bad = good;
                bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
                refused([&] { decode_image(bad, "picture"); });
                if (png) refused([&] { decode_label_png(bad, "picture"); });
            }
    }
}

TEST_CASE("a mask with any bit turned is refused or the same: its checksums are verified") {
    for (const cv::Mat& mask : {noise(24, 18, CV_8UC3), noise(31, 7, CV_8UC1)}) {
        const std::string good = encode_png(mask);
        std::size_t refusals = 0;
        for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
            std::string bad = good;
            bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
            cv::Mat read;
            if (refused([&] { read = decode_label_png(bad, "picture"); }))
                ++refusals;
            else
                CHECK_MESSAGE(same(read, mask), "bit ", bit % 8, " of byte ", bit / 8, " of ", good.size());
        }
        CHECK(refusals > good.size() * 7);
    }
}

TEST_CASE("a PNG written by strips is the picture, however it is cut") {
    const ScratchFolder folder;
    // Rows of 256 bytes with their filter: 1024 of them are just what is compressed at once, 2048 twice that.
    for (const cv::Mat& rgb : {noise(301, 97, CV_8UC3), noise(85, 1024, CV_8UC3), noise(85, 2048, CV_8UC3),
                               noise(85, 1025, CV_8UC3)}) {
        const auto write = [&](const char* name, int rows) {
            FileWriter file(folder / name);
            StripPngWriter png(file, rgb.cols, rgb.rows);
            for (int y = 0; y < rgb.rows; y += rows)
                png.write_rows(rgb.rowRange(y, std::min(rgb.rows, y + rows)));
            png.end();
            file.commit();
            return read_file(folder / name);
        };
        const std::string by_one = write("a.png", 1), by_many = write("b.png", 40);
        CHECK(by_one == by_many);
        CHECK(same(decode_image(by_one, "a"), rgb));
    }
}

TEST_CASE("strips that do not fit are errors") {
    const ScratchFolder folder;
    FileWriter file(folder / "a.png");
    CHECK_THROWS_AS(StripPngWriter(file, 0, 5), Error);
    CHECK_THROWS_AS(StripPngWriter(file, 5, std::int64_t{1} << 40), Error);
    StripPngWriter png(file, 10, 10);
    png.write_rows(cv::Mat(8, 10, CV_8UC3, cv::Scalar()));
    CHECK_THROWS_AS(png.write_rows(cv::Mat(3, 10, CV_8UC3, cv::Scalar())), Error);
    CHECK_THROWS_AS(png.write_rows(cv::Mat(1, 9, CV_8UC3, cv::Scalar())), Error);
    CHECK_THROWS_AS(png.end(), Error);
}
