// Frozen graphs: both forms of values, names by way of Identity nodes, and every kind of damage.

#include "data_formats/frozen_graph/frozen_graph.h"

#include <doctest/doctest.h>

#include <cstring>
#include <functional>

#include "base/error.h"
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

std::unique_ptr<TensorFile> parse(const std::string& bytes) { return parse_frozen_graph(bytes, "g.pb"); }

NamedArray constant(const std::string& tensor) {
    const auto graph = parse(graph_def({constant_node("x", tensor)}));
    return graph->read(0);
}

std::string shape_of(const std::vector<std::int64_t>& shape) {
    std::string dims;
    for (const auto side : shape) dims += bytes_field(2, number_field(1, static_cast<std::uint64_t>(side)));
    return bytes_field(2, dims);
}

std::string type_of(int type) { return number_field(1, static_cast<std::uint64_t>(type)); }

std::string rejection(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.cause() == Cause::model || error.cause() == Cause::limit ? error.what() : "wrong error";
    }
    return "";
}

std::string sample() {
    return graph_def(
        {constant_node("Conv/weights",
                       tensor_proto({"", dt_float, {2, 2}, bytes_of(std::vector<float>{1, 2, 3, 4})})),
         identity_node("Conv/weights/read", "Conv/weights"),
         constant_node("Conv/biases", type_of(dt_float) + shape_of({2}) + fixed32_field(5, 0x3f800000)),
         bytes_field(1, "image_tensor") + bytes_field(2, "Placeholder"),
         constant_node("frozen", tensor_proto({"", dt_int64, {}, bytes_of(std::vector<std::int64_t>{5})})),
         identity_node("through", "frozen:0"), identity_node("again", "through"),
         identity_node("loop", "pool"), identity_node("pool", "loop")});
}

}  // namespace

TEST_CASE("constants are listed by name and read; Identity nodes lead to them") {
    const auto graph = parse(sample());
    CHECK(graph->kind() == "frozen graph");
    REQUIRE(graph->tensors().size() == 3);
    CHECK(graph->tensors()[0].name == "Conv/biases");
    CHECK(graph->tensors()[1].shape == std::vector<std::int64_t>{2, 2});
    CHECK(numbers<float>(graph->read(1)) == std::vector<float>{1, 2, 3, 4});
    CHECK(numbers<float>(graph->read(0)) == std::vector<float>{1, 1});
    CHECK(graph->find("Conv/weights") == 1);
    CHECK(graph->find("Conv/weights/read") == 1);
    CHECK(graph->find("through") == 2);
    CHECK(graph->find("again") == 2);
    CHECK(!graph->find("loop"));
    CHECK(!graph->find("image_tensor"));
    CHECK(!graph->find("nothing"));
    const auto named = parse(graph_def(
        {constant_node("w_const", type_of(dt_float) + shape_of({1})), identity_node("w/read", "w_const")}));
    CHECK(named->find("w") == 0);
}

TEST_CASE("typed values: packed or one by one, the last repeated, 0 where there is none") {
    const std::string half = bytes_field(13, varint(0x3c00) + varint(0xc000));
    CHECK(numbers<float>(constant(type_of(dt_half) + shape_of({2}) + half)) == std::vector<float>{1, -2});
    CHECK(numbers<float>(constant(type_of(dt_bfloat16) + shape_of({1}) + number_field(13, 0x4040))) ==
          std::vector<float>{3});
    const std::string packed = bytes_field(5, bytes_of(std::vector<float>{7, 8}));
    CHECK(numbers<float>(constant(type_of(dt_float) + shape_of({4}) + packed)) ==
          std::vector<float>{7, 8, 8, 8});
    CHECK(numbers<float>(constant(type_of(dt_float) + shape_of({3}) + packed + fixed32_field(5, 0))) ==
          std::vector<float>{7, 8, 0});
    CHECK(numbers<float>(constant(type_of(dt_float) + shape_of({3}))) == std::vector<float>{0, 0, 0});
    CHECK(numbers<std::int64_t>(constant(type_of(dt_int32) + shape_of({2}) +
                                         bytes_field(7, varint(~std::uint64_t{0}) + varint(9)))) ==
          std::vector<std::int64_t>{-1, 9});
    CHECK(numbers<std::int64_t>(constant(type_of(dt_int64) + number_field(10, 1ull << 40))) ==
          std::vector<std::int64_t>{1ll << 40});
    CHECK(constant(type_of(dt_float) + shape_of({0, 4})).bytes.empty());
    CHECK(constant(type_of(dt_float)).shape.empty());
}

TEST_CASE("values that do not fit their shape are refused, with constant and byte") {
    const auto refused = [](const std::string& tensor) { return rejection([&] { constant(tensor); }); };
    CHECK(refused(tensor_proto({"", dt_float, {3}, "12345678"}))
              .find("expected 12 bytes for shape [3] of \"x\"") != std::string::npos);
    CHECK(refused(type_of(dt_float) + shape_of({1}) + bytes_field(5, "12345678")).find("expected 1 values") !=
          std::string::npos);
    CHECK(refused(type_of(dt_float) + shape_of({1}) + bytes_field(5, "12345")).find("a part of one") !=
          std::string::npos);
    CHECK(refused(type_of(dt_float) + shape_of({-1})).find("one of -1") != std::string::npos);
    CHECK(refused(type_of(dt_float) + shape_of(std::vector<std::int64_t>(9, 1))).find("at most 8 sides") !=
          std::string::npos);
    CHECK(refused(type_of(dt_float) + shape_of({1 << 20, 1 << 20})).find("fits memory") != std::string::npos);
    CHECK(refused(type_of(dt_float) + shape_of({1 << 30}) + fixed32_field(5, 1)).find("at most 67108864") !=
          std::string::npos);
    CHECK(refused(type_of(dt_float) + bytes_field(2, number_field(3, 1))).find("found none") !=
          std::string::npos);
    CHECK(refused(type_of(dt_string)).find("its type is string") != std::string::npos);
    CHECK(rejection([] {
              parse(graph_def({constant_node("x", ""), constant_node("x", "")}));
          }).find("a second one") != std::string::npos);
    CHECK(rejection([] { parse(number_field(1, 1)); }).find("SavedModel") != std::string::npos);
    CHECK(rejection([] { parse(""); }).find("found no node") != std::string::npos);
    CHECK(rejection([] { parse(graph_def({constant_node("", "")})); }).find("the name of a constant") !=
          std::string::npos);
}

TEST_CASE("a graph cut at any byte, or with any bit flipped, is read or refused, never more") {
    const std::string good = sample();
    const auto read_all = [](const std::string& bytes) {
        return rejection([&] {
            const auto graph = parse(bytes);
            for (std::size_t i = 0; i < graph->tensors().size(); ++i)
                if (graph->tensors()[i].unreadable.empty()) graph->read(i);
            for (const auto* name : {"loop", "again", "Conv/weights"}) graph->find(name);
        });
    };
    std::size_t refused = 0;
    for (std::size_t size = 0; size < good.size(); ++size) {
        const auto text = read_all(good.substr(0, size));
        CHECK(text != "wrong error");
        refused += text.empty() ? 0 : 1;
    }
    CHECK(refused > good.size() * 9 / 10);  // cut between two nodes, the beginning is a graph of its own
    for (std::size_t i = 0; i < good.size() * 8; ++i) {
        std::string bad = good;
        bad[i / 8] = static_cast<char>(bad[i / 8] ^ (1 << (i % 8)));
        CHECK(read_all(bad) != "wrong error");
    }
    CHECK(read_all(good).empty());
}

TEST_CASE("a file beyond two gigabytes is refused by its size") {
    const ScratchFolder folder;
    const auto file = folder.put("huge.pb", "\x0a");
    std::filesystem::resize_file(file, std::uint64_t{1} << 31);  // without taking room
    CHECK(rejection([&] { open_frozen_graph(file); }).find("at most 2147483647") != std::string::npos);
}
