#pragma once
// Animals on four legs, birds and fish: to ride, to decorate, and to teach what no figure is.

#include "synthesis/look.h"

namespace figurant::synthesis {

struct BeastPlan {
    Look look;
    Color coat{140, 95, 60}, mane{60, 45, 35};
    float size = 100;         ///< pixels from ground to the top of a horse's head
    float facing = 1;         ///< 1 to the right, -1 to the left
    float neck = 1;           ///< length, 0.2 (pig) to 2.6 (giraffe)
    float neck_angle = 0.9F;  ///< above the horizontal, radians
    float legs = 1, body = 1, girth = 1, head = 1, ears = 1, tail = 1;
    float hump = 0;  ///< camel
    float horns = 0;
    float trunk = 0;  ///< elephant
    bool maned = false;
    float stride = 0.3F;
    Pattern hide = Pattern::plain;
    static BeastPlan horse(Random& random);
    static BeastPlan any(Random& random);
};

/// From ground to back, in pixels.
float beast_back_height(const BeastPlan& plan);
/// `ground`: below the middle of the body.
void draw_beast(Sheet& sheet, const BeastPlan& plan, cv::Point2f ground, float sheet_per_map, Random& random);
void draw_bird(Sheet& sheet, const Look& look, cv::Point2f at, float size, Random& random);
void draw_fish(Sheet& sheet, const Look& look, cv::Point2f at, float size, Random& random);

}  // namespace figurant::synthesis
