#include "synthesis/casting.h"

#include <algorithm>

namespace figurant::synthesis {
namespace {

constexpr float pi = 3.14159265F;

Color skin_color(Random& r) {
    return mixed(r.pick<Color>({{240, 205, 175},
                                {225, 180, 145},
                                {200, 150, 110},
                                {150, 100, 70},
                                {100, 65, 48},
                                {250, 225, 205}}),
                 {200, 150, 120}, r.real(0, 0.3F));
}

Color cloth_color(const MapStyle& style, Random& r) {
    if (r.chance(0.6F)) return r.pick(style.accents);
    return r.pick<Color>({{190, 45, 40},
                          {40, 70, 140},
                          {240, 240, 235},
                          {35, 35, 40},
                          {60, 110, 70},
                          {225, 175, 60},
                          {120, 85, 60},
                          {110, 60, 110},
                          {160, 160, 155},
                          {235, 200, 190},
                          {85, 150, 170},
                          {215, 120, 60}});
}

Held random_held(Random& r) {
    return r.chance(0.55F) ? Held::nothing : static_cast<Held>(r.whole(1, static_cast<int>(Held::rod)));
}

float random_azimuth(Random& r) {
    switch (r.weighted({3, 3, 2, 1})) {
        case 0:
            return r.bell(0.3F);
        case 1:
            return r.sign() * r.real(0.4F, 1.2F);
        case 2:
            return r.sign() * r.real(1.25F, 1.85F);
        default:
            return r.sign() * r.real(2.2F, pi);
    }
}

Seat random_seat(Random& r) { return static_cast<Seat>(r.whole(0, 6)); }

}  // namespace

Dress random_dress(const MapStyle& style, Random& r) {
    Dress d;
    d.skin = skin_color(r);
    d.hair = r.pick<Color>({{40, 30, 25},
                            {90, 60, 35},
                            {170, 120, 60},
                            {200, 195, 185},
                            {130, 55, 30},
                            {20, 18, 20},
                            {225, 195, 120}});
    d.upper = cloth_color(style, r);
    d.lower = r.chance(0.25F) ? d.upper : cloth_color(style, r);
    d.shoes = r.pick<Color>({{40, 32, 28}, {90, 60, 40}, {150, 40, 35}, {230, 225, 215}});
    d.hat = cloth_color(style, r);
    d.accent = cloth_color(style, r);
    d.legs = static_cast<Lower>(r.weighted({0.7F, 3, 1.2F, 1.6F, 2.2F, 2, 0.5F, 0.4F}));
    d.sleeves = static_cast<Sleeves>(r.weighted({0.9F, 1.5F, 3, 1, 0.5F}));
    if (d.legs == Lower::loincloth) d.sleeves = Sleeves::none;
    d.headgear = r.chance(0.35F) ? Hat::none : static_cast<Hat>(r.whole(1, static_cast<int>(Hat::jar)));
    if (r.chance(0.3F)) d.upper_pattern = static_cast<Pattern>(r.whole(1, 6));
    if (r.chance(0.3F)) d.lower_pattern = static_cast<Pattern>(r.whole(1, 6));
    d.cloak = r.chance(0.15F);
    d.apron = r.chance(0.12F);
    d.belt = r.chance(0.45F);
    d.collar = r.chance(0.3F);
    d.straps = r.chance(0.2F);
    d.barefoot = r.chance(0.15F);
    d.gloves = r.chance(0.1F);
    d.sash = r.chance(0.12F);
    d.poncho = r.chance(0.07F);
    d.ragged_hem = r.chance(0.15F);
    d.yoke = r.chance(0.02F);
    d.nimbus = r.chance(0.02F);
    d.smile = r.bell(0.05F);
    d.hat_height = r.chance(0.5F) ? r.real(0.7F, 1.5F) : 1.0F;
    d.pattern_size = r.real(0.02F, 0.07F);
    d.buttons = r.chance(0.2F);
    d.coat = r.chance(0.12F) && (d.legs == Lower::trousers || d.legs == Lower::breeches);
    d.ruff = r.chance(0.06F);
    d.boots = r.chance(0.25F);
    d.wings = r.chance(0.02F);
    d.pack = r.chance(0.06F);
    d.armour = r.chance(0.07F);
    if (d.armour) {
        d.upper = d.lower = {175, 180, 188};
        d.headgear = r.chance(0.7F) ? Hat::helmet : d.headgear;
    }
    d.curls = r.chance(0.2F) ? r.real(0.1F, 1) : 0.0F;
    d.nose = r.real(0.4F, 1.5F);
    d.moustache = r.chance(0.2F);
    d.beard = r.chance(0.25F) ? r.real(0.05F, 0.9F) : 0.0F;
    d.long_hair = r.chance(0.08F) ? 0.0F : r.chance(0.4F) ? r.real(0.2F, 1) : 0.1F;
    d.flare = r.real(0.6F, 1.6F);
    for (auto& held : d.held) held = random_held(r);
    if (r.chance(0.6F)) put_on_costume(d, r);
    return d;
}

Company random_company(const MapStyle& style, Random& r) {
    Company c;
    c.look = style.figure_look(r);
    c.caricature = r.chance(0.2F);
    c.build = Build::random(r, c.caricature);
    c.dress = random_dress(style, r);
    c.action = static_cast<Action>(r.weighted(
        {4, 3, 0.8F, 1.5F, 0.7F, 1.2F, 1, 1, 0.8F, 0.5F, 1.2F, 0.4F, 0.5F, 0.4F, 0.4F, 0.4F, 0.5F, 0.3F}));
    c.mounted = c.action == Action::riding;
    c.azimuth = random_azimuth(r);
    c.elevation = r.chance(0.7F) ? r.real(-0.05F, 0.2F) : r.real(0.2F, 0.6F);
    c.uniform = r.chance(0.4F);
    c.shadows = r.chance(0.2F);
    if (r.chance(0.3F)) c.treatment = random_treatment(r);
    return c;
}

PersonPlan random_member(const Company& c, const MapStyle& style, float height, Random& r) {
    PersonPlan p;
    p.look = c.look;
    p.build = c.uniform && r.chance(0.7F) ? c.build : Build::random(r, c.caricature);
    p.dress = c.uniform ? c.dress : random_dress(style, r);
    const Action action = c.mounted || r.chance(0.65F)
                              ? c.action
                              : static_cast<Action>(r.whole(0, static_cast<int>(Action::count) - 1));
    p.pose = random_pose(action, r);
    p.azimuth = r.chance(0.65F) ? c.azimuth + r.bell(0.25F) : random_azimuth(r);
    p.elevation = c.elevation;
    p.height = height;
    if (r.chance(0.12F)) p.prop = static_cast<Prop>(r.whole(1, 5));
    p.mirrored = !c.uniform && r.chance(0.3F);
    p.ground_shadow = c.shadows;
    p.treatment = c.treatment;
    p.tilt = r.chance(0.12F) ? r.bell(0.25F) : 0.0F;
    if (p.pose.mounted) {
        p.seat = Seat::animal;
        p.beast = r.chance(0.85F) ? BeastPlan::horse(r) : BeastPlan::any(r);
        p.azimuth = (std::sin(c.azimuth) >= 0 ? 1.0F : -1.0F) * (pi / 2 + r.bell(0.2F));
        p.ground_shadow = false;
        p.prop = Prop::none;
        p.tilt = 0;
    } else if (p.pose.seated) {
        p.seat = random_seat(r);
        p.prop = Prop::none;
    } else if (p.pose.stretched) {  // on its side on the ground, in the water, in the air
        p.tilt = r.sign() * r.real(1.2F, 1.75F);
        p.prop = Prop::none;
        p.ground_shadow = false;
    }
    return p;
}

}  // namespace figurant::synthesis
