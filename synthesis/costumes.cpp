// Clothes by age, region and trade (casting.h).

#include <vector>

#include "synthesis/casting.h"

namespace figurant::synthesis {
namespace {

/// What makes a costume; the rest of a dress stays as chance had it.
struct Costume {
    Lower legs;
    Sleeves sleeves;
    std::vector<Hat> hats;
    std::vector<Held> holds;
    void (*detail)(Dress&, Random&);
};

void plain(Dress&, Random&) {}
void knight(Dress& d, Random& r) {
    d.armour = true;
    d.upper = d.lower = d.hat = {175, 180, 188};
    d.cloak = r.chance(0.4F);
}
void monk(Dress& d, Random& r) {
    d.upper = d.hat = r.pick<Color>({{95, 70, 50}, {60, 55, 52}, {235, 230, 220}, {120, 100, 80}});
    d.belt = true;
    d.flare = r.real(0.8F, 1.2F);
    d.sash = false;
}
void soldier(Dress& d, Random& r) {
    d.upper = r.pick<Color>({{180, 40, 40}, {40, 60, 120}, {70, 100, 70}, {235, 235, 230}});
    d.lower = r.pick<Color>({{240, 238, 230}, {60, 60, 70}, {40, 60, 120}});
    d.straps = d.buttons = d.collar = true;
    d.boots = r.chance(0.6F);
    d.coat = r.chance(0.5F);
}
void gentleman(Dress& d, Random& r) {
    d.upper = d.lower = d.hat = r.pick<Color>({{40, 40, 45}, {85, 75, 70}, {60, 70, 95}, {120, 115, 110}});
    d.coat = r.chance(0.5F);
    d.collar = d.buttons = true;
    d.moustache = r.chance(0.5F);
}
void courtier(Dress& d, Random& r) {
    d.ruff = r.chance(0.6F);
    d.cloak = r.chance(0.5F);
    d.belt = true;
    d.beard = r.chance(0.5F) ? r.real(0.1F, 0.3F) : 0.0F;
    d.collar = !d.ruff;
}
void lady(Dress& d, Random& r) {
    d.beard = 0;
    d.moustache = false;
    d.long_hair = r.real(0.2F, 1);
    d.flare = r.real(1, 1.9F);
    d.belt = true;
    d.apron = r.chance(0.3F);
    d.ruff = r.chance(0.1F);
}
void kimono(Dress& d, Random& r) {
    d.hair = {25, 22, 25};
    d.curls = r.chance(0.6F) ? 0.3F : 0.0F;
    d.sash = d.belt = true;
    d.upper_pattern = r.pick({Pattern::dots, Pattern::diamonds, Pattern::plain, Pattern::bands});
    d.flare = r.real(0.6F, 0.9F);
    d.beard = 0;
}
void toga(Dress& d, Random& r) {
    d.upper = r.pick<Color>({{240, 236, 225}, {225, 215, 190}, {190, 60, 55}});
    d.upper_pattern = Pattern::folds;
    d.sash = true;
    d.barefoot = r.chance(0.5F);
    d.cloak = r.chance(0.4F);
}
void nude(Dress& d, Random& r) {
    d.bare_chest = d.barefoot = true;
    d.belt = d.collar = d.straps = d.buttons = d.coat = d.sash = d.poncho = d.apron = d.cloak = false;
    d.boots = d.armour = d.ruff = d.gloves = d.pack = false;
    d.cloak = r.chance(0.1F);
    d.wings = r.chance(0.1F);
    if (r.chance(0.4F)) d.skin = {235, 228, 215};  // marble
}
void islander(Dress& d, Random& r) {
    nude(d, r);
    d.skin = r.pick<Color>({{150, 100, 70}, {100, 65, 48}, {175, 120, 85}});
    d.ragged_hem = r.chance(0.6F);
    d.lower = r.pick<Color>({{190, 160, 80}, {120, 140, 70}, {180, 60, 50}});
}
void highlander(Dress& d, Random& r) {
    d.lower_pattern = Pattern::checks;
    d.lower = r.pick<Color>({{150, 40, 40}, {40, 90, 60}, {40, 60, 110}});
    d.belt = true;
    d.sash = r.chance(0.5F);
    d.beard = r.chance(0.5F) ? 0.3F : 0.0F;
}
void peasant(Dress& d, Random& r) {
    d.upper = r.pick<Color>({{225, 215, 195}, {150, 120, 90}, {130, 140, 110}, {190, 90, 60}});
    d.lower = r.pick<Color>({{110, 90, 70}, {80, 85, 95}, {150, 130, 100}});
    d.apron = r.chance(0.3F);
    d.belt = r.chance(0.5F);
    d.barefoot = r.chance(0.3F);
}
void herdsman(Dress& d, Random& r) {
    d.poncho = true;
    d.lower_pattern = r.pick({Pattern::bands, Pattern::stripes, Pattern::diamonds});
    d.moustache = r.chance(0.4F);
}
void merchant(Dress& d, Random& r) {
    d.beard = r.real(0.1F, 0.8F);
    d.belt = d.sash = true;
    d.coat = r.chance(0.3F);
}
void sailor(Dress& d, Random& r) {
    d.upper = {240, 240, 238};
    d.upper_pattern = r.chance(0.6F) ? Pattern::bands : Pattern::plain;
    d.accent = {35, 50, 95};
    d.collar = true;
    d.lower = r.pick<Color>({{35, 50, 95}, {240, 240, 238}});
}
void athlete(Dress& d, Random& r) {
    d.barefoot = false;
    d.coat = d.cloak = d.ruff = d.armour = d.poncho = d.apron = d.sash = false;
    d.shoes = {235, 232, 228};
    d.straps = r.chance(0.2F);
}
void bishop(Dress& d, Random& r) {
    d.accent = {225, 185, 80};
    d.cloak = true;
    d.sash = r.chance(0.7F);
    d.beard = r.chance(0.5F) ? 0.4F : 0.0F;
    d.nimbus = r.chance(0.2F);
}

const std::vector<Costume>& costumes() {
    using L = Lower;
    using S = Sleeves;
    using H = Hat;
    using T = Held;
    static const std::vector<Costume> all{
        {L::trousers, S::full, {H::helmet, H::none}, {T::sword, T::shield, T::spear, T::flag}, knight},
        {L::robe, S::wide, {H::hood, H::none, H::cap}, {T::book, T::staff, T::cross, T::nothing}, monk},
        {L::breeches, S::full, {H::tricorne, H::bicorne, H::tall}, {T::gun, T::sabre, T::drum}, soldier},
        {L::trousers, S::full, {H::bowler, H::tall, H::none}, {T::umbrella, T::staff, T::nothing}, gentleman},
        {L::pantaloons, S::puffed, {H::beret, H::brim, H::none}, {T::sword, T::cup, T::instrument}, courtier},
        {L::skirt, S::full, {H::bonnet, H::straw, H::none, H::veil}, {T::fan, T::basket, T::umbrella}, lady},
        {L::robe, S::puffed, {H::crown, H::cone, H::veil}, {T::fan, T::book, T::bird, T::nothing}, lady},
        {L::robe, S::wide, {H::none, H::cone, H::straw}, {T::fan, T::umbrella, T::sabre, T::nothing}, kimono},
        {L::robe, S::none, {H::none, H::headband}, {T::scroll, T::staff, T::cup, T::nothing}, toga},
        {L::bare, S::none, {H::none, H::headband}, {T::nothing, T::bow, T::jug, T::torch}, nude},
        {L::loincloth, S::none, {H::feathers, H::none, H::headband}, {T::spear, T::bow, T::oar}, islander},
        {L::kilt, S::full, {H::beret, H::none, H::bonnet}, {T::sword, T::instrument, T::nothing}, highlander},
        {L::trousers, S::full, {H::straw, H::cap, H::none, H::brim}, {T::rake, T::scythe, T::tool}, peasant},
        {L::tunic, S::full, {H::hood, H::cap, H::none}, {T::axe, T::sack, T::scythe, T::basket}, peasant},
        {L::trousers, S::full, {H::brim, H::straw, H::bowler}, {T::nothing, T::rod, T::gun}, herdsman},
        {L::robe, S::wide, {H::turban, H::fez}, {T::sack, T::scroll, T::jug, T::bundle}, merchant},
        {L::pantaloons, S::full, {H::turban, H::fez}, {T::sabre, T::trumpet, T::bird}, merchant},
        {L::trousers, S::brief, {H::cap, H::beret, H::none}, {T::oar, T::rod, T::fish, T::nothing}, sailor},
        {L::breeches, S::none, {H::none, H::cap}, {T::nothing, T::flag}, athlete},
        {L::kilt, S::none, {H::none, H::straw}, {T::nothing, T::basket}, athlete},
        {L::robe, S::wide, {H::mitre, H::crown}, {T::staff, T::book, T::cross}, bishop},
        {L::trousers, S::full, {H::horned, H::none}, {T::axe, T::buckler, T::sword}, peasant},
        {L::trousers, S::brief, {H::none, H::cap, H::beret}, {T::book, T::sack, T::nothing}, plain},
        {L::skirt, S::brief, {H::none, H::load, H::jar}, {T::basket, T::nothing, T::jug}, lady}};
    return all;
}

}  // namespace

void put_on_costume(Dress& d, Random& r) {
    const Costume& costume = r.pick(costumes());
    d.legs = costume.legs;
    d.sleeves = costume.sleeves;
    d.headgear = r.pick(costume.hats);
    d.armour = d.wings = d.nimbus = d.yoke = d.poncho = d.ragged_hem = false;
    d.held = {Held::nothing, Held::nothing};
    if (r.chance(0.6F)) d.held[r.chance(0.5F) ? 0 : 1] = r.pick(costume.holds);
    if (r.chance(0.12F)) d.held[0] = r.pick(costume.holds);
    costume.detail(d, r);
}

}  // namespace figurant::synthesis
