#pragma once
// What a network learns from: a picture with its true figures, and pictures made from it by chance.

#include <cstddef>
#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

#include "base/parameters.h"
#include "figures/figure.h"

namespace figurant::figures {

/// A joint of a figure, in pixels of its picture.
struct Keypoint {
    float x = 0, y = 0;
    bool known = false;
    bool operator==(const Keypoint&) const = default;
};

/// Joints of a figure, in this order: right ankle, knee, hip; left hip, knee, ankle; hip, thorax, neck, head;
/// right wrist, elbow, shoulder; left shoulder, elbow, wrist.
inline constexpr std::size_t joints = 16;

struct ExampleFigure {
    Box box;
    int category = 1;
    PlacedMask mask;                  ///< may be empty when only boxes are known
    std::vector<Keypoint> keypoints;  ///< `joints` of them, or none
};

struct Example {
    MapInfo info;  ///< size: that of `rgb`
    cv::Mat rgb;   ///< CV_8UC3
    std::vector<ExampleFigure> figures;
    std::size_t bytes() const;
};

/// How examples are varied. Probabilities are 0 to 1; a strength of 0 leaves the picture as it is.
struct AugmentOptions {
    std::int64_t crop = 384;
    double zoom_least = 0.5, zoom_most = 2.0;
    double near_figure = 0.8;
    double figure_least = 0, figure_most = 0;
    double flip = 0.5;
    double brightness = 0.15, contrast = 0.2, saturation = 0.3, hue = 0.04;
    double grey = 0.1;
    double blur = 0.15, blur_most = 1.5;
    double noise = 0.2, noise_most = 10;
    double jpeg = 0.2;
    std::int64_t jpeg_quality_least = 30;
    double visible_least = 0.25;
    std::int64_t area_least = 64;
};

/// Names, ranges and sentences of all of them.
const ParameterList<AugmentOptions>& augment_parameters();

/// A picture of options.crop x options.crop pixels from a random window of `example` (a crop of 0: the whole
/// picture at its size), varied by chance: place, zoom, mirrored, colours, grey, blur, noise, JPEG. Windows
/// that reach past the picture are filled with its mean colour. Masks are sampled at pixel centres, boxes are
/// drawn tight around them. Figures of which too little is left in the window, or too few pixels, are
/// dropped. Given whole by (example, options, seed).
Example augment(const Example& example, const AugmentOptions& options, std::uint64_t seed);

}  // namespace figurant::figures
