// Finding the fastest settings: the search on costs that are known, and `figurant tune` as its user meets it.

#include "cli/tuning.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <set>

#include "cli/tune_axes.h"
#include "tests/cli/program_in_process.h"

using namespace figurant;
using namespace figurant::cli;
using test::call;
using test::has;

namespace {

using Cost = std::function<double(const GridPoint&)>;

std::size_t points_of(const std::vector<std::size_t>& sizes) {
    std::size_t points = 1;
    for (const auto size : sizes) points *= size;
    return points;
}

/// The obvious way: every point.
double least_of_all(const std::vector<std::size_t>& sizes, const Cost& cost) {
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t index = 0; index < points_of(sizes); ++index) {
        GridPoint point;
        std::size_t rest = index;
        for (const auto size : sizes) {
            point.push_back(rest % size);
            rest /= size;
        }
        least = std::min(least, cost(point));
    }
    return least;
}

/// Work, plus on each axis what is lost on either side of a best value: time as settings change it.
Cost valley(std::mt19937_64& random, const std::vector<std::size_t>& sizes) {
    const auto between = [&](double least, double most) {
        return std::uniform_real_distribution<double>(least, most)(random);
    };
    struct Slope {
        double best, left, right;
    };
    std::vector<Slope> slopes;
    for (const auto size : sizes)
        slopes.push_back(
            {between(-0.5, static_cast<double>(size) - 0.5), between(0.02, 0.4), between(0.02, 0.4)});
    return [slopes](const GridPoint& point) {
        double cost = 1;
        for (std::size_t i = 0; i < point.size(); ++i) {
            const double away = static_cast<double>(point[i]) - slopes[i].best;
            cost += away > 0 ? slopes[i].right * away : -slopes[i].left * away;
        }
        return cost;
    };
}

}  // namespace

TEST_CASE("of a grid's valley a tenth of the points finds a point within five percent of the best") {
    const std::uint64_t seed = 20261123;
    INFO("seed ", seed);
    std::mt19937_64 random(seed);
    const std::vector<std::vector<std::size_t>> grids = {{5, 6, 6}, {8, 8, 4}, {4, 5, 6, 3}};
    int near = 0;
    const int tries = 100;
    for (int i = 0; i < tries; ++i) {
        const auto& sizes = grids[random() % grids.size()];
        const auto cost = valley(random, sizes);
        GridPoint start;
        for (const auto size : sizes) start.push_back(random() % size);
        const std::size_t most = (points_of(sizes) + 9) / 10;
        std::set<GridPoint> seen;
        const auto found = search_grid(sizes, start, most, [&](const GridPoint& point) {
            CHECK(seen.insert(point).second);  // each point once
            return cost(point);
        });
        CHECK(found.trials == seen.size());
        CHECK(found.trials <= most);
        CHECK(found.cost == cost(found.best));
        near += found.cost <= 1.05 * least_of_all(sizes, cost);
    }
    CHECK(near >= tries * 90 / 100);
}

TEST_CASE("enough trials find the best point of a valley, whatever the start") {
    const std::vector<std::size_t> sizes = {7, 6};
    const Cost cost = [](const GridPoint& point) {
        return 1 + std::abs(static_cast<double>(point[0]) - 5) + std::abs(static_cast<double>(point[1]) - 1);
    };
    for (std::size_t a = 0; a < 7; ++a)
        for (std::size_t b = 0; b < 6; ++b)
            CHECK(search_grid(sizes, {a, b}, 42, cost).best == GridPoint{5, 1});
}

TEST_CASE("the search stays where it began when nothing is better by one in a hundred, and off what fails") {
    const auto flat = search_grid({5, 5}, {2, 2}, 25, [](const GridPoint& point) {
        return point == GridPoint{2, 2} ? 1.0 : 0.995;
    });
    CHECK(flat.best == GridPoint{2, 2});
    const auto failing = search_grid({4}, {1}, 4, [](const GridPoint& point) {
        return point[0] == 0 ? std::numeric_limits<double>::infinity() : 1.0 + static_cast<double>(point[0]);
    });
    CHECK(failing.best == GridPoint{1});
    CHECK(search_grid({3}, {0}, 1, [](const GridPoint&) { return 1.0; }).trials == 1);
}

TEST_CASE("settings are written as words for the command line and as lines for the file") {
    MeasuredGraph measured;
    ParameterDeclaration size;
    size.name = "tile_size";
    measured.graph.parameters = {size};
    const Setting changes = {{"tile_size", "768"},
                             {"detect.execution.batch", "8"},
                             {"detect.execution.concurrency", "1"},
                             {"figures.tiles.size", "256"}};
    CHECK(settings_to_paste(measured, changes) == R"(on the command line
  --tile-size 768 --set detect.execution.batch=8 --set detect.execution.concurrency=1 --set figures.tiles.size=256

in the graph file
  [params.tile_size]
  default = 768
  [stages.detect]
  execution = { batch = 8, concurrency = 1 }
  [stages.tiles]  # in the graph of figures
  size = 256
)");
    CHECK(changes_of({{{"a", {"1", "2"}}, 1, false}, {{"b", {"x", "y"}}, 0, false}}, {0, 0}) ==
          Setting{{"a", "1"}});
}

TEST_CASE("tune tries no more settings than it may, and says what to paste or that nothing is faster") {
    const test::Home home;
    const auto outcome = call({"tune", "sums", "--maps", "a", "b", "--output", (home.path / "out").string(),
                               "--threads", "2", "--trials", "3", "--repetitions", "1"});
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    CHECK((has(outcome.out, "settings tried; none is faster than the graph as it is") ||
           has(outcome.out, "\non the command line\n  --set ") || has(outcome.out, "nothing to tune")));
    CHECK(has(outcome.err, "as it is: "));
    const auto given = call({"tune", "sums", "--maps", "a", "--output", (home.path / "out").string(),
                             "--vary", "parts.parts=1,2,3,4", "scaled.execution.batch=1,2"});
    CHECK(given.code == 0);
    CHECK(has(given.out, " of 8 settings tried; "));
    CHECK(has(given.err, "parts.parts=1 scaled.execution.batch=1: "));
}

TEST_CASE("what can be tuned is found in the graph: tile size, batch, concurrency") {
    const test::Home home;
    home.add_graph("inner", R"(
[params.tile_size]
type = "int"
default = 512
range = [300, 4096]
[outputs]
part = "parts"
[stages.maps]
type = "read_numbers"
paths = ["a"]
[stages.parts]
type = "split_number"
from = "maps"
parts = "${tile_size}"
)");
    home.add_graph("outer", R"(
[stages.inner]
type = "graph"
file = "inner.toml"
[stages.doubled]
type = "double_number"
from = "inner"
[stages.total]
type = "total_numbers"
from = "doubled"
)");
    MeasuredGraph measured;
    measured.library = shipped_graphs();
    measured.graph = pipeline::read_graph_header(measured.library.find("outer"));
    Trial trial{{}, {}, {}, {}, 0};
    measured.arguments.threads = 1;
    run_once(measured, trial, true, nullptr);
    REQUIRE(trial.failure == "");
    auto report = trial.runs.front();
    report.threads = 6;
    for (auto& stage : report.stages) stage.busy = stage.name == "doubled" ? 9 : 0.1;
    const auto axes = axes_of(measured, trial.plan, report);
    REQUIRE(axes.size() == 2);
    CHECK(axes[0].sweep.key == "inner.tile_size");
    CHECK(axes[0].sweep.values == std::vector<std::string>{"384", "512", "768", "1024"});
    CHECK(axes[0].usual == 1);
    CHECK(axes[0].changes_results);
    CHECK(axes[1].sweep.key == "doubled.execution.concurrency");
    CHECK(axes[1].sweep.values == std::vector<std::string>{"1", "2", "4", "6"});
    CHECK(axes[1].usual == 3);
    CHECK(!axes[1].changes_results);
}
