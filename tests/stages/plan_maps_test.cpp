#include "stages/synthesize/composition.h"
#include "tests/stages/stage_harness.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::Composition;

namespace {

std::vector<Composition> planned(const ParameterValues& values) {
    StageRun plan("plan_maps", values);
    std::vector<Composition> all;
    for (const auto& input : plan.inputs()) {
        const auto out = plan.open(input);
        all.push_back(get<Composition>(out));
        CHECK(all.back().name == input.name);
    }
    return all;
}

}  // namespace

TEST_CASE("as many maps as asked for, named in order, each with a seed of its own") {
    const auto maps = planned({{"count", one(200)}, {"prefix", one("sheet")}});
    REQUIRE(maps.size() == 200);
    CHECK(maps.front().name == "sheet_000000");
    CHECK(maps.back().name == "sheet_000199");
    std::set<std::uint64_t> seeds;
    for (const auto& map : maps) seeds.insert(map.seed);
    CHECK(seeds.size() == 200);
    CHECK(std::is_sorted(maps.begin(), maps.end(),
                         [](const auto& a, const auto& b) { return a.name < b.name; }));
}

TEST_CASE(
    "the same seed plans the same maps, more of them begin with the same, another seed plans all others") {
    const auto few = planned({{"count", one(5)}, {"seed", one(7)}});
    const auto many_maps = planned({{"count", one(50)}, {"seed", one(7)}});
    const auto others = planned({{"count", one(50)}, {"seed", one(8)}});
    std::set<std::uint64_t> seeds;
    for (std::size_t i = 0; i < few.size(); ++i) {
        CHECK(few[i].seed == many_maps[i].seed);
        CHECK(few[i].name == many_maps[i].name);
    }
    for (const auto& map : many_maps) seeds.insert(map.seed);
    for (const auto& map : others) CHECK_FALSE(seeds.contains(map.seed));
}

TEST_CASE("a map's digest follows its seed") {
    StageRun plan("plan_maps", {{"seed", one(1)}}), same("plan_maps", {{"seed", one(1)}}),
        other("plan_maps", {{"seed", one(2)}});
    CHECK(plan.inputs()[3].digest == same.inputs()[3].digest);
    CHECK(plan.inputs()[3].digest != other.inputs()[3].digest);
}

TEST_CASE("no maps at all are refused") {
    error_of(Cause::configuration, [] { StageRun("plan_maps", {{"count", one(0)}}); });
}
