#pragma once
// Titles, names, frames, lines and panels.

#include "synthesis/style.h"
#include "synthesis/typeface.h"

namespace figurant::synthesis {

/// What the names of one map are written in. Without typefaces: OpenCV's own Latin letters.
struct Hand {
    Alphabet alphabet = Alphabet::latin;
    Typefaces typefaces;  ///< all have the alphabet
};
/// An alphabet that some of the typefaces have, Latin as often as all others together, and up to three of
/// those.
Hand choose_hand(const Typefaces& typefaces, Random random);

/// Frames and cartouches, on which figures may stand.
void draw_underlay(Sheet& sheet, const MapStyle& style, float clutter, const Hand& hand, Random random);
/// A framed panel with ground and sky for figures to stand in; gives the height of the ground on the map.
float draw_panel(Sheet& sheet, const MapStyle& style, const cv::Rect2f& area, bool oval, Random random);
/// Letters and lines that lie over all else.
void draw_lettering(Sheet& sheet, const MapStyle& style, float clutter, const Hand& hand, Random random);

}  // namespace figurant::synthesis
