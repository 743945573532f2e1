// A whole `evaluate` run over a batch of maps, against what the detect stage alone needs for the same tiles.
//
//     build/benchmarks/evaluate_run [MAPS...] [--threads N]      (default: samples/ twice over, two
//     threads)
//
// The tiles are cut beforehand and kept in memory; N threads then do nothing but call the detector on them.
// The run does everything: reading, tiling, detecting, merging, drawing, writing. Checks that both saw as
// many tiles. Goal: wall time of the run at most 1.10 x that of detection alone.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/allocator.h"
#include "base/error.h"
#include "base/shipped_files.h"
#include "data_formats/map_image/map_image.h"
#include "data_formats/map_image/map_list.h"
#include "figures/tiling.h"
#include "mask_rcnn/detector.h"
#include "pipeline/graph_file.h"
#include "pipeline/run.h"
#include "stages/detect/model_file.h"

namespace fs = std::filesystem;
using namespace figurant;

namespace {

constexpr int rounds = 5;

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// As `evaluate` is told to cut, here and below.
const std::vector<double> scales = {1.5};

std::vector<cv::Mat> cut_tiles(const std::vector<fs::path>& maps) {
    figures::TilingOptions tiling;
    tiling.scales = scales;
    std::vector<cv::Mat> tiles;
    for (const auto& file : data_formats::list_maps(maps)) {
        const auto map = data_formats::open_map(file.path, file.name);
        const figures::TilePlan plan(map->info().width, map->info().height, tiling);
        for (std::int64_t i = 0; i < plan.count(); ++i)
            tiles.push_back(map->read(plan.at(i).window, plan.at(i).size));
    }
    return tiles;
}

double detect_alone(const std::vector<cv::Mat>& tiles, int threads) {
    const mask_rcnn::Detector detector(stages::read_model("embedded"), {"cpu", "auto", 0.3, 1});
    const auto look = [&](const cv::Mat& tile) {
        detector.detect(
            mask_rcnn::ImageView{tile.data, tile.rows, tile.cols, static_cast<std::int64_t>(tile.step)});
    };
    look(tiles.front());  // oneDNN plans its convolutions at the first call
    const auto start = std::chrono::steady_clock::now();
    std::atomic<std::size_t> next{0};
    std::vector<std::thread> workers;
    for (int i = 0; i < threads; ++i)
        workers.emplace_back([&] {
            for (std::size_t at = next++; at < tiles.size(); at = next++) look(tiles[at]);
        });
    for (auto& worker : workers) worker.join();
    return seconds_since(start);
}

pipeline::RunReport whole_run(const std::vector<fs::path>& maps, int threads, const fs::path& output) {
    ParameterValues given;
    std::vector<Scalar> paths;
    for (const auto& map : maps) paths.emplace_back(map.string());
    given["maps"] = ParameterValue(paths);
    given["output"] = Scalar(output.string());
    given["scales"] = ParameterValue(std::vector<Scalar>(scales.begin(), scales.end()));
    const pipeline::GraphLibrary library{{shipped_folder("graphs")}};
    const auto plan = pipeline::plan_graph(library.find("evaluate"), given, {}, library);
    pipeline::RunOptions options;
    options.settings.threads = threads;
    return pipeline::run(plan, options);
}

}  // namespace

int main(int argc, char** argv) {
    figurant::keep_freed_memory();
    std::vector<fs::path> maps;
    int threads = 2;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--threads") == 0 && i + 1 < argc)
            threads = std::stoi(argv[++i]);
        else
            maps.emplace_back(argv[i]);
    }
    const fs::path work = fs::temp_directory_path() / "figurant_benchmark_evaluate";
    fs::remove_all(work);
    if (maps.empty()) {
        for (int copy = 0; copy < 2; ++copy) {
            const fs::path folder = work / "maps" / std::to_string(copy);
            fs::create_directories(folder);
            fs::copy(shipped_folder("samples"), folder);
        }
        maps.push_back(work / "maps");
    }
    int result = 0;
    try {
        const auto tiles = cut_tiles(maps);
        // The machine's speed drifts: each run lies between two of detection alone, and the median counts.
        std::vector<double> ratios;
        double before = detect_alone(tiles, threads);
        for (int round = 0; round < rounds; ++round) {
            fs::remove_all(work / "out");
            const auto report = whole_run(maps, threads, work / "out");
            const double after = detect_alone(tiles, threads);
            ratios.push_back(report.seconds / ((before + after) / 2));
            std::printf(
                "%zu tiles, %d threads: detection alone %.2f s and %.2f s, whole run %.2f s, ratio %.3f\n",
                tiles.size(), threads, before, after, report.seconds, ratios.back());
            std::fflush(stdout);
            before = after;
            const auto seen = report.counts.contains("tiles") ? report.counts.at("tiles") : 0;
            if (report.exit_code != 0 || static_cast<std::size_t>(seen) != tiles.size()) {
                std::printf("WRONG: the run saw %lld tiles and ended with %d\n", static_cast<long long>(seen),
                            report.exit_code);
                result = 1;
            }
        }
        std::sort(ratios.begin(), ratios.end());
        std::printf("median ratio %.3f (goal: at most 1.10)\n", ratios[ratios.size() / 2]);
    } catch (const Error& error) {
        std::fprintf(stderr, "error: %s\n", error.what());
        result = 1;
    }
    fs::remove_all(work);
    return result;
}
