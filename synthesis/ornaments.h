#pragma once
// What stands on the ground beside the figures: nature, buildings, ships, animals, and things that look like
// figures without being any.

#include "synthesis/ground.h"

namespace figurant::synthesis {

/// Symbols in number and kind as the map's style has them; `clutter` from 0.
void draw_ornaments(Sheet& sheet, const Ground& ground, const MapStyle& style, float clutter, Random random);
/// One thing that may hide the feet of figures: a bush, a rock, a wall. On a transparent sheet.
void draw_foreground(Sheet& sheet, const MapStyle& style, cv::Point2f at, float size, Random random);

}  // namespace figurant::synthesis
