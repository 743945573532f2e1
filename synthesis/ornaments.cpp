#include "synthesis/ornaments.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>

#include "synthesis/beasts.h"

namespace figurant::synthesis {
namespace {

using Point = cv::Point2f;

/// Draws symbols of one hand.
class Scribe {
  public:
    Scribe(Sheet& sheet, const MapStyle& style, const Look& look, Random& random)
        : sheet_(sheet), s_(style), look_(look), r_(random) {}

    void mountain(Point at, float size) {
        const float w = size * r_.real(0.45F, 0.9F), lean = r_.bell(0.12F) * size;
        Polygon ridge{at + Point(-w, 0), at + Point(-w * 0.45F, -size * r_.real(0.35F, 0.6F)),
                      at + Point(lean, -size), at + Point(w * 0.4F, -size * r_.real(0.4F, 0.7F)),
                      at + Point(w, 0)};
        if (r_.chance(0.5F)) ridge = smooth(ridge, false, 5);
        Paint p = fill(pick({{150, 140, 120}, {170, 150, 115}, {120, 135, 110}, {180, 175, 165}}));
        put(rough(ridge, size), p, size);
        const int strokes = r_.whole(0, 6);
        for (int i = 0; i < strokes; ++i) {
            const float t = r_.real(0.1F, 0.9F);
            const Point top = at + Point(lean + w * t * 0.8F, -size * (1 - t));
            line(sheet_, {top, top + Point(-size * 0.05F, size * r_.real(0.1F, 0.35F))}, ink(0.7F, size));
        }
        if (r_.chance(0.25F))
            put({at + Point(lean, -size), at + Point(lean - w * 0.2F, -size * 0.72F),
                 at + Point(lean, -size * 0.8F), at + Point(lean + w * 0.18F, -size * 0.7F)},
                fill({245, 245, 245}), size);
    }

    void tree(Point at, float size) {
        const Color green =
            pick({{80, 120, 60}, {110, 140, 70}, {60, 95, 70}, {140, 130, 60}, {170, 110, 50}});
        const float trunk = size * r_.real(0.04F, 0.08F);
        paint(sheet_, rectangle(at.x - trunk, at.y - size * 0.4F, 2 * trunk, size * 0.4F),
              fill({110, 80, 50}), ink(1, size));
        switch (r_.whole(0, 4)) {
            case 0:
                put(rough(ellipse(at - Point(0, size * 0.65F), size * 0.3F, size * 0.36F), size), fill(green),
                    size);
                break;
            case 1:
                for (int i = 0; i < 3; ++i) {
                    const float y = size * (0.2F + 0.25F * static_cast<float>(i)),
                                w = size * (0.32F - 0.07F * static_cast<float>(i));
                    put({at + Point(-w, -y), at + Point(0, -y - size * 0.42F), at + Point(w, -y)},
                        fill(green), size);
                }
                break;
            case 2:
                put(rough(ellipse(at - Point(0, size * 0.55F), size * 0.13F, size * 0.46F), size),
                    fill(green), size);
                break;  // cypress
            case 3: {   // palm
                const Point top = at - Point(size * r_.bell(0.1F), size * 0.85F);
                line(sheet_, smooth({at, at * 0.5F + top * 0.5F + Point(size * 0.05F, 0), top}, false),
                     {shade({120, 90, 55}), size * 0.07F});
                for (int i = 0; i < 7; ++i) {
                    const Point end = top + along(-3.0F + 0.48F * static_cast<float>(i), size * 0.36F) +
                                      Point(0, size * 0.1F);
                    const Point mid = (top + end) * 0.5F - Point(0, size * 0.08F);
                    put(smooth({top, mid, end, mid + Point(0, size * 0.06F)}, true, 3), fill(green), size);
                }
                break;
            }
            default: {
                std::vector<Polygon> crown;
                for (int i = 0; i < 6; ++i)
                    crown.push_back(ellipse(at + Point(r_.bell(size * 0.15F), -size * r_.real(0.45F, 0.85F)),
                                            size * 0.18F, size * 0.17F));
                paint(sheet_, crown, fill(green), ink(1, size));
                break;
            }
        }
    }

    void house(Point at, float size) {
        const float w = size * r_.real(0.4F, 0.9F), h = size * r_.real(0.35F, 0.55F),
                    d = w * r_.real(0, 0.7F);
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
        put({at + Point(-w / 2, -h), at + Point(0, -size), at + Point(w / 2, -h)},
            r_.chance(0.5F) ? roof : wall, size);
        openings(at + Point(0, -h * 0.15F), w, h * 0.7F, 2);
    }

    void tower(Point at, float size) {
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

    void castle(Point at, float size) {
        const float w = size * 0.6F;
        put(rectangle(at.x - w, at.y - size * 0.4F, 2 * w, size * 0.4F), fill({205, 195, 175}), size);
        for (const float x : {-1.0F, 0.0F, 1.0F}) tower(at + Point(x * w, 0), size * r_.real(0.6F, 1));
        put(smooth(
                {at + Point(-w * 0.2F, 0), at + Point(-w * 0.2F, -size * 0.15F), at + Point(0, -size * 0.25F),
                 at + Point(w * 0.2F, -size * 0.15F), at + Point(w * 0.2F, 0)},
                false, 4),
            fill(s_.ink), size);
    }

    void town(Point at, float size) {
        for (int i = r_.whole(3, 9); i > 0; --i) {
            const Point p = at + Point(r_.bell(size * 0.5F), r_.bell(size * 0.18F));
            if (r_.chance(0.75F))
                house(p, size * r_.real(0.25F, 0.5F));
            else
                tower(p, size * r_.real(0.5F, 0.9F));
        }
    }

    void ship(Point at, float size) {
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
                const float low = 0.18F + 0.3F * static_cast<float>(k),
                            high = low + (sails == 1 ? 0.5F : 0.26F), w = 0.15F;
                if (lateen)
                    put(smooth({q(x - w, low), q(x + w * 1.6F, low + 0.02F), q(x, high + 0.1F)}, true, 3),
                        sail, size);
                else
                    put(smooth(
                            {q(x - w, low), q(x + w, low), q(x + w * 1.25F, (low + high) / 2),
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

    void boat(Point at, float size) {
        const Paint wood = fill({120, 85, 55});
        put(smooth({at + Point(-size * 0.5F, -size * 0.1F), at + Point(0, 0),
                    at + Point(size * 0.5F, -size * 0.12F), at + Point(size * 0.3F, size * 0.1F),
                    at + Point(-size * 0.3F, size * 0.1F)},
                   true, 4),
            wood, size);
        if (r_.chance(0.6F))
            put(smooth({at + Point(0, -size * 0.05F), at + Point(0, -size * 0.7F),
                        at + Point(size * 0.35F, -size * 0.1F)},
                       true, 3),
                fill({240, 235, 220}), size);
    }

    void waves(Point at, float size) {
        for (int i = r_.whole(1, 4); i > 0; --i) {
            const Point p = at + Point(r_.bell(size * 0.5F), r_.bell(size * 0.3F));
            const float w = size * 0.2F;
            line(sheet_,
                 smooth({p, p + Point(w * 0.5F, -w * 0.4F), p + Point(w, 0), p + Point(w * 1.5F, -w * 0.4F),
                         p + Point(w * 2, 0)},
                        false, 4),
                 {mixed(s_.ink, s_.sea, 0.4F), 1});
        }
    }

    void compass(Point at, float size) {
        const int points = r_.pick({8, 16, 32});
        const float turn = r_.bell(0.1F);
        if (r_.chance(0.7F))
            paint(sheet_, ellipse(at, size * 0.4F, size * 0.4F), fill(s_.paper), ink(1, size));
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
        if (r_.chance(0.5F))
            paint(sheet_, ellipse(at, size * 0.5F, size * 0.5F), {.opacity = 0}, ink(1, size));
    }

    /// A round portrait: a head alone is no figure.
    void medallion(Point at, float size) {
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
                  ellipse(at + Point(x * size * 0.06F, -size * 0.05F), size * 0.018F, size * 0.018F, 0, 8),
                  eye, {});
        paint(sheet_, ellipse(at, size * 0.42F, size * 0.52F), {.opacity = 0}, ink(2.5F, size));
    }

    /// Bottles, vases, bells, lighthouses: as tall as a figure, and none.
    void bottle(Point at, float size) {
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

    void column(Point at, float size) {
        const float w = size * 0.09F;
        put(rectangle(at.x - w * 1.8F, at.y - size * 0.12F, w * 3.6F, size * 0.12F), fill({210, 205, 195}),
            size);
        put(rectangle(at.x - w, at.y - size * 0.8F, w * 2, size * 0.7F), fill({225, 220, 210}), size);
        put(rectangle(at.x - w * 1.5F, at.y - size * 0.86F, w * 3, size * 0.07F), fill({210, 205, 195}),
            size);
        if (r_.chance(0.6F)) put(ellipse(at - Point(0, size * 0.93F), w, w), fill({225, 190, 80}), size);
    }

    void cross(Point at, float size) {
        const float w = size * 0.05F;
        paint(sheet_,
              {rectangle(at.x - w, at.y - size, 2 * w, size),
               rectangle(at.x - size * 0.25F, at.y - size * 0.75F, size * 0.5F, 2 * w)},
              fill({140, 110, 80}), ink(1, size));
    }

    void windmill(Point at, float size) {
        put({at + Point(-size * 0.18F, 0), at + Point(-size * 0.1F, -size * 0.55F),
             at + Point(0, -size * 0.66F), at + Point(size * 0.1F, -size * 0.55F),
             at + Point(size * 0.18F, 0)},
            fill({225, 215, 195}), size);
        const float turn = r_.real(0, 1.57F);
        for (int i = 0; i < 4; ++i) {
            const Point axis = at - Point(0, size * 0.58F),
                        d = along(turn + 1.5708F * static_cast<float>(i), size * 0.42F),
                        n(-d.y * 0.18F, d.x * 0.18F);
            put({axis, axis + d, axis + d + n, axis + d * 0.2F + n}, fill(s_.paper), size);
        }
    }

    void sun(Point at, float size) {
        const int rays = r_.whole(8, 20);
        const Paint gold = fill({235, 190, 70});
        for (int i = 0; i < rays; ++i) {
            const float a = 6.2831853F * static_cast<float>(i) / static_cast<float>(rays);
            put({at + along(a - 0.14F, size * 0.26F), at + along(a, size * r_.real(0.42F, 0.5F)),
                 at + along(a + 0.14F, size * 0.26F)},
                gold, size);
        }
        put(ellipse(at, size * 0.27F, size * 0.27F), gold, size);
        if (r_.chance(0.6F)) {
            for (const float x : {-1.0F, 1.0F})
                paint(sheet_,
                      ellipse(at + Point(x * size * 0.09F, -size * 0.05F), size * 0.02F, size * 0.02F, 0, 8),
                      fill(s_.ink), {});
            line(sheet_,
                 smooth({at + Point(-size * 0.1F, size * 0.08F), at + Point(0, size * 0.13F),
                         at + Point(size * 0.1F, size * 0.08F)},
                        false),
                 ink(1, size));
        }
    }

    void flag(Point at, float size) {
        line(sheet_, {at, at - Point(0, size)}, ink(1, size));
        const float side = r_.sign();
        put(smooth({at - Point(0, size), at + Point(side * size * 0.35F, -size * 0.95F),
                    at + Point(side * size * 0.7F, -size), at + Point(side * size * 0.65F, -size * 0.6F),
                    at + Point(side * size * 0.3F, -size * 0.55F), at - Point(0, size * 0.6F)},
                   true, 3),
            fill(r_.pick(s_.accents)), size);
    }

    void shield(Point at, float size) {
        const float w = size * 0.4F;
        const Polygon outline = smooth({at + Point(-w, -size * 0.5F), at + Point(0, -size * 0.46F),
                                        at + Point(w, -size * 0.5F), at + Point(w * 0.9F, size * 0.1F),
                                        at + Point(0, size * 0.5F), at + Point(-w * 0.9F, size * 0.1F)},
                                       true, 3);
        Paint p = fill(r_.pick(s_.accents));
        p.pattern =
            r_.pick({Pattern::plain, Pattern::stripes, Pattern::bands, Pattern::checks, Pattern::diamonds});
        p.pattern_color = r_.pick(s_.accents);
        p.pattern_size = std::max(4.0F, size * 0.3F);
        put(outline, p, size);
    }

    void hill(Point at, float size) {
        Polygon arc;
        const float w = size * r_.real(0.6F, 1.2F);
        for (int i = 0; i <= 10; ++i) {
            const float t = 3.14159F * static_cast<float>(i) / 10;
            arc.push_back(at + Point(-w * std::cos(t), -size * 0.6F * std::sin(t)));
        }
        put(rough(arc, size), fill(r_.pick(s_.land) * 0.93F), size);
    }

    void rock(Point at, float size) {
        Polygon points;
        for (int i = 0; i < 8; ++i) {
            const float a = 6.2831853F * static_cast<float>(i) / 8;
            points.push_back(at + Point(std::cos(a) * size * r_.real(0.35F, 0.6F),
                                        -size * 0.25F + std::sin(a) * size * r_.real(0.2F, 0.35F)));
        }
        put(points, fill({150, 145, 135}), size);
    }

    void bush(Point at, float size) {
        std::vector<Polygon> blobs;
        for (int i = 0; i < 7; ++i)
            blobs.push_back(ellipse(at + Point(r_.bell(size * 0.3F), -size * r_.real(0.1F, 0.35F)),
                                    size * 0.2F, size * 0.17F));
        paint(sheet_, blobs, fill(pick({{90, 125, 65}, {120, 140, 80}, {70, 100, 60}})), ink(1, size));
    }

    /// A bear, a monkey, a penguin: upright, and no person.
    void upright_beast(Point at, float size) {
        const Color coat = pick({{110, 80, 55}, {60, 55, 52}, {150, 110, 70}, {235, 232, 225}, {40, 42, 48}});
        const Paint p = fill(coat), light = fill(mixed(coat, {245, 240, 230}, 0.6F));
        const bool bird = r_.chance(0.35F);
        const float w = size * r_.real(0.17F, 0.24F), reach = r_.real(-0.6F, 1.2F);
        for (const float side : {-1.0F, 1.0F}) {
            put(ellipse(at + Point(side * w * 0.55F, -size * 0.03F), w * 0.5F, size * 0.04F),
                fill(bird ? Color{225, 160, 60} : coat), size);
            if (!bird)
                put(capsule(at + Point(side * w * 0.5F, -size * 0.25F), w * 0.45F,
                            at + Point(side * w * 0.55F, -size * 0.06F), w * 0.33F),
                    p, size);
            const Point arm = at + Point(side * w * 0.85F, -size * 0.62F);
            put(capsule(arm, w * 0.28F, arm + along(1.5708F - side * reach, size * 0.27F),
                        w * (bird ? 0.1F : 0.22F)),
                p, size);
        }
        put(rough(ellipse(at - Point(0, size * 0.42F), w, size * 0.33F), size), p, size);
        put(ellipse(at - Point(0, size * 0.38F), w * 0.6F, size * 0.22F), light, size);
        put(ellipse(at - Point(0, size * 0.83F), w * 0.65F, size * 0.13F), p, size);
        if (bird) {
            put({at + Point(w * 0.4F, -size * 0.87F), at + Point(w * 1.2F, -size * 0.83F),
                 at + Point(w * 0.4F, -size * 0.8F)},
                fill({225, 160, 60}), size);
        } else {
            for (const float side : {-1.0F, 1.0F})
                put(ellipse(at + Point(side * w * 0.55F, -size * 0.93F), w * 0.22F, w * 0.24F), p, size);
            put(ellipse(at - Point(0, size * 0.79F), w * 0.36F, size * 0.06F), light, size);
        }
        for (const float side : {-1.0F, 1.0F})
            paint(sheet_,
                  ellipse(at + Point(side * w * 0.25F, -size * 0.86F), size * 0.014F, size * 0.014F, 0, 8),
                  fill(s_.ink), {});
    }

    void cactus(Point at, float size) {
        const Paint p = fill(pick({{70, 120, 75}, {95, 135, 70}, {120, 140, 100}}));
        const float w = size * 0.075F;
        std::vector<Polygon> limbs{capsule(at, w, at - Point(0, size * 0.9F), w)};
        for (const float side : {-1.0F, 1.0F}) {
            const float low = size * r_.real(0.25F, 0.55F), out = side * size * r_.real(0.16F, 0.26F),
                        up = size * r_.real(0.15F, 0.35F);
            limbs.push_back(
                capsule(at - Point(0, low), w * 0.8F, at + Point(out, -low - w * 0.5F), w * 0.8F));
            limbs.push_back(
                capsule(at + Point(out, -low - w * 0.5F), w * 0.8F, at + Point(out, -low - up), w * 0.75F));
        }
        paint(sheet_, limbs, p, ink(1, size));
    }

    void bare_tree(Point at, float size) {
        branch(at, -1.5708F + r_.bell(0.15F), size * 0.36F, size * 0.045F, 4);
    }

    void branch(Point from, float angle, float reach, float width, int depth) {
        const Point to = from + along(angle, reach);
        line(sheet_, {from, to}, {mixed(shade({95, 70, 50}), look_.ink, 0.4F), std::max(1.0F, width)});
        if (depth == 0) return;
        for (int i = r_.whole(2, 3); i > 0; --i)
            branch(to, angle + r_.bell(0.6F), reach * r_.real(0.55F, 0.8F), width * 0.65F, depth - 1);
    }

    /// A head and shoulders of stone on a pillar.
    void bust(Point at, float size) {
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

    void anchor(Point at, float size) {
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

    void wheel(Point at, float size) {
        const Stroke s{shade({120, 85, 55}), std::max(1.5F, size * 0.05F)};
        paint(sheet_, ellipse(at, size * 0.45F, size * 0.45F), {.opacity = 0}, s);
        const int spokes = r_.whole(4, 12);
        for (int i = 0; i < spokes; ++i)
            line(sheet_,
                 {at,
                  at + along(6.2831853F * static_cast<float>(i) / static_cast<float>(spokes), size * 0.45F)},
                 s);
    }

    void signpost(Point at, float size) {
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

    void cannon(Point at, float size) {
        put(capsule(at + Point(-size * 0.2F, -size * 0.28F), size * 0.12F,
                    at + Point(size * 0.5F, -size * 0.45F), size * 0.07F),
            fill({80, 82, 85}), size);
        wheel(at - Point(size * 0.05F, size * 0.2F), size * 0.45F);
    }

    /// A ribbon with a name on it.
    void ribbon(Point at, float size) {
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

    /// Curling leaves, as around baroque titles.
    void scroll(Point at, float size) {
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

    void animal_face(Point at, float size) {  // masks, moons, lions' heads
        const Paint p = fill(pick({{210, 170, 90}, {235, 220, 160}, {170, 120, 80}}));
        put(rough(ellipse(at, size * 0.4F, size * 0.46F), size), p, size);
        for (const float side : {-1.0F, 1.0F}) {
            put(ellipse(at + Point(side * size * 0.16F, -size * 0.08F), size * 0.06F, size * 0.05F),
                fill({245, 243, 235}), size);
            paint(sheet_,
                  ellipse(at + Point(side * size * 0.16F, -size * 0.08F), size * 0.025F, size * 0.025F, 0, 8),
                  fill(s_.ink), {});
        }
        put({at + Point(-size * 0.04F, size * 0.1F), at - Point(0, size * 0.06F),
             at + Point(size * 0.04F, size * 0.1F)},
            p, size);
        line(sheet_,
             smooth({at + Point(-size * 0.13F, size * 0.2F), at + Point(0, size * 0.26F),
                     at + Point(size * 0.13F, size * 0.2F)},
                    false),
             ink(1, size));
    }

    void beast(Point at, float size) {
        BeastPlan plan = BeastPlan::any(r_);
        plan.look = look_;
        plan.size = size;
        plan.facing = r_.sign();
        draw_beast(sheet_, plan, at, 1, r_);
    }
    void bird(Point at, float size) { draw_bird(sheet_, look_, at, size, r_); }
    void fish(Point at, float size) { draw_fish(sheet_, look_, at, size, r_); }

  private:
    Color shade(const Color& c) const { return mixed(s_.paper, c, std::max(0.15F, s_.color_strength)); }
    Paint fill(const Color& c) const { return paint_of(look_, c); }
    Color pick(std::initializer_list<Color> colors) {
        return r_.chance(0.75F) ? r_.pick(colors) : r_.pick(s_.accents);
    }
    Stroke ink(float factor, float size) const {
        if (look_.rendering == Rendering::flat)
            return {mixed(look_.ink, look_.paper, 0.3F), factor > 1.2F ? 1.0F : 0.0F};
        return {look_.ink, std::clamp(look_.line * size * 0.9F, 0.7F, 3.5F) * factor};
    }
    Polygon rough(const Polygon& p, float size) { return wobbled(p, look_.wobble * size * 2, true, r_); }
    void put(const Polygon& polygon, const Paint& p, float size) {
        const bool bare = look_.rendering == Rendering::flat || look_.rendering == Rendering::silhouette;
        paint(sheet_, polygon, p, bare ? Stroke{} : ink(1, size));
    }
    void openings(Point at, float w, float h, int columns) {
        Paint dark = fill(mixed(s_.ink, s_.paper, 0.15F));
        if (w < 8) return;
        const int rows = r_.whole(0, 2);
        for (int i = 0; i < columns; ++i)
            for (int j = 0; j < rows; ++j) {
                const float x =
                    at.x - w / 2 + w * (static_cast<float>(i) + 0.5F) / static_cast<float>(columns);
                paint(sheet_,
                      rectangle(x - w * 0.06F, at.y - h * (0.3F + 0.45F * static_cast<float>(j)), w * 0.12F,
                                h * 0.25F),
                      dark, {});
            }
    }

    Sheet& sheet_;
    const MapStyle& s_;
    const Look& look_;
    Random& r_;
};

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
                                         {&Scribe::scroll, 40, 260, 0.6F}};
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
        {&Scribe::bottle, 30, 150, 0.2F},      {&Scribe::medallion, 50, 160, 0.3F}};
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

std::string random_word(Random& r) {
    static constexpr const char* onsets[] = {"b", "c", "d", "f",  "g",  "l",  "m",  "n", "p", "r",
                                             "s", "t", "v", "st", "br", "tr", "ch", "w", "k"};
    static constexpr const char* vowels[] = {"a", "e", "i", "o", "u", "ae", "ia", "ou"};
    std::string word;
    for (int i = r.whole(1, 4); i > 0; --i) {
        word += onsets[r.whole(0, 18)];
        word += vowels[r.whole(0, 7)];
    }
    if (r.chance(0.5F)) word += r.pick({"n", "s", "r", "m", "x", "burg", "land"});
    if (r.chance(0.4F))
        for (auto& c : word) c = static_cast<char>(c - 'a' + 'A');
    else
        word[0] = static_cast<char>(word[0] - 'a' + 'A');
    return word;
}

/// A word as ink on its own small mask, turned and bent.
cv::Mat word_mask(const std::string& word, float size, float angle, float bend, int font, int thickness) {
    const double scale = size / 22.0;
    int base = 0;
    const cv::Size extent = cv::getTextSize(word, font, scale, thickness, &base);
    const int margin =
        8 + static_cast<int>(std::abs(bend) * static_cast<float>(extent.width)) + extent.width / 2;
    cv::Mat straight(extent.height + 2 * margin, extent.width + 2 * margin, CV_8UC1, cv::Scalar(0)), out;
    cv::putText(straight, word, {margin, margin + extent.height - base}, font, scale, 255, thickness,
                cv::LINE_AA);
    cv::Mat map(straight.size(), CV_32FC2);
    const Point c(static_cast<float>(straight.cols) / 2, static_cast<float>(straight.rows) / 2);
    const float ca = std::cos(angle), sa = std::sin(angle), half = static_cast<float>(extent.width) / 2 + 1;
    for (int y = 0; y < map.rows; ++y)
        for (int x = 0; x < map.cols; ++x) {
            const Point d(static_cast<float>(x) - c.x, static_cast<float>(y) - c.y);
            const float u = d.x * ca + d.y * sa, v = -d.x * sa + d.y * ca;
            map.at<Point>(y, x) = {c.x + u, c.y + v - bend * half * (u / half) * (u / half)};
        }
    cv::remap(straight, out, map, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_CONSTANT, 0);
    return out;
}

void draw_word(Sheet& sheet, const MapStyle& s, Random& r) {
    static constexpr int fonts[] = {cv::FONT_HERSHEY_COMPLEX,        cv::FONT_HERSHEY_TRIPLEX,
                                    cv::FONT_HERSHEY_SIMPLEX,        cv::FONT_HERSHEY_DUPLEX,
                                    cv::FONT_HERSHEY_SCRIPT_SIMPLEX, cv::FONT_HERSHEY_SCRIPT_COMPLEX};
    const float size = 10 * std::pow(2.0F, r.real(0, r.chance(0.15F) ? 2.8F : 1.4F));
    const cv::Mat mask =
        word_mask(random_word(r), size, r.chance(0.5F) ? 0.0F : r.bell(0.4F),
                  r.chance(0.4F) ? r.bell(0.25F) : 0.0F, fonts[r.whole(0, 5)], size > 24 ? r.whole(1, 3) : 1);
    const cv::Point corner(r.whole(-mask.cols / 2, sheet.size().width - mask.cols / 2),
                           r.whole(-mask.rows / 2, sheet.size().height - mask.rows / 2));
    stamp(sheet, mask, corner, r.chance(0.7F) ? s.ink : r.pick(s.accents), r.real(0.7F, 1));
}

void draw_cartouche(Sheet& sheet, const MapStyle& s, Random& r) {
    const float w = r.real(120, 330), h = w * r.real(0.3F, 0.8F);
    const Point at(r.real(0, static_cast<float>(sheet.size().width) - w),
                   r.real(0, static_cast<float>(sheet.size().height) - h));
    Paint p;
    p.color = mixed(s.paper, {255, 250, 235}, 0.3F);
    p.noise = &s.noise;
    Polygon outline = rectangle(at.x, at.y, w, h);
    switch (r.whole(0, 3)) {
        case 0:
            outline = ellipse(at + Point(w / 2, h / 2), w / 2, h / 2, 0, 40);
            break;
        case 1:
            outline =
                smooth({at, at + Point(w * 0.5F, h * 0.08F), at + Point(w, 0),
                        at + Point(w * 0.94F, h * 0.5F), at + Point(w, h), at + Point(w * 0.5F, h * 0.92F),
                        at + Point(0, h), at + Point(w * 0.06F, h * 0.5F)},
                       true, 6);
            break;
        default:
            break;
    }
    paint(sheet, outline, p, {s.ink, r.real(1, 4)});
    const int lines = r.whole(1, 6);
    for (int i = 0; i < lines; ++i) {
        const float size = h / (static_cast<float>(lines) + 2) * 0.6F;
        std::string text = random_word(r);
        while (static_cast<float>(text.size()) * size * 0.8F < w * 0.5F) text += " " + random_word(r);
        const double scale = std::clamp(size / 22.0F, 0.25F, 1.5F);
        const cv::Size extent = cv::getTextSize(text, cv::FONT_HERSHEY_COMPLEX, scale, 1, nullptr);
        cv::Mat mask(extent.height * 2 + 4, extent.width + 4, CV_8UC1, cv::Scalar(0));
        cv::putText(mask, text, {2, extent.height + 2}, cv::FONT_HERSHEY_COMPLEX, scale, 255, 1, cv::LINE_AA);
        stamp(sheet, mask,
              {static_cast<int>(at.x + w / 2) - extent.width / 2,
               static_cast<int>(
                   at.y + h * (0.15F + 0.7F * (static_cast<float>(i) + 0.3F) / static_cast<float>(lines)))},
              s.ink, 0.9F);
    }
}

void draw_frame(Sheet& sheet, const MapStyle& s, Random& r) {
    const auto w = static_cast<float>(sheet.size().width), h = static_cast<float>(sheet.size().height);
    const float m = r.real(6, 40), t = r.real(4, 14);
    Paint paper;
    paper.color = s.paper;
    for (const auto& side :
         {rectangle(0, 0, w, m), rectangle(0, h - m, w, m), rectangle(0, 0, m, h), rectangle(w - m, 0, m, h)})
        if (r.chance(0.9F)) paint(sheet, side, paper, {});
    const auto outline = [&](float inset, float width) {
        line(sheet,
             {{inset, inset}, {w - inset, inset}, {w - inset, h - inset}, {inset, h - inset}, {inset, inset}},
             {s.ink, width});
    };
    outline(m, r.real(1, 3));
    if (r.chance(0.6F)) outline(std::max(2.0F, m - t), r.real(1, 3));
    if (r.chance(0.5F)) {  // the black and white scale of degrees
        Paint black;
        black.color = s.ink;
        const float step = r.real(20, 60);
        for (float x = m; x < w - m; x += 2 * step)
            for (const float y : {m - t, h - m}) paint(sheet, rectangle(x, y, step, t), black, {});
        for (float y = m; y < h - m; y += 2 * step)
            for (const float x : {m - t, w - m}) paint(sheet, rectangle(x, y, t, step), black, {});
    }
}

void draw_lines(Sheet& sheet, const MapStyle& s, Random& r) {
    const auto w = static_cast<float>(sheet.size().width), h = static_cast<float>(sheet.size().height);
    const Stroke thin{r.chance(0.6F) ? s.ink : r.pick(s.accents), r.real(0.2F, 0.7F)};
    if (r.chance(0.5F)) {
        const float step = r.real(60, 250), bend = r.bell(40);
        for (float x = r.real(0, step); x < w; x += step)
            line(sheet, smooth({{x, 0}, {x + bend, h / 2}, {x, h}}, false, 12), thin);
        for (float y = r.real(0, step); y < h; y += step)
            line(sheet, smooth({{0, y}, {w / 2, y + bend}, {w, y}}, false, 12), thin);
    } else {  // rhumb lines
        const Point c(r.real(0, w), r.real(0, h));
        const int n = r.pick({8, 16, 32});
        for (int i = 0; i < n; ++i)
            line(sheet, {c, c + along(6.2831853F * static_cast<float>(i) / static_cast<float>(n), w + h)},
                 thin);
    }
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

void draw_lettering(Sheet& sheet, const MapStyle& s, float clutter, Random r) {
    if (r.chance(0.35F)) draw_lines(sheet, s, r);
    const int words = static_cast<int>(clutter * r.real(0, 40));
    for (int i = 0; i < words; ++i) draw_word(sheet, s, r);
}

float draw_panel(Sheet& sheet, const MapStyle& s, const cv::Rect2f& area, bool oval, Random r) {
    const cv::Point2f middle(area.x + area.width / 2, area.y + area.height / 2);
    const Polygon outline = oval ? ellipse(middle, area.width / 2, area.height / 2, 0, 48)
                                 : rectangle(area.x, area.y, area.width, area.height);
    Paint sky;
    sky.color = mixed(s.paper, r.pick(s.accents), r.real(0, 0.5F));
    sky.noise = &s.noise;
    sky.mottle = r.chance(0.4F) ? 0.3F : 0.0F;
    sky.shade = r.chance(0.3F) ? 0.3F : 0.0F;
    paint(sheet, outline, sky, {});
    const float ground = area.y + area.height * r.real(0.82F, 0.93F);
    if (r.chance(0.7F)) {
        Polygon soil;
        for (const auto& p : oval ? outline
                                  : Polygon{{area.x, ground},
                                            {area.x + area.width, ground},
                                            {area.x + area.width, area.y + area.height},
                                            {area.x, area.y + area.height}})
            if (p.y >= ground - 3) soil.push_back(p);
        Paint earth = sky;
        earth.color = mixed(s.paper, r.pick(s.land) * 0.85F, 0.8F);
        earth.hatch = r.chance(0.4F) ? 0.6F : 0.0F;
        earth.ink = s.ink;
        earth.hatch_angle = 1.57F;
        if (soil.size() > 2) paint(sheet, convex_hull(soil), earth, {s.ink, 0.8F});
    }
    const Stroke rim{r.chance(0.7F) ? s.ink : r.pick(s.accents), r.real(1, 4)};
    paint(sheet, outline, {.opacity = 0}, rim);
    return ground + area.height * 0.03F;
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

void draw_underlay(Sheet& sheet, const MapStyle& s, float clutter, Random r) {
    if (r.chance(0.4F)) draw_frame(sheet, s, r);
    for (int i = static_cast<int>(clutter * r.real(0, 2.6F)); i > 0; --i) draw_cartouche(sheet, s, r);
}

}  // namespace figurant::synthesis
