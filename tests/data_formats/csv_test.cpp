#include "data_formats/csv/csv.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "base/digest.h"
#include "base/error.h"

using namespace figurant;
using namespace figurant::data_formats;

TEST_CASE("lines hold numbers to their last digit, and texts whatever is in them") {
    CHECK(csv_heading({"step", "loss, total"}) == "step,\"loss, total\"\n");
    CHECK(csv_line({std::int64_t{12}, 0.1, {}, std::string("a\"b"), std::nan("")}) ==
          "12,0.1,,\"a\"\"b\",nan\n");
    CHECK(csv_line({-std::numeric_limits<double>::infinity(), 1e-300, 3.0}) == "-inf,1e-300,3\n");
}

TEST_CASE("what is written is read again") {
    const std::uint64_t seed = 5;
    MESSAGE("seed ", seed);
    const std::string letters = "ab,\"\n\r ;0";
    for (std::uint64_t round = 0; round < 300; ++round) {
        std::vector<CsvField> fields;
        std::vector<std::string> expected;
        for (std::uint64_t f = 0; f <= mix(seed, round) % 4; ++f) {
            std::string text =
                "x";  // a line of one empty field reads as one, too, but only when it is not the last
            for (std::uint64_t i = 0; i < mix(round, f) % 6; ++i)
                text += letters[mix(round * 10 + f, i) % letters.size()];
            fields.emplace_back(text);
            expected.push_back(text);
        }
        const auto table = parse_csv(csv_line(fields) + csv_line({1.5}), "t.csv");
        REQUIRE(table.size() == 2);
        CHECK(table[0] == expected);
        CHECK(table[1] == std::vector<std::string>{"1.5"});
    }
}

TEST_CASE("a damaged table is refused with its row") {
    CHECK_THROWS_WITH_AS(parse_csv("a,b\n\"c", "t.csv"), "t.csv: row 2: a quote that does not end", Error);
    CHECK_THROWS_AS(parse_csv("\"a\"b\n", "t.csv"), Error);
    CHECK(parse_csv("", "t.csv").empty());
    CHECK(parse_csv("a,\r\nb", "t.csv") == std::vector<std::vector<std::string>>{{"a", ""}, {"b"}});
}
