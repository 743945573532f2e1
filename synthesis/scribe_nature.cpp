#include <algorithm>
#include <cmath>

#include "synthesis/beasts.h"
#include "synthesis/scribe.h"

namespace figurant::synthesis {

void Scribe::mountain(Point at, float size) {
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

void Scribe::tree(Point at, float size) {
    const Color green = pick({{80, 120, 60}, {110, 140, 70}, {60, 95, 70}, {140, 130, 60}, {170, 110, 50}});
    const float trunk = size * r_.real(0.04F, 0.08F);
    paint(sheet_, rectangle(at.x - trunk, at.y - size * 0.4F, 2 * trunk, size * 0.4F), fill({110, 80, 50}),
          ink(1, size));
    switch (r_.whole(0, 4)) {
        case 0:
            put(rough(ellipse(at - Point(0, size * 0.65F), size * 0.3F, size * 0.36F), size), fill(green),
                size);
            break;
        case 1:
            for (int i = 0; i < 3; ++i) {
                const float y = size * (0.2F + 0.25F * static_cast<float>(i)),
                            w = size * (0.32F - 0.07F * static_cast<float>(i));
                put({at + Point(-w, -y), at + Point(0, -y - size * 0.42F), at + Point(w, -y)}, fill(green),
                    size);
            }
            break;
        case 2:
            put(rough(ellipse(at - Point(0, size * 0.55F), size * 0.13F, size * 0.46F), size), fill(green),
                size);
            break;  // cypress
        case 3: {   // palm
            const Point top = at - Point(size * r_.bell(0.1F), size * 0.85F);
            line(sheet_, smooth({at, at * 0.5F + top * 0.5F + Point(size * 0.05F, 0), top}, false),
                 {shade({120, 90, 55}), size * 0.07F});
            for (int i = 0; i < 7; ++i) {
                const Point end =
                    top + along(-3.0F + 0.48F * static_cast<float>(i), size * 0.36F) + Point(0, size * 0.1F);
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

void Scribe::waves(Point at, float size) {
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

void Scribe::sun(Point at, float size) {
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

void Scribe::hill(Point at, float size) {
    Polygon arc;
    const float w = size * r_.real(0.6F, 1.2F);
    for (int i = 0; i <= 10; ++i) {
        const float t = 3.14159F * static_cast<float>(i) / 10;
        arc.push_back(at + Point(-w * std::cos(t), -size * 0.6F * std::sin(t)));
    }
    put(rough(arc, size), fill(r_.pick(s_.land) * 0.93F), size);
}

void Scribe::rock(Point at, float size) {
    Polygon points;
    for (int i = 0; i < 8; ++i) {
        const float a = 6.2831853F * static_cast<float>(i) / 8;
        points.push_back(at + Point(std::cos(a) * size * r_.real(0.35F, 0.6F),
                                    -size * 0.25F + std::sin(a) * size * r_.real(0.2F, 0.35F)));
    }
    put(points, fill({150, 145, 135}), size);
}

void Scribe::bush(Point at, float size) {
    std::vector<Polygon> blobs;
    for (int i = 0; i < 7; ++i)
        blobs.push_back(ellipse(at + Point(r_.bell(size * 0.3F), -size * r_.real(0.1F, 0.35F)), size * 0.2F,
                                size * 0.17F));
    paint(sheet_, blobs, fill(pick({{90, 125, 65}, {120, 140, 80}, {70, 100, 60}})), ink(1, size));
}

void Scribe::upright_beast(Point at, float size) {
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

void Scribe::cactus(Point at, float size) {
    const Paint p = fill(pick({{70, 120, 75}, {95, 135, 70}, {120, 140, 100}}));
    const float w = size * 0.075F;
    std::vector<Polygon> limbs{capsule(at, w, at - Point(0, size * 0.9F), w)};
    for (const float side : {-1.0F, 1.0F}) {
        const float low = size * r_.real(0.25F, 0.55F), out = side * size * r_.real(0.16F, 0.26F),
                    up = size * r_.real(0.15F, 0.35F);
        limbs.push_back(capsule(at - Point(0, low), w * 0.8F, at + Point(out, -low - w * 0.5F), w * 0.8F));
        limbs.push_back(
            capsule(at + Point(out, -low - w * 0.5F), w * 0.8F, at + Point(out, -low - up), w * 0.75F));
    }
    paint(sheet_, limbs, p, ink(1, size));
}

void Scribe::bare_tree(Point at, float size) {
    branch(at, -1.5708F + r_.bell(0.15F), size * 0.36F, size * 0.045F, 4);
}

void Scribe::branch(Point from, float angle, float reach, float width, int depth) {
    const Point to = from + along(angle, reach);
    line(sheet_, {from, to}, {mixed(shade({95, 70, 50}), look_.ink, 0.4F), std::max(1.0F, width)});
    if (depth == 0) return;
    for (int i = r_.whole(2, 3); i > 0; --i)
        branch(to, angle + r_.bell(0.6F), reach * r_.real(0.55F, 0.8F), width * 0.65F, depth - 1);
}

void Scribe::animal_face(Point at, float size) {  // masks, moons, lions' heads
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

void Scribe::beast(Point at, float size) {
    BeastPlan plan = BeastPlan::any(r_);
    plan.look = look_;
    plan.size = size;
    plan.facing = r_.sign();
    draw_beast(sheet_, plan, at, 1, r_);
}

void Scribe::bird(Point at, float size) { draw_bird(sheet_, look_, at, size, r_); }

void Scribe::fish(Point at, float size) { draw_fish(sheet_, look_, at, size, r_); }

}  // namespace figurant::synthesis
