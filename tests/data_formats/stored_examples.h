#pragma once
// Examples for tests: small, irregular, given by a seed.

#include <string>
#include <vector>

#include "base/random.h"
#include "data_formats/dataset/stored_example.h"
#include "data_formats/image/image.h"

namespace figurant::data_formats::test {

enum class Content { folder, coco };  ///< what a data folder can hold; what COCO JSON can hold

/// A picture of noise with some figures. `folder`: masks that do not meet, tight boxes, keypoints, body
/// parts. `coco`: boxes of their own, masks that overlap, categories, crowds, ids, figures without a mask.
inline StoredExample stored_example(std::uint64_t seed, Content content, int figures = 3) {
    Random random(seed, 77);
    const auto below = [&](int n) { return static_cast<int>(random.below(n)); };
    const int width = 40 + below(30), height = 30 + below(30);
    cv::Mat rgb(height, width, CV_8UC3);
    for (int i = 0; i < width * height * 3; ++i) rgb.data[i] = static_cast<std::uint8_t>(random.next());
    StoredExample example;
    example.name = "map_" + std::to_string(seed) + (seed % 2 ? ".png" : ".jpg");
    example.image = seed % 2 ? encode_png(rgb) : encode_jpeg(rgb);
    example.width = width;
    example.height = height;
    cv::Mat parts(height, width, CV_8UC1, cv::Scalar(255));
    const int column = width / std::max(1, figures);
    for (int k = 0; k < figures; ++k) {
        const bool folder = content == Content::folder;
        const int w = 3 + below(column - 3), h = 4 + below(height - 5);
        const int x = folder ? k * column : below(width - w), y = below(height - h);
        cv::Mat mask(h, w, CV_8UC1);
        for (int i = 0; i < w * h; ++i) mask.data[i] = below(4) > 0;
        mask.data[0] = 1;
        StoredFigure figure;
        figure.mask = figures::PlacedMask::encode(mask, x, y);
        const auto& placed = figure.mask;
        figure.bbox = {double(placed.x), double(placed.y), double(placed.local.width()),
                       double(placed.local.height())};
        figure.area = static_cast<double>(placed.area());
        if (folder) {
            parts(cv::Rect(x, y, w, h)).setTo(cv::Scalar(below(6)), mask);
            if (k != 1) {
                figure.keypoints.resize(figures::joints);
                for (auto& joint : figure.keypoints)
                    if (below(3) > 0) joint = {float(below(4000)) / 10, float(below(300)) / 7, true};
                figure.keypoints[5] = {1.5F, 2.25F, true};
            }
        } else {
            figure.category = 1 + below(3);
            figure.id = static_cast<std::int64_t>(seed) * 100 + k + 1;
            figure.area += 0.375;
            figure.bbox[0] += 0.1;
            figure.crowd = k == 1;
            if (k == 2) figure.mask = {};
        }
        example.figures.push_back(std::move(figure));
    }
    if (content == Content::folder) {
        if (figures > 0) example.body_parts = LabelRuns::encode(parts);
        example.categories = {{1, "character"}};
    } else {
        example.id = static_cast<std::int64_t>(seed) + 1000;
        example.categories = {{1, "person"}, {2, "beast, \"four-footed\""}, {3, "Ding ä"}, {9, "unused"}};
    }
    return example;
}

}  // namespace figurant::data_formats::test
