// The program is killed and resumed; what differs is refused; failed maps are run again.

#include <chrono>
#include <thread>

#include "tests/end_to_end/program.h"

using namespace figurant;
using namespace figurant::end_to_end;
namespace fs = std::filesystem;

namespace {

/// Many copies of a small map under names of their own.
void copy_maps(const fs::path& from, const fs::path& to, int first, int count) {
    fs::create_directories(to);
    for (int i = first; i < first + count; ++i)
        fs::copy_file(from, to / ("map_" + std::to_string(100 + i) + ".png"));
}

}  // namespace

TEST_CASE(
    "a detection that is killed is resumed to the same folder, and finished maps are not opened again") {
    const ScratchFolder folder;
    synthesize(folder / "data", 1);
    copy_maps(folder / "data/images/map_000000.png", folder / "maps", 0, 12);
    std::ofstream(folder / "maps/map_105.png") << "no picture";
    const auto words = [&](const fs::path& out) {
        return std::vector<Word>{"run",      "evaluate", "--maps",    folder / "maps",
                                 "--output", out,        "--threads", 2};
    };
    program(3, words(folder / "whole"));
    const auto whole = results(folder / "whole");
    const auto out = folder / "out";
    auto resumed = words(out);
    resumed.push_back("--resume");
    for (const int wanted : {1, 4, 7}) {  // maps there when it is killed
        const Running run(resumed);
        for (int i = 0; i < 1500 && !fs::exists(out / ("map_" + std::to_string(100 + wanted) + ".png")); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        run.signal(SIGKILL);
        run.end();
    }
    const auto done = lines(contents(out / ".figurant/done.jsonl")).size();
    CHECK(done >= 4);
    resumed.push_back("--report");
    resumed.push_back(folder / "report.json");
    program(3, resumed);
    check_same(whole, results(out));
    const auto report = contents(folder / "report.json");
    CHECK(contains(report, "\"earlier\": " + std::to_string(done)));
    CHECK(contains(report, "\"done\": 11"));
    CHECK(contains(report, "\"maps\": 11"));  // of the whole folder, those done earlier with the rest
}

TEST_CASE("what differs from the run that is resumed is named, and changes nothing") {
    const ScratchFolder folder;
    synthesize(folder / "data", 2);
    const auto maps = folder / "data/images", out = folder / "out";
    program(0, {"run", "evaluate", "--maps", maps, "--output", out});
    const auto before = results(out);
    const auto refused = [&](std::vector<Word> more) {
        std::vector<Word> words{"run", "evaluate", "--maps", maps, "--output", out, "--resume"};
        words.insert(words.end(), more.begin(), more.end());
        const auto outcome = program(2, words);
        check_same(before, results(out));
        return outcome.err;
    };
    CHECK(contains(refused({"--score-threshold", "0.9"}), "score_threshold was -1.0, and is 0.9"));
    CHECK(contains(refused({"--set", "figures.tiles.overlap=0.3"}), "stage \"figures.tiles\": overlap was"));
    CHECK(contains(refused({"--model", "none.h5"}),
                   "stage \"figures.detect\": model was \"embedded\", and is \"none.h5\""));
    CHECK(contains(program(2, {"run", "detect_figures", "--maps", maps, "--output", out, "--resume"}).err,
                   "the run in this folder cannot be resumed:\n  it is a run of evaluate, and not of "
                   "detect_figures\n"));
    fs::copy_file(maps / "map_000000.png", folder / "kept.png");
    fs::remove(maps / "map_000000.png");
    CHECK(contains(refused({}), "the input map_000000.png is not among the inputs any more"));
    fs::copy_file(maps / "map_000001.png", maps / "map_000000.png");
    CHECK(contains(refused({}), "the input map_000000.png has changed"));
}

TEST_CASE("a changed model file and a changed graph file are refused by their names") {
    const ScratchFolder folder;
    synthesize(folder / "data", 1);
    const fs::path graphs = fs::path(FIGURANT_SOURCE) / "graphs", out = folder / "out";
    fs::create_directories(folder / "log");
    fs::copy_file(fs::path(FIGURANT_SOURCE) / "weights/embedded.h5", folder / "log/model.h5");
    for (const char* name : {"evaluate.toml", "detect_figures.toml"})
        fs::copy_file(graphs / name, folder / name);
    const std::vector<Word> words{"run",     folder / "evaluate.toml", "--maps",   folder / "data/images",
                                  "--model", folder / "log",           "--output", out};
    program(0, words);
    const auto before = results(out);
    const auto refused = [&] {
        auto resumed = words;
        resumed.push_back("--resume");
        const auto outcome = program(2, resumed);
        check_same(before, results(out));
        return outcome.err;
    };
    const auto model = contents(folder / "log/model.h5");
    std::ofstream(folder / "log/model.h5", std::ios::app) << " ";
    CHECK(contains(refused(), "the file " + (folder / "log/model.h5").string() + " has changed"));
    folder.put("log/model.h5", model);
    // Others may write beside it: that is told.
    folder.put("log/losses.csv", "");
    auto resumed = words;
    resumed.push_back("--resume");
    CHECK(
        contains(program(0, resumed).err, "the folder " + (folder / "log").string() + " has changed since"));
    check_same(before, results(out));
    auto graph = contents(folder / "evaluate.toml");
    folder.put("evaluate.toml",
               graph +
                   "\n[stages.places]\ntype = \"write_geojson\"\nfrom = \"figures.figures\"\n"
                   "folder = \"${output}\"\n");
    CHECK(contains(refused(), "stage \"places\": type was not there, and is write_geojson"));
    graph.replace(graph.find("[0, 255, 255]"), 13, "[0, 255, 254]");
    folder.put("evaluate.toml", graph);
    CHECK(contains(refused(), "stage \"overlay\": box_color was [0, 255, 255], and is [0, 255, 254]"));
}

TEST_CASE("added maps are taken; failed maps are run again with one command, once they are mended") {
    const ScratchFolder folder;
    synthesize(folder / "data", 1);
    const auto sound = folder / "data/images/map_000000.png";
    copy_maps(sound, folder / "maps", 1, 2);
    const auto out = folder / "out";
    program(0, {"run", "evaluate", "--maps", folder / "maps", "--output", out});
    std::ofstream(folder / "maps/map_100.png") << "no picture";
    const auto more = program(3, {"run", "evaluate", "--maps", folder / "maps", "--output", out, "--resume"});
    CHECK(contains(more.err, "1 inputs were added: map_100.png"));
    CHECK(lines(contents(out / "failures.jsonl")).size() == 1);
    const auto still = program(3, {"run", "evaluate", "--only-failed", out, "--output", folder / "again"});
    CHECK(contains(still.err, "0 of 1 input done, 1 failed"));
    fs::remove(folder / "maps/map_100.png");
    fs::copy_file(sound, folder / "maps/map_100.png");
    program(0, {"run", "evaluate", "--only-failed", out});
    CHECK_FALSE(fs::exists(out / "failures.jsonl"));
    CHECK(contents(out / "map_100.png") == contents(out / "map_101.png"));
}
