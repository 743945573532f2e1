#pragma once
// A map in the making, and the steps that make it, in this order; each is a stage of `synthesize_maps`.

#include "synthesis/compose.h"

namespace figurant::synthesis {

/// A figure that was put on the map.
struct Standing {
    float height = 0;  ///< pixels, standing upright
    cv::Point2f feet;
    std::array<std::optional<cv::Point2f>, 16> joint;  ///< on the map or beyond it; none of a cut-out
    int drawn = 0;  ///< pixels of the figure as drawn, on the map or beyond
};

struct Scene {
    std::uint64_t seed = 0;
    MapStyle style;
    Sheet map;
    cv::Mat land;          ///< CV_8UC1, 255 on land
    cv::Mat figure, part;  ///< CV_8UC1: which of `standing`, and the body part as in ComposedFigure::parts
    std::vector<Standing> standing;

    /// With pixels of its own.
    Scene copy() const;
    std::size_t bytes() const;
};

/// A map without figures. With `pictures` (CV_8UC3, RGB), a piece of one of them instead of a drawn ground,
/// in the share of the maps that the options say.
Scene begin_scene(const GroundOptions& options, std::uint64_t seed, const std::vector<cv::Mat>& pictures);
/// Symbols, frames, cartouches, and `distractors` among them. What is written in cartouches, in letters of
/// one of the typefaces; where there are none, in OpenCV's own.
void add_ornaments(Scene& scene, const OrnamentOptions& options, const std::vector<CutOut>& distractors,
                   const Typefaces& typefaces = {});
/// Figures, drawn or (in the share of the groups that the options say) cut out of pictures.
void add_figures(Scene& scene, const FigureOptions& options, const std::vector<CutOut>& pictures);
/// Names, in the alphabet of the cartouches, and lines over all else.
void add_lettering(Scene& scene, const LetteringOptions& options, const Typefaces& typefaces = {});
/// Prints and ages the map, and tells what can be seen of each figure. Takes the scene's pixels.
ComposedMap print_scene(Scene scene, const PrintOptions& options);

}  // namespace figurant::synthesis
