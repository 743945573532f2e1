#include "pipeline/json_reader.h"

#include <doctest/doctest.h>

#include <random>

#include "pipeline/json_text.h"

using namespace figurant;
using namespace figurant::pipeline;

TEST_CASE("what is written as JSON is read back") {
    const std::string text = "a \"quoted\" \\ line\nwith\ttabs, \x01, \xc3\xa4, \xf0\x9f\x97\xba";
    CHECK(parse_json(json_string(text))->text == text);
    for (const double number : {0.1, -3e300, 5e-324, 1.0, -0.0})
        CHECK(std::get<double>(
                  parameter_value(*parse_json("[" + json_number(number) + ", 0.5]"))->items.back()) == 0.5);
    const ParameterValues values{{"b", ParameterValue(Scalar(true))},
                                 {"i", ParameterValue(Scalar(std::int64_t{-42}))},
                                 {"list", ParameterValue(std::vector<Scalar>{Scalar("x"), Scalar("")})},
                                 {"r", ParameterValue(Scalar(0.25))}};
    const auto read = parse_json(json_object(values));
    REQUIRE(read);
    for (const auto& [name, value] : values) CHECK(parameter_value((*read)[name]) == value);
    CHECK((*read)["missing"].kind == JsonValue::Kind::null);
}

TEST_CASE("escapes of other writers are read") {
    CHECK(parse_json(R"("\u00e4\/\b\ud83d\uddfa")")->text == "\xc3\xa4/\b\xf0\x9f\x97\xba");
    CHECK(parse_json(R"("\udc80")")->text == "\xef\xbf\xbd");
    CHECK(parse_json(" { \"a\" : [ ] , \"b\" : { } } \r\n")->members.size() == 2);
}

TEST_CASE("what is no JSON is refused") {
    for (const char* text : {"",
                             " ",
                             "{",
                             "}",
                             "[1,",
                             "[1,]",
                             "{\"a\"}",
                             "{\"a\":}",
                             "{a: 1}",
                             "\"",
                             "\"\\x\"",
                             "\"\\u12\"",
                             "\"\\ud800\\u0041\"",
                             "tru",
                             "nan",
                             "inf",
                             "1 2",
                             "--1",
                             "\"a\nb\"",
                             "0x10"})
        CHECK_MESSAGE(!parse_json(text), text);
    CHECK(parse_json(std::string(60, '[') + std::string(60, ']')));
    CHECK(!parse_json(std::string(100'000, '[')));
    CHECK(!parse_json(std::string(100'000, '[') + std::string(100'000, ']')));
}

TEST_CASE("damaged JSON is read or refused, whatever bytes it has") {
    const std::string sound =
        R"({"inputs": [{"name": "a\u00e4", "place": 12, "digest": "d"}], "real": -1.5e3, "is": true, "no": null})";
    REQUIRE(parse_json(sound));
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (int i = 0; i < 20'000; ++i) {
        std::string text = sound;
        for (int k = 0; k < 3; ++k) text[random() % text.size()] = static_cast<char>(random());
        text.resize(random() % 4 == 0 ? random() % text.size() : text.size());
        if (const auto read = parse_json(text)) (void)parameter_value(*read);
    }
}
