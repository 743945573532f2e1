#include "base/parameters.h"

#include <doctest/doctest.h>

using namespace figurant;

namespace {

struct Sample {
    std::int64_t size = 512;
    double overlap = 0.25;
    std::vector<std::filesystem::path> maps;
    std::string mode = "fast";
};

ParameterList<Sample> sample_list() {
    return ParameterList<Sample>{}
        .add("size", &Sample::size, "side of a tile", range(64, 8192))
        .add("overlap", &Sample::overlap, "share of a tile", range(0, 0.9))
        .add("maps", &Sample::maps, "what to read", required)
        .add("mode", &Sample::mode, "how", choices({"fast", "thorough"}), neutral);
}

std::string message_of(const ParameterValues& values) {
    try {
        sample_list().bind(values);
    } catch (const Error& error) {
        CHECK(error.cause() == Cause::configuration);
        return error.what();
    }
    return "no error";
}

}  // namespace

TEST_CASE("defaults come from the struct's own member initialisers") {
    const auto sample = sample_list().bind({{"maps", Scalar(std::string("a.png"))}});
    CHECK(sample.size == 512);
    CHECK(sample.overlap == 0.25);
    REQUIRE(sample.maps.size() == 1);  // one scalar becomes a list
    CHECK(sample.maps[0] == "a.png");
}

TEST_CASE("an int is taken for a float, never a float for an int") {
    CHECK(sample_list()
              .bind({{"maps", Scalar(std::string("a"))}, {"overlap", Scalar(std::int64_t{0})}})
              .overlap == 0);
    CHECK(message_of({{"maps", Scalar(std::string("a"))}, {"size", Scalar(512.0)}}) ==
          "\"size\" takes int, 64 to 8192; found a float, 512.0");
}

TEST_CASE("every kind of wrong value gets a message that says what was expected and found") {
    const ParameterValue maps = Scalar(std::string("a"));
    CHECK(message_of({}) == "parameter \"maps\" is required");
    CHECK(message_of({{"maps", maps}, {"size", Scalar(std::int64_t{63})}}) ==
          "\"size\" takes int, 64 to 8192; found 63");
    CHECK(message_of({{"maps", maps}, {"mode", Scalar(std::string("slow"))}}) ==
          "\"mode\" takes one of \"fast\", \"thorough\"; found \"slow\"");
    CHECK(message_of({{"maps", maps}, {"mode", Scalar(std::string("fsat"))}}) ==
          "\"mode\" takes one of \"fast\", \"thorough\"; found \"fsat\"; did you mean \"fast\"?");
    CHECK(message_of({{"maps", maps}, {"sise", Scalar(std::int64_t{64})}}) == "unknown parameter \"sise\"");
    CHECK(message_of({{"maps", maps}, {"overlap", ParameterValue(std::vector<Scalar>{0.1, 0.2})}}) ==
          "\"overlap\" takes float, 0 to 0.9; found a list, [0.1, 0.2]");
}

TEST_CASE("a command line's words become the declared type") {
    const auto list = sample_list();
    const auto& size = list.declarations()[0];
    CHECK(size.parsed({"100"}) == ParameterValue(Scalar(std::int64_t{100})));
    CHECK_THROWS_AS(size.parsed({"100px"}), Error);
    CHECK_THROWS_AS(size.parsed({}), Error);
    CHECK(list.declarations()[2].parsed({"a", "b"}).items.size() == 2);
}

TEST_CASE("the nearest name is offered only when it is near") {
    const std::vector<std::string> names = {"read_maps", "tile", "detect"};
    CHECK(nearest_name("read_map", names) == "read_maps");
    CHECK(nearest_name("detcet", names) == "detect");
    CHECK(nearest_name("zebra", names) == std::nullopt);
    CHECK(nearest_name("tlie", names) == "tile");  // two letters swapped are one slip
    CHECK(nearest_name("b", {"a"}) == std::nullopt);
}

TEST_CASE("what is worth trying is declared with the parameter, and stays within its range") {
    struct Sizes {
        std::int64_t size = 512;
        double factor = 0.5;
        std::string order = "rows";
        std::int64_t seed = 1;
    };
    const auto declarations =
        ParameterList<Sizes>{}
            .add("size", &Sizes::size, "a size", range(300, 900), tune_around())
            .add("factor", &Sizes::factor, "a factor", tune_around({0.5, 2}))
            .add("order", &Sizes::order, "an order", choices({"rows", "columns", "tiles"}),
                 tune({std::string("columns"), std::string("rows")}))
            .add("seed", &Sizes::seed, "a seed")
            .declarations();
    const auto tried = [&](std::size_t index, Scalar usual) {
        return to_text(ParameterValue(declarations[index].values_to_try(ParameterValue(std::move(usual)))));
    };
    CHECK(tried(0, std::int64_t{512}) == "[384, 512, 768]");
    CHECK(tried(0, std::int64_t{301}) == "[301, 452, 602]");
    CHECK(tried(1, 0.5) == "[0.25, 0.5, 1.0]");
    CHECK(tried(2, std::string("tiles")) == "[\"columns\", \"rows\", \"tiles\"]");
    CHECK(tried(2, std::string("rows")) == "[\"columns\", \"rows\"]");
    CHECK(tried(3, std::int64_t{1}) == "[]");
}
