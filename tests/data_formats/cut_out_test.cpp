#include "data_formats/cut_out/cut_out.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <array>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "tests/data_formats/scratch_folder.h"

using namespace figurant;
using namespace figurant::data_formats;

namespace {

std::string big_endian(std::uint32_t v) {
    return {static_cast<char>(v >> 24), static_cast<char>(v >> 16), static_cast<char>(v >> 8),
            static_cast<char>(v)};
}

std::uint32_t crc(std::string_view bytes) {
    std::uint32_t c = 0xFFFFFFFF;
    for (const char byte : bytes) {
        c ^= static_cast<std::uint8_t>(byte);
        for (int i = 0; i < 8; ++i) c = (c & 1) ? 0xEDB88320 ^ (c >> 1) : c >> 1;
    }
    return ~c;
}

std::string chunk(const std::string& name, const std::string& data) {
    return big_endian(static_cast<std::uint32_t>(data.size())) + name + data + big_endian(crc(name + data));
}

/// Zlib's stored blocks: nothing compressed.
std::string stored(const std::string& data) {
    std::string out = "\x78\x01";
    std::uint32_t a = 1, b = 0;
    for (const char byte : data) {
        a = (a + static_cast<std::uint8_t>(byte)) % 65521;
        b = (b + a) % 65521;
    }
    for (std::size_t at = 0; at < data.size() || at == 0; at += 60000) {
        const std::string part = data.substr(at, 60000);
        const auto n = static_cast<std::uint16_t>(part.size());
        out += at + 60000 >= data.size() ? '\1' : '\0';
        for (const std::uint16_t v : {n, static_cast<std::uint16_t>(~n)}) {
            out += static_cast<char>(v & 255);
            out += static_cast<char>(v >> 8);
        }
        out += part;
    }
    return out + big_endian((b << 16) | a);
}

/// `rows`: without filter bytes, of `row_bytes` each. `before`: chunks between header and pixels.
std::string png(std::uint32_t width, std::uint32_t height, char depth, char type, const std::string& rows,
                std::size_t row_bytes, const std::string& before = {}, char interlaced = 0) {
    std::string filtered;
    for (std::size_t at = 0; at < rows.size(); at += row_bytes)
        filtered += std::string(1, '\0') + rows.substr(at, row_bytes);
    const std::string header =
        big_endian(width) + big_endian(height) + std::string{depth, type, 0, 0, interlaced};
    return "\x89PNG\r\n\x1A\n" + chunk("IHDR", header) + before + chunk("IDAT", stored(filtered)) +
           chunk("IEND", "");
}

std::string encoded(const cv::Mat& pixels, const std::string& extension = ".png") {
    std::vector<std::uint8_t> bytes;
    cv::imencode(extension, pixels, bytes);
    return {bytes.begin(), bytes.end()};
}

/// BGRA: a red disc of diameter 40 in the middle of 60 x 60 transparent pixels, whose hidden colour is green.
cv::Mat disc() {
    cv::Mat picture(60, 60, CV_8UC4, cv::Scalar(0, 255, 0, 0));
    cv::circle(picture, {30, 30}, 20, {0, 0, 255, 255}, cv::FILLED);
    return picture;
}

std::string error_of(Cause cause, const std::string& bytes, const CutOutLimits& limits = {}) {
    try {
        decode_cut_out(bytes, "picture.png", limits);
    } catch (const Error& error) {
        CHECK(error.cause() == cause);
        CHECK_FALSE(error.next_step().empty());
        return error.what();
    }
    FAIL("no error");
    return {};
}

}  // namespace

TEST_CASE("a cut-out is cropped to what can be seen of it, its colours as they are") {
    const cv::Mat rgba = decode_cut_out(encoded(disc()), "disc");
    CHECK(rgba.size() == cv::Size(41, 41));
    CHECK(rgba.at<cv::Vec4b>(20, 20) == cv::Vec4b(255, 0, 0, 255));
    CHECK(rgba.at<cv::Vec4b>(0, 0)[3] == 0);
}

TEST_CASE("scaled down, areas are averaged, and what is transparent does not bleed into the colours") {
    CutOutLimits limits;
    limits.longest = 15;
    const cv::Mat rgba = decode_cut_out(encoded(disc()), "disc", limits);
    CHECK(std::abs(rgba.cols - 10) <= 1);
    double covered = 0;
    for (int y = 0; y < rgba.rows; ++y)
        for (int x = 0; x < rgba.cols; ++x) {
            const auto& p = rgba.at<cv::Vec4b>(y, x);
            covered += p[3] / 255.0;
            if (p[3] == 0) continue;
            CHECK(p[0] == 255);
            CHECK(p[1] == 0);
        }
    CHECK(covered == doctest::Approx(cv::countNonZero(disc().reshape(1, 3600).col(3)) / 16.0).epsilon(0.06));
}

TEST_CASE("every kind of PNG gives the same picture: palette, grey, 16 bits, with and without alpha") {
    // 8 x 8 pixels, the upper half of value 10 and the lower of value 200, all to be seen but one.
    std::string index(64, '\1'), grey_alpha, deep;
    for (std::size_t i = 0; i < 64; ++i) {
        const char value = static_cast<char>(i < 32 ? 10 : 200), alpha = static_cast<char>(i == 63 ? 0 : 255);
        index[i] = static_cast<char>(i == 63 ? 2 : i < 32 ? 0 : 1);
        grey_alpha += {value, alpha};
        deep += {value, value, value, value, value, value, alpha, alpha};
    }
    const std::string palette = chunk("PLTE", std::string("\x0A\x0A\x0A\xC8\xC8\xC8\xC8\xC8\xC8")) +
                                chunk("tRNS", std::string("\xFF\xFF\0", 3));
    for (const auto& bytes :
         {png(8, 8, 8, 3, index, 8, palette), png(8, 8, 8, 4, grey_alpha, 16), png(8, 8, 16, 6, deep, 64)}) {
        const cv::Mat rgba = decode_cut_out(bytes, "kind");
        REQUIRE(rgba.size() == cv::Size(8, 8));
        CHECK(rgba.at<cv::Vec4b>(0, 0) == cv::Vec4b(10, 10, 10, 255));
        CHECK(rgba.at<cv::Vec4b>(7, 6) == cv::Vec4b(200, 200, 200, 255));
        CHECK(rgba.at<cv::Vec4b>(7, 7)[3] == 0);
    }
}

TEST_CASE("a picture of one bit a pixel is read, with a transparent colour and without") {
    std::string rows(8 * 2, '\xFF');  // 16 x 8 pixels, white, a black column to the left
    for (std::size_t y = 0; y < 8; ++y) rows[2 * y] = '\x7F';
    const cv::Mat clear =
        decode_cut_out(png(16, 8, 1, 0, rows, 2, chunk("tRNS", std::string("\0\0", 2))), "bits");
    CHECK(clear.size() == cv::Size(15, 8));
    CHECK(clear.at<cv::Vec4b>(4, 4) == cv::Vec4b(255, 255, 255, 255));
    rows.assign(16, '\xFF');
    rows[6] = '\x7F';
    CHECK(error_of(Cause::input, png(16, 8, 1, 0, rows, 2)) ==
          "picture.png: only 1 x 1 pixels of it can be seen");
}

TEST_CASE("without transparency, the border's colour is cut away where it is joined to the border") {
    cv::Mat picture(60, 80, CV_8UC3, cv::Scalar(250, 250, 250));
    cv::rectangle(picture, {20, 10, 30, 40}, {30, 30, 200}, cv::FILLED);
    cv::rectangle(picture, {30, 20, 10, 10}, {250, 250, 250}, cv::FILLED);  // enclosed: stays
    const ScratchFolder folder;
    const auto jpeg = folder.put("figure.jpg", encoded(picture, ".jpg"));
    for (const cv::Mat& rgba : {decode_cut_out(encoded(picture), "figure"), read_cut_out(jpeg)}) {
        CHECK(std::abs(rgba.cols - 30) <= 2);
        CHECK(std::abs(rgba.rows - 40) <= 2);
        CHECK(rgba.at<cv::Vec4b>(rgba.rows / 2 - 5, rgba.cols / 2)[3] == 255);
    }
    cv::Mat busy(40, 40, CV_8UC3);
    cv::randu(busy, 0, 255);
    CHECK(error_of(Cause::input, encoded(busy)) ==
          "picture.png: has no transparency, and its border is not of one colour");
}

TEST_CASE("too large a picture is refused before memory is taken, naming the limit") {
    const auto peak = [] {  // of the process so far, in KB
        rusage usage{};
        ::getrusage(RUSAGE_SELF, &usage);
        return usage.ru_maxrss;
    };
    const auto before = peak();
    CHECK(error_of(Cause::limit, png(60000, 60000, 8, 6, "", 1)) ==
          "picture.png: is 60000 x 60000 pixels; at most 268435456 are read of a cut-out");
    CHECK(error_of(Cause::limit, png(10000, 10000, 8, 6, "", 1, {}, 1)).find("interlaced") !=
          std::string::npos);
    CHECK(error_of(Cause::limit, png(200000000, 1, 8, 6, "", 1)).find("a row of it") != std::string::npos);
    CHECK(error_of(Cause::limit, png(1 << 30, 1 << 30, 8, 6, "", 1)).find("at most 268435456") !=
          std::string::npos);
    CHECK(peak() - before < 64 * 1024);
    const ScratchFolder folder;
    CutOutLimits limits;
    limits.most_bytes = 1000;
    try {
        read_cut_out(folder.put("big.png", std::string(1001, 'x')), limits);
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.cause() == Cause::limit);
        CHECK(std::string(error.what()).find("1001 bytes; at most 1000") != std::string::npos);
    }
}

TEST_CASE("a large picture takes the memory of the small one that is kept") {
    // 64 megapixels, one bit each, all set but the first column of bytes: 8 MB in the file, 256 MB as RGBA.
    std::string rows(std::size_t{8000} * 1000, '\xFF');
    for (std::size_t y = 0; y < 8000; ++y) rows[y * 1000] = 0;
    const std::string clear = chunk("tRNS", std::string("\0\0", 2));
    CutOutLimits limits;
    limits.most_bytes = std::size_t{16} << 20;
    limits.longest = 100;
    const cv::Mat rgba = decode_cut_out(png(8000, 8000, 1, 0, rows, 1000, clear), "large", limits);
    CHECK(rgba.size() == cv::Size(100, 100));
    CHECK(rgba.at<cv::Vec4b>(50, 50) == cv::Vec4b(255, 255, 255, 255));
}

TEST_CASE("damaged, cut and empty pictures are refused, byte by byte") {
    CHECK(error_of(Cause::input, "") == "picture.png: is empty");
    CHECK(error_of(Cause::input, "GIF89a") == "picture.png: is no PNG");
    const std::string whole = encoded(disc());
    for (std::size_t size = 8; size + 12 < whole.size(); ++size)
        error_of(Cause::input, whole.substr(0, size));
    int refused = 0;
    for (std::size_t at = 8; at < whole.size(); ++at) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
        try {
            decode_cut_out(damaged, "damaged");
        } catch (const Error& error) {
            CHECK((error.cause() == Cause::input || error.cause() == Cause::limit));
            ++refused;
        }
    }
    CHECK(refused > static_cast<int>(whole.size() / 2));
    cv::Mat clear(20, 20, CV_8UC4, cv::Scalar::all(0));
    CHECK(error_of(Cause::input, encoded(clear)) == "picture.png: only 0 x 0 pixels of it can be seen");
}
