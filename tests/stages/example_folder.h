#pragma once
// A data folder of tiny examples, each of one colour by which it is known.

#include "data_formats/data_folder/data_folder.h"
#include "figures/example.h"
#include "tests/stages/pictures.h"
#include "tests/stages/stage_harness.h"

namespace figurant::stages::test {

/// Examples of 8 x 8 pixels without figures; the red of the i-th is i.
inline void put_examples(const ScratchFolder& folder, int count) {
    for (int i = 0; i < count; ++i) {
        const std::string name = "example_" + std::to_string(1000 + i) + ".png";
        write_picture(folder / ("images/" + name), cv::Mat(8, 8, CV_8UC3, cv::Scalar(i, 0, 0)));
        write_picture(folder / ("masks/" + name), cv::Mat(8, 8, CV_8UC3, cv::Scalar(255, 255, 0)));
    }
}

inline int which(const figures::Example& example) { return example.rgb.at<cv::Vec3b>(0, 0)[0]; }

/// An example of noise with some ellipses as figures.
inline figures::Example example_of(int width, int height, std::uint64_t seed) {
    figures::Example example;
    example.info = {"example_" + std::to_string(seed), width, height, "example_" + std::to_string(seed)};
    example.rgb = noise(width, height, seed);
    Random random(seed, 1);
    for (int i = 0; i < 3; ++i) {
        const int w = 20 + static_cast<int>(random.below(20)), h = 30 + static_cast<int>(random.below(20));
        const auto figure = ellipse(static_cast<int>(random.below(width - w)),
                                    static_cast<int>(random.below(height - h)), w, h);
        const cv::Rect box(static_cast<int>(figure.box.x_min), static_cast<int>(figure.box.y_min), w, h);
        example.rgb(box).setTo(cv::Scalar(40 * i, 200, 30), figure.mask.local.decode());
        example.figures.push_back({figure.box, 1, figure.mask, {}});
    }
    return example;
}

}  // namespace figurant::stages::test
