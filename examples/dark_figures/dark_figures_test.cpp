// The stage alone: a white map with a black and a grey figure, on one thread and on eight.
#include <iostream>

#include "pipeline/plugins.h"
#include "pipeline/stage_test.h"
#include "stages/payloads.h"

using namespace figurant;

namespace {

figures::Figure painted(cv::Mat& pixels, int x, int ink) {
    const cv::Rect where(x, 20, 30, 60);
    pixels(where).setTo(cv::Scalar::all(ink));
    figures::Figure figure;
    figure.box = {float(x), 20, float(x + 30), 80};
    figure.score = 0.9F;
    figure.mask = figures::PlacedMask::encode(cv::Mat(where.size(), CV_8UC1, cv::Scalar(1)), x, 20);
    return figure;
}

bool holds(bool promise, const std::string& what) {
    if (!promise) std::cerr << "not so: " << what << "\n";
    return promise;
}

}  // namespace

int main(int, char** words) {
    pipeline::load_plugin(words[1]);
    cv::Mat pixels(100, 200, CV_8UC3, cv::Scalar::all(255));
    figures::Detections found;
    found.figures = {painted(pixels, 10, 20), painted(pixels, 120, 180)};
    figures::Detections boxes = found;
    boxes.figures[0].mask = {};
    const auto map = figures::memory_map("drawn.png", pixels);

    pipeline::StageTest test("type = 'dark_figures'\ndarkest = 0.4");
    test.give("drawn.png", map, found).give("boxes.png", map, boxes);
    bool all = true;
    for (const int threads : {1, 8}) {
        const auto result = test.run(threads);
        const auto dark = result.all<figures::Detections>("figures");
        all &= holds(dark.size() == 1 && dark[0].figures.size() == 1, "one map comes out, with one figure") &&
               holds(dark[0].figures[0].mask == found.figures[0].mask, "it is the black one");
        all &= holds(result.report.failures.size() == 1 && result.report.failures[0].input == "boxes.png",
                     "figures without masks are refused");
    }
    return all ? 0 : 1;
}
