#pragma once
// From the network's small square of probabilities to a mask on the map.

#include <cstdint>
#include <span>

#include "figures/figure.h"

namespace figurant::figures {

/// The mask of a figure: `probabilities` (side x side, at least 2, by rows, 0 to 1) stretched over `box`,
/// bilinear, its outermost samples on the box's borders; pixels strictly above `threshold` are inside, none
/// outside the box. Only the pixels of the box are looked at. The method and its single precision are those
/// of TensorFlow's crop_and_resize with the box turned inside out, as the Object Detection API pastes masks;
/// so a pixel i of n lies at i / (n - 1) of the map. Empty for a box without area or off the map.
/// Error(Cause::internal) when the sizes do not match.
PlacedMask paste_mask(std::span<const float> probabilities, int side, const Box& box, std::int64_t map_width,
                      std::int64_t map_height, float threshold = 0.5F);

}  // namespace figurant::figures
