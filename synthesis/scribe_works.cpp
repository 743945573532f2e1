#include <algorithm>
#include <cmath>

#include "synthesis/scribe.h"

namespace figurant::synthesis {

Stroke Scribe::ink(float factor, float size) const {
    if (look_.rendering == Rendering::flat)
        return {mixed(look_.ink, look_.paper, 0.3F), factor > 1.2F ? 1.0F : 0.0F};
    return {look_.ink, std::clamp(look_.line * size * 0.9F, 0.7F, 3.5F) * factor};
}

Polygon Scribe::rough(const Polygon& p, float size) { return wobbled(p, look_.wobble * size * 2, true, r_); }

void Scribe::put(const Polygon& polygon, const Paint& p, float size) {
    const bool bare = look_.rendering == Rendering::flat || look_.rendering == Rendering::silhouette;
    paint(sheet_, polygon, p, bare ? Stroke{} : ink(1, size));
}

void Scribe::house(Point at, float size) {
    const float w = size * r_.real(0.4F, 0.9F), h = size * r_.real(0.35F, 0.55F), d = w * r_.real(0, 0.7F);
    const Paint wall = fill(pick({{235, 225, 205}, {215, 190, 150}, {200, 160, 130}, {245, 245, 240}}));
    const Paint roof = fill(pick({{180, 80, 55}, {120, 90, 75}, {90, 95, 110}, {200, 140, 70}}));
    put(rectangle(at.x - w / 2, at.y - h, w, h), wall, size);
    if (d > 1) {
        put({at + Point(w / 2, 0), at + Point(w / 2 + d, -d * 0.3F), at + Point(w / 2 + d, -h - d * 0.3F),
             at + Point(w / 2, -h)},
            wall, size);
        put({at + Point(w / 2, -h), at + Point(w / 2 + d, -h - d * 0.3F), at + Point(d, -size - d * 0.3F),
             at + Point(0, -size)},
            roof, size);
    }
    put({at + Point(-w / 2, -h), at + Point(0, -size), at + Point(w / 2, -h)}, r_.chance(0.5F) ? roof : wall,
        size);
    openings(at + Point(0, -h * 0.15F), w, h * 0.7F, 2);
}

void Scribe::tower(Point at, float size) {
    const float w = size * r_.real(0.1F, 0.2F), h = size * r_.real(0.6F, 0.8F);
    const Paint wall = fill(pick({{220, 205, 180}, {190, 175, 160}, {205, 150, 120}}));
    put(rectangle(at.x - w, at.y - h, 2 * w, h), wall, size);
    const Paint roof = fill(pick({{170, 70, 50}, {80, 90, 110}, {90, 120, 100}}));
    switch (r_.whole(0, 2)) {
        case 0:
            put({at + Point(-w * 1.2F, -h), at + Point(0, -size), at + Point(w * 1.2F, -h)}, roof, size);
            break;
        case 1:
            put(ellipse(at - Point(0, h), w * 1.2F, size - h), roof, size);
            break;  // onion and dome
        default:
            for (int i = -1; i <= 1; ++i)
                put(rectangle(at.x + static_cast<float>(i) * w * 0.85F - w * 0.28F, at.y - h - w * 0.4F,
                              w * 0.56F, w * 0.5F),
                    wall, size);
            break;
    }
    openings(at - Point(0, h * 0.2F), w * 1.5F, h * 0.7F, 1);
    if (r_.chance(0.3F)) flag(at - Point(0, size), size * 0.4F);
}

void Scribe::castle(Point at, float size) {
    const float w = size * 0.6F;
    put(rectangle(at.x - w, at.y - size * 0.4F, 2 * w, size * 0.4F), fill({205, 195, 175}), size);
    for (const float x : {-1.0F, 0.0F, 1.0F}) tower(at + Point(x * w, 0), size * r_.real(0.6F, 1));
    put(smooth({at + Point(-w * 0.2F, 0), at + Point(-w * 0.2F, -size * 0.15F), at + Point(0, -size * 0.25F),
                at + Point(w * 0.2F, -size * 0.15F), at + Point(w * 0.2F, 0)},
               false, 4),
        fill(s_.ink), size);
}

void Scribe::town(Point at, float size) {
    for (int i = r_.whole(3, 9); i > 0; --i) {
        const Point p = at + Point(r_.bell(size * 0.5F), r_.bell(size * 0.18F));
        if (r_.chance(0.75F))
            house(p, size * r_.real(0.25F, 0.5F));
        else
            tower(p, size * r_.real(0.5F, 0.9F));
    }
}

void Scribe::ship(Point at, float size) {
    const float side = r_.sign();
    const auto q = [&](float x, float y) { return at + Point(x * size * side, -y * size); };
    const Paint wood = fill(pick({{130, 90, 55}, {90, 65, 45}, {160, 110, 70}, {60, 60, 65}}));
    const Paint sail = fill(pick({{245, 238, 220}, {225, 200, 160}, {200, 70, 55}}));
    const int masts = r_.whole(1, 3);
    for (int i = 0; i < masts; ++i) {
        const float x =
            masts == 1 ? 0.0F : -0.28F + 0.56F * static_cast<float>(i) / static_cast<float>(masts - 1);
        line(sheet_, {q(x, 0.1F), q(x, 0.8F)}, ink(1.6F, size));
        const int sails = r_.whole(1, 2);
        const bool lateen = r_.chance(0.25F);
        for (int k = 0; k < sails; ++k) {
            const float low = 0.18F + 0.3F * static_cast<float>(k), high = low + (sails == 1 ? 0.5F : 0.26F),
                        w = 0.15F;
            if (lateen)
                put(smooth({q(x - w, low), q(x + w * 1.6F, low + 0.02F), q(x, high + 0.1F)}, true, 3), sail,
                    size);
            else
                put(smooth({q(x - w, low), q(x + w, low), q(x + w * 1.25F, (low + high) / 2),
                            q(x + w * 0.8F, high), q(x - w * 0.8F, high), q(x - w * 0.6F, (low + high) / 2)},
                           true, 4),
                    sail, size);
        }
        if (r_.chance(0.6F)) flag(q(x, 0.78F), size * 0.16F);
    }
    put(smooth({q(-0.48F, 0.22F), q(-0.4F, 0.12F), q(0.4F, 0.13F), q(0.55F, 0.2F), q(0.38F, -0.05F),
                q(-0.36F, -0.06F)},
               true, 4),
        wood, size);
    line(sheet_, {q(-0.42F, 0.07F), q(0.42F, 0.08F)}, ink(0.8F, size));
}

void Scribe::boat(Point at, float size) {
    const Paint wood = fill({120, 85, 55});
    put(smooth(
            {at + Point(-size * 0.5F, -size * 0.1F), at + Point(0, 0), at + Point(size * 0.5F, -size * 0.12F),
             at + Point(size * 0.3F, size * 0.1F), at + Point(-size * 0.3F, size * 0.1F)},
            true, 4),
        wood, size);
    if (r_.chance(0.6F))
        put(smooth({at + Point(0, -size * 0.05F), at + Point(0, -size * 0.7F),
                    at + Point(size * 0.35F, -size * 0.1F)},
                   true, 3),
            fill({240, 235, 220}), size);
}

void Scribe::compass(Point at, float size) {
    const int points = r_.pick({8, 16, 32});
    const float turn = r_.bell(0.1F);
    if (r_.chance(0.7F)) paint(sheet_, ellipse(at, size * 0.4F, size * 0.4F), fill(s_.paper), ink(1, size));
    for (int level = 2; level >= 0; --level)
        for (int i = 0; i < points; i += 1 << level) {
            const float a = turn + 6.2831853F * static_cast<float>(i) / static_cast<float>(points);
            const float reach = size * (level == 2 ? 0.5F : level == 1 ? 0.34F : 0.22F);
            if ((i & ((1 << level) - 1)) != 0) continue;
            const Point tip = at + along(a, reach), left = at + along(a + 0.4F, size * 0.08F),
                        right = at + along(a - 0.4F, size * 0.08F);
            put({at, left, tip}, fill(s_.accents[static_cast<std::size_t>(level)]), size);
            put({at, right, tip}, fill(s_.paper), size);
        }
    if (r_.chance(0.5F)) paint(sheet_, ellipse(at, size * 0.5F, size * 0.5F), {.opacity = 0}, ink(1, size));
}

void Scribe::medallion(Point at, float size) {
    Paint disc = fill(mixed(s_.paper, r_.pick(s_.accents), 0.4F));
    put(ellipse(at, size * 0.4F, size * 0.5F), disc, size);
    const Color skin{220, 175, 140};
    put(smooth({at + Point(-size * 0.3F, size * 0.38F), at + Point(-size * 0.2F, size * 0.17F),
                at + Point(0, size * 0.12F), at + Point(size * 0.2F, size * 0.17F),
                at + Point(size * 0.3F, size * 0.38F)},
               true, 4),
        fill(r_.pick(s_.accents)), size);
    put(ellipse(at - Point(0, size * 0.08F), size * 0.17F, size * 0.2F), fill({70, 50, 35}), size);
    put(ellipse(at - Point(0, size * 0.04F), size * 0.14F, size * 0.17F), fill(skin), size);
    Paint eye = fill(s_.ink);
    for (const float x : {-1.0F, 1.0F})
        paint(sheet_,
              ellipse(at + Point(x * size * 0.06F, -size * 0.05F), size * 0.018F, size * 0.018F, 0, 8), eye,
              {});
    paint(sheet_, ellipse(at, size * 0.42F, size * 0.52F), {.opacity = 0}, ink(2.5F, size));
}

void Scribe::bottle(Point at, float size) {
    const float w = size * r_.real(0.1F, 0.25F), n = w * r_.real(0.3F, 0.7F);
    put(smooth({at + Point(-w, 0), at + Point(-w * r_.real(0.9F, 1.3F), -size * 0.4F),
                at + Point(-n, -size * 0.65F), at + Point(-n, -size), at + Point(n, -size),
                at + Point(n, -size * 0.65F), at + Point(w * 1.1F, -size * 0.4F), at + Point(w, 0)},
               true, 4),
        fill(r_.pick(s_.accents)), size);
    if (r_.chance(0.5F))
        put(rectangle(at.x - w, at.y - size * 0.4F, 2 * w, size * 0.2F), fill(s_.paper), size);
    if (r_.chance(0.4F))
        put(ellipse(at - Point(0, size * 1.05F), n * 1.3F, n * 1.3F), fill(r_.pick(s_.accents)), size);
}

void Scribe::column(Point at, float size) {
    const float w = size * 0.09F;
    put(rectangle(at.x - w * 1.8F, at.y - size * 0.12F, w * 3.6F, size * 0.12F), fill({210, 205, 195}), size);
    put(rectangle(at.x - w, at.y - size * 0.8F, w * 2, size * 0.7F), fill({225, 220, 210}), size);
    put(rectangle(at.x - w * 1.5F, at.y - size * 0.86F, w * 3, size * 0.07F), fill({210, 205, 195}), size);
    if (r_.chance(0.6F)) put(ellipse(at - Point(0, size * 0.93F), w, w), fill({225, 190, 80}), size);
}

void Scribe::cross(Point at, float size) {
    const float w = size * 0.05F;
    paint(sheet_,
          {rectangle(at.x - w, at.y - size, 2 * w, size),
           rectangle(at.x - size * 0.25F, at.y - size * 0.75F, size * 0.5F, 2 * w)},
          fill({140, 110, 80}), ink(1, size));
}

void Scribe::windmill(Point at, float size) {
    put({at + Point(-size * 0.18F, 0), at + Point(-size * 0.1F, -size * 0.55F), at + Point(0, -size * 0.66F),
         at + Point(size * 0.1F, -size * 0.55F), at + Point(size * 0.18F, 0)},
        fill({225, 215, 195}), size);
    const float turn = r_.real(0, 1.57F);
    for (int i = 0; i < 4; ++i) {
        const Point axis = at - Point(0, size * 0.58F),
                    d = along(turn + 1.5708F * static_cast<float>(i), size * 0.42F),
                    n(-d.y * 0.18F, d.x * 0.18F);
        put({axis, axis + d, axis + d + n, axis + d * 0.2F + n}, fill(s_.paper), size);
    }
}

void Scribe::flag(Point at, float size) {
    line(sheet_, {at, at - Point(0, size)}, ink(1, size));
    const float side = r_.sign();
    put(smooth({at - Point(0, size), at + Point(side * size * 0.35F, -size * 0.95F),
                at + Point(side * size * 0.7F, -size), at + Point(side * size * 0.65F, -size * 0.6F),
                at + Point(side * size * 0.3F, -size * 0.55F), at - Point(0, size * 0.6F)},
               true, 3),
        fill(r_.pick(s_.accents)), size);
}

void Scribe::shield(Point at, float size) {
    const float w = size * 0.4F;
    const Polygon outline = smooth(
        {at + Point(-w, -size * 0.5F), at + Point(0, -size * 0.46F), at + Point(w, -size * 0.5F),
         at + Point(w * 0.9F, size * 0.1F), at + Point(0, size * 0.5F), at + Point(-w * 0.9F, size * 0.1F)},
        true, 3);
    Paint p = fill(r_.pick(s_.accents));
    p.pattern =
        r_.pick({Pattern::plain, Pattern::stripes, Pattern::bands, Pattern::checks, Pattern::diamonds});
    p.pattern_color = r_.pick(s_.accents);
    p.pattern_size = std::max(4.0F, size * 0.3F);
    put(outline, p, size);
}

void Scribe::bust(Point at, float size) {
    const Paint stone = fill(pick({{215, 212, 205}, {190, 185, 170}, {120, 100, 70}}));
    const float w = size * 0.14F;
    put(rectangle(at.x - w, at.y - size * 0.5F, 2 * w, size * 0.5F), stone, size);
    put(rectangle(at.x - w * 1.3F, at.y - size * 0.56F, 2.6F * w, size * 0.07F), stone, size);
    put(smooth({at + Point(-w * 1.3F, -size * 0.56F), at + Point(-w * 1.2F, -size * 0.7F),
                at + Point(0, -size * 0.76F), at + Point(w * 1.2F, -size * 0.7F),
                at + Point(w * 1.3F, -size * 0.56F)},
               false, 4),
        stone, size);
    put(ellipse(at - Point(0, size * 0.87F), w * 0.75F, size * 0.12F), stone, size);
}

void Scribe::anchor(Point at, float size) {
    const Stroke s{look_.ink, std::max(1.5F, size * 0.05F)};
    line(sheet_, {at - Point(0, size * 0.8F), at}, s);
    line(sheet_, {at + Point(-size * 0.2F, -size * 0.65F), at + Point(size * 0.2F, -size * 0.65F)}, s);
    line(sheet_,
         smooth({at + Point(-size * 0.36F, -size * 0.3F), at + Point(-size * 0.2F, -size * 0.05F), at,
                 at + Point(size * 0.2F, -size * 0.05F), at + Point(size * 0.36F, -size * 0.3F)},
                false),
         s);
    paint(sheet_, ellipse(at - Point(0, size * 0.88F), size * 0.08F, size * 0.08F), {.opacity = 0}, s);
}

void Scribe::wheel(Point at, float size) {
    const Stroke s{shade({120, 85, 55}), std::max(1.5F, size * 0.05F)};
    paint(sheet_, ellipse(at, size * 0.45F, size * 0.45F), {.opacity = 0}, s);
    const int spokes = r_.whole(4, 12);
    for (int i = 0; i < spokes; ++i)
        line(sheet_,
             {at, at + along(6.2831853F * static_cast<float>(i) / static_cast<float>(spokes), size * 0.45F)},
             s);
}

void Scribe::signpost(Point at, float size) {
    paint(sheet_, rectangle(at.x - size * 0.03F, at.y - size, size * 0.06F, size), fill({130, 95, 60}),
          ink(1, size));
    for (int i = 0; i < r_.whole(1, 3); ++i) {
        const float y = at.y - size * (0.9F - 0.22F * static_cast<float>(i)), side = r_.sign();
        put({{at.x, y},
             {at.x + side * size * 0.35F, y},
             {at.x + side * size * 0.45F, y + size * 0.07F},
             {at.x + side * size * 0.35F, y + size * 0.14F},
             {at.x, y + size * 0.14F}},
            fill(r_.pick(s_.accents)), size);
    }
}

void Scribe::cannon(Point at, float size) {
    put(capsule(at + Point(-size * 0.2F, -size * 0.28F), size * 0.12F, at + Point(size * 0.5F, -size * 0.45F),
                size * 0.07F),
        fill({80, 82, 85}), size);
    wheel(at - Point(size * 0.05F, size * 0.2F), size * 0.45F);
}

void Scribe::ribbon(Point at, float size) {
    const float w = size, h = size * 0.2F;
    const Paint p = fill(mixed(s_.paper, r_.pick(s_.accents), 0.35F));
    for (const float side : {-1.0F, 1.0F})
        put({at + Point(side * w * 0.4F, h * 0.3F), at + Point(side * w * 0.62F, h * 0.3F),
             at + Point(side * w * 0.55F, h * 0.8F), at + Point(side * w * 0.62F, h * 1.3F),
             at + Point(side * w * 0.4F, h * 1.3F)},
            p, size);
    put(smooth({at + Point(-w * 0.5F, 0), at + Point(0, h * 0.25F), at + Point(w * 0.5F, 0),
                at + Point(w * 0.5F, h), at + Point(0, h * 1.25F), at + Point(-w * 0.5F, h)},
               true, 4),
        p, size);
}

void Scribe::scroll(Point at, float size) {
    for (int arm = r_.whole(2, 4); arm > 0; --arm) {
        float angle = r_.real(0, 6.28F), step = size * 0.06F, bend = r_.sign() * 0.12F;
        Point p = at;
        Polygon stem{p};
        for (int i = 0; i < 26; ++i) {
            angle += bend;
            bend *= 1.07F;
            step *= 0.97F;
            p += along(angle, step);
            stem.push_back(p);
            if (i % 4 != 1) continue;
            const Point tip = p + along(angle - (bend > 0 ? 1.0F : -1.0F) * 1.1F, size * 0.13F);
            put(smooth({p, (p + tip) * 0.5F + along(angle, size * 0.03F), tip,
                        (p + tip) * 0.5F - along(angle, size * 0.03F)},
                       true, 3),
                fill(r_.pick(s_.accents)), size);
        }
        line(sheet_, stem, ink(1.5F, size));
    }
}

void Scribe::openings(Point at, float w, float h, int columns) {
    Paint dark = fill(mixed(s_.ink, s_.paper, 0.15F));
    if (w < 8) return;
    const int rows = r_.whole(0, 2);
    for (int i = 0; i < columns; ++i)
        for (int j = 0; j < rows; ++j) {
            const float x = at.x - w / 2 + w * (static_cast<float>(i) + 0.5F) / static_cast<float>(columns);
            paint(sheet_,
                  rectangle(x - w * 0.06F, at.y - h * (0.3F + 0.45F * static_cast<float>(j)), w * 0.12F,
                            h * 0.25F),
                  dark, {});
        }
}

}  // namespace figurant::synthesis
