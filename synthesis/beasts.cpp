#include "synthesis/beasts.h"

#include <algorithm>
#include <cmath>

namespace figurant::synthesis {
namespace {

struct Frame {
    cv::Point2f ground;
    float size, facing;
    cv::Point2f operator()(float x, float y) const {
        return {ground.x + x * size * facing, ground.y - y * size};
    }
};

float leg_length(const BeastPlan& p) { return 0.34F * p.legs; }
float half_body(const BeastPlan& p) { return 0.3F * p.body; }
float girth(const BeastPlan& p) { return 0.125F * p.girth; }

Stroke stroke_of(const BeastPlan& p, float per_map) {
    if (p.look.rendering == Rendering::flat || p.look.rendering == Rendering::silhouette) return {};
    return {p.look.ink, std::max(p.look.line * p.size * 0.8F, 0.8F * per_map)};
}

void draw_leg(Sheet& sheet, const BeastPlan& p, const Frame& f, float x, float swing, const Paint& coat,
              const Stroke& stroke) {
    const float top = leg_length(p) + girth(p) * 0.5F, knee_y = leg_length(p) * 0.5F;
    const float knee_x = x + swing * 0.45F, foot_x = x + swing - (swing < 0 ? 0.04F : -0.01F);
    const float thick = 0.042F * (0.6F + 0.4F * p.girth) * (p.trunk > 0 ? 1.8F : 1.0F);
    paint(sheet,
          {capsule(f(x, top), p.size * thick * 1.7F, f(knee_x, knee_y), p.size * thick * 0.8F),
           capsule(f(knee_x, knee_y), p.size * thick * 0.75F, f(foot_x, 0.02F), p.size * thick * 0.6F)},
          coat, stroke);
}

void draw_head(Sheet& sheet, const BeastPlan& p, const Frame& f, const Paint& coat, const Stroke& stroke) {
    const float shoulder_x = half_body(p) * 0.85F, shoulder_y = leg_length(p) + girth(p) * 1.4F;
    const float n = 0.34F * p.neck;
    const float head_x = shoulder_x + std::cos(p.neck_angle) * n,
                head_y = shoulder_y + std::sin(p.neck_angle) * n;
    const float s = p.size, h = p.head;
    if (p.maned)
        paint(sheet, ellipse(f(head_x - 0.05F, head_y - 0.05F), s * 0.15F * h, s * 0.17F * h),
              paint_of(p.look, p.mane), stroke);
    paint(sheet, capsule(f(shoulder_x, shoulder_y), s * girth(p) * 0.8F, f(head_x, head_y), s * 0.055F * h),
          coat, stroke);
    paint(sheet,
          capsule(f(head_x - 0.01F, head_y), s * 0.065F * h, f(head_x + 0.14F * h, head_y - 0.08F * h),
                  s * 0.04F * h),
          coat, stroke);
    if (p.trunk > 0)
        paint(sheet,
              capsule(f(head_x + 0.12F * h, head_y - 0.05F), s * 0.045F,
                      f(head_x + 0.16F * h, head_y - 0.05F - 0.4F * p.trunk), s * 0.02F),
              coat, stroke);
    for (const float e : {-0.02F, 0.025F})
        paint(sheet,
              {f(head_x + e - 0.02F, head_y + 0.04F * h),
               f(head_x + e - 0.015F, head_y + (0.04F + 0.075F * p.ears) * h),
               f(head_x + e + 0.025F, head_y + 0.04F * h)},
              coat, stroke);
    if (p.horns > 0)
        line(sheet,
             smooth({f(head_x, head_y + 0.05F), f(head_x - 0.03F, head_y + 0.05F + 0.1F * p.horns),
                     f(head_x + 0.03F, head_y + 0.05F + 0.19F * p.horns)},
                    false),
             {mixed(p.look.ink, {220, 210, 180}, 0.4F), std::max(1.0F, s * 0.022F)});
    Paint eye;
    eye.color = p.look.ink;
    paint(sheet,
          ellipse(f(head_x + 0.035F * h, head_y + 0.01F), std::max(0.8F, s * 0.012F),
                  std::max(0.8F, s * 0.012F), 0, 8),
          eye, {});
    if (!p.maned && p.tail > 0.6F && p.trunk <= 0)
        line(sheet, {f(head_x - 0.05F, head_y + 0.05F), f(shoulder_x - 0.05F, shoulder_y + girth(p) * 0.7F)},
             {mixed(p.look.paper, p.mane, p.look.color_strength), s * 0.035F});
}

}  // namespace

BeastPlan BeastPlan::horse(Random& r) {
    BeastPlan p;
    p.coat = r.pick<Color>(
        {{140, 95, 60}, {90, 60, 40}, {215, 205, 190}, {60, 55, 52}, {170, 120, 70}, {235, 230, 220}});
    p.mane = r.pick<Color>({{50, 40, 32}, {225, 215, 190}, {90, 60, 40}});
    p.neck_angle = r.real(0.6F, 1.2F);
    p.stride = r.real(0.05F, 0.4F);
    p.girth = r.real(0.9F, 1.2F);
    return p;
}

BeastPlan BeastPlan::any(Random& r) {
    BeastPlan p = horse(r);
    switch (r.whole(0, 9)) {
        case 0:
            break;
        case 1:
            p.neck = 0.55F;
            p.neck_angle = 0.3F;
            p.horns = 1;
            p.girth = 1.45F;
            p.legs = 0.8F;
            p.hide = r.pick({Pattern::plain, Pattern::checks});
            break;  // cattle
        case 2:
            p.neck = 1.2F;
            p.hump = 1;
            p.coat = {200, 165, 105};
            p.legs = 1.15F;
            p.head = 0.85F;
            p.neck_angle = 0.7F;
            break;
        case 3:
            p.trunk = 1;
            p.neck = 0.4F;
            p.girth = 1.9F;
            p.coat = {140, 138, 135};
            p.head = 1.5F;
            p.ears = 2;
            p.neck_angle = 0.6F;
            p.tail = 0.5F;
            break;
        case 4:
            p.maned = true;
            p.coat = {205, 160, 85};
            p.neck = 0.5F;
            p.legs = 0.8F;
            p.neck_angle = 0.7F;
            break;
        case 5:
            p.neck = 2.4F;
            p.neck_angle = 1.25F;
            p.legs = 1.35F;
            p.coat = {220, 185, 110};
            p.hide = Pattern::dots;
            p.head = 0.8F;
            break;
        case 6:
            p.horns = 1.8F;
            p.legs = 1.1F;
            p.girth = 0.85F;
            p.tail = 0.3F;
            p.head = 0.85F;
            p.coat = {165, 110, 65};
            break;  // deer
        case 7:
            p.neck = 0.35F;
            p.girth = 1.5F;
            p.legs = 0.6F;
            p.coat = {235, 230, 220};
            p.tail = 0.2F;
            p.head = 0.9F;
            break;  // sheep
        case 8:
            p.neck = 0.25F;
            p.neck_angle = 0;
            p.legs = 0.5F;
            p.girth = 1.4F;
            p.coat = {225, 165, 150};
            p.tail = 0.3F;
            break;  // pig
        default:
            p.neck = 0.45F;
            p.legs = 0.8F;
            p.girth = 0.75F;
            p.head = 0.9F;
            p.ears = 0.8F;
            p.neck_angle = 0.8F;
            break;  // dog
    }
    if (r.chance(0.06F)) p.hide = Pattern::stripes;
    return p;
}

float beast_back_height(const BeastPlan& p) { return (leg_length(p) + girth(p) * 1.95F) * p.size; }

void draw_beast(Sheet& sheet, const BeastPlan& p, cv::Point2f ground, float per_map, Random& random) {
    const Frame f{ground, p.size, p.facing};
    Paint coat = paint_of(p.look, p.coat, per_map);
    if (p.look.rendering != Rendering::silhouette) {
        coat.pattern = p.hide;
        coat.pattern_color = mixed(p.look.paper, p.mane, p.look.color_strength * 0.8F + 0.2F);
        coat.pattern_size = std::max(3.0F, p.size * 0.07F);
    }
    const Stroke stroke = stroke_of(p, per_map);
    const float b = half_body(p), s = p.size;
    const std::array<float, 4> swing{p.stride * random.real(-1, 1), p.stride * random.real(-1, 1),
                                     p.stride * random.real(-1, 1), p.stride * random.real(-1, 1)};
    draw_leg(sheet, p, f, b * 0.85F, swing[0] * 0.5F, coat, stroke);
    draw_leg(sheet, p, f, -b * 0.75F, swing[1] * 0.5F, coat, stroke);
    if (p.tail > 0)
        line(sheet,
             smooth({f(-b * 1.1F, leg_length(p) + girth(p) * 1.5F),
                     f(-b * 1.1F - 0.1F, leg_length(p) + girth(p)),
                     f(-b * 1.1F - 0.06F - 0.06F * random.unit(), leg_length(p) * 0.55F)},
                    false),
             {mixed(p.look.paper, p.mane, std::max(0.4F, p.look.color_strength)),
              s * (0.015F + 0.035F * p.tail)});
    std::vector<Polygon> body{capsule(f(-b * 0.75F, leg_length(p) + girth(p)), s * girth(p) * 1.05F,
                                      f(b * 0.75F, leg_length(p) + girth(p) * 1.05F), s * girth(p))};
    if (p.hump > 0)
        body.push_back(ellipse(f(0, leg_length(p) + girth(p) * 1.9F), s * 0.1F, s * 0.12F * p.hump));
    paint(sheet, body, coat, stroke);
    draw_leg(sheet, p, f, b * 0.7F, swing[2] * 0.5F, coat, stroke);
    draw_leg(sheet, p, f, -b * 0.9F, swing[3] * 0.5F, coat, stroke);
    draw_head(sheet, p, f, coat, stroke);
}

void draw_bird(Sheet& sheet, const Look& look, cv::Point2f at, float size, Random& r) {
    const float side = r.sign();
    const Paint p =
        paint_of(look, r.pick<Color>({{90, 90, 95}, {230, 228, 220}, {150, 90, 60}, {70, 110, 140}}));
    const Stroke stroke{look.ink, std::max(0.7F, size * 0.03F)};
    if (size < 16 || r.chance(0.4F)) {  // two arcs against the sky
        line(sheet,
             smooth(
                 {at + cv::Point2f(-size * 0.5F, -size * 0.12F),
                  at + cv::Point2f(-size * 0.2F, -size * 0.25F), at,
                  at + cv::Point2f(size * 0.2F, -size * 0.25F), at + cv::Point2f(size * 0.5F, -size * 0.12F)},
                 false),
             stroke);
        return;
    }
    const auto q = [&](float x, float y) { return at + cv::Point2f(x * size * side, -y * size); };
    line(sheet, {q(0, -0.1F), q(0.02F, -0.42F)}, stroke);
    line(sheet, {q(0.08F, -0.1F), q(0.1F, -0.42F)}, stroke);
    paint(sheet,
          smooth({q(-0.5F, 0), q(-0.1F, -0.2F), q(0.25F, -0.05F), q(0.2F, 0.18F), q(-0.1F, 0.15F)}, true, 5),
          p, stroke);
    const float neck = r.real(0.1F, 0.5F);
    paint(sheet, capsule(q(0.18F, 0.08F), size * 0.07F, q(0.26F, 0.1F + neck), size * 0.05F), p, stroke);
    paint(sheet, ellipse(q(0.28F, 0.15F + neck), size * 0.09F, size * 0.08F), p, stroke);
    paint(sheet, {q(0.35F, 0.18F + neck), q(0.5F, 0.13F + neck), q(0.35F, 0.1F + neck)}, p, stroke);
    if (r.chance(0.5F))
        paint(sheet, smooth({q(0.1F, 0.1F), q(-0.3F, 0.5F), q(-0.25F, 0.05F)}, true, 4), p, stroke);
}

void draw_fish(Sheet& sheet, const Look& look, cv::Point2f at, float size, Random& r) {
    const float side = r.sign();
    Paint p =
        paint_of(look, r.pick<Color>({{110, 140, 150}, {190, 120, 80}, {90, 110, 90}, {160, 165, 160}}));
    if (r.chance(0.4F)) {
        p.pattern = Pattern::diamonds;
        p.pattern_size = std::max(3.0F, size * 0.08F);
        p.pattern_color = look.ink;
    }
    const Stroke stroke{look.ink, std::max(0.7F, size * 0.02F)};
    const auto q = [&](float x, float y) { return at + cv::Point2f(x * size * side, -y * size); };
    const float bend = r.real(-0.1F, 0.2F);
    paint(sheet,
          smooth({q(0.5F, 0), q(0.3F, 0.16F), q(-0.1F, 0.17F + bend), q(-0.4F, 0.05F + bend),
                  q(-0.62F, 0.2F + bend), q(-0.58F, -0.12F + bend), q(-0.38F, -0.03F + bend), q(0, -0.14F),
                  q(0.35F, -0.12F)},
                 true, 5),
          p, stroke);
    paint(sheet, {q(0.1F, 0.15F), q(-0.05F, 0.33F), q(-0.15F, 0.15F)}, p, stroke);
    Paint eye;
    eye.color = look.ink;
    paint(sheet, ellipse(q(0.36F, 0.05F), std::max(0.8F, size * 0.025F), std::max(0.8F, size * 0.025F), 0, 8),
          eye, {});
    if (r.chance(0.3F))  // a spout
        line(sheet, smooth({q(0.3F, 0.18F), q(0.32F, 0.4F), q(0.45F, 0.45F)}, false), stroke);
}

}  // namespace figurant::synthesis
