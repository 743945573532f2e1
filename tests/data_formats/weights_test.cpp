#include "data_formats/weights/weights.h"

#include <doctest/doctest.h>

#include <cstring>
#include <span>
#include <thread>

#include "base/error.h"
#include "base/file_writer.h"
#include "tests/data_formats/scratch_folder.h"

using namespace figurant;
using namespace figurant::data_formats;

namespace {

NamedArray floats(const std::string& name, std::vector<std::int64_t> shape, std::vector<float> values) {
    NamedArray array{name, ElementType::float32, std::move(shape), {}};
    array.bytes = ArrayBytes(std::as_bytes(std::span(values)));
    return array;
}

WeightsFile sample() {
    WeightsFile weights{"checkpoint", "[network]\nname = \"kleine Straße\"\n", {}};
    weights.arrays.push_back(floats("Conv/weights", {2, 1, 3}, {1, -2.5f, 3, 1e-38f, 0, -0.0f}));
    weights.arrays.push_back(floats("Conv/weights/Momentum", {2}, {4, 5}));
    weights.arrays.push_back(floats("A/scalar", {}, {7}));
    weights.arrays.push_back(floats("nothing", {0, 5}, {}));
    NamedArray step{"global_step", ElementType::int64, {}, ArrayBytes(8)};
    const std::int64_t value = 123456789012345;
    std::memcpy(step.bytes.data(), &value, 8);
    weights.arrays.push_back(step);
    return weights;
}

void check_same(const WeightsFile& a, const WeightsFile& b) {
    CHECK(a.kind == b.kind);
    CHECK(a.config == b.config);
    REQUIRE(a.arrays.size() == b.arrays.size());
    for (std::size_t i = 0; i < a.arrays.size(); ++i) {
        CHECK(a.arrays[i].name == b.arrays[i].name);
        CHECK(a.arrays[i].type == b.arrays[i].type);
        CHECK(a.arrays[i].shape == b.arrays[i].shape);
        CHECK(a.arrays[i].bytes == b.arrays[i].bytes);
    }
}

WeightsFile parse(const std::string& bytes, std::string_view kind = {}) {
    return parse_weights(std::as_bytes(std::span(bytes)), "embedded", kind);
}

std::string rejection(const std::string& bytes, std::string_view kind = {}) {
    try {
        parse(bytes, kind);
    } catch (const Error& error) {
        if (error.cause() != Cause::model || error.next_step().empty()) return "wrong error";
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("what is written is read again, from a file and from memory") {
    const ScratchFolder folder;
    write_weights(folder / "w.h5", sample());
    check_same(read_weights(folder / "w.h5"), sample());
    check_same(read_weights(folder / "w.h5", "checkpoint"), sample());
    check_same(parse(read_file(folder / "w.h5")), sample());
    write_weights(folder / "empty.h5", WeightsFile{"model", "", {}});
    check_same(read_weights(folder / "empty.h5", "model"), WeightsFile{"model", "", {}});
}

TEST_CASE("large arrays and many of them keep their order") {
    const ScratchFolder folder;
    WeightsFile weights{"model", std::string(100'000, '#'), {}};
    for (int i = 0; i < 700; ++i)
        weights.arrays.push_back(floats("unit_" + std::to_string((i * 37) % 700), {1000},
                                        std::vector<float>(1000, static_cast<float>(i))));
    weights.arrays.push_back(floats("large", {1 << 20}, std::vector<float>(1 << 20, 0.5f)));
    write_weights(folder / "w.h5", weights);
    check_same(read_weights(folder / "w.h5"), weights);
}

TEST_CASE("the same content gives the same bytes") {
    const std::string once = encode_weights(sample());
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));
    CHECK(encode_weights(sample()) == once);
}

TEST_CASE("every flipped bit and every missing tail is refused") {
    const std::string good = encode_weights(sample());
    std::size_t accepted = 0;
    for (std::size_t i = 0; i < good.size(); ++i)
        for (int bit = 0; bit < 8; ++bit) {
            std::string bad = good;
            bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
            accepted += rejection(bad).starts_with("embedded: ") ? 0 : 1;
        }
    for (std::size_t size = 0; size < good.size(); ++size)
        accepted += rejection(good.substr(0, size)).starts_with("embedded: ") ? 0 : 1;
    CHECK(accepted == 0);
    CHECK(rejection(good.substr(0, good.size() - 1)).find("is cut short") != std::string::npos);
    CHECK(rejection(good + "x").find("is damaged") != std::string::npos);
}

TEST_CASE("a right checksum around a block that claims more than memory has: refused") {
    // Found by fuzzing: HDF5 asks for 2^51 bytes, gets none, and gives up.
    const std::string bytes = read_file("tests/fuzz/corpus/weights/huge_block.h5");
    try {
        parse_weights(std::as_bytes(std::span(bytes)), "w.h5");
        FAIL("it was taken");
    } catch (const Error& error) {
        CHECK(error.cause() == Cause::model);
        CHECK(std::string(error.what()).starts_with("w.h5: "));
    }
}

TEST_CASE("files of other kinds are told what they are") {
    const ScratchFolder folder;
    CHECK(rejection("").find("is empty") != std::string::npos);
    CHECK(rejection("PK\x03\x04 and so on").find("PyTorch") != std::string::npos);
    CHECK(rejection("\x89HDF\r\n\x1a\n").find("HDF5 file that was not written") != std::string::npos);
    CHECK(rejection("Dear model").find("no weights file") != std::string::npos);
    std::string newer = encode_weights(sample());
    newer.replace(newer.find("format 1"), 8, "format 2");
    CHECK(rejection(newer).find("has format 2") != std::string::npos);
    CHECK(rejection(encode_weights(sample()), "model") ==
          "embedded: holds a checkpoint, where a model is wanted");
    CHECK_THROWS_WITH_AS(read_weights(folder / "gone.h5"),
                         ((folder / "gone.h5").string() + ": does not exist").c_str(), Error);
    CHECK_THROWS_AS(read_weights(folder.path()), Error);
}

TEST_CASE("an array that breaks its promise is not written") {
    WeightsFile weights = sample();
    weights.arrays[0].shape = {7};
    CHECK_THROWS_AS(encode_weights(weights), Error);
    weights = sample();
    weights.arrays[1].name = weights.arrays[0].name;
    CHECK_THROWS_AS(encode_weights(weights), Error);
    weights = sample();
    weights.arrays[1].name = "a:b";
    CHECK_THROWS_AS(encode_weights(weights), Error);
}

TEST_CASE("several threads read at once") {
    const ScratchFolder folder;
    write_weights(folder / "w.h5", sample());
    std::vector<std::thread> threads;
    std::vector<WeightsFile> found(6);
    for (std::size_t t = 0; t < found.size(); ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 10; ++i) found[t] = read_weights(folder / "w.h5");
        });
    for (auto& each : threads) each.join();
    for (const auto& each : found) check_same(each, sample());
}
