#include "synthesis/ornaments.h"

#include <algorithm>
#include <cmath>

#include "synthesis/scribe.h"

namespace figurant::synthesis {
namespace {

using Point = cv::Point2f;

using Symbol = void (Scribe::*)(Point, float);

/// Kinds that stand on land, on water, anywhere; with their usual size in pixels of a map of 1024.
struct Kind {
    Symbol draw;
    float least, most, weight;
};

const std::vector<Kind>& land_kinds() {
    static const std::vector<Kind> kinds{{&Scribe::mountain, 20, 130, 3},
                                         {&Scribe::hill, 15, 80, 1.5F},
                                         {&Scribe::tree, 14, 140, 4},
                                         {&Scribe::house, 18, 120, 2},
                                         {&Scribe::town, 40, 160, 1.5F},
                                         {&Scribe::tower, 40, 220, 1.2F},
                                         {&Scribe::castle, 40, 160, 0.8F},
                                         {&Scribe::beast, 25, 220, 2.2F},
                                         {&Scribe::bird, 12, 90, 0.7F},
                                         {&Scribe::bottle, 25, 180, 0.5F},
                                         {&Scribe::column, 40, 220, 0.5F},
                                         {&Scribe::cross, 15, 100, 0.4F},
                                         {&Scribe::windmill, 30, 150, 0.5F},
                                         {&Scribe::bush, 12, 60, 1.2F},
                                         {&Scribe::rock, 12, 60, 0.8F},
                                         {&Scribe::flag, 20, 110, 0.4F},
                                         {&Scribe::shield, 25, 120, 0.5F},
                                         {&Scribe::medallion, 40, 180, 0.35F},
                                         {&Scribe::upright_beast, 25, 220, 0.7F},
                                         {&Scribe::cactus, 20, 180, 0.6F},
                                         {&Scribe::bare_tree, 20, 180, 0.6F},
                                         {&Scribe::bust, 40, 200, 0.5F},
                                         {&Scribe::wheel, 20, 120, 0.3F},
                                         {&Scribe::signpost, 25, 150, 0.5F},
                                         {&Scribe::cannon, 25, 110, 0.3F},
                                         {&Scribe::ribbon, 60, 260, 0.5F},
                                         {&Scribe::animal_face, 25, 120, 0.3F},
                                         {&Scribe::scroll, 40, 260, 0.6F},
                                         {&Scribe::portrait, 40, 260, 0.7F},
                                         {&Scribe::playing_card, 40, 220, 0.25F},
                                         {&Scribe::scarecrow, 30, 200, 0.4F},
                                         {&Scribe::snowman, 25, 180, 0.3F},
                                         {&Scribe::chess_piece, 25, 180, 0.4F},
                                         {&Scribe::obelisk, 40, 240, 0.5F},
                                         {&Scribe::robot, 30, 200, 0.25F},
                                         {&Scribe::clothes_line, 40, 200, 0.3F},
                                         {&Scribe::guitar, 25, 160, 0.25F},
                                         {&Scribe::lighthouse, 30, 220, 0.4F}};
    return kinds;
}
const std::vector<Kind>& sea_kinds() {
    static const std::vector<Kind> kinds{
        {&Scribe::ship, 30, 220, 3},           {&Scribe::boat, 20, 110, 1.2F},
        {&Scribe::waves, 30, 120, 2.5F},       {&Scribe::fish, 25, 200, 1.5F},
        {&Scribe::compass, 60, 240, 0.9F},     {&Scribe::bird, 15, 60, 0.5F},
        {&Scribe::shield, 30, 120, 0.3F},      {&Scribe::sun, 50, 160, 0.3F},
        {&Scribe::anchor, 25, 150, 0.4F},      {&Scribe::ribbon, 60, 260, 0.4F},
        {&Scribe::animal_face, 40, 140, 0.3F}, {&Scribe::scroll, 60, 260, 0.5F},
        {&Scribe::bottle, 30, 150, 0.2F},      {&Scribe::medallion, 50, 160, 0.3F},
        {&Scribe::sea_serpent, 40, 260, 1},    {&Scribe::octopus, 30, 180, 0.5F},
        {&Scribe::lighthouse, 30, 160, 0.3F},  {&Scribe::portrait, 50, 200, 0.3F}};
    return kinds;
}

const Kind& pick_kind(const std::vector<Kind>& kinds, Random& r) {
    float sum = 0;
    for (const auto& k : kinds) sum += k.weight;
    float left = r.unit() * sum;
    for (const auto& k : kinds) {
        if (left < k.weight) return k;
        left -= k.weight;
    }
    return kinds.back();
}

}  // namespace

void draw_ornaments(Sheet& sheet, const Ground& ground, const MapStyle& s, float clutter, Random r) {
    const int count =
        static_cast<int>(clutter * r.real(10, 90) * static_cast<float>(sheet.size().area()) / (1024 * 768));
    std::vector<Look> looks;
    for (int i = 0; i < 3; ++i) looks.push_back(s.ornament_look(r));
    struct Placed {
        Point at;
        const Kind* kind;
        float size;
        const Look* look;
    };
    std::vector<Placed> all;
    std::vector<const Kind*> favourites;  // a map repeats some of its symbols
    const float scale = r.real(0.6F, 1.3F);
    for (int i = 0; i < count; ++i) {
        const Point at(r.real(0, static_cast<float>(sheet.size().width)),
                       r.real(0, static_cast<float>(sheet.size().height)));
        const bool on_land =
            ground.land.at<std::uint8_t>(static_cast<int>(at.y), static_cast<int>(at.x)) != 0;
        const Kind* kind = &pick_kind(on_land ? land_kinds() : sea_kinds(), r);
        const float size =
            scale * kind->least * std::pow(kind->most / kind->least, r.unit() * r.real(0.4F, 1));
        const Look* look = &looks[static_cast<std::size_t>(r.weighted({6, 2, 1}))];
        const bool spreads = kind->draw == &Scribe::mountain || kind->draw == &Scribe::tree ||
                             kind->draw == &Scribe::house || kind->draw == &Scribe::bush;
        int copies = spreads && r.chance(0.4F) ? r.whole(2, 14) : 1;
        if (kind->draw == &Scribe::beast && r.chance(0.3F)) copies = r.whole(2, 6);
        for (int k = 0; k < copies; ++k)
            all.push_back({at + Point(k == 0 ? 0 : r.bell(size * 1.5F), k == 0 ? 0 : r.bell(size)), kind,
                           size * r.real(0.85F, 1.15F), look});
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const Placed& a, const Placed& b) { return a.at.y < b.at.y; });
    for (const auto& placed : all) {
        Scribe scribe(sheet, s, *placed.look, r);
        (scribe.*placed.kind->draw)(placed.at, placed.size);
    }
}

void draw_foreground(Sheet& sheet, const MapStyle& s, cv::Point2f at, float size, Random r) {
    const Look look = s.ornament_look(r);
    Scribe scribe(sheet, s, look, r);
    switch (r.whole(0, 3)) {
        case 0:
            scribe.bush(at, size);
            break;
        case 1:
            scribe.rock(at, size);
            break;
        case 2:
            scribe.hill(at, size);
            break;
        default:
            scribe.tree(at, size * 1.5F);
            break;
    }
}

}  // namespace figurant::synthesis
