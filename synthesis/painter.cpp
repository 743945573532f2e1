#include "synthesis/painter.h"

#include <algorithm>
#include <cmath>

namespace figurant::synthesis {

Painter::Painter(Sheet& sheet, const PersonPlan& plan, const Skeleton& skeleton, cv::Point2f origin,
                 float scale, float sheet_per_map, Random& random)
    : sheet_(sheet),
      plan_(plan),
      dress_(plan.dress),
      look_(plan.look),
      k_(skeleton),
      origin_(origin),
      scale_(scale),
      per_map_(sheet_per_map),
      random_(random) {
    fat_ = plan.build.thickness * (look_.rendering == Rendering::stick ? 0.55F : 1.0F);
    center_ = at(k_.head);
    half_height_ = px(plan.build.head);
    half_width_ = half_height_ * plan.build.head_width;
    up_ = k_.head_up * half_height_;
    right_ = cv::Point2f(-k_.head_up.y, k_.head_up.x) * half_width_;
    tilt_ = std::atan2(k_.head_up.x, -k_.head_up.y);
}

void Painter::draw(bool with_lines) {
    with_lines_ = with_lines;
    const int near = k_.joint[left_shoulder].near > k_.joint[right_shoulder].near ? 1 : 0, far = 1 - near;
    const bool back = seen_from_behind();
    const bool far_arm_first = arm_behind(far);
    const bool near_arm_first = arm_behind(near) && std::abs(std::cos(k_.azimuth)) > 0.7F;
    const bool legs_late = k_.seated && !back;
    if (plan_.ground_shadow && with_lines) ground_shadow();
    if (dress_.wings) wings();
    if (dress_.pack && !back) pack();
    if (dress_.cloak && !back) cloak();
    if (plan_.seat == Seat::animal) {
        leg(far);
        mount();
    } else if (plan_.seat != Seat::none) {
        seat();
    }
    if (far_arm_first) arm(far);
    if (near_arm_first) arm(near);
    if (!legs_late) legs(far, near);
    upper_body();
    if (legs_late) {
        legs(far, near);
        if (long_skirt()) skirt();
    }
    if (dress_.coat && !k_.seated) coat();
    if (dress_.cloak && back) cloak();
    if (dress_.pack && back) pack();
    head_and_hat();
    if (!far_arm_first) arm(far);
    if (!near_arm_first) arm(near);
    if (dress_.poncho) poncho();
    if (dress_.yoke) carry_yoke();
    if (plan_.prop != Prop::none) prop();
}

Stroke Painter::stroke(float factor) const {
    const Rendering kind = look_.rendering;
    if (!with_lines_ || kind == Rendering::flat || kind == Rendering::silhouette) return {};
    if (kind == Rendering::painted || kind == Rendering::shaded) factor *= 0.5F;
    return {look_.ink, std::max(look_.line * scale_, 0.8F * per_map_) * factor, kind == Rendering::sketched};
}

Paint Painter::cloth(const Color& color, Pattern pattern) const {
    Paint p = fill(color);
    if (look_.rendering == Rendering::silhouette || look_.rendering == Rendering::stick) return p;
    const bool folds = pattern == Pattern::folds;
    p.pattern = pattern;
    p.pattern_color =
        mixed(look_.paper, folds ? color * 0.6F : dress_.accent, look_.color_strength * 0.8F + 0.2F);
    p.pattern_size = std::max(3.0F, px(folds ? 0.045F : dress_.pattern_size));
    return p;
}

Polygon Painter::rough(const Polygon& polygon) { return wobbled(polygon, px(look_.wobble), true, random_); }

void Painter::put(const Polygon& polygon, const Paint& p, Owner owner, float line_factor) {
    paint(sheet_, rough(polygon), p, stroke(line_factor), owner);
}

void Painter::put(const std::vector<Polygon>& polygons, const Paint& p, Owner owner) {
    std::vector<Polygon> drawn;
    for (const auto& polygon : polygons) drawn.push_back(rough(polygon));
    paint(sheet_, drawn, p, stroke(), owner);
}

Polygon Painter::hull_of(Circles circles) {
    Polygon points;
    for (const auto& [center, radius] : circles) {
        const Polygon circle = ellipse(center, radius, radius, 0, 14);
        points.insert(points.end(), circle.begin(), circle.end());
    }
    return convex_hull(std::move(points));
}

bool Painter::seen_from_behind() const { return std::cos(k_.azimuth) < -0.25F; }

bool Painter::detailed(float least) const {
    return plan_.height > least && look_.rendering != Rendering::silhouette &&
           look_.rendering != Rendering::stick;
}

}  // namespace figurant::synthesis
