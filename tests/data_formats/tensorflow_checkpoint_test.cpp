// TensorFlow checkpoints: what TensorFlow wrote, all types, shards, compression, and every kind of damage.

#include "data_formats/tensorflow_checkpoint/tensorflow_checkpoint.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <optional>

#include "base/error.h"
#include "base/file_writer.h"
#include "base/random.h"
#include "tests/data_formats/scratch_folder.h"
#include "tests/tensorflow_files/tensorflow_files.h"

using namespace figurant;
using namespace figurant::data_formats;
using namespace figurant::tests;

namespace {

template <class Number>
std::vector<Number> numbers(const NamedArray& array) {
    std::vector<Number> values(array.bytes.size() / sizeof(Number));
    std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
    return values;
}

NamedArray read(const TensorFile& file, std::string_view name) {
    const auto place = file.find(name);
    REQUIRE(place.has_value());
    return file.read(*place);
}

/// The message of the Error(Cause::model) that `call` must end with; "" when it ends well.
std::string rejection(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        if (error.cause() != Cause::model || error.next_step().empty()) return "wrong error";
        return error.what();
    }
    return "";
}

std::string rejection_of_index(const std::map<std::string, std::string>& entries) {
    return rejection([&] { parse_checkpoint_index(table(entries), "x.index"); });
}

std::vector<StoredTensor> sample() {
    return {{"Conv/weights", dt_float, {2, 3}, bytes_of(std::vector<float>{1, -2, 3.5f, 0, 1e-40f, -0.0f})},
            {"Conv/weights/Momentum", dt_float, {2}, bytes_of(std::vector<float>{4, 5})},
            {"empty", dt_float, {0, 7}, ""},
            {"global_step", dt_int64, {}, bytes_of(std::vector<std::int64_t>{-123456789012345})},
            {"step", dt_int32, {2}, bytes_of(std::vector<std::int32_t>{-7, 8})}};
}

void read_all(const std::filesystem::path& prefix) {
    const auto file = open_tensorflow_checkpoint(prefix);
    for (std::size_t i = 0; i < file->tensors().size(); ++i) file->read(i);
}

}  // namespace

TEST_CASE("checkpoints that TensorFlow wrote are read, plain and compressed") {
    // The numbers are those of the models: 0.5 x + 2 and so on, as the data file shows in a hex dump.
    const auto plain = open_tensorflow_checkpoint("tests/data_formats/tensorflow/half_plus_two_mkl");
    CHECK(plain->tensors().size() == 9);
    CHECK(numbers<float>(read(*plain, "a")) == std::vector<float>{0.5f});
    CHECK(numbers<float>(read(*plain, "b")) == std::vector<float>{2});
    CHECK(numbers<float>(read(*plain, "c")) == std::vector<float>{3});
    CHECK(plain->tensors()[*plain->find("conv2d/kernel")].shape == std::vector<std::int64_t>{1, 1, 1, 1});
    CHECK(numbers<float>(read(*plain, "conv2d/kernel")) ==
          std::vector<float>{std::bit_cast<float>(0xbf05bbbeu)});
    const auto packed = open_tensorflow_checkpoint("tests/data_formats/tensorflow/half_plus_two_mlmd.index");
    CHECK(packed->tensors().size() == 5);
    CHECK(numbers<float>(read(*packed, "a2")) == std::vector<float>{0.5f});
    CHECK(numbers<float>(read(*packed, "c")) == std::vector<float>{3});
}

TEST_CASE("names, shapes and numbers come back from any number of shards, compressed or not") {
    const ScratchFolder folder;
    for (const int shards : {1, 2, 3, 17})
        for (const bool snappy : {false, true}) {
            write_checkpoint(folder / "model.ckpt-7", sample(), {shards, snappy});
            const auto file = open_tensorflow_checkpoint(folder / "model.ckpt-7");
            REQUIRE(file->tensors().size() == 5);
            CHECK(file->kind() == "TensorFlow checkpoint");
            const auto weights = read(*file, "Conv/weights");
            CHECK(weights.shape == std::vector<std::int64_t>{2, 3});
            CHECK(std::memcmp(weights.bytes.data(), sample()[0].bytes.data(), 24) == 0);
            CHECK(numbers<float>(read(*file, "Conv/weights/Momentum")) == std::vector<float>{4, 5});
            CHECK(read(*file, "empty").bytes.empty());
            CHECK(numbers<std::int64_t>(read(*file, "global_step")) ==
                  std::vector<std::int64_t>{-123456789012345});
            CHECK(numbers<std::int64_t>(read(*file, "step")) == std::vector<std::int64_t>{-7, 8});
            CHECK(file->tensors()[*file->find("step")].type == "int32");
        }
}

TEST_CASE("every half and every bfloat16 becomes the float of the same value") {
    const ScratchFolder folder;
    std::vector<std::uint16_t> all(65536);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint16_t>(i);
    write_checkpoint(folder / "x",
                     {{"b", dt_bfloat16, {65536}, bytes_of(all)}, {"h", dt_half, {65536}, bytes_of(all)}});
    const auto file = open_tensorflow_checkpoint(folder / "x");
    const auto halves = numbers<float>(read(*file, "h")), brains = numbers<float>(read(*file, "b"));
    for (std::size_t i = 0; i < all.size(); ++i) {
        // By the definitions: sign, exponent and fraction as numbers.
        const int sign = i & 0x8000 ? -1 : 1, exponent = static_cast<int>(i >> 10 & 31);
        const double fraction = static_cast<double>(i & 1023) / 1024;
        const double half = exponent == 31  ? (i & 1023 ? NAN : INFINITY)
                            : exponent == 0 ? std::ldexp(fraction, -14)
                                            : std::ldexp(1 + fraction, exponent - 15);
        CHECK((std::isnan(half) ? std::isnan(halves[i]) : halves[i] == static_cast<float>(sign * half)));
        CHECK(std::signbit(halves[i]) == (sign < 0));
        CHECK(std::bit_cast<std::uint32_t>(brains[i]) == static_cast<std::uint32_t>(i) << 16);
    }
}

TEST_CASE("types that are not read are listed, and refused when they are asked for") {
    const ScratchFolder folder;
    write_checkpoint(folder / "x", {{"d", dt_double, {1}, std::string(8, 'a')},
                                    {"s", dt_string, {1}, "\x01z...."},
                                    {"t", dt_bool, {3}, std::string(3, '\1')}});
    const auto file = open_tensorflow_checkpoint(folder / "x");
    REQUIRE(file->tensors().size() == 3);
    CHECK(file->tensors()[0].type == "float64");
    CHECK(file->tensors()[1].type == "string");
    CHECK(file->tensors()[2].type == "bool");
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(!file->tensors()[i].unreadable.empty());
        CHECK(rejection([&] { file->read(i); }).find("cannot be read: its type is") != std::string::npos);
    }
}

TEST_CASE("a tensor in slices is listed; its slices are not taken for tensors") {
    const ScratchFolder folder;
    const std::map<std::string, std::string> entries = {
        {"", bundle_header(1)},
        {"parts", bundle_entry(dt_float, {2}, 0, 0, 0, 0) + bytes_field(7, "")},
        {std::string("\0\x01parts", 7), bundle_entry(dt_float, {2}, 0, 0, 8, 0)}};
    const auto index = parse_checkpoint_index(table(entries), "x.index");
    REQUIRE(index.entries.size() == 1);
    CHECK(index.entries[0].in_slices);
}

TEST_CASE("an index cut at any byte is refused, with its place") {
    const ScratchFolder folder;
    for (const bool snappy : {false, true}) {
        write_checkpoint(folder / "x", sample(), {2, snappy});
        const std::string good = read_file(folder / "x.index");
        for (std::size_t size = 0; size < good.size(); ++size) {
            const auto text = rejection([&] { parse_checkpoint_index(good.substr(0, size), "x.index"); });
            CHECK(text.starts_with("x.index: damaged at byte "));
        }
    }
}

TEST_CASE("no flipped bit of any file changes a number in silence") {
    const ScratchFolder folder;
    write_checkpoint(folder / "x", sample(), {2, true});
    const auto expected = open_tensorflow_checkpoint(folder / "x");
    std::vector<NamedArray> good;
    for (std::size_t i = 0; i < expected->tensors().size(); ++i) good.push_back(expected->read(i));
    std::size_t refused = 0, flips = 0;
    for (const std::string file : {"x.index", "x.data-00000-of-00002", "x.data-00001-of-00002"}) {
        const std::string bytes = read_file(folder / file);
        for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
            std::string bad = bytes;
            bad[i / 8] = static_cast<char>(bad[i / 8] ^ (1 << (i % 8)));
            folder.put(file, bad);
            ++flips;
            const auto text = rejection([&] {
                const auto opened = open_tensorflow_checkpoint(folder / "x");
                REQUIRE(opened->tensors().size() == good.size());
                for (std::size_t t = 0; t < good.size(); ++t) {
                    const auto array = opened->read(t);
                    CHECK(array.name == good[t].name);
                    CHECK(array.shape == good[t].shape);
                    CHECK(array.bytes == good[t].bytes);
                }
            });
            CHECK(text != "wrong error");
            refused += text.empty() ? 0 : 1;
        }
        folder.put(file, bytes);
    }
    // Only the 40 bytes of the footer hold some that mean nothing: its filling.
    CHECK(flips - refused <= 40 * 8);
}

TEST_CASE("files of data that are missing, short or of another checkpoint are named") {
    const ScratchFolder folder;
    write_checkpoint(folder / "x", sample(), {3, false});
    const auto shard = shard_path(folder / "x", 1, 3);
    const std::string good = read_file(shard);
    for (std::size_t size = 0; size < good.size(); ++size) {
        folder.put(shard.filename().string(), good.substr(0, size));
        CHECK(rejection([&] {
                  read_all(folder / "x");
              }).starts_with(shard.string() + ": has " + std::to_string(size) + " bytes, where"));
    }
    std::filesystem::remove(shard);
    CHECK(rejection([&] { read_all(folder / "x"); }) == shard.string() + ": does not exist");
    std::filesystem::create_directory(shard);
    CHECK(rejection([&] { read_all(folder / "x"); }) == shard.string() + ": is no file");
    CHECK(rejection([&] { read_all(folder / "y"); }) == (folder / "y.index").string() + ": does not exist");
    std::filesystem::remove(shard);
    folder.put(shard.filename().string(), std::string(good.size(), 'x'));
    const auto text = rejection([&] { read_all(folder / "x"); });
    CHECK(text.find("is damaged between byte 0 and") != std::string::npos);
    CHECK(text.find("expected checksum ") != std::string::npos);
}

TEST_CASE("headers and entries that cannot be are refused before memory is taken") {
    const std::string header = bundle_header(2);
    const auto entry = [&](const std::string& value) {
        return rejection_of_index({{"", header}, {"t", value}});
    };
    constexpr std::int64_t huge = std::int64_t{1} << 62;
    CHECK(entry(bundle_entry(dt_float, {2}, 0, 0, 8, 0)) == "");
    CHECK(entry(bundle_entry(dt_float, {2}, 2, 0, 8, 0)).find("there are 2") != std::string::npos);
    CHECK(entry(bundle_entry(dt_float, {2}, -1, 0, 8, 0)).find("file of data -1") != std::string::npos);
    CHECK(entry(bundle_entry(dt_float, {2}, 0, -4, 8, 0)).find("from -4 on") != std::string::npos);
    CHECK(entry(bundle_entry(dt_float, {2}, 0, 0, -8, 0)).find("-8 bytes") != std::string::npos);
    CHECK(entry(bundle_entry(dt_float, {-2}, 0, 0, 8, 0)).find("is -2") != std::string::npos);
    CHECK(entry(bundle_entry(dt_float, {3}, 0, 0, 8, 0)).find("does not take the 8 bytes") !=
          std::string::npos);
    CHECK(entry(bundle_entry(dt_float, {huge, huge, huge}, 0, 0, 8, 0)).find("does not take") !=
          std::string::npos);
    CHECK(entry(bundle_entry(dt_float, std::vector<std::int64_t>(9, 1), 0, 0, 4, 0)).find("8 sides") !=
          std::string::npos);
    CHECK(entry("\x0a\xff").find("its entry is damaged") != std::string::npos);
    CHECK(rejection_of_index({{"", bundle_header(0)}}).find("says 0 files") != std::string::npos);
    CHECK(rejection_of_index({{"", bundle_header(-5)}}).find("says -5 files") != std::string::npos);
    CHECK(rejection_of_index({{"", bundle_header(2000000000)}}).find("1 to 99999") != std::string::npos);
    CHECK(rejection_of_index({{"", bundle_header(1, 1)}}).find("big-endian") != std::string::npos);
    CHECK(rejection_of_index({{"", bundle_header(1, 0, 9)}}).find("version 9") != std::string::npos);
    CHECK(rejection_of_index({{"a", "b"}}).find("not the header") != std::string::npos);
    CHECK(rejection_of_index({}).find("is empty") != std::string::npos);
    CHECK(rejection_of_index({{"", header}, {"a\nb", ""}}).find("control character") != std::string::npos);
    CHECK(rejection_of_index({{"", header}, {std::string(5000, 'n'), ""}}).find("longer") !=
          std::string::npos);
    CHECK(rejection_of_index({{"", header},
                              {"a", bundle_entry(dt_float, {3}, 1, 100, 12, 0)},
                              {"b", bundle_entry(dt_float, {2}, 1, 108, 8, 0)}})
              .find("\"a\" and \"b\" overlap at byte 108") != std::string::npos);
}

TEST_CASE("places beyond the file are refused, however large") {
    const ScratchFolder folder;
    folder.put("x.data-00000-of-00001", "12345678");
    for (const std::int64_t offset : {std::int64_t{1}, std::int64_t{9}, std::int64_t{1} << 40, INT64_MAX}) {
        folder.put("x.index",
                   table({{"", bundle_header(1)}, {"t", bundle_entry(dt_float, {2}, 0, offset, 8, 0)}}));
        CHECK(rejection([&] { read_all(folder / "x"); }).find("has 8 bytes, where") != std::string::npos);
    }
    const std::int64_t size = std::int64_t{1} << 50;
    folder.put("x.index",
               table({{"", bundle_header(1)}, {"t", bundle_entry(dt_float, {size / 4}, 0, 0, size, 0)}}));
    CHECK(rejection([&] { read_all(folder / "x"); }).find("has 8 bytes, where") != std::string::npos);
}

TEST_CASE("names stay names: those that look like paths open no file") {
    const ScratchFolder folder;
    write_checkpoint(folder / "x",
                     {{"../../etc/passwd", dt_float, {1}, "abcd"}, {"/etc/passwd", dt_float, {1}, "efgh"}});
    const auto file = open_tensorflow_checkpoint(folder / "x");
    CHECK(file->tensors()[0].name == "../../etc/passwd");
    CHECK(file->tensors()[1].name == "/etc/passwd");
    read_all(folder / "x");
}

TEST_CASE("tables with right checksums and wrong contents are refused") {
    Random random(11);
    INFO("seed 11");
    const std::string good = table({{"", bundle_header(1)}, {"t", bundle_entry(dt_float, {2}, 0, 0, 8, 0)}});
    CHECK(rejection([&] { parse_checkpoint_index(good, "x"); }).empty());
    for (int i = 0; i < 20000; ++i) {
        std::string block(random.below(60), '\0');
        for (auto& each : block)
            each = static_cast<char>(random.chance(0.5) ? random.below(4) : random.next());
        const auto bytes = i % 2 ? table_around(block) : table_with_index(block);
        CHECK(rejection([&] { parse_checkpoint_index(bytes, "x"); }) != "wrong error");
    }
    // A block that says 2^64 - 6 bytes: LevelDB's reader would add its trailer to it, and ask for nothing.
    const std::string place = varint(0) + varint(~std::uint64_t{5});
    const std::string index =
        varint(0) + varint(1) + varint(place.size()) + "k" + place + std::string("\0\0\0\0\1\0\0\0", 8);
    CHECK(rejection([&] {
              parse_checkpoint_index(table_with_index(index), "x");
          }).find("expected a block inside the first") != std::string::npos);
}
