#pragma once
// Pictures of single things, cut out of their ground, and how they are put on a map: turned, bent,
// recoloured, redrawn in the map's manner.

#include <string>

#include "synthesis/style.h"

namespace figurant::synthesis {

struct CutOut {
    std::string name;
    cv::Mat rgba;  ///< CV_8UC4, cropped to what can be seen
    /// What it shows, as line_drawing_body tells; empty: what is at least half opaque.
    cv::Mat body = {};
};

/// Where the thing is that a picture (CV_8UC4) shows by its lines alone, CV_8UC1, from 128 on: its ink, and
/// what that encloses once gaps up to a fiftieth of the longer side (at least 2 pixels) are closed. Empty
/// where the picture is no line drawing: where at least half of all that is opaque itself. (Of 800 figures,
/// scripts/collect_artwork's and the reserved ones, the 8 line drawings have 0.19 to 0.46 of it; the largest
/// holes of others, under a raised arm or within a bow, leave 0.64.)
cv::Mat line_drawing_body(const cv::Mat& rgba);

/// How a thing's own colours are changed once it is drawn.
enum class Treatment {
    as_it_is,
    recoloured,  ///< other hues, more or less of them
    duotone,     ///< ink to paper, or to a second ink
    engraved,    ///< tones become lines
    few_inks,    ///< the nearest of a handful of colours
    line_art,    ///< edges in ink, the rest paper
    silhouette,  ///< ink all over
    brushed,     ///< strokes of a brush instead of detail
    washed,      ///< pale and uneven, as watercolour
    relief,      ///< rounded by light and shade
    stippled,    ///< tones become dots
    count
};

Treatment random_treatment(Random& random);
/// Changes the colours of what is on a transparent sheet; its outline stays. `size`: pixels of the thing.
void treat(Sheet& sheet, Treatment treatment, const MapStyle& style, const Look& look, float size,
           Random& random);

struct CutOutPlan {
    const CutOut* picture = nullptr;
    float height = 100;  ///< pixels, of an upright picture; wide ones become as large by area
    float angle = 0;     ///< radians
    float stretch = 1;   ///< width against height
    float shear = 0;
    float wander = 0;  ///< how far the drawing is bent, in heights
    bool mirrored = false;
    bool rim = false;       ///< a line of ink around it
    bool halo = false;      ///< a rim of paper around it
    bool shadow = false;    ///< on the ground below it
    float see_through = 0;  ///< how much of the ground shows where it is pale
    Treatment treatment = Treatment::as_it_is;
    Look look;
};

/// How high it may be drawn, in pixels: threefold enlarged.
float largest_height(const CutOut& picture);
CutOutPlan random_cut_out(const CutOut& picture, const Look& look, float height, Random& random);

/// On its own sheet, at the map's scale.
struct PlacedCutOut {
    Sheet sheet;
    cv::Point2f ground;  ///< the middle of its lower edge, on the sheet
};

/// `owner`: whose pixels its body becomes; `nobody` for what is no figure.
PlacedCutOut draw_cut_out(const CutOutPlan& plan, const MapStyle& style, Owner owner, Random random);

}  // namespace figurant::synthesis
