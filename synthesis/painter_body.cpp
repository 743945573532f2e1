#include <algorithm>
#include <cmath>

#include "synthesis/painter.h"

namespace figurant::synthesis {

bool Painter::arm_behind(int side) const {
    const Seen& wrist = k_.joint[side == 0 ? right_wrist : left_wrist];
    const Seen& elbow = k_.joint[side == 0 ? right_elbow : left_elbow];
    return (wrist.near + elbow.near) / 2 < k_.joint[thorax].near - 0.02F;
}

void Painter::ground_shadow() {
    Paint p;
    p.color = look_.ink;
    p.opacity = 0.25F;
    Sheet unowned{sheet_.color, sheet_.cover, {}};
    paint(unowned, ellipse(origin_ + cv::Point2f(px(0.08F), 0), px(0.22F), px(0.045F)), p, {});
}

void Painter::legs(int far, int near) {
    if (plan_.seat != Seat::animal) leg(far);
    leg(near);
}

Polygon Painter::shoe(std::size_t side) const {
    const cv::Point2f ankle = at(side == 0 ? right_ankle : left_ankle);
    return hull_of({{at(k_.heel[side]), px(0.02F) * fat_},
                    {at(k_.toe[side]), px(0.017F) * fat_},
                    {ankle, px(0.024F) * fat_}});
}

void Painter::leg(int i) {
    const Owner owner = i == 0 ? right_leg : left_leg;
    const cv::Point2f hip = at(i == 0 ? right_hip : left_hip), knee = at(i == 0 ? right_knee : left_knee),
                      ankle = at(i == 0 ? right_ankle : left_ankle);
    const bool trousers = dress_.legs == Lower::trousers, balloon = dress_.legs == Lower::pantaloons;
    const bool breeches = dress_.legs == Lower::breeches || balloon;
    const float wide = trousers ? 1.15F : 1.0F, f = fat_;
    const Paint covering = cloth(trousers || breeches ? dress_.lower : dress_.skin,
                                 trousers ? dress_.lower_pattern : Pattern::plain);
    const Polygon thigh =
        balloon
            ? hull_of(
                  {{hip, px(0.055F) * f}, {hip * 0.4F + knee * 0.6F, px(0.075F) * f}, {knee, px(0.045F) * f}})
            : bulged(hip, px(0.052F) * f * wide, px(0.054F) * f * wide, knee, px(0.035F) * f * wide);
    const float cuff = trousers ? 0.024F + 0.012F * dress_.flare : 0.02F;
    const Polygon calf = trousers ? hull_of({{knee, px(0.035F) * f * wide},
                                             {knee * 0.65F + ankle * 0.35F, px(0.034F) * f * wide},
                                             {ankle, px(cuff) * f}})
                                  : bulged(knee, px(0.033F) * f, px(0.039F) * f, ankle, px(cuff) * f);
    if (breeches) {
        put(calf, fill(dress_.accent), owner);
        put(thigh, covering, owner);
    } else {
        put(std::vector<Polygon>{thigh, calf}, covering, owner);
    }
    if (dress_.boots && !trousers)
        put(capsule(knee * 0.6F + ankle * 0.4F, px(0.036F) * f, ankle, px(0.027F) * f), fill(dress_.shoes),
            owner);
    put(shoe(static_cast<std::size_t>(i)), fill(dress_.barefoot ? dress_.skin : dress_.shoes), owner);
    if (dress_.armour) plates(knee, ankle, px(0.03F) * f, owner);
}

void Painter::plates(cv::Point2f from, cv::Point2f to, float half_width, Owner owner) {
    const cv::Point2f axis = to - from;
    const float n = length(axis);
    if (n < 4 || !detailed(60)) return;
    const cv::Point2f across = cv::Point2f(-axis.y, axis.x) * (half_width / n);
    for (int i = 0; i < 4; ++i) {
        const cv::Point2f c = from + axis * (0.12F + 0.25F * static_cast<float>(i));
        line(sheet_, {c - across, c + across}, stroke(0.7F), owner);
    }
}

void Painter::arm(int i) {
    const Owner owner = i == 0 ? right_arm : left_arm;
    const auto side = static_cast<std::size_t>(i);
    const cv::Point2f shoulder = at(i == 0 ? right_shoulder : left_shoulder),
                      elbow = at(i == 0 ? right_elbow : left_elbow),
                      wrist = at(i == 0 ? right_wrist : left_wrist), hand = at(k_.hand[side]);
    const Held held = dress_.held[side];
    if (held != Held::nothing && !held_close(held)) carry_long(held, hand, i);
    const float a = px(0.036F) * fat_, b = px(0.03F) * fat_, c = px(0.022F) * fat_;
    put_hand(wrist, hand, c, owner);
    const Polygon upper = bulged(shoulder, a, a, elbow, b * 0.95F),
                  lower = bulged(elbow, b * 0.95F, b * 1.08F, wrist, c);
    const Paint sleeve = cloth(dress_.upper, dress_.upper_pattern), skin = fill(dress_.skin);
    switch (look_.rendering == Rendering::stick ? Sleeves::full : dress_.sleeves) {
        case Sleeves::none:
            put(std::vector<Polygon>{upper, lower}, skin, owner);
            break;
        case Sleeves::brief:
            put(lower, skin, owner);
            put(capsule(shoulder, a * 1.15F, elbow, b * 1.2F), sleeve, owner);
            break;
        case Sleeves::full:
            put(std::vector<Polygon>{upper, capsule(elbow, b, wrist, c * 1.15F)}, sleeve, owner);
            break;
        case Sleeves::wide: {
            const float drop = px(0.05F + 0.06F * dress_.flare);
            put(
                std::vector<Polygon>{
                    upper,
                    hull_of({{elbow, b * 1.1F}, {wrist, c * 1.6F}, {wrist + cv::Point2f(0, drop), c}})},
                sleeve, owner);
            break;
        }
        case Sleeves::puffed:
            put(lower, sleeve, owner);
            put(hull_of({{shoulder, a * 1.2F}, {shoulder * 0.5F + elbow * 0.5F, a * 1.7F}, {elbow, b}}),
                sleeve, owner);
            break;
    }
    if (held != Held::nothing && held_close(held)) carry_near(held, hand);
}

/// A palm, a thumb, and fingers where there is room for them.
void Painter::put_hand(cv::Point2f wrist, cv::Point2f hand, float width, Owner owner) {
    const Paint p = fill(dress_.gloves ? dress_.accent : dress_.skin);
    const cv::Point2f axis = hand - wrist, across(-axis.y, axis.x);
    const float side = k_.azimuth > 0 ? 0.8F : -0.8F;
    std::vector<Polygon> shape{hull_of({{wrist, width * 0.8F}, {hand, width * 0.95F}}),
                               capsule(wrist + axis * 0.4F, width * 0.45F,
                                       wrist + axis * 0.9F + across * side * 0.6F, width * 0.3F)};
    if (plan_.height > 160 && look_.rendering != Rendering::stick)
        for (int i = -1; i <= 1; ++i)
            shape.push_back(capsule(hand + across * (0.35F * static_cast<float>(i)), width * 0.33F,
                                    hand + axis * 0.75F + across * (0.5F * static_cast<float>(i)),
                                    width * 0.26F));
    put(shape, p, owner);
}

std::vector<Polygon> Painter::torso_outline() {
    const float r = px(0.04F) * std::sqrt(fat_), w = px(0.062F) * plan_.build.belly * std::sqrt(fat_);
    const cv::Point2f middle = waist();
    return {hull_of({{at(right_shoulder), r},
                     {at(left_shoulder), r},
                     {at(k_.chest_front), px(0.03F)},
                     {at(k_.back), px(0.03F)},
                     {middle, w}}),
            hull_of({{middle, w},
                     {at(k_.belly_front), px(0.025F)},
                     {at(right_hip), px(0.052F) * fat_},
                     {at(left_hip), px(0.052F) * fat_}})};
}

void Painter::upper_body() {
    put(capsule(at(thorax), px(0.03F), at(neck), px(0.028F)), fill(dress_.skin), head);
    if (look_.rendering == Rendering::stick) {
        put(capsule(at(thorax), px(0.04F), at(middle_hip), px(0.035F)), fill(dress_.upper), torso);
        if (long_skirt()) skirt();
        return;
    }
    const bool bare = dress_.bare_chest || (dress_.straps && dress_.sleeves == Sleeves::none);
    const Color shirt = bare ? dress_.skin : dress_.upper;
    if (!k_.seated && dress_.legs == Lower::skirt) skirt();
    put(torso_outline(), cloth(shirt, bare ? Pattern::plain : dress_.upper_pattern), torso);
    if (bare && detailed(70)) flesh();
    if (dress_.legs == Lower::robe || dress_.legs == Lower::tunic || dress_.legs == Lower::loincloth ||
        dress_.legs == Lower::kilt)
        skirt();
    if (detailed(45) && !dress_.bare_chest) trimmings();
}

/// Lines of chest, navel, spine.
void Painter::flesh() {
    const Stroke s = stroke(0.6F);
    const cv::Point2f up = at(thorax) - at(middle_hip), across = cv::Point2f(-up.y, up.x) * 0.14F;
    if (std::cos(k_.azimuth) < 0) {
        line(sheet_, {at(thorax) - up * 0.2F, at(middle_hip) + up * 0.1F}, s, torso);
        return;
    }
    const cv::Point2f chest = at(middle_hip) + up * 0.7F;
    for (const float side : {-1.0F, 1.0F})
        line(sheet_,
             smooth({chest + across * side * 1.2F, chest + across * side * 0.7F - up * 0.06F, chest}, false,
                    4),
             s, torso);
    line(sheet_, {at(middle_hip) + up * 0.32F, at(middle_hip) + up * 0.27F}, s, torso);
}

}  // namespace figurant::synthesis
