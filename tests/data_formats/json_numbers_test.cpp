#include "data_formats/json_numbers/json_numbers.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/data_formats/scratch_folder.h"

using namespace figurant;
using data_formats::read_json_numbers;

TEST_CASE("numbers are found by their dotted names, all else is passed over") {
    const ScratchFolder folder;
    const auto numbers = read_json_numbers(
        folder.put("m.json", R"({"segm": {"AP": 0.25, "note": "x"}, "n": 3, "off": null})"));
    CHECK(numbers == std::map<std::string, double>{{"n", 3}, {"segm.AP", 0.25}});
}

TEST_CASE("a file that is missing, damaged or nested too deep is refused") {
    const ScratchFolder folder;
    CHECK_THROWS_AS(read_json_numbers(folder / "gone.json"), Error);
    const std::string good = R"({"a": {"b": 1.5}})";
    for (std::size_t size = 0; size < good.size(); ++size)
        CHECK_THROWS_AS(read_json_numbers(folder.put("m.json", good.substr(0, size))), Error);
    std::string deep;
    for (int i = 0; i < 200'000; ++i) deep += "{\"a\":";
    CHECK_THROWS_AS(read_json_numbers(folder.put("m.json", deep)), Error);
}
