// Maps composed a second, against encoding a PNG of the same size. With a folder as argument, also writes the
// maps there to look at: synthesis COUNT FIRST_SEED FOLDER.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>

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

}  // namespace

int main(int argc, char** argv) {
    using namespace figurant::synthesis;
    const int count = argc > 1 ? std::atoi(argv[1]) : 8;
    const auto first = static_cast<std::uint64_t>(argc > 2 ? std::atoll(argv[2]) : 1);
    cv::setNumThreads(1);
    ComposeOptions options;
    double composing = 0, encoding = 0;
    std::size_t figures = 0;
    for (int i = 0; i < count; ++i) {
        const double start = seconds();
        const ComposedMap map = compose_map(options, first + static_cast<std::uint64_t>(i));
        const double composed = seconds();
        std::vector<std::uint8_t> bytes;
        cv::imencode(".png", map.rgb, bytes);
        encoding += seconds() - composed;
        composing += composed - start;
        figures += map.figures.size();
        if (map.rgb.cols != options.ground.width || map.figure_index.size() != map.rgb.size()) return 1;
        if (argc > 3) {
            const std::string stem =
                std::string(argv[3]) + "/" + std::to_string(first + static_cast<std::uint64_t>(i));
            cv::Mat bgr;
            cv::cvtColor(map.rgb, bgr, cv::COLOR_RGB2BGR);
            cv::imwrite(stem + ".png", bgr);
            cv::imwrite(stem + "_truth.png", with_truth(map));
        }
    }
    std::printf(
        "%.2f maps a second (1024x768, one thread, %.1f figures a map); composing takes %.2f x encoding a "
        "PNG\n",
        count / composing, static_cast<double>(figures) / count, composing / encoding);
    return 0;
}
