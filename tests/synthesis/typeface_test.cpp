// Fonts: what they can write, and that files of any kind are read or refused. DejaVu is a package that the
// build installs.

#include "synthesis/typeface.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <thread>

#include "base/error.h"
#include "base/file_writer.h"
#include "base/random.h"

using namespace figurant;
using namespace figurant::synthesis;

namespace {

const std::string dejavu = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";

bool can_write(const Typeface& typeface, Alphabet alphabet) {
    const auto& all = typeface.alphabets();
    return std::find(all.begin(), all.end(), alphabet) != all.end();
}

int pieces(const cv::Mat& ink) {
    cv::Mat labels;
    return cv::connectedComponents(ink > 100, labels) - 1;
}

Error refusal(const std::string& bytes) {
    try {
        Typeface("the_font.ttf", bytes);
    } catch (const Error& error) {
        return error;
    }
    return Error(Cause::internal, "no error");
}

}  // namespace

TEST_CASE("a font is known by the alphabets of which it has all letters") {
    const Typeface typeface(dejavu, read_file(dejavu));
    for (const Alphabet each : {Alphabet::latin, Alphabet::greek, Alphabet::cyrillic, Alphabet::armenian,
                                Alphabet::georgian, Alphabet::hebrew, Alphabet::arabic})
        CHECK(can_write(typeface, each));
    for (const Alphabet each : {Alphabet::devanagari, Alphabet::han, Alphabet::katakana, Alphabet::hangul})
        CHECK_FALSE(can_write(typeface, each));
}

TEST_CASE("letters are as large as asked, apart as asked, and joined where their alphabet joins them") {
    const Typeface typeface(dejavu, read_file(dejavu));
    const cv::Mat small = typeface.write(U"HH", 20), large = typeface.write(U"HH", 80),
                  wide = typeface.write(U"HH", 80, 0.5F);
    CHECK(pieces(large) == 2);
    // The capitals of this font are 0.729 of its em high (its OS/2 table, 1493 of 2048).
    CHECK(std::abs(large.rows - 0.729 * 80) <= 1.5);
    CHECK(std::abs(small.rows - 0.729 * 20) <= 1.5);
    CHECK(std::abs(wide.cols - large.cols - 40) <= 1);
    CHECK(wide.rows == large.rows);
    // Two letters of Hebrew, het, stand apart; two of Arabic, hah, join, whatever the spacing.
    CHECK(pieces(typeface.write(U"\u05D7\u05D7", 80)) == 2);
    const cv::Mat joined = typeface.write(U"\u062D\u062D", 120);
    CHECK(pieces(joined) == 1);
    CHECK(typeface.write(U"\u062D\u062D", 120, 0.5F).cols == joined.cols);
    // Read from right to left: the name that begins with the narrow letter (alef) ends, on the left, with the
    // wide one.
    const cv::Mat line = typeface.write(U"\u0627 \u0634", 80);
    const auto inked = [&](int x) { return cv::countNonZero(line.col(x) > 100) > line.rows / 2; };
    CHECK(inked(line.cols - 4));
}

TEST_CASE("a line is the same from any thread; what has no ink gives none") {
    const Typeface typeface(dejavu, read_file(dejavu));
    CHECK(typeface.write(U"", 30).empty());
    CHECK(typeface.write(U"  ", 30).empty());
    const cv::Mat wanted = typeface.write(U"Terra incognita", 33.5F);
    std::vector<cv::Mat> found(8);
    std::vector<std::jthread> threads;
    for (auto& each : found)
        threads.emplace_back([&] {
            for (int i = 0; i < 20; ++i) typeface.write(U"mare", 12.0F + static_cast<float>(i));
            each = typeface.write(U"Terra incognita", 33.5F);
        });
    threads.clear();
    for (const auto& each : found) {
        REQUIRE(each.size() == wanted.size());
        CHECK(cv::countNonZero(each != wanted) == 0);
    }
}

TEST_CASE("what is no font is refused by name") {
    for (const std::string& bytes : {std::string(), std::string("not a font"), std::string(100000, '\0')}) {
        const Error error = refusal(bytes);
        CHECK(error.cause() == Cause::input);
        CHECK(std::string(error.what()).find("the_font.ttf") != std::string::npos);
    }
}

TEST_CASE("a font that makes its letters enormous writes none") {
    // The units of an em, in the table "head", 18 bytes from its beginning: 2048 become 16.
    std::string bytes = read_file(dejavu);
    const auto number = [&](std::size_t at) {
        std::size_t value = 0;
        for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
        return value;
    };
    const std::size_t entry = bytes.find("head");
    REQUIRE(entry < 400);
    const std::size_t units = number(entry + 8) + 18;
    REQUIRE(bytes[units] == 8);
    bytes[units] = 0, bytes[units + 1] = 16;
    const Typeface typeface("damaged", bytes);
    CHECK(typeface.write(U"Abracadabra", 97).total() <= 97 * 97 * 8 * 8 * 12 * 12);
    CHECK(typeface.write(U"A", 97).empty());
}

TEST_CASE("damaged fonts are refused, or write something") {
    const std::string whole = read_file(dejavu);
    int read = 0;
    std::size_t head = 0;  // where the table that says how large letters are begins
    for (std::size_t i = 0; i < 4; ++i)
        head = head << 8 | static_cast<unsigned char>(whole[whole.find("head") + 8 + i]);
    const auto attempt = [&](std::string bytes) {
        try {
            const Typeface typeface("damaged", std::move(bytes));
            const cv::Mat ink = typeface.write(U"Ab\u0639\u0639", 40);
            CHECK(ink.cols <= 40 * 8 * 5);
            CHECK(ink.rows <= 40 * 8 * 5);
            ++read;
        } catch (const Error& error) {
            CHECK(error.cause() == Cause::input);
        }
    };
    // Cut short at many places; damaged byte by byte where tables are found, and anywhere.
    for (std::size_t length = 0; length < whole.size(); length += 1 + length / 3)
        attempt(whole.substr(0, length));
    for (std::size_t at = 0; at < 400; ++at) {
        std::string bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ 0xFF);
        attempt(std::move(bytes));
    }
    for (std::size_t at = 0; at < 54; ++at)
        for (const int flip : {0x01, 0x80, 0xFF}) {
            std::string bytes = whole;
            bytes[head + at] = static_cast<char>(bytes[head + at] ^ flip);
            attempt(std::move(bytes));
        }
    figurant::Random random(11);
    for (int i = 0; i < 300; ++i) {
        std::string bytes = whole;
        for (int k = 0; k < 30; ++k) bytes[random.next() % bytes.size()] = static_cast<char>(random.next());
        attempt(std::move(bytes));
    }
    CHECK(read > 0);
}
