#pragma once
// Composes pictorial maps with human figures, all drawn by the program, with the truth about each figure.

#include <array>
#include <cstdint>
#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "base/parameters.h"
#include "figures/figure.h"

namespace figurant::synthesis {

/// What `compose_map` may be asked for.
struct ComposeOptions {
    std::int64_t width = 1024, height = 768;
    std::int64_t figures_least = 0, figures_most = 24;
    double smallest = 24, largest = 600;
    double clutter = 1;
    double ageing = 1;
    double visible_least = 0.12;
    std::int64_t pixels_least = 30;
};

/// The declarations of all options, for stages to take over.
const ParameterList<ComposeOptions>& compose_parameters();

/// Error(Cause::configuration) naming the option that is out of range or at odds with another.
void check(const ComposeOptions& options);

/// Body parts, as the dataset's masks number them.
inline constexpr std::array<const char*, 6> body_part_names{"torso",     "head",     "right arm",
                                                            "right leg", "left leg", "left arm"};
inline constexpr std::uint8_t no_part = 255;
/// Keypoints in the dataset's order; the JSON keys are "0" to "15".
inline constexpr std::array<const char*, 16> joint_names{
    "right ankle", "right knee", "right hip", "left hip",    "left knee",   "left ankle",     "hip",
    "thorax",      "neck",       "head",      "right wrist", "right elbow", "right shoulder", "left shoulder",
    "left elbow",  "left wrist"};

/// One figure on the map, as far as it can be seen: within the map, not hidden by what was drawn later.
struct ComposedFigure {
    figures::Box box;  ///< tight on the mask
    cv::Point offset;  ///< of both windows on the map; (box.x_min, box.y_min)
    cv::Mat mask;      ///< CV_8UC1, box-sized, 255 where the figure is
    cv::Mat parts;  ///< CV_8UC1, box-sized, 0 to 5; no_part outside the mask and on what the figure carries
    /// On the map, x right, y down, in pixels; none where the joint lies outside the map. Hidden joints are
    /// given.
    std::array<std::optional<cv::Point2f>, 16> joints;
    float height = 0;  ///< pixels of the whole figure standing upright: what sizes are drawn from
};

struct ComposedMap {
    cv::Mat rgb;  ///< CV_8UC3
    std::vector<ComposedFigure> figures;
    /// The dataset's mask image, CV_8UC3 in RGB order: red the figure, counted from 0 in the order of
    /// `figures`, 255 where none is; green the body part, 255 where none; blue 0.
    cv::Mat figure_index;
};

/// A map whose bytes depend on the options and the seed only.
ComposedMap compose_map(const ComposeOptions& options, std::uint64_t seed);

}  // namespace figurant::synthesis
