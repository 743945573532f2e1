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

GridPoint point_at(const std::vector<std::size_t>& sizes, std::size_t index) {
    GridPoint point;
    for (const auto size : sizes) {
        point.push_back(index % size);
        index /= size;
    }
    return point;
}

/// The obvious way: every point.
double least_of_all(const std::vector<std::size_t>& sizes, const Cost& cost) {
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t index = 0; index < points_of(sizes); ++index)
        least = std::min(least, cost(point_at(sizes, index)));
    return least;
}

double between(std::mt19937_64& random, double least, double most) {
    return std::uniform_real_distribution<double>(least, most)(random);
}

/// Work, plus on each axis what is lost on either side of a best value: time as settings change it.
Cost valley(std::mt19937_64& random, const std::vector<std::size_t>& sizes) {
    struct Slope {
        double best, left, right;
    };
    std::vector<Slope> slopes;
    for (const auto size : sizes)
        slopes.push_back({between(random, -0.5, static_cast<double>(size) - 0.5), between(random, 0.02, 0.4),
                          between(random, 0.02, 0.4)});
    return [slopes](const GridPoint& point) {
        double cost = 1;
        for (std::size_t i = 0; i < point.size(); ++i) {
            const double away = static_cast<double>(point[i]) - slopes[i].best;
            cost += away > 0 ? slopes[i].right * away : -slopes[i].left * away;
        }
        return cost;
    };
}

/// Each axis multiplies the cost, and pairs of axes do so together.
Cost product(std::mt19937_64& random, const std::vector<std::size_t>& sizes) {
    const std::size_t axes = sizes.size();
    std::vector<double> best(axes), weight(axes), together(axes * axes);
    for (auto& each : best) each = between(random, -0.2, 1.2);
    for (auto& each : weight) each = std::exp(between(random, std::log(0.1), std::log(3.0)));
    for (auto& each : together) each = between(random, -0.5, 0.5);
    return [=](const GridPoint& point) {
        double sum = 0;
        std::vector<double> away;
        for (std::size_t i = 0; i < axes; ++i) {
            away.push_back(static_cast<double>(point[i]) / static_cast<double>(sizes[i] - 1) - best[i]);
            sum += weight[i] * away[i] * away[i];
            for (std::size_t j = 0; j < i; ++j)
                sum += together[i * axes + j] * std::sqrt(weight[i] * weight[j]) * away[i] * away[j];
        }
        return std::exp(sum);
    };
}

/// A graph: the first axis is a size on which all work depends, each other one how many calls of a stage go
/// on at once (1, 2, 4, …), which costs something itself. The slowest stage and the threads set the pace.
Cost graph_of_stages(std::mt19937_64& random, const std::vector<std::size_t>& sizes) {
    const double threads = between(random, 2, 16), steep = between(random, 0.05, 0.4);
    const double best = between(random, 0, static_cast<double>(sizes[0] - 1));
    std::vector<double> work(sizes.size()), crowd(sizes.size());
    for (auto& each : work) each = between(random, 0.2, 2);
    for (auto& each : crowd) each = between(random, 0, 0.15);
    return [=](const GridPoint& point) {
        const double dear = 1 + steep * std::abs(static_cast<double>(point[0]) - best);
        double all = 0, slowest = 0;
        for (std::size_t i = 1; i < point.size(); ++i) {
            const double at_once = std::pow(2.0, static_cast<double>(point[i]));
            const double time = work[i] * dear * (1 + crowd[i] * (at_once - 1));
            all += time;
            slowest = std::max(slowest, time / at_once);
        }
        return 0.05 + 0.7 * std::max(slowest, all / threads) + 0.3 * (slowest + all / threads);
    };
}

/// What a machine that has other business too makes of a cost: never less, sometimes much more.
struct Noise {
    double usual = 0, spike = 0;
    double of(double cost, std::mt19937_64& random) const {
        if (usual == 0) return cost;
        cost *= std::exp(std::abs(std::normal_distribution<double>(0, usual)(random)));
        return between(random, 0, 1) < 0.1 ? cost * (1 + between(random, 0, spike)) : cost;
    }
};

GridPoint worst_point(const std::vector<std::size_t>& sizes, const Cost& cost) {
    GridPoint worst;
    for (std::size_t index = 0; index < points_of(sizes); ++index) {
        const auto point = point_at(sizes, index);
        if (worst.empty() || cost(point) > cost(worst)) worst = point;
    }
    return worst;
}

/// How many of `tries` searches, each on another surface and from its worst point, end within five percent of
/// the best, when they spend a tenth of what it takes to measure every point three times.
int near_the_best(std::mt19937_64& random, const Noise& noise, int tries) {
    const std::vector<std::vector<std::size_t>> grids = {{5, 6, 6}, {8, 8, 4}, {4, 5, 6, 3}};
    Cost (*const kinds[])(std::mt19937_64&, const std::vector<std::size_t>&) = {valley, product,
                                                                                graph_of_stages};
    int near = 0;
    for (int i = 0; i < tries; ++i) {
        const auto& sizes = grids[random() % grids.size()];
        const auto cost = kinds[i % 3](random, sizes);
        const std::size_t most = 3 * ((points_of(sizes) + 9) / 10);
        std::size_t measured = 0;
        std::set<GridPoint> seen;
        const auto found = search_grid(sizes, worst_point(sizes, cost), most, [&](const GridPoint& point) {
            ++measured;
            seen.insert(point);
            return noise.of(cost(point), random);
        });
        CHECK(found.measurements == measured);
        CHECK(found.points == seen.size());
        CHECK(measured <= most);
        near += cost(found.best) <= 1.05 * least_of_all(sizes, cost);
    }
    return near;
}

}  // namespace

TEST_CASE(
    "a tenth of a grid's measurements finds a point within five percent of the best, from the worst one") {
    const std::uint64_t seed = 20261125;
    INFO("seed ", seed);
    std::mt19937_64 random(seed);
    CHECK(near_the_best(random, {}, 60) >= 57);
    CHECK(near_the_best(random, {0.03, 0.3}, 60) >= 55);
}

TEST_CASE("a point that is fast now and then only is not taken for fast") {
    // Every third measurement of one point is the least of all; its usual cost is above the others'.
    std::size_t seen = 0;
    const Cost cost = [&](const GridPoint& point) {
        if (point != GridPoint{3}) return point == GridPoint{6} ? 1.0 : 1.2;
        return ++seen % 3 == 1 ? 0.9 : 1.3;
    };
    CHECK(search_grid({8}, {0}, 24, cost).best == GridPoint{6});
}

TEST_CASE("the same costs give the same answer, in the same measurements") {
    const std::vector<std::size_t> sizes = {6, 5, 4};
    std::vector<std::vector<GridPoint>> asked(2);
    for (auto& each : asked) {
        std::mt19937_64 random(3);
        const auto cost = valley(random, sizes);
        search_grid(sizes, {0, 0, 0}, 24, [&](const GridPoint& point) {
            each.push_back(point);
            return cost(point);
        });
    }
    CHECK(asked[0] == asked[1]);
}

TEST_CASE("enough trials find the best point of a valley, whatever the start") {
    const std::vector<std::size_t> sizes = {7, 6};
    const Cost cost = [](const GridPoint& point) {
        return 1 + std::abs(static_cast<double>(point[0]) - 5) + std::abs(static_cast<double>(point[1]) - 1);
    };
    for (const std::size_t a : {0u, 3u, 6u})
        for (const std::size_t b : {0u, 5u})
            CHECK(search_grid(sizes, {a, b}, 60, cost).best == GridPoint{5, 1});
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
    CHECK(search_grid({3}, {0}, 1, [](const GridPoint&) { return 1.0; }).measurements == 1);
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
    CHECK((has(outcome.out, "runs; none is faster than the graph as it is") ||
           has(outcome.out, "\non the command line\n  --set ") || has(outcome.out, "nothing to tune")));
    CHECK(has(outcome.err, "as it is: "));
    const auto given = call({"tune", "sums", "--maps", "a", "--output", (home.path / "out").string(),
                             "--vary", "parts.parts=1,2,3,4", "scaled.execution.batch=1,2"});
    CHECK(given.code == 0);
    CHECK(has(given.out, " of 8 settings tried in "));
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
