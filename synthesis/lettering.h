#pragma once
// Titles, names, frames, lines and panels.

#include "synthesis/style.h"

namespace figurant::synthesis {

/// Frames and cartouches, on which figures may stand.
void draw_underlay(Sheet& sheet, const MapStyle& style, float clutter, Random random);
/// A framed panel with ground and sky for figures to stand in; gives the height of the ground on the map.
float draw_panel(Sheet& sheet, const MapStyle& style, const cv::Rect2f& area, bool oval, Random random);
/// Letters and lines that lie over all else.
void draw_lettering(Sheet& sheet, const MapStyle& style, float clutter, Random random);

}  // namespace figurant::synthesis
