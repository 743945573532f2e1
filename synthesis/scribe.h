#pragma once
// Draws the symbols of a map, all in one hand. Inside the library only; see ornaments.h.

#include <initializer_list>

#include "synthesis/style.h"

namespace figurant::synthesis {

/// Each symbol stands on `at` (or lies around it, where it has no foot) and is about `size` pixels tall or
/// wide.
class Scribe {
  public:
    using Point = cv::Point2f;

    Scribe(Sheet& sheet, const MapStyle& style, const Look& look, Random& random)
        : sheet_(sheet), s_(style), look_(look), r_(random) {}

    // Nature (scribe_nature.cpp).
    void mountain(Point at, float size);
    void tree(Point at, float size);
    void waves(Point at, float size);
    void sun(Point at, float size);
    void hill(Point at, float size);
    void rock(Point at, float size);
    void bush(Point at, float size);
    /// A bear, a monkey, a penguin: upright, and no person.
    void upright_beast(Point at, float size);
    void cactus(Point at, float size);
    void bare_tree(Point at, float size);
    void animal_face(Point at, float size);
    void beast(Point at, float size);
    void bird(Point at, float size);
    void fish(Point at, float size);

    // Works of man (scribe_works.cpp).
    void house(Point at, float size);
    void tower(Point at, float size);
    void castle(Point at, float size);
    void town(Point at, float size);
    void ship(Point at, float size);
    void boat(Point at, float size);
    void compass(Point at, float size);
    /// A round portrait: a head alone is no figure.
    void medallion(Point at, float size);
    /// Bottles, vases, bells, lighthouses: as tall as a figure, and none.
    void bottle(Point at, float size);
    void column(Point at, float size);
    void cross(Point at, float size);
    void windmill(Point at, float size);
    void flag(Point at, float size);
    void shield(Point at, float size);
    /// A head and shoulders of stone on a pillar.
    void bust(Point at, float size);
    void anchor(Point at, float size);
    void wheel(Point at, float size);
    void signpost(Point at, float size);
    void cannon(Point at, float size);
    /// A ribbon with a name on it.
    void ribbon(Point at, float size);
    /// Curling leaves, as around baroque titles.
    void scroll(Point at, float size);

    // What is taken for a figure and is none (scribe_look_alikes.cpp).
    /// A drawn person of whom no more than head and shoulders can be seen, in a frame.
    void portrait(Point at, float size);
    /// Two halves of a person in a frame, one upside down.
    void playing_card(Point at, float size);
    void scarecrow(Point at, float size);
    void snowman(Point at, float size);
    void chess_piece(Point at, float size);
    void obelisk(Point at, float size);
    void robot(Point at, float size);
    void clothes_line(Point at, float size);
    void sea_serpent(Point at, float size);
    void octopus(Point at, float size);
    void guitar(Point at, float size);
    void lighthouse(Point at, float size);

  private:
    void head_in(const cv::Rect2f& frame, bool oval, bool upside_down);
    void branch(Point from, float angle, float reach, float width, int depth);
    Color shade(const Color& c) const { return mixed(s_.paper, c, std::max(0.15F, s_.color_strength)); }
    Paint fill(const Color& c) const { return paint_of(look_, c); }
    Color pick(std::initializer_list<Color> colors) {
        return r_.chance(0.75F) ? r_.pick(colors) : r_.pick(s_.accents);
    }
    Stroke ink(float factor, float size) const;
    Polygon rough(const Polygon& p, float size);
    void put(const Polygon& polygon, const Paint& p, float size);
    void openings(Point at, float w, float h, int columns);

    Sheet& sheet_;
    const MapStyle& s_;
    const Look& look_;
    Random& r_;
};

}  // namespace figurant::synthesis
