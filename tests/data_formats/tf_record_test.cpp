#include "data_formats/tf_record/tf_record.h"
#include "data_formats/crc32c/crc32c.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <map>

#include "base/file_writer.h"
#include "data_formats/image/image.h"
#include "data_formats/tf_record/tf_example.h"
#include "tests/data_formats/damage.h"
#include "tests/data_formats/stored_examples.h"

using namespace figurant;
using namespace figurant::data_formats;
using namespace figurant::data_formats::test;

namespace {

/// CRC-32C bit by bit from its polynomial.
std::uint32_t slow_crc32c(std::string_view bytes) {
    std::uint32_t crc = 0xffffffffU;
    for (const char byte : bytes) {
        crc ^= static_cast<unsigned char>(byte);
        for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78U : 0);
    }
    return ~crc;
}

std::uint32_t slow_masked(std::string_view bytes) {
    const std::uint32_t crc = slow_crc32c(bytes);
    return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
}

template <class T>
std::string little_endian(T value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

std::string slow_record(const std::string& data) {
    const std::string length = little_endian(std::uint64_t{data.size()});
    return length + little_endian(slow_masked(length)) + data + little_endian(slow_masked(data));
}

// Protocol buffers by hand.

std::string varint(std::uint64_t value) {
    std::string bytes;
    for (; value > 127; value >>= 7) bytes += static_cast<char>(value | 128);
    return bytes + static_cast<char>(value);
}
std::string field(int number, const std::string& bytes) {
    return varint(static_cast<std::uint64_t>(number * 8 + 2)) + varint(bytes.size()) + bytes;
}
std::string texts(const std::vector<std::string>& values) {
    std::string list;
    for (const auto& value : values) list += field(1, value);
    return field(1, list);
}
std::string floats(const std::vector<float>& values) {
    std::string packed;
    for (const float value : values) packed += little_endian(value);
    return field(2, field(1, packed));
}
/// Not packed, as older writers may have it.
std::string ints(const std::vector<std::int64_t>& values) {
    std::string list;
    for (const std::int64_t value : values) list += varint(8) + varint(static_cast<std::uint64_t>(value));
    return field(3, list);
}

using Features = std::map<std::string, std::string>;

std::string example_of(const Features& features) {
    std::string map;
    for (const auto& [name, feature] : features) map += field(1, field(1, name) + field(2, feature));
    return field(1, map);
}

cv::Mat mask_picture(const cv::Rect& inside, int value = 1) {
    cv::Mat mask(20, 10, CV_8UC1, cv::Scalar(0));
    mask(inside).setTo(cv::Scalar(value));
    return mask;
}

/// A picture of 10 x 20 with two figures, as the original's writer makes it.
Features sound() {
    return {{"image/height", ints({20})},
            {"image/width", ints({10})},
            {"image/filename", texts({"E:\\maps\\images\\a map.png"})},
            {"image/source_id", texts({"E:\\maps\\images\\a map.png"})},
            {"image/encoded", texts({encode_png(cv::Mat(20, 10, CV_8UC3, cv::Scalar(1, 2, 3)))})},
            {"image/format", texts({"jpeg"})},
            {"image/object/bbox/xmin", floats({0.1F, 0.3F})},
            {"image/object/bbox/xmax", floats({0.4F, 1})},
            {"image/object/bbox/ymin", floats({0.25F, 0})},
            {"image/object/bbox/ymax", floats({0.75F, 0.35F})},
            {"image/object/class/text", texts({"character", "character"})},
            {"image/object/class/label", ints({1, 1})},
            {"image/object/mask",
             texts({encode_png(mask_picture({1, 5, 3, 10})), encode_png(mask_picture({3, 0, 7, 7}, 200))})},
            {"image/key/sha256", texts({"no one asks for this"})}};
}

std::string refusal_with(const char* name, const std::string& feature) {
    auto features = sound();
    features[name] = feature;
    if (feature.empty()) features.erase(name);
    const std::string data = example_of(features);
    return refusal([&] { parse_tf_example(data, "r"); });
}

std::vector<std::string> read_all(const std::string& bytes) {
    const auto file = memory_source(bytes);
    const auto index = index_records(*file, "r");
    std::vector<std::string> records;
    for (const auto& place : index.records) records.push_back(read_record(*file, place, "r"));
    if (index.broken) throw Error(*index.broken);
    return records;
}

}  // namespace

TEST_CASE("CRC-32C has the values that RFC 3720 states, and is masked as TensorFlow does") {
    std::string rising;
    for (char i = 0; i < 32; ++i) rising += i;
    CHECK(slow_crc32c(std::string(32, '\0')) == 0x8A9136AAU);
    CHECK(slow_crc32c(std::string(32, '\xff')) == 0x62A8AB43U);
    CHECK(slow_crc32c(rising) == 0x46DD794EU);
    for (std::size_t length = 0; length < 300; ++length) {
        const std::string bytes = (rising + std::string(300, 'x')).substr(0, length);
        CHECK(masked_crc32c(std::as_bytes(std::span(bytes))) == slow_masked(bytes));
    }
}

TEST_CASE("records are read as a slow writer frames them, and framed as it does") {
    const std::vector<std::string> records{"one", "", std::string(100'000, 'z'), std::string("a\0b", 3)};
    std::string bytes;
    for (const auto& record : records) {
        CHECK(framed_record(record) == slow_record(record));
        bytes += slow_record(record);
    }
    CHECK(read_all(bytes) == records);
}

TEST_CASE("a record that TensorFlow wrote is read: picture, box, class") {
    const auto file = open_file_source("tests/data_formats/tensorflow/pets_one_example.record");
    const auto index = index_records(*file, "pets");
    REQUIRE(index.records.size() == 1);
    CHECK_FALSE(index.broken);
    const auto example = parse_tf_example(read_record(*file, index.records[0], "pets"), "pets");
    // As protobuf's own text form of the record says.
    CHECK(example.name == "yorkshire_terrier_140.jpg");
    CHECK(example.image.size() == 10470);
    CHECK(example.width == 300);
    CHECK(example.height == 187);
    REQUIRE(example.figures.size() == 1);
    CHECK(example.figures[0].bbox == std::array<double, 4>{103, 8, 121, 129});
    CHECK(example.figures[0].category == 37);
    CHECK(example.figures[0].mask.empty());
    REQUIRE(example.categories.size() == 1);
    CHECK(example.categories[0].id == 37);
    CHECK(example.categories[0].name == "yorkshire_terrier");
    CHECK(decode_picture(example, "pets").size() == cv::Size(300, 187));
}

TEST_CASE("a file cut anywhere gives the records before, and says where and why no more") {
    const std::string bytes = slow_record("first") + slow_record("second one") + slow_record("third");
    for_each_cut(bytes, [&](const std::string& cut, const std::string& what) {
        const auto file = memory_source(cut);
        if (cut.empty()) {
            CHECK(holds(refusal([&] { index_records(*file, "r"); }), "is empty"));
            return;
        }
        const auto index = index_records(*file, "r");
        const std::size_t first = slow_record("first").size(),
                          second = first + slow_record("second one").size();
        CHECK_MESSAGE(index.records.size() == (cut.size() < first    ? 0U
                                               : cut.size() < second ? 1U
                                                                     : 2U),
                      what);
        CHECK_MESSAGE(index.broken.has_value() == (cut.size() != first && cut.size() != second), what);
        if (index.broken) CHECK_MESSAGE(holds(index.broken->what(), " bytes are left"), index.broken->what());
    });
}

TEST_CASE("each turned bit of a record file is told; no other bytes are given") {
    const std::vector<std::string> records{"first", "second one"};
    const std::string bytes = slow_record(records[0]) + slow_record(records[1]);
    for_each_flipped_bit(bytes, 1, [&](const std::string& damaged, const std::string& what) {
        const auto said = refusal([&] { read_all(damaged); });
        CHECK_MESSAGE(holds(said, "input: r: byte "), what, ": ", said);
        CHECK_MESSAGE(holds(said, "should be "), what, ": ", said);
    });
}

TEST_CASE("lengths beyond the file are refused before memory is taken, though their checksum is right") {
    for (const std::uint64_t length :
         {std::uint64_t{6}, std::uint64_t{1} << 40, ~std::uint64_t{0}, ~std::uint64_t{0} - 15}) {
        const std::string head = little_endian(length);
        const std::string bytes = head + little_endian(slow_masked(head)) + "five!" + "sum.";
        const auto said = refusal([&] { read_all(bytes); });
        CHECK_MESSAGE(
            holds(said, "byte 0: a record of " + std::to_string(length) + " bytes begins here, but only 9"),
            said);
    }
}

TEST_CASE("the original's features are read: boxes in whole pixels, masks above 0, classes") {
    const auto example = parse_tf_example(example_of(sound()), "r");
    CHECK(example.name == "a map.png");
    CHECK(example.width == 10);
    CHECK(example.height == 20);
    REQUIRE(example.figures.size() == 2);
    CHECK(example.figures[0].bbox == std::array<double, 4>{1, 5, 3, 10});
    CHECK(example.figures[1].bbox == std::array<double, 4>{3, 0, 7, 7});
    CHECK(example.figures[0].mask == figures::PlacedMask::encode(cv::Mat::ones(10, 3, CV_8UC1), 1, 5));
    CHECK(example.figures[1].mask == figures::PlacedMask::encode(cv::Mat::ones(7, 7, CV_8UC1), 3, 0));
    CHECK(example.figures[1].area == 49);
    REQUIRE(example.categories.size() == 1);
    CHECK(example.categories[0].name == "character");
    auto without = sound();
    without.erase("image/object/mask");
    CHECK(parse_tf_example(example_of(without), "r").figures[0].mask.empty());
}

TEST_CASE("names from other machines become safe ones") {
    const auto name = [](const std::string& filename) {
        auto features = sound();
        features["image/filename"] = texts({filename});
        return parse_tf_example(example_of(features), "r").name;
    };
    CHECK(name("sub/folder/a.jpg") == "sub/folder/a.jpg");
    CHECK(name("/home/maps/a.jpg") == "a.jpg");
    CHECK(name("../../a.jpg") == "a.jpg");
    for (const char* odd : {"", "..", "/", "a/..", "C:\\", "a\nb"}) {
        INFO(odd);
        CHECK(is_safe_name(name(odd)));
    }
}

TEST_CASE("all missing features are named at once") {
    auto features = sound();
    features.erase("image/encoded");
    features.erase("image/object/bbox/ymax");
    features.erase("image/object/class/label");
    const std::string data = example_of(features);
    CHECK(refusal([&] { parse_tf_example(data, "r"); }) ==
          "input: r: has no feature image/encoded, image/object/bbox/ymax, image/object/class/label");
    CHECK(holds(refusal([] { parse_tf_example("", "r"); }), "has no feature image/encoded, image/filename"));
    CHECK(refusal([] { parse_tf_example("\xff\xff\xff", "r"); }) == "input: r: is no tf.train.Example");
}

TEST_CASE("features of another type or number, and values that cannot be, are named") {
    CHECK(holds(refusal_with("image/height", floats({20})), "image/height is no list of whole numbers"));
    CHECK(holds(refusal_with("image/encoded", ints({1})), "image/encoded is no list of texts"));
    CHECK(
        holds(refusal_with("image/height", ints({20, 20})), "image/height has 2 values, but 1 are expected"));
    CHECK(holds(refusal_with("image/object/bbox/xmax", floats({0.5F})), "xmax has 1 values, but 2"));
    CHECK(holds(refusal_with("image/object/class/label", ints({1})), "class/label has 1 values, but 2"));
    CHECK(holds(refusal_with("image/object/class/label", ints({1, -1})), "-1 is no class"));
    for (const std::int64_t side : {std::int64_t{0}, std::int64_t{-5}, INT64_MAX, std::int64_t{1} << 40})
        CHECK(holds(refusal_with("image/width", ints({side})), "are no size of a picture"));
    CHECK(holds(refusal_with("image/width", ints({11})), "image/encoded is 10 x 20 pixels, but"));
    for (const float value : {-0.1F, 1.5F, NAN, INFINITY, 0.05F})
        CHECK(holds(refusal_with("image/object/bbox/xmax", floats({value, 1})),
                    "box 0: image/object/bbox/xmin"));
    CHECK(holds(refusal_with("image/object/mask", texts({"x"})), "image/object/mask has 1 values, but 2"));
    CHECK(holds(refusal_with("image/object/mask", texts({"x", "y"})), "image/object/mask 0: is no PNG"));
    const auto small = encode_png(cv::Mat(5, 5, CV_8UC1, cv::Scalar(1)));
    const auto large = encode_png(cv::Mat(500, 500, CV_8UC1, cv::Scalar(1)));
    CHECK(holds(refusal_with("image/object/mask", texts({small, small})),
                "a mask is 5 x 5 pixels, but the picture is 10 x 20"));
    CHECK(holds(refusal_with("image/object/mask", texts({large, large})), "at most 200 are decoded"));
}

TEST_CASE("a record's data damaged anywhere is taken or refused, and nothing else") {
    const std::string data = example_of(sound());
    for_each_cut(data, [&](const std::string& cut, const std::string&) {
        refusal([&] { parse_tf_example(cut, "r"); });
    });
    for_each_flipped_bit(data, 3, [&](const std::string& damaged, const std::string&) {
        refusal([&] { parse_tf_example(damaged, "r"); });
    });
}

TEST_CASE(
    "an example goes through a record: picture, masks, boxes, classes, crowds; the same bytes each time") {
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
        INFO("seed ", seed);
        auto example = stored_example(seed, Content::folder, static_cast<int>(seed % 5));
        for (auto& figure : example.figures) {
            figure.keypoints.clear();
            figure.category = 1 + static_cast<std::int64_t>(seed % 2);
            figure.crowd = seed % 3 == 0;
        }
        example.body_parts = {};
        example.categories = {{1, "character"}, {2, "beast"}};
        const auto data = tf_example_bytes(example);
        CHECK(data == tf_example_bytes(example));
        auto again = parse_tf_example(data, "r");
        std::erase_if(example.categories, [&](const auto& category) {
            return example.figures.empty() || category.id != example.figures[0].category;
        });
        CHECK(again == example);
    }
}
