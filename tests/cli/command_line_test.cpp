#include "cli/command_line.h"

#include <doctest/doctest.h>

using namespace figurant;
using namespace figurant::cli;

namespace {

std::vector<ParameterDeclaration> declarations() {
    const auto made = [](const std::string& name, ParameterType type, bool many) {
        ParameterDeclaration declaration;
        declaration.name = name;
        declaration.type = type;
        declaration.many = many;
        return declaration;
    };
    return {made("maps", ParameterType::path, true),    made("score_threshold", ParameterType::real, false),
            made("output", ParameterType::path, false), made("pictures", ParameterType::boolean, false),
            made("set", ParameterType::text, true),     made("shift", ParameterType::integer, false)};
}

using Words = std::vector<std::string>;

ParameterValues values(const Words& words) {
    const auto all = declarations();
    return option_values(split_words(words, all), all);
}

std::string problems(const Words& words) {
    try {
        values(words);
    } catch (const Error& error) {
        CHECK(error.cause() == Cause::configuration);
        return error.what();
    }
    return "";
}

ParameterValue text(const std::string& value) { return Scalar(value); }

}  // namespace

TEST_CASE("values follow their option or its equals sign; dashes and underscores are the same") {
    for (const Words& words : {Words{"--score-threshold", "0.5"}, Words{"--score_threshold=0.5"},
                               Words{"--score-threshold=0.5"}, Words{"--score_threshold", "0.5"}})
        CHECK(values(words).at("score_threshold") == ParameterValue(Scalar(0.5)));
    CHECK(values({"--output=a=b"}).at("output") == text("a=b"));
    CHECK(values({"--shift", "-3"}).at("shift") == ParameterValue(Scalar(std::int64_t{-3})));
}

TEST_CASE("an option of many words takes them until the next option, and may be given again") {
    const auto all = values({"--maps", "a", "b c", "--output", "o", "--maps", "-d", "--maps=--e"});
    CHECK(all.at("maps") == ParameterValue(std::vector<Scalar>{std::string("a"), std::string("b c"),
                                                               std::string("-d"), std::string("--e")}));
    CHECK(all.at("output") == text("o"));
    CHECK(values({"--set", "a.b=1", "--set", "c.d=2"}).at("set").items.size() == 2);
}

TEST_CASE("an empty text is no path, but where it is the default") {
    CHECK(problems({"--output="}) == "--output: error: needs a value (path)");
    CHECK(problems({"--maps", "a", "", "--output", ""}) ==
          "--maps: error: needs a value (a list of path)\n--output: error: needs a value (path)");
    CHECK(values({"--set", ""}).at("set").items.size() == 1);
    auto declaration = declarations()[2];
    declaration.fallback = text("");
    CHECK(declaration.parsed({""}) == text(""));
    declaration.fallback = text("out");
    CHECK_THROWS_WITH_AS(declaration.parsed({""}), "needs a value (path)", Error);
}

TEST_CASE("the ends of a range of whole numbers are written in full") {
    auto declaration = declarations()[5];
    declaration.range = range(1, 1e6);
    CHECK(declaration.expectation() == "int, 1 to 1000000");
    declaration.range = range(-1e8, 9007199254740991);
    CHECK(declaration.expectation() == "int, -100000000 to 9007199254740991");
    declaration.type = ParameterType::real;
    declaration.range = range(0.25, 1e6);
    CHECK(declaration.expectation() == "float, 0.25 to 1e+06");
}

TEST_CASE("a switch stands alone or with its word") {
    const ParameterValue yes = Scalar(true), no = Scalar(false);
    CHECK(values({"--pictures"}).at("pictures") == yes);
    CHECK(values({"--pictures", "--output", "o"}).at("pictures") == yes);
    CHECK(values({"--pictures", "false"}).at("pictures") == no);
    CHECK(values({"--pictures=no"}).at("pictures") == no);
}

TEST_CASE("words that belong to no option are handed back") {
    const auto split = split_words(Words{"evaluate", "--output", "o", "more"}, declarations());
    CHECK(split.rest == Words{"evaluate", "more"});
}

TEST_CASE("all mistakes are told at once, with the nearest option") {
    CHECK(problems({"--outptu", "x", "y", "--score-threshold", "--output", "a", "--output", "b"}) ==
          "--outptu: error: there is no such option; did you mean --output?\n"
          "--score-threshold: error: needs a value (float)\n"
          "--output: error: given twice; it takes one value");
    CHECK(problems({"--zebra"}) == "--zebra: error: there is no such option; --help lists them");
    CHECK(problems({"--score-threshold", "high", "--shift=1.5"}) ==
          "--score-threshold: error: \"score_threshold\" takes float; found \"high\"\n"
          "--shift: error: \"shift\" takes int; found \"1.5\"");
}

TEST_CASE("who asks for help gets it, whatever else is wrong") {
    CHECK(split_words(Words{"--outptu", "x", "--help"}, declarations()).help);
    CHECK(split_words(Words{"-h"}, declarations()).help);
}

TEST_CASE("amounts of memory are read in powers of 1024") {
    CHECK(parse_bytes("1000000") == 1000000);
    CHECK(parse_bytes("800M") == std::size_t{800} << 20);
    CHECK(parse_bytes("2g") == std::size_t{2} << 30);
    CHECK(parse_bytes("1.5 GiB") == (std::size_t{3} << 30) / 2);
    CHECK(parse_bytes("512kB") == std::size_t{512} << 10);
    for (const char* wrong : {"", "G", "2X", "-1G", "2GG", "0", "1e30", "nan", "2 G x"})
        CHECK_THROWS_AS(parse_bytes(wrong), Error);
}
