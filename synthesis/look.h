#pragma once
// The manner of drawing: what makes one hand's work look of a piece.

#include "synthesis/canvas.h"

namespace figurant::synthesis {

enum class Rendering {
    outlined,
    flat,
    flat_outlined,
    engraved,
    shaded,
    painted,
    silhouette,
    stick,
    stippled,
    sketched,
    woodcut
};

/// How things are drawn on one map, or by one hand.
struct Look {
    Rendering rendering = Rendering::flat_outlined;
    Color ink{40, 30, 25};
    Color paper{240, 230, 205};
    float line = 0.008F;      ///< outline's width, in figure heights
    float wobble = 0;         ///< unsteadiness, in figure heights
    float hatch_spacing = 5;  ///< pixels of the map
    float hatch_angle = 0.7F;
    bool cross_hatch = false;
    float light = 2.3F;
    float wash = 1;            ///< opacity of the fills, 0 to 1
    float see_through = 0;     ///< of a figure: how much of the ground shows where there is no ink
    float warp = 0;            ///< of a figure: how far its lines are from a ruler's, in figure heights
    bool contour = false;      ///< of a figure: lines around it only, none within
    float relief = 0;          ///< of a figure: rounded by light and shade as a whole, 0 to 1
    float scribble = 0;        ///< of a figure: hatching strokes over it, 0 to 1
    bool halo = false;         ///< of a figure: a rim of paper around it
    float color_strength = 1;  ///< 0: all fills are paper
    const cv::Mat* noise = nullptr;
};

/// The paint of this look for something of this colour; `scale`: pixels of the sheet per pixel of the map.
Paint paint_of(const Look& look, const Color& color, float scale = 1);

}  // namespace figurant::synthesis
