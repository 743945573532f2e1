#pragma once
// What printing, time and scanning do to a map.

#include "synthesis/style.h"

namespace figurant::synthesis {

/// Paper grain, stains, folds, tints, halftone, blur, noise, JPEG. `pixels`: CV_8UC3, RGB; `strength` 0 to 1.
void age(cv::Mat& pixels, const MapStyle& style, float strength, Random random);

}  // namespace figurant::synthesis
