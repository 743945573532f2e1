#include <algorithm>
#include <cmath>
#include <map>

#include "synthesis/beasts.h"
#include "synthesis/painter.h"

namespace figurant::synthesis {
namespace {

constexpr float pi = 3.14159265F;

/// The outline of a thing held in a hand, in figure heights: x across, y along (up for long things, down for
/// others).
struct Outline {
    bool curved;
    std::vector<cv::Point2f> points;
};

/// A long thing: a shaft through the hand, and what is at its end.
struct Long {
    float below, above;  ///< reach of the shaft from the hand; equal: no shaft
    Outline end;
    bool metal;
};

const std::map<Held, Outline>& near_things() {
    static const std::map<Held, Outline> things{
        {Held::basket, {true, {{-0.07F, 0.03F}, {0.07F, 0.03F}, {0.05F, 0.11F}, {-0.05F, 0.11F}}}},
        {Held::jug,
         {true,
          {{-0.02F, -0.07F},
           {0.02F, -0.07F},
           {0.05F, 0.01F},
           {0.025F, 0.07F},
           {-0.025F, 0.07F},
           {-0.05F, 0.01F}}}},
        {Held::sack,
         {true, {{-0.02F, -0.02F}, {0.02F, -0.02F}, {0.08F, 0.08F}, {0, 0.15F}, {-0.08F, 0.08F}}}},
        {Held::shield, {false, {{-0.1F, -0.14F}, {0.1F, -0.14F}, {0.1F, 0.04F}, {0, 0.17F}, {-0.1F, 0.04F}}}},
        {Held::buckler,
         {true,
          {{-0.12F, 0},
           {-0.085F, -0.085F},
           {0, -0.12F},
           {0.085F, -0.085F},
           {0.12F, 0},
           {0.085F, 0.085F},
           {0, 0.12F},
           {-0.085F, 0.085F}}}},
        {Held::book, {false, {{-0.05F, -0.045F}, {0.05F, -0.045F}, {0.05F, 0.035F}, {-0.05F, 0.035F}}}},
        {Held::fan,
         {false, {{0, 0}, {-0.09F, -0.05F}, {-0.05F, -0.09F}, {0, -0.1F}, {0.05F, -0.09F}, {0.09F, -0.05F}}}},
        {Held::fish,
         {true,
          {{0, -0.03F},
           {0.03F, 0.04F},
           {0.005F, 0.11F},
           {0.03F, 0.15F},
           {-0.03F, 0.15F},
           {-0.005F, 0.11F},
           {-0.03F, 0.04F}}}},
        {Held::instrument,
         {true,
          {{-0.03F, -0.07F},
           {0.2F, -0.1F},
           {0.2F, -0.08F},
           {0.05F, -0.02F},
           {0.05F, 0.05F},
           {-0.04F, 0.07F},
           {-0.08F, 0}}}},
        {Held::scroll, {false, {{-0.02F, -0.06F}, {0.05F, -0.06F}, {0.05F, 0.09F}, {-0.02F, 0.09F}}}},
        {Held::lantern,
         {false, {{0, 0}, {0.035F, 0.03F}, {0.03F, 0.09F}, {-0.03F, 0.09F}, {-0.035F, 0.03F}}}},
        {Held::bundle,
         {true, {{-0.13F, 0}, {-0.1F, -0.05F}, {0.1F, -0.05F}, {0.13F, 0}, {0.1F, 0.05F}, {-0.1F, 0.05F}}}},
        {Held::drum, {false, {{-0.07F, -0.04F}, {0.07F, -0.04F}, {0.06F, 0.08F}, {-0.06F, 0.08F}}}},
        {Held::cup,
         {true,
          {{-0.025F, -0.06F},
           {0.025F, -0.06F},
           {0.006F, -0.01F},
           {0.02F, 0.025F},
           {-0.02F, 0.025F},
           {-0.006F, -0.01F}}}},
        {Held::bird,
         {true,
          {{-0.1F, -0.03F}, {0, -0.07F}, {0.04F, -0.1F}, {0.08F, -0.08F}, {0.05F, -0.03F}, {0, 0.01F}}}}};
    return things;
}

const std::map<Held, Long>& long_things() {
    static const std::map<Held, Long> things{
        {Held::spear, {0.4F, 0.6F, {false, {{0, 0.68F}, {0.018F, 0.6F}, {-0.018F, 0.6F}}}, true}},
        {Held::staff,
         {0.45F, 0.34F, {true, {{0, 0.33F}, {0.03F, 0.38F}, {0.07F, 0.36F}, {0.04F, 0.35F}}}, false}},
        {Held::sword,
         {0.03F,
          0.03F,
          {false, {{-0.012F, 0}, {0.012F, 0}, {0.01F, 0.33F}, {0, 0.37F}, {-0.01F, 0.33F}}},
          true}},
        {Held::sabre,
         {0.03F,
          0.03F,
          {true, {{-0.012F, 0}, {0.012F, 0}, {0.04F, 0.2F}, {0.11F, 0.34F}, {0.02F, 0.22F}}},
          true}},
        {Held::tool,
         {0.2F, 0.4F, {false, {{-0.09F, 0.38F}, {0.09F, 0.38F}, {0.07F, 0.42F}, {-0.03F, 0.43F}}}, true}},
        {Held::axe, {0.12F, 0.32F, {true, {{0, 0.31F}, {0.1F, 0.35F}, {0.1F, 0.22F}, {0, 0.25F}}}, true}},
        {Held::scythe,
         {0.35F, 0.45F, {true, {{0, 0.45F}, {0.12F, 0.47F}, {0.26F, 0.36F}, {0.12F, 0.43F}}}, true}},
        {Held::rake,
         {0.35F,
          0.45F,
          {false,
           {{-0.08F, 0.45F},
            {0.08F, 0.45F},
            {0.08F, 0.51F},
            {0.05F, 0.47F},
            {0, 0.5F},
            {-0.05F, 0.47F},
            {-0.08F, 0.51F}}},
          true}},
        {Held::broom,
         {0.25F, 0.4F, {false, {{-0.015F, 0.38F}, {0.015F, 0.38F}, {0.07F, 0.55F}, {-0.07F, 0.55F}}}, false}},
        {Held::oar,
         {0.3F, 0.5F, {true, {{-0.015F, 0.48F}, {0.015F, 0.48F}, {0.04F, 0.66F}, {-0.04F, 0.66F}}}, false}},
        {Held::trident,
         {0.4F,
          0.5F,
          {false,
           {{-0.07F, 0.5F},
            {-0.07F, 0.62F},
            {-0.045F, 0.53F},
            {0, 0.66F},
            {0.045F, 0.53F},
            {0.07F, 0.62F},
            {0.07F, 0.5F}}},
          true}},
        {Held::cross,
         {0.35F, 0.5F, {false, {{-0.09F, 0.38F}, {0.09F, 0.38F}, {0.09F, 0.41F}, {-0.09F, 0.41F}}}, false}},
        {Held::trumpet,
         {0.02F, 0.25F, {false, {{-0.01F, 0.22F}, {0.01F, 0.22F}, {0.05F, 0.33F}, {-0.05F, 0.33F}}}, true}},
        {Held::torch, {0.05F, 0.16F, {true, {{-0.03F, 0.15F}, {0, 0.28F}, {0.03F, 0.15F}}}, false}},
        {Held::umbrella,
         {0.02F,
          0.4F,
          {true, {{-0.22F, 0.36F}, {-0.15F, 0.44F}, {0, 0.48F}, {0.15F, 0.44F}, {0.22F, 0.36F}, {0, 0.38F}}},
          false}},
        {Held::gun,
         {0.14F,
          0.42F,
          {false, {{-0.02F, -0.18F}, {0.02F, -0.18F}, {0.015F, 0.05F}, {-0.015F, 0.05F}}},
          false}},
        {Held::rod, {0.05F, 0.75F, {}, false}},
        {Held::flag,
         {0.3F,
          0.7F,
          {true, {{0, 0.7F}, {0.13F, 0.67F}, {0.27F, 0.7F}, {0.26F, 0.53F}, {0.12F, 0.5F}, {0, 0.53F}}},
          false}},
        {Held::bow,
         {0,
          0,
          {true,
           {{0, -0.25F},
            {0.06F, -0.12F},
            {0.075F, 0},
            {0.06F, 0.12F},
            {0, 0.25F},
            {0.04F, 0.12F},
            {0.055F, 0},
            {0.04F, -0.12F}}},
          false}}};
    return things;
}

}  // namespace

bool held_close(Held held) { return near_things().count(held) > 0; }

void Painter::carry_near(Held held, cv::Point2f hand) {
    const Outline& outline = near_things().at(held);
    const float s = px(random_.real(0.75F, 1.5F)), side = random_.sign();
    Polygon points;
    for (const auto& p : outline.points) points.push_back(hand + cv::Point2f(p.x * side * s, p.y * s));
    Paint p = cloth(dress_.accent, random_.chance(0.3F) ? dress_.lower_pattern : Pattern::plain);
    put(outline.curved ? smooth(points, true, 4) : points, p, carried);
}

/// Long things reach far from the figure; they belong to the map.
void Painter::carry_long(Held held, cv::Point2f hand, int i) {
    const Long& thing = long_things().at(held);
    const Color wood =
        mixed(look_.paper, mixed({110, 75, 40}, look_.ink, 0.35F), std::max(0.5F, look_.color_strength));
    const float outward = (i == 0 ? -1.0F : 1.0F) * std::cos(k_.azimuth) + std::sin(k_.azimuth) * 0.7F;
    const float turned =
        random_.chance(0.12F) ? random_.real(-1.6F, 1.6F) : outward * random_.real(-0.1F, 0.5F);
    const cv::Point2f up = along(-pi / 2 + turned, px(1)), side = cv::Point2f(-up.y, up.x) * random_.sign();
    line(sheet_, {hand - up * thing.below, hand + up * thing.above}, {wood, std::max(px(0.014F), per_map_)});
    if (held == Held::bow) line(sheet_, {hand - up * 0.25F, hand + up * 0.25F}, {look_.ink, 0.6F * per_map_});
    if (thing.end.points.empty()) return;
    Polygon points;
    for (const auto& p : thing.end.points) points.push_back(hand + side * p.x + up * p.y);
    const Color color = thing.metal           ? Color{190, 195, 200}
                        : held == Held::torch ? Color{240, 170, 50}
                                              : dress_.accent;
    const Pattern pattern =
        held == Held::flag || held == Held::umbrella ? dress_.lower_pattern : Pattern::plain;
    paint(sheet_, thing.end.curved ? smooth(points, true, 4) : points, cloth(color, pattern), stroke(0.8F));
}

/// A pole over the shoulders with a load at each end.
void Painter::carry_yoke() {
    const cv::Point2f middle = at(thorax) - cv::Point2f(0, px(0.02F)),
                      reach(px(0.36F), random_.bell(px(0.03F)));
    line(sheet_, {middle - reach, middle + reach},
         {mixed(look_.ink, {120, 85, 50}, look_.color_strength), std::max(px(0.016F), per_map_)});
    for (const float side : {-1.0F, 1.0F}) {
        const cv::Point2f end = middle + reach * (side * 0.95F), load = end + cv::Point2f(0, px(0.22F));
        line(sheet_, {end, load}, {look_.ink, per_map_});
        put(smooth({load + cv::Point2f(-px(0.09F), 0), load + cv::Point2f(px(0.09F), 0),
                    load + cv::Point2f(px(0.06F), px(0.1F)), load + cv::Point2f(-px(0.06F), px(0.1F))},
                   true, 4),
            fill(dress_.accent), nobody);
    }
}

void Painter::seat() {
    const cv::Point2f hip = at(middle_hip) + cv::Point2f(0, px(0.05F));
    const float h = std::max(px(0.05F), origin_.y - hip.y), w = px(0.12F), leg = px(0.025F);
    const Paint wood = fill({150, 110, 70});
    const auto q = [&](float x, float y) { return hip + cv::Point2f(x * w, y * h); };
    switch (plan_.seat) {
        case Seat::ground:
            break;
        case Seat::stool:
            put({rectangle(hip.x - w, hip.y, 2 * w, px(0.03F)), rectangle(hip.x - w * 0.8F, hip.y, leg, h),
                 rectangle(hip.x + w * 0.6F, hip.y, leg, h)},
                wood, nobody);
            break;
        case Seat::chair: {
            const float back = std::sin(k_.azimuth) > 0 ? hip.x - w : hip.x + w - leg;
            put({rectangle(hip.x - w, hip.y, 2 * w, px(0.035F)),
                 rectangle(back, hip.y - px(0.35F), px(0.03F), h + px(0.35F)),
                 rectangle(2 * hip.x - back, hip.y, leg, h)},
                wood, nobody);
            break;
        }
        case Seat::barrel:
            put(smooth({q(-0.8F, 0), q(0.8F, 0), q(1, 0.5F), q(0.8F, 1), q(-0.8F, 1), q(-1, 0.5F)}, true, 4),
                wood, nobody);
            break;
        case Seat::throne:
            put(std::vector<Polygon>{{q(-1.3F, 0) - cv::Point2f(0, px(0.5F)),
                                      q(0, 0) - cv::Point2f(0, px(0.62F)),
                                      q(1.3F, 0) - cv::Point2f(0, px(0.5F)), q(1.3F, 1), q(-1.3F, 1)}},
                fill(dress_.accent), nobody);
            break;
        default:
            put(smooth({q(-0.9F, 0), q(1, 0.03F), q(1.4F, 1), q(-1.5F, 1)}, true, 4), fill({150, 145, 130}),
                nobody);
            break;
    }
}

void Painter::mount() {
    BeastPlan beast = plan_.beast;
    beast.look = look_;
    beast.size = scale_ * 1.25F;
    beast.facing = std::sin(k_.azimuth) >= 0 ? 1.0F : -1.0F;
    const cv::Point2f hip = at(middle_hip);
    draw_beast(sheet_, beast, {hip.x, hip.y + beast_back_height(beast) - px(0.03F)}, per_map_, random_);
}

/// Something before the figure, which hides part of its legs.
void Painter::prop() {
    const cv::Point2f base(at(middle_hip).x, origin_.y), edge = knees() * 0.5F + at(middle_hip) * 0.5F;
    const float top = edge.y, w = px(random_.real(0.3F, 0.5F)), h = std::max(px(0.05F), base.y - top);
    const auto q = [&](float x, float y) { return cv::Point2f(base.x + x * w, top + y * h); };
    switch (plan_.prop) {
        case Prop::boat:
            put(smooth({q(-1.3F, 0.25F), q(-0.9F, 0.5F), q(0.9F, 0.5F), q(1.35F, 0.2F), q(0.9F, 1.15F),
                        q(-0.9F, 1.15F)},
                       true, 4),
                fill({125, 88, 55}), nobody);
            break;
        case Prop::table:
            put({rectangle(base.x - w, top, 2 * w, px(0.03F)),
                 rectangle(base.x - w * 0.9F, top, px(0.03F), h),
                 rectangle(base.x + w * 0.8F, top, px(0.03F), h)},
                fill({150, 110, 70}), nobody);
            break;
        case Prop::wall:
            put({q(-1.2F, 0.35F), q(1.2F, 0.35F), q(1.2F, 1.05F), q(-1.2F, 1.05F)},
                cloth({185, 170, 150}, Pattern::checks), nobody);
            break;
        case Prop::grass: {
            Polygon blades{q(-0.8F, 1.05F)};
            for (int i = 0; i < 12; ++i) {
                const float x = -0.8F + 1.6F * static_cast<float>(i) / 12;
                blades.push_back(q(x + 0.04F, 0.75F + 0.3F * random_.unit() - 0.25F));
                blades.push_back(q(x + 0.1F, 0.95F));
            }
            blades.push_back(q(0.8F, 1.05F));
            put(blades, fill({95, 130, 70}), nobody);
            break;
        }
        default: {  // water
            Polygon surface;
            for (int i = 0; i <= 10; ++i)
                surface.push_back(q(-1 + 0.2F * static_cast<float>(i), 0.5F + (i % 2 == 0 ? 0.0F : 0.08F)));
            surface.push_back(q(1, 1.1F));
            surface.push_back(q(-1, 1.1F));
            put(smooth(surface, true, 3), fill({140, 180, 195}), nobody);
            break;
        }
    }
}

}  // namespace figurant::synthesis
