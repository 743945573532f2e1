#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "synthesis/painter.h"

namespace figurant::synthesis {
namespace {

/// Stands for the leg that is nearer, until `share_between_legs` has decided.
constexpr auto either_leg = static_cast<Owner>(77);

float bone_distance(cv::Point2f p, cv::Point2f a, cv::Point2f b) {
    const cv::Point2f d = b - a;
    const float t = std::clamp((p - a).dot(d) / std::max(1e-3F, d.dot(d)), 0.0F, 1.0F);
    return length(p - a - d * t);
}

void append(Polygon& points, const Polygon& more) { points.insert(points.end(), more.begin(), more.end()); }

}  // namespace

bool Painter::long_skirt() const { return dress_.legs == Lower::skirt || dress_.legs == Lower::robe; }

void Painter::skirt() {
    const float hips = px(0.06F) * fat_;
    const bool is_long = long_skirt(), folded = k_.seated || k_.mounted;
    const float half_width = px(is_long ? 0.15F : 0.1F) * dress_.flare;
    const float length_share = dress_.legs == Lower::loincloth ? 0.45F : 0.9F;
    const cv::Point2f end = is_long ? ankles() : knees() * length_share + at(middle_hip) * (1 - length_share);
    Polygon points = hull_of({{at(right_hip), hips}, {at(left_hip), hips}});
    append(points, ellipse(end, folded ? px(0.06F) : half_width, px(0.025F), 0, 20));
    if (is_long || folded)
        append(points, hull_of({{at(right_knee), hips * 0.9F}, {at(left_knee), hips * 0.9F}}));
    if (is_long && !folded)
        append(points, hull_of({{at(right_ankle), px(0.025F)}, {at(left_ankle), px(0.025F)}}));
    const bool with_torso = dress_.legs == Lower::robe || dress_.legs == Lower::tunic;
    std::vector<Polygon> parts{convex_hull(points)};
    if (dress_.ragged_hem && !folded) parts.push_back(hem(end, half_width));
    put(parts,
        cloth(with_torso ? dress_.upper : dress_.lower,
              with_torso ? dress_.upper_pattern : dress_.lower_pattern),
        either_leg);
    fold_lines(end, half_width);
    share_between_legs();
}

/// A hem in points: grass, fringes, rags.
Polygon Painter::hem(cv::Point2f center, float half_width) {
    Polygon points{center - cv::Point2f(half_width, 0)};
    constexpr int teeth = 7;
    for (int i = 0; i < teeth; ++i) {
        const float x = half_width * (2 * (static_cast<float>(i) + 0.5F) / teeth - 1);
        points.push_back(center + cv::Point2f(x, px(0.02F + 0.045F * random_.unit())));
        points.push_back(center + cv::Point2f(x + half_width / teeth, 0));
    }
    points.push_back(center - cv::Point2f(0, px(0.03F)));
    return points;
}

void Painter::fold_lines(cv::Point2f hem_center, float half_width) {
    const Stroke s = stroke(0.7F);
    const int count = random_.whole(0, 6);
    if (s.width <= 0 || !detailed(50)) return;
    for (int i = 0; i < count; ++i) {
        const float t = random_.real(-0.8F, 0.8F), start = random_.real(0.2F, 0.75F);
        const cv::Point2f low = hem_center + cv::Point2f(t * half_width, 0),
                          top = waist() + cv::Point2f(t * px(0.05F), px(0.06F));
        const cv::Point2f from = top * (1 - start) + low * start;
        line(sheet_,
             smooth({from, (from + low) * 0.5F + cv::Point2f(random_.bell(px(0.012F)), 0), low}, false, 4),
             s);
    }
}

/// Cloth that hangs over both legs belongs to the nearer one.
void Painter::share_between_legs() {
    const cv::Rect box = cv::boundingRect(sheet_.owner == static_cast<int>(either_leg));
    const std::array<cv::Point2f, 6> j{at(right_hip), at(right_knee), at(right_ankle),
                                       at(left_hip),  at(left_knee),  at(left_ankle)};
    for (int y = box.y; y < box.y + box.height; ++y) {
        auto* owner = sheet_.owner.ptr<std::uint8_t>(y);
        for (int x = box.x; x < box.x + box.width; ++x) {
            if (owner[x] != either_leg) continue;
            const cv::Point2f p(static_cast<float>(x), static_cast<float>(y));
            const float right = std::min(bone_distance(p, j[0], j[1]), bone_distance(p, j[1], j[2]));
            const float left = std::min(bone_distance(p, j[3], j[4]), bone_distance(p, j[4], j[5]));
            owner[x] = right <= left ? right_leg : left_leg;
        }
    }
}

void Painter::trimmings() {
    const cv::Point2f up = at(thorax) - at(middle_hip);
    const cv::Point2f across =
        cv::Point2f(-up.y, up.x) * (px(0.068F) * plan_.build.belly / std::max(1.0F, length(up)));
    if (dress_.belt)
        line(sheet_, {waist() - across, waist() + across},
             {mixed(look_.paper, dress_.accent * 0.7F, look_.color_strength), px(0.018F)}, torso);
    if (std::cos(k_.azimuth) > 0.3F) front_trimmings();
    if (dress_.armour) plates(at(thorax), at(middle_hip), px(0.06F), torso);
    if (dress_.ruff)
        put(ellipse(at(neck) * 0.7F + at(thorax) * 0.3F, px(0.075F), px(0.028F)),
            fill(mixed({250, 248, 240}, look_.paper, 0.3F)), torso);
}

void Painter::front_trimmings() {
    const Stroke strap{mixed(look_.paper, dress_.accent * 0.8F, std::max(0.4F, look_.color_strength)),
                       px(0.014F)};
    if (dress_.collar)
        put({at(right_shoulder) * 0.35F + at(neck) * 0.65F, at(left_shoulder) * 0.35F + at(neck) * 0.65F,
             at(k_.chest_front)},
            fill(dress_.accent), torso, 0.7F);
    if (dress_.straps) {
        line(sheet_, {at(right_shoulder) * 0.8F + at(neck) * 0.2F, at(left_hip)}, strap, torso);
        if (dress_.flare > 1)
            line(sheet_, {at(left_shoulder) * 0.8F + at(neck) * 0.2F, at(right_hip)}, strap, torso);
    }
    if (dress_.sash)
        put({at(right_shoulder), at(right_shoulder) * 0.6F + at(neck) * 0.4F, at(left_hip),
             at(left_hip) * 0.7F + at(thorax) * 0.3F},
            fill(dress_.accent), torso, 0.6F);
    for (int i = 0; dress_.buttons && i < 5; ++i) {
        const float t = 0.15F + 0.16F * static_cast<float>(i);
        put(ellipse(at(k_.chest_front) * (1 - t) + at(k_.belly_front) * t, px(0.009F), px(0.009F), 0, 8),
            fill(dress_.accent), torso, 0.4F);
    }
    if (dress_.apron) apron();
}

void Painter::apron() {
    const cv::Point2f top = waist(), low = knees();
    put({top - cv::Point2f(px(0.05F), 0), top + cv::Point2f(px(0.05F), 0), low + cv::Point2f(px(0.085F), 0),
         low - cv::Point2f(px(0.085F), 0)},
        fill(mixed(dress_.accent, look_.paper, 0.6F)), either_leg, 0.7F);
    share_between_legs();
}

/// A cloth with a hole for the head, or a shawl.
void Painter::poncho() {
    const float r = px(0.045F);
    const cv::Point2f low = waist() + cv::Point2f(0, px(0.06F) * (dress_.flare - 0.5F));
    put({at(neck) * 0.6F + at(thorax) * 0.4F, at(right_shoulder) + cv::Point2f(-r * 0.6F, 0),
         low + cv::Point2f(-px(0.1F), 0), low + cv::Point2f(0, px(0.07F)), low + cv::Point2f(px(0.1F), 0),
         at(left_shoulder) + cv::Point2f(r * 0.6F, 0)},
        cloth(dress_.lower, dress_.upper_pattern), torso);
}

/// An open coat hanging from the waist to the calves, over the sides of the legs.
void Painter::coat() {
    const cv::Point2f low = ankles() * 0.7F + knees() * 0.3F, w = waist();
    const float wide = px(0.11F) * dress_.flare, gap = std::cos(k_.azimuth) > 0.3F ? px(0.035F) : 0.0F;
    for (const float side : {-1.0F, 1.0F})
        put({w + cv::Point2f(side * gap * 0.4F, 0), w + cv::Point2f(side * px(0.065F), 0),
             low + cv::Point2f(side * wide, 0), low + cv::Point2f(side * gap, px(0.01F))},
            cloth(dress_.upper, dress_.upper_pattern), either_leg);
    share_between_legs();
}

void Painter::cloak() {
    const cv::Point2f low = (knees() + ankles()) * 0.5F;
    const float r = px(0.045F), back = -std::sin(k_.azimuth) * px(0.08F), wide = px(0.11F);
    put(hull_of({{at(right_shoulder), r},
                 {at(left_shoulder), r},
                 {at(k_.back), r},
                 {low + cv::Point2f(back - wide, 0), px(0.02F)},
                 {low + cv::Point2f(back + wide, 0), px(0.02F)}}),
        cloth(dress_.accent, dress_.lower_pattern), torso);
}

void Painter::wings() {
    const cv::Point2f root = at(k_.back);
    for (const float side : {-1.0F, 1.0F}) {
        const auto q = [&](float x, float y) { return root + cv::Point2f(side * px(x), px(y)); };
        put(smooth({root, q(0.16F, -0.14F), q(0.3F, -0.1F), q(0.3F, 0.12F), q(0.14F, 0.14F)}, true, 4),
            fill(mixed({245, 240, 225}, look_.paper, 0.3F)), carried);
    }
}

void Painter::pack() {
    const cv::Point2f c = at(k_.back) + (at(k_.back) - at(k_.chest_front)) * 0.8F;
    const auto q = [&](float x, float y) { return c + cv::Point2f(px(x), px(y)); };
    put(smooth({q(-0.06F, -0.09F), q(0.06F, -0.09F), q(0.07F, 0.08F), q(-0.07F, 0.08F)}, true, 4),
        fill(dress_.accent), carried);
}

}  // namespace figurant::synthesis
