// Measuring a graph: sweeps, medians, the bottleneck, and `figurant bench` as its user meets it.

#include <doctest/doctest.h>

#include <sstream>

#include "cli/bench_report.h"
#include "tests/cli/program_in_process.h"
#include "tests/pipeline/graph_test_stages.h"

using namespace figurant;
using namespace figurant::cli;
using test::call;
using test::has;

namespace {

/// A plan of three maps and a report of what they did, in seconds.
struct Case {
    pipeline::Plan plan;
    pipeline::RunReport report;
    explicit Case(std::vector<std::pair<std::string, double>> busy, int threads = 2, double seconds = 10) {
        const auto* type = pipeline::Registry::global().find("double_number");
        for (const auto& [name, each] : busy) {
            pipeline::PlannedStage stage;
            stage.name = name;
            stage.type = type;
            plan.stages.push_back(stage);
            pipeline::StageReport done;
            done.name = name;
            done.busy = each;
            done.places = threads;
            report.stages.push_back(done);
        }
        report.threads = threads;
        report.seconds = seconds;
    }
};

Trial trial_of(const std::vector<double>& seconds, Setting setting = {}) {
    Case made({{"first", 1}, {"second", 3}});
    Trial trial{std::move(setting), made.plan, {}, {}, 0};
    for (const double each : seconds) {
        auto report = made.report;
        report.seconds = each;
        report.inputs = 6;
        report.stages[1].items_in = 600;
        report.stages[1].bytes_out = 3'000'000;
        trial.runs.push_back(report);
    }
    return trial;
}

std::size_t lines_of(const std::string& text, const std::string& part) {
    std::istringstream in(text);
    std::size_t count = 0;
    for (std::string line; std::getline(in, line);) count += has(line, part);
    return count;
}

}  // namespace

TEST_CASE("a sweep is a key and its values; commas inside lists and texts are theirs") {
    CHECK(parse_sweep("--sweep", "tiles.size=256,512").key == "tiles.size");
    CHECK(parse_sweep("--sweep", "tiles.size=256,512").values == std::vector<std::string>{"256", "512"});
    CHECK(parse_sweep("--sweep", "scales=[1,0.5],[1]").values == std::vector<std::string>{"[1,0.5]", "[1]"});
    CHECK(parse_sweep("--sweep", "text=\"a,b\",c").values == std::vector<std::string>{"\"a,b\"", "c"});
    for (const char* wrong : {"size", "=3", "size=", "size=1,,2", "size=1,"})
        CHECK_THROWS_AS(parse_sweep("--sweep", wrong), pipeline::GraphError);
}

TEST_CASE("the grid has every combination once, the last key changing fastest") {
    const auto grid = grid_of({{"a", {"1", "2"}}, {"b", {"x", "y", "z"}}});
    REQUIRE(grid.size() == 6);
    CHECK(setting_text(grid[0]) == "a=1 b=x");
    CHECK(setting_text(grid[1]) == "a=1 b=y");
    CHECK(setting_text(grid[5]) == "a=2 b=z");
    CHECK(grid_of({}).size() == 1);
    const Sweep hundred{"a", std::vector<std::string>(100, "1")};
    CHECK_THROWS_AS(grid_of({hundred, hundred, hundred}), Error);
}

TEST_CASE("the median is the middle one, or the mean of the two in the middle") {
    CHECK(spread_of({3.0, 1.0, 2.0}).median == 2);
    CHECK(spread_of({4.0, 1.0, 2.0, 3.0}).median == 2.5);
    const auto spread = spread_of({1.0, 2.0, 4.0});
    CHECK(spread.least == 1);
    CHECK(spread.most == 4);
    CHECK(spread.relative() == 1.5);
    CHECK(middle_run(trial_of({5, 1, 3})).seconds == 3);
}

TEST_CASE("the bottleneck is what holds the run up") {
    test::link_stages();
    SUBCASE("the heaviest stage, when the threads are busy") {
        const Case made({{"light", 3}, {"heavy", 15}, {"other", 1}});
        CHECK(bottleneck_of(made.plan, made.report).stage == "heavy");
        CHECK(has(bottleneck_of(made.plan, made.report).next_step, "--threads"));
    }
    SUBCASE("a stage that may do one call at a time and does it all the time, even if others do more") {
        Case made({{"light", 3}, {"narrow", 9.5}, {"heavy", 30}}, 8);
        made.report.stages[1].places = 1;
        CHECK(bottleneck_of(made.plan, made.report).stage == "narrow");
        CHECK(has(bottleneck_of(made.plan, made.report).next_step, "execution.concurrency"));
    }
    SUBCASE("not a narrow stage that is seldom at work") {
        Case made({{"narrow", 2}, {"heavy", 17}});
        made.report.stages[0].places = 1;
        CHECK(bottleneck_of(made.plan, made.report).stage == "heavy");
    }
    SUBCASE("memory, when items wait for room, the budget is used up, and threads are idle") {
        Case made({{"opens", 2}, {"heavy", 5}});
        made.report.stages[0].waiting_for_room = 8;
        made.report.credits = 1000;
        made.report.peak_credits = 950;
        CHECK(bottleneck_of(made.plan, made.report).stage == "opens");
        CHECK(bottleneck_of(made.plan, made.report).next_step == "more --memory");
    }
    SUBCASE("not memory, when items wait since those behind them have enough") {
        Case made({{"opens", 2}, {"heavy", 5}});
        made.report.stages[0].waiting_for_room = 18;
        made.report.credits = 1000;
        made.report.peak_credits = 100;
        CHECK(bottleneck_of(made.plan, made.report).stage == "heavy");
    }
    SUBCASE("batches, when items wait for others and threads are idle") {
        Case made({{"looks", 2}, {"heavy", 5}});
        made.report.stages[0].waiting_for_batch = 9;
        CHECK(bottleneck_of(made.plan, made.report).stage == "looks");
        CHECK(bottleneck_of(made.plan, made.report).next_step == "a smaller execution.batch");
    }
    SUBCASE("too little side by side, when nobody is busy") {
        const Case made({{"light", 1}, {"heavy", 5}});
        CHECK(bottleneck_of(made.plan, made.report).stage == "heavy");
        CHECK(has(bottleneck_of(made.plan, made.report).why, "not enough side by side"));
    }
}

TEST_CASE("throughput is of the median: inputs, items, bytes a second") {
    test::link_stages();
    const auto csv = trials_csv({trial_of({2, 4, 3}, {{"size", "8"}})});
    CHECK(csv ==
          "size,runs,seconds_median,seconds_least,seconds_most,inputs_per_second,items_per_second,"
          "bytes_per_second,bottleneck,failure\n8,3,3,2,4,2,200,1000000,second,\n");
    const auto text = trial_text("graph", trial_of({2, 4, 3}));
    CHECK(has(text, "graph: 3 runs of 6 inputs, 2 threads"));
    CHECK(has(text, "median 3.00 s, 2.00 s to 4.00 s (spread 67 %)"));
    CHECK(has(text, "2.00 inputs/s, 200 items/s (second), 1.00 MB/s of payloads"));
    CHECK(has(text, "bottleneck: second: "));
}

TEST_CASE("the fastest setting is marked, and a failed one says why") {
    test::link_stages();
    auto failed = trial_of({1}, {{"size", "9"}});
    failed.runs.clear();
    failed.failure = "no room, \"none\"";
    const std::vector<Trial> trials = {trial_of({2}, {{"size", "7"}}), trial_of({1}, {{"size", "8"}}),
                                       failed};
    const auto table = trials_table(trials);
    CHECK(lines_of(table, " * ") == 1);
    std::istringstream lines(table);
    for (std::string line; std::getline(lines, line);)
        if (has(line, " * ")) CHECK(line.starts_with("  8 "));
    CHECK(has(table, "no room, \"none\""));
    CHECK(has(trials_csv(trials), "9,0,,,,,,,,\"no room, \"\"none\"\"\"\n"));
}

TEST_CASE("bench runs what it is told to, and leaves nothing behind") {
    const test::Home home;
    home.add_graph("numbers", R"(
[params.maps]
type = "path"
many = true
[params.output]
type = "path"
[params.times]
type = "int"
default = 2
[stages.maps]
type = "read_numbers"
paths = "${maps}"
[stages.parts]
type = "split_number"
from = "maps"
[stages.doubled]
type = "double_number"
from = "parts"
times = "${times}"
[stages.write]
type = "write_numbers"
from = "doubled"
folder = "${output}"
)");
    const auto output = (home.path / "out").string();
    const auto one = call({"bench", "numbers", "--maps", "a", "b", "--output", output, "--threads", "2"});
    INFO(one.err);
    CHECK(one.code == 0);
    CHECK(has(one.out, "numbers: 5 runs of 2 inputs, 2 threads"));
    CHECK(has(one.out, "\n  doubled "));
    CHECK(has(one.out, "items/s (parts)"));
    CHECK(has(one.out, "bottleneck: "));
    CHECK(lines_of(one.err, "to warm up") == 1);
    CHECK(!std::filesystem::exists(output));

    const auto csv = (home.path / "sweep.csv").string();
    const auto sweep = call({"bench", "numbers", "--maps", "a", "--repetitions", "2", "--warm-up", "0",
                             "--sweep", "parts.parts=1,5", "times=3,4", "threads=1,2", "--csv", csv});
    CHECK(sweep.code == 0);
    CHECK(lines_of(sweep.out, " *") == 1);
    const auto file = read_file(csv);
    CHECK(lines_of(file, "") == 9);
    CHECK(has(file, "\n5,4,2,2,"));
    CHECK(lines_of(sweep.err, "run ") == 16);
}

TEST_CASE("bench refuses what it cannot measure, all problems at once, before anything runs") {
    const test::Home home;
    const auto wrong = call({"bench", "sums", "--maps", "a", "--output", "o", "--sweep", "parts.prats=1,2",
                             "tims=3", "times=5,500", "memory=much"});
    CHECK(wrong.code == 2);
    CHECK(
        has(wrong.err, "--sweep parts.prats=1: error: \"parts\" (split_number) has no parameter \"prats\""));
    CHECK(has(wrong.err,
              "--sweep tims=3: error: neither the graph nor a run has the parameter \"tims\"; did you "
              "mean \"times\"?"));
    CHECK(has(wrong.err, "--sweep times=500: error: \"times\" takes int, 0 to 100; found 500"));
    CHECK(has(wrong.err, "--sweep memory=much: error: \"much\" is no amount of memory"));
    CHECK(!has(wrong.err, "run 1 of"));
    CHECK(call({"bench"}).code == 2);
    CHECK(call({"bench", "sums", "--sweep", "parts.parts"}).code == 2);
    CHECK(has(call({"bench", "--help"}).out, "--sweep STRING..."));
}
