#pragma once
// What lies under everything: paper, sea and land with their coasts, regions, fields, rivers and roads.

#include "synthesis/style.h"

namespace figurant::synthesis {

struct Ground {
    cv::Mat color;  ///< CV_8UC3, RGB
    cv::Mat land;   ///< CV_8UC1, 255 on land
};

Ground draw_ground(cv::Size size, const MapStyle& style, Random random);

}  // namespace figurant::synthesis
