#pragma once
// What stands on the ground beside the figures: nature, buildings, ships, letters, frames, and things that
// look like figures without being any.

#include "synthesis/ground.h"

namespace figurant::synthesis {

/// Symbols in number and kind as the map's style has them; `clutter` 0 to 1.
void draw_ornaments(Sheet& sheet, const Ground& ground, const MapStyle& style, float clutter, Random random);
/// Frames and cartouches, on which figures may stand.
void draw_underlay(Sheet& sheet, const MapStyle& style, float clutter, Random random);
/// A framed panel with ground and sky for figures to stand in; gives the height of the ground on the map.
float draw_panel(Sheet& sheet, const MapStyle& style, const cv::Rect2f& area, bool oval, Random random);
/// Letters and lines that lie over all else.
void draw_lettering(Sheet& sheet, const MapStyle& style, float clutter, Random random);
/// One thing that may hide the feet of figures: a bush, a rock, a wall. On a transparent sheet.
void draw_foreground(Sheet& sheet, const MapStyle& style, cv::Point2f at, float size, Random random);

}  // namespace figurant::synthesis
