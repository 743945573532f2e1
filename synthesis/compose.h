#pragma once
// Composes pictorial maps with human figures, drawn by the program or cut out of pictures, with the truth
// about each figure. `compose_map` does all at once; scene.h has the steps.

#include <array>
#include <cstdint>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/parameters.h"
#include "figures/figure.h"
#include "synthesis/cut_out.h"
#include "synthesis/typeface.h"

namespace figurant::synthesis {

/// What lies under everything.
struct GroundOptions {
    std::int64_t width = 1024, height = 768;  ///< pixels
    double pictures_share = 1;
    std::string manner = "any";
};

/// What stands on the ground beside the figures.
struct OrnamentOptions {
    double clutter = 1;
    double distractors = 1;
};

struct FigureOptions {
    std::int64_t figures_least = 0, figures_most = 24;
    double smallest = 24, largest = 600;  ///< pixels
    double pictures_share = 0.5;
    double hidden = 1;
};

struct LetteringOptions {
    double lettering = 1;
};

/// What happens to the map as a whole, and which figures count then.
struct PrintOptions {
    double ageing = 1;
    double visible_least = 0.12;
    std::int64_t pixels_least = 30;
};

// The declarations of all options, for stages to take over.
const ParameterList<GroundOptions>& ground_parameters();
const ParameterList<OrnamentOptions>& ornament_parameters();
const ParameterList<FigureOptions>& figure_parameters();
const ParameterList<LetteringOptions>& lettering_parameters();
const ParameterList<PrintOptions>& print_parameters();

// Error(Cause::configuration) naming the option that is out of range or at odds with another.
void check(const GroundOptions& options);
void check(const OrnamentOptions& options);
void check(const FigureOptions& options);
void check(const LetteringOptions& options);
void check(const PrintOptions& options);

/// What `compose_map` may be asked for.
struct ComposeOptions {
    GroundOptions ground;
    OrnamentOptions ornament;
    FigureOptions figure;
    LetteringOptions lettering;
    PrintOptions print;
};
void check(const ComposeOptions& options);

/// Pictures to compose from; any of them may be empty.
struct Material {
    std::vector<CutOut> figures, distractors;
    std::vector<cv::Mat> grounds = {};  ///< CV_8UC3, RGB
    Typefaces typefaces = {};
};

/// Body parts, as the dataset's masks number them.
inline constexpr std::array<const char*, 6> body_part_names{"torso",     "head",     "right arm",
                                                            "right leg", "left leg", "left arm"};
/// A pixel of a figure whose parts nobody knows: one that was cut out of a picture.
inline constexpr std::uint8_t unknown_part = 6;
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
    /// CV_8UC1, box-sized, 0 to 5; no_part outside the mask and on what the figure carries; unknown_part all
    /// over a figure that was cut out of a picture.
    cv::Mat parts;
    /// On the map, x right, y down, in pixels; none where the joint lies outside the map. Hidden joints are
    /// given. None at all for a figure that was cut out of a picture.
    std::array<std::optional<cv::Point2f>, 16> joints;
    float height = 0;  ///< pixels of the whole figure standing upright: what sizes are drawn from
};

struct ComposedMap {
    cv::Mat rgb;  ///< CV_8UC3
    std::vector<ComposedFigure> figures;
    /// The dataset's mask image, CV_8UC3 in RGB order: red the figure, counted from 0 in the order of
    /// `figures`, 255 where none is; green the body part, unknown_part, or 255 where none; blue 0.
    cv::Mat figure_index;
};

/// A map whose bytes depend on the options, the seed and the material only; from any thread.
ComposedMap compose_map(const ComposeOptions& options, std::uint64_t seed, const Material& material = {});

}  // namespace figurant::synthesis
