// A run that is asked to end drains what is in flight, and leaves nothing half done.

#include <chrono>
#include <thread>

#include "tests/end_to_end/program.h"

using namespace figurant;
using namespace figurant::end_to_end;

TEST_CASE("a signal ends a run in good order: whole results, nothing aside, its own exit code") {
    const ScratchFolder folder;
    synthesize(folder / "data", 1);
    constexpr int maps = 60;
    for (int i = 0; i < maps; ++i) {
        const std::string name = "map_" + std::to_string(100 + i) + ".png";
        std::filesystem::create_directories(folder / "maps");
        std::filesystem::copy_file(folder / "data/images/map_000000.png", folder / "maps" / name);
    }
    program(0, {"run", "evaluate", "--maps", folder / "maps/map_100.png", "--output", folder / "whole"});
    const std::string picture = results(folder / "whole").at("map_100.png");
    for (const auto& [signal, code] : {std::pair{SIGINT, 130}, std::pair{SIGTERM, 143}}) {
        const auto out = folder / ("out_" + std::to_string(code));
        const Running run({"run", "evaluate", "--maps", folder / "maps", "--output", out, "--threads", 1});
        for (int i = 0; i < 600 && !std::filesystem::exists(out / "map_100.png"); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        run.signal(signal);
        const auto outcome = run.end();
        CHECK_MESSAGE(outcome.code == code, outcome.err);
        CHECK_MESSAGE(outcome.err.ends_with("\nthe run was asked to end\n"
                                            "  to go on with it, give the same command with --resume\n"),
                      outcome.err);
        auto left = results(out);
        left.erase("coco_results.json");               // of the maps that were done
        CHECK_FALSE(left.contains("failures.jsonl"));  // not started is not failed
        CHECK(left.size() >= 1);
        CHECK(left.size() < maps);
        for (const auto& [name, bytes] : left) CHECK_MESSAGE((bytes == picture), name, " is not whole");
    }
}
