#pragma once
// Pictures for the tests of stages: small, without regularity, given by a seed.

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "base/random.h"
#include "figures/figure.h"
#include "figures/map.h"

namespace figurant::stages::test {

/// RGB, every pixel by chance: no window looks like another.
inline cv::Mat noise(int width, int height, std::uint64_t seed = 1) {
    cv::Mat pixels(height, width, CV_8UC3);
    Random random(seed);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            const std::uint64_t bits = random.next();
            pixels.at<cv::Vec3b>(y, x) = {static_cast<std::uint8_t>(bits),
                                          static_cast<std::uint8_t>(bits >> 8),
                                          static_cast<std::uint8_t>(bits >> 16)};
        }
    return pixels;
}

inline bool same(const cv::Mat& a, const cv::Mat& b) {
    return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

/// Writes RGB pixels as the extension says.
inline void write_picture(const std::filesystem::path& file, const cv::Mat& rgb) {
    std::filesystem::create_directories(file.parent_path());
    cv::Mat bgr;
    cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
    cv::imwrite(file.string(), bgr);
}

/// A figure: an ellipse in its box.
inline figures::Figure ellipse(int x, int y, int width, int height, float score = 0.9F) {
    cv::Mat mask = cv::Mat::zeros(height, width, CV_8UC1);
    cv::ellipse(mask,
                cv::RotatedRect(cv::Point2f(static_cast<float>(width) / 2, static_cast<float>(height) / 2),
                                cv::Size2f(static_cast<float>(width), static_cast<float>(height)), 0),
                cv::Scalar(1), cv::FILLED);
    figures::Figure figure;
    figure.box = {static_cast<float>(x), static_cast<float>(y), static_cast<float>(x + width),
                  static_cast<float>(y + height)};
    figure.score = score;
    figure.mask = figures::PlacedMask::encode(mask, x, y);
    return figure;
}

}  // namespace figurant::stages::test
