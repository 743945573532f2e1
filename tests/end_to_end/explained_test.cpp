// A run tells where its time went: in its report, in its trace, and when it is asked while it goes on.

#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "tests/end_to_end/program.h"

using namespace figurant;
using namespace figurant::end_to_end;

TEST_CASE(
    "an evaluation is explained: stages' times add up, and the trace leads from each map to its results") {
    const ScratchFolder folder;
    synthesize(folder / "data", 3);
    program(0, {"run", "evaluate", "--maps", folder / "data/images", "--output", folder / "out", "--threads",
                2, "--set", "figures.tiles.size=128", "--trace", folder / "trace.json", "--report",
                folder / "report.json", "--status", folder / "status.json"});
    const auto report = nlohmann::json::parse(contents(folder / "report.json"));
    std::uint64_t calls = 0;
    std::set<std::string> stages;
    for (const auto& stage : report["stages"]) {
        CAPTURE(stage.dump());
        double parts = stage["busy"];
        for (const char* what : {"input", "room", "resource", "batch", "thread"})
            parts += stage["waiting_for_" + std::string(what)].get<double>();
        const double wall = stage["wall"];
        CHECK(std::abs(parts - wall) <= 0.01 * wall);
        CHECK(wall == doctest::Approx(stage["places"].get<double>() * report["seconds"].get<double>()));
        calls += stage["calls"].get<std::uint64_t>();
        if (stage["calls"] > 0) stages.insert(stage["name"]);
    }
    const auto status = nlohmann::json::parse(contents(folder / "status.json"));
    CHECK(status["state"] == "ended");
    CHECK(status["done"] == 3);
    CHECK(status["stages"] == report["stages"]);

    const auto trace = nlohmann::json::parse(contents(folder / "trace.json"));
    std::uint64_t slices = 0, begun = 0, ended = 0;
    std::set<std::string> seen, counters;
    for (const auto& event : trace) {
        const std::string phase = event["ph"];
        if (phase == "X") ++slices, seen.insert(event["name"]);
        if (phase == "s" || event.value("flow_out", false)) ++begun;
        if (phase == "f" || event.value("flow_in", false)) ++ended;
        if (phase == "C") counters.insert(event["name"]);
    }
    CHECK(slices == calls);
    CHECK(seen == stages);
    CHECK(begun >= 3 * stages.size());
    CHECK(ended >= 3 * stages.size());
    CHECK(counters.contains("bytes of payloads"));
    CHECK(counters.size() == report["stages"].size() + 1);
}

TEST_CASE("SIGUSR1 prints how the run stands to standard error, and the run goes on") {
    const ScratchFolder folder;
    synthesize(folder / "data", 1);
    for (int i = 0; i < 40; ++i) {
        std::filesystem::create_directories(folder / "maps");
        std::filesystem::copy_file(folder / "data/images/map_000000.png",
                                   folder / "maps" / ("map_" + std::to_string(100 + i) + ".png"));
    }
    const Running run({"run", "evaluate", "--maps", folder / "maps", "--output", folder / "out", "--threads",
                       1, "--status", folder / "status.json"});
    for (int i = 0; i < 5000 && !std::filesystem::exists(folder / "out/map_100.png"); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const auto status = nlohmann::json::parse(contents(folder / "status.json"));
    CHECK(status["state"] == "running");
    CHECK(status["inputs"] == 40);
    run.signal(SIGUSR1);
    const auto outcome = run.end();
    CHECK(outcome.code == 0);
    const std::string titles = "  stage ";
    const auto first = outcome.err.find(titles);
    REQUIRE(first != std::string::npos);
    CHECK(outcome.err.find(titles, first + 1) != std::string::npos);  // and at the end once more
    CHECK(contains(outcome.err, "not done yet"));
    CHECK(contains(outcome.err, "40 of 40 inputs done"));
}
