// Maps of 1600x1200 composed a second by one thread and by two, which must compose the same: synthesis COUNT
// FIRST_SEED. With a folder as third argument, writes the maps there instead, to look at.

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <thread>
#include <vector>

#include "synthesis/compose.h"

namespace {

double seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

cv::Mat with_truth(const figurant::synthesis::ComposedMap& map) {
    cv::Mat shown;
    cv::cvtColor(map.rgb, shown, cv::COLOR_RGB2BGR);
    const cv::Scalar colors[] = {{0, 0, 255},   {0, 200, 255}, {0, 255, 0},
                                 {255, 255, 0}, {255, 0, 0},   {255, 0, 255}};
    for (const auto& figure : map.figures) {
        cv::Mat window = shown(cv::Rect(figure.offset, figure.mask.size()));
        for (int part = 0; part < 6; ++part) {
            cv::Mat tinted = window * 0.4 + colors[part] * 0.6;
            tinted.copyTo(window, figure.parts == part);
        }
        for (const auto& joint : figure.joints)
            if (joint) cv::circle(shown, *joint, 2, {255, 255, 255}, -1);
    }
    return shown;
}

using namespace figurant::synthesis;

ComposeOptions options_of_benchmark() {
    ComposeOptions options;
    options.ground.width = 1600;
    options.ground.height = 1200;
    return options;
}

/// Composes maps of seeds first ... first + count - 1 on some threads; gives the sum of all pixels, seed by
/// seed.
std::vector<double> compose_all(int count, std::uint64_t first, int threads,
                                std::atomic<std::size_t>& figures) {
    std::vector<double> sums(static_cast<std::size_t>(count));
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        for (std::size_t i = next++; i < sums.size(); i = next++) {
            const ComposedMap map = compose_map(options_of_benchmark(), first + i);
            const cv::Scalar sum = cv::sum(map.rgb);
            sums[i] = sum[0] + 3 * sum[1] + 7 * sum[2];
            figures += map.figures.size();
        }
    };
    std::vector<std::thread> all;
    for (int i = 0; i < threads; ++i) all.emplace_back(work);
    for (auto& thread : all) thread.join();
    return sums;
}

void write_all(int count, std::uint64_t first, const std::string& folder) {
    for (std::uint64_t seed = first; seed < first + static_cast<std::uint64_t>(count); ++seed) {
        const ComposedMap map = compose_map(options_of_benchmark(), seed);
        const std::string stem = folder + "/" + std::to_string(seed);
        cv::Mat bgr;
        cv::cvtColor(map.rgb, bgr, cv::COLOR_RGB2BGR);
        cv::imwrite(stem + ".png", bgr);
        cv::imwrite(stem + "_truth.png", with_truth(map));
    }
}

}  // namespace

int main(int argc, char** argv) {
    const int count = argc > 1 ? std::atoi(argv[1]) : 40;
    const auto first = static_cast<std::uint64_t>(argc > 2 ? std::atoll(argv[2]) : 1);
    cv::setNumThreads(1);
    if (argc > 3) {
        write_all(count, first, argv[3]);
        return 0;
    }
    std::vector<std::vector<double>> answers;
    for (const int threads : {1, 2}) {
        std::atomic<std::size_t> figures = 0;
        const double start = seconds();
        answers.push_back(compose_all(count, first, threads, figures));
        const double taken = seconds() - start;
        std::printf("%d thread%s: %.2f maps (1600x1200) a second, %.1f figures a map\n", threads,
                    threads == 1 ? "" : "s", count / taken, static_cast<double>(figures.load()) / count);
    }
    if (answers[0] == answers[1]) return 0;
    std::printf("the maps depend on the threads\n");
    return 1;
}
