#include <algorithm>
#include <cmath>

#include "synthesis/casting.h"
#include "synthesis/scribe.h"

namespace figurant::synthesis {

/// Head and shoulders of somebody, as large as the frame; nothing of them is outside it.
void Scribe::head_in(const cv::Rect2f& frame, bool oval, bool upside_down) {
    Company company = random_company(s_, r_);
    company.action = Action::standing;
    company.mounted = false;
    PersonPlan plan = random_member(company, s_, frame.height * r_.real(1.9F, 2.8F), r_);
    plan.pose = random_pose(Action::standing, r_);
    plan.azimuth = r_.chance(0.6F) ? r_.bell(0.4F) : r_.sign() * r_.real(0.4F, 1.6F);
    plan.seat = Seat::none;
    plan.prop = Prop::none;
    plan.tilt = 0;
    plan.look.see_through = 0;
    plan.dress.held = {Held::nothing, Held::nothing};
    plan.dress.wings = plan.dress.yoke = false;
    const Person person = draw_person(plan, r_.fork(frame.area() > 0 ? 1 : 0));
    const cv::Point2f head = (person.joint[head_top] + person.joint[neck]) * 0.5F;
    const cv::Point2f middle(frame.x + frame.width / 2, frame.y + frame.height * 0.42F);
    for (int y = 0; y < person.sheet.color.rows; ++y)
        for (int x = 0; x < person.sheet.color.cols; ++x) {
            const int cover = person.sheet.cover.at<std::uint8_t>(y, x);
            if (cover == 0) continue;
            cv::Point2f p = cv::Point2f(static_cast<float>(x), static_cast<float>(y)) - head + middle;
            if (upside_down) p = {2 * frame.x + frame.width - p.x, 2 * frame.y + frame.height - p.y};
            const cv::Point2f q((p.x - frame.x) / frame.width * 2 - 1,
                                (p.y - frame.y) / frame.height * 2 - 1);
            if (oval ? q.dot(q) > 1 : std::max(std::abs(q.x), std::abs(q.y)) > 1) continue;
            const cv::Point at(cvFloor(p.x), cvFloor(p.y));
            if (!cv::Rect(cv::Point(0, 0), sheet_.size()).contains(at)) continue;
            auto& pixel = sheet_.color.at<cv::Vec3b>(at);
            const auto& color = person.sheet.color.at<cv::Vec3b>(y, x);
            for (int c = 0; c < 3; ++c)
                pixel[c] =
                    static_cast<std::uint8_t>((pixel[c] * (255 - cover) + color[c] * cover + 127) / 255);
        }
}

void Scribe::portrait(Point at, float size) {
    const bool oval = r_.chance(0.6F);
    const float w = size * r_.real(0.35F, 0.5F), h = size * 0.5F;
    const Polygon outline = oval ? ellipse(at, w, h, 0, 40) : rectangle(at.x - w, at.y - h, 2 * w, 2 * h);
    paint(sheet_, outline, fill(mixed(s_.paper, r_.pick(s_.accents), r_.real(0.1F, 0.6F))), {});
    head_in({at.x - w, at.y - h, 2 * w, 2 * h}, oval, false);
    paint(sheet_, outline, {.opacity = 0},
          {r_.chance(0.6F) ? look_.ink : r_.pick(s_.accents), std::max(1.5F, size * r_.real(0.015F, 0.05F))});
}

void Scribe::playing_card(Point at, float size) {
    const float w = size * 0.33F, h = size * 0.5F;
    paint(sheet_, rectangle(at.x - w, at.y - h, 2 * w, 2 * h), fill(mixed(s_.paper, {255, 255, 255}, 0.6F)),
          ink(1.2F, size));
    const float m = size * 0.07F;
    head_in({at.x - w + m, at.y - h + m, 2 * (w - m), h - m}, false, false);
    head_in({at.x - w + m, at.y, 2 * (w - m), h - m}, false, true);
    line(sheet_, {at - Point(w - m, 0), at + Point(w - m, 0)}, ink(1, size));
    for (const float side : {-1.0F, 1.0F})
        put(ellipse(at + Point(side * (w - m * 0.6F), side * (h - m)), m * 0.35F, m * 0.45F),
            fill(r_.pick<Color>({{190, 40, 40}, {30, 30, 30}})), size);
}

void Scribe::scarecrow(Point at, float size) {
    const Stroke pole{shade({110, 80, 50}), std::max(1.5F, size * 0.03F)};
    line(sheet_, {at, at - Point(0, size * 0.8F)}, pole);
    const float reach = size * r_.real(0.26F, 0.36F), arms = at.y - size * 0.62F;
    line(sheet_, {{at.x - reach, arms}, {at.x + reach, arms}}, pole);
    const Paint cloth = fill(r_.pick(s_.accents));
    put({{at.x - reach * 0.8F, arms - size * 0.04F},
         {at.x + reach * 0.8F, arms - size * 0.04F},
         {at.x + reach * 0.85F, arms + size * 0.07F},
         {at.x + size * 0.09F, arms + size * 0.06F},
         {at.x + size * r_.real(0.08F, 0.16F), arms + size * r_.real(0.25F, 0.4F)},
         {at.x - size * r_.real(0.08F, 0.16F), arms + size * r_.real(0.25F, 0.4F)},
         {at.x - size * 0.09F, arms + size * 0.06F},
         {at.x - reach * 0.85F, arms + size * 0.07F}},
        cloth, size);
    put(ellipse(at - Point(0, size * 0.76F), size * 0.08F, size * 0.09F), fill({215, 190, 130}), size);
    put({at + Point(-size * 0.16F, -size * 0.8F), at + Point(0, -size),
         at + Point(size * 0.16F, -size * 0.8F)},
        fill({120, 90, 60}), size);
}

void Scribe::snowman(Point at, float size) {
    const Paint snow = fill(mixed(s_.paper, {250, 252, 255}, 0.8F));
    put(ellipse(at - Point(0, size * 0.22F), size * 0.25F, size * 0.23F), snow, size);
    put(ellipse(at - Point(0, size * 0.57F), size * 0.18F, size * 0.17F), snow, size);
    put(ellipse(at - Point(0, size * 0.82F), size * 0.12F, size * 0.12F), snow, size);
    put({at - Point(0, size * 0.83F), at + Point(size * 0.16F, -size * 0.8F), at - Point(0, size * 0.79F)},
        fill({230, 130, 50}), size);
    put(rectangle(at.x - size * 0.09F, at.y - size * 1.05F, size * 0.18F, size * 0.14F), fill(s_.ink), size);
    for (const float y : {0.5F, 0.58F, 0.66F})
        paint(sheet_, ellipse(at - Point(0, size * y), size * 0.015F, size * 0.015F, 0, 8), fill(s_.ink), {});
    for (const float side : {-1.0F, 1.0F})
        line(sheet_,
             {at + Point(side * size * 0.16F, -size * 0.6F), at + Point(side * size * 0.36F, -size * 0.75F)},
             ink(1, size));
}

void Scribe::chess_piece(Point at, float size) {
    const Paint p = fill(pick({{240, 235, 220}, {40, 38, 36}, {150, 100, 60}}));
    const float w = size * 0.2F;
    put(smooth({at + Point(-w, 0), at + Point(-w * 0.9F, -size * 0.1F), at + Point(-w * 0.4F, -size * 0.3F),
                at + Point(-w * 0.35F, -size * 0.6F), at + Point(w * 0.35F, -size * 0.6F),
                at + Point(w * 0.4F, -size * 0.3F), at + Point(w * 0.9F, -size * 0.1F), at + Point(w, 0)},
               false, 4),
        p, size);
    put(ellipse(at - Point(0, size * 0.62F), w * 0.65F, size * 0.04F), p, size);
    put(ellipse(at - Point(0, size * 0.77F), w * 0.6F, size * 0.14F), p, size);
    if (r_.chance(0.5F)) cross(at - Point(0, size * 0.9F), size * 0.14F);
}

void Scribe::obelisk(Point at, float size) {
    const Paint stone = fill(pick({{215, 205, 185}, {190, 185, 175}, {225, 215, 195}}));
    const float w = size * 0.08F;
    put(rectangle(at.x - w * 2, at.y - size * 0.1F, w * 4, size * 0.1F), stone, size);
    put({at + Point(-w * 1.2F, -size * 0.1F), at + Point(-w * 0.7F, -size * 0.9F), at + Point(0, -size),
         at + Point(w * 0.7F, -size * 0.9F), at + Point(w * 1.2F, -size * 0.1F)},
        stone, size);
    for (int i = r_.whole(0, 6); i > 0; --i)
        line(sheet_,
             {at + Point(-w * 0.4F, -size * (0.12F * static_cast<float>(i))),
              at + Point(w * 0.4F, -size * (0.12F * static_cast<float>(i)))},
             ink(0.7F, size));
}

/// A thing of boxes with two legs and two arms.
void Scribe::robot(Point at, float size) {
    const Paint metal = fill(pick({{170, 175, 180}, {140, 150, 165}, {190, 160, 110}}));
    const float w = size * 0.16F;
    for (const float side : {-1.0F, 1.0F}) {
        put(rectangle(at.x + side * w * 0.6F - w * 0.25F, at.y - size * 0.3F, w * 0.5F, size * 0.3F), metal,
            size);
        put(rectangle(at.x + side * w * 1.35F - w * 0.2F, at.y - size * 0.68F, w * 0.4F, size * 0.35F), metal,
            size);
    }
    put(rectangle(at.x - w, at.y - size * 0.7F, 2 * w, size * 0.42F), metal, size);
    put(rectangle(at.x - w * 0.75F, at.y - size * 0.95F, 1.5F * w, size * 0.22F), metal, size);
    for (const float side : {-1.0F, 1.0F})
        put(ellipse(at + Point(side * w * 0.35F, -size * 0.85F), w * 0.18F, w * 0.18F), fill({235, 200, 90}),
            size);
    line(sheet_, {at - Point(0, size * 0.95F), at - Point(0, size * 1.05F)}, ink(1, size));
}

/// Shirts and trousers without anybody in them.
void Scribe::clothes_line(Point at, float size) {
    const float w = size * 0.6F, y = at.y - size * 0.7F;
    for (const float side : {-1.0F, 1.0F})
        line(sheet_, {{at.x + side * w, at.y}, {at.x + side * w, y - size * 0.1F}}, ink(1.5F, size));
    line(sheet_, smooth({{at.x - w, y}, {at.x, y + size * 0.05F}, {at.x + w, y}}, false), ink(0.8F, size));
    for (int i = -1; i <= 1; ++i) {
        const Point c(at.x + static_cast<float>(i) * w * 0.62F, y + size * 0.04F);
        const float u = size * 0.13F;
        if (r_.chance(0.5F))
            put({c + Point(-u * 1.3F, 0), c + Point(u * 1.3F, 0), c + Point(u * 1.2F, u * 0.7F),
                 c + Point(u * 0.6F, u * 0.5F), c + Point(u * 0.65F, u * 2), c + Point(-u * 0.65F, u * 2),
                 c + Point(-u * 0.6F, u * 0.5F), c + Point(-u * 1.2F, u * 0.7F)},
                fill(r_.pick(s_.accents)), size);
        else
            put({c + Point(-u * 0.6F, 0), c + Point(u * 0.6F, 0), c + Point(u * 0.8F, u * 2.4F),
                 c + Point(u * 0.2F, u * 2.4F), c + Point(0, u * 0.8F), c + Point(-u * 0.2F, u * 2.4F),
                 c + Point(-u * 0.8F, u * 2.4F)},
                fill(r_.pick(s_.accents)), size);
    }
}

/// Coils that rise from the water, and a head.
void Scribe::sea_serpent(Point at, float size) {
    const Paint skin = fill(pick({{90, 130, 90}, {110, 110, 80}, {80, 120, 140}, {150, 90, 70}}));
    const float side = r_.sign(), unit = size * 0.16F;
    for (int i = r_.whole(1, 3); i >= 0; --i) {
        const Point c = at + Point(side * unit * (2.1F * static_cast<float>(i) - 1), 0);
        const float high = unit * r_.real(0.8F, 1.4F);
        Polygon arch;
        for (int k = 0; k <= 8; ++k) {
            const float t = 3.14159F * static_cast<float>(k) / 8;
            arch.push_back(c + Point(std::cos(t) * unit, -std::sin(t) * high));
        }
        for (int k = 8; k >= 0; --k) {
            const float t = 3.14159F * static_cast<float>(k) / 8;
            arch.push_back(c + Point(std::cos(t) * unit * 0.55F, -std::sin(t) * high * 0.55F));
        }
        put(rough(arch, size), skin, size);
    }
    const auto q = [&](float x, float y) { return at + Point(-side * x * unit, -y * unit); };
    put(smooth({q(2.2F, 0), q(2, 1.5F), q(2.3F, 2.6F), q(3.2F, 2.9F), q(4.1F, 2.5F), q(4, 2.2F),
                q(3.2F, 2.1F), q(2.9F, 1.4F), q(3, 0)},
               true, 4),
        skin, size);
    paint(sheet_, ellipse(q(3.1F, 2.6F), unit * 0.12F, unit * 0.12F, 0, 8), fill(s_.ink), {});
    for (int i = 0; i < 3; ++i)
        put({q(2.15F, 1 + 0.5F * static_cast<float>(i)), q(1.7F, 1.4F + 0.5F * static_cast<float>(i)),
             q(2.2F, 1.4F + 0.5F * static_cast<float>(i))},
            fill(r_.pick(s_.accents)), size);
}

void Scribe::octopus(Point at, float size) {
    const Color color = pick({{180, 90, 80}, {140, 90, 130}, {190, 130, 90}});
    for (int i = 0; i < 8; ++i) {
        const float a = 0.2F + 0.38F * static_cast<float>(i), reach = size * r_.real(0.35F, 0.5F);
        const Point end = at + along(a, reach), bend = at + along(a + r_.bell(0.4F), reach * 0.55F);
        line(sheet_, smooth({at, bend, end, end + along(a + r_.sign() * 1.3F, reach * 0.25F)}, false, 5),
             {mixed(shade(color), look_.ink, 0.2F), std::max(1.5F, size * 0.05F)});
    }
    put(ellipse(at - Point(0, size * 0.2F), size * 0.2F, size * 0.27F), fill(color), size);
    for (const float side : {-1.0F, 1.0F})
        put(ellipse(at + Point(side * size * 0.08F, -size * 0.14F), size * 0.04F, size * 0.05F),
            fill({245, 243, 235}), size);
}

void Scribe::guitar(Point at, float size) {
    const Paint wood = fill(pick({{170, 105, 55}, {130, 80, 45}, {200, 150, 90}}));
    put({at + Point(-size * 0.03F, -size * 0.4F), at + Point(size * 0.03F, -size * 0.4F),
         at + Point(size * 0.03F, -size), at + Point(-size * 0.03F, -size)},
        fill({90, 60, 40}), size);
    put(smooth({at, at + Point(size * 0.2F, -size * 0.08F), at + Point(size * 0.12F, -size * 0.26F),
                at + Point(size * 0.15F, -size * 0.4F), at - Point(0, size * 0.47F),
                at + Point(-size * 0.15F, -size * 0.4F), at + Point(-size * 0.12F, -size * 0.26F),
                at + Point(-size * 0.2F, -size * 0.08F)},
               true, 4),
        wood, size);
    put(ellipse(at - Point(0, size * 0.28F), size * 0.06F, size * 0.06F), fill(s_.ink), size);
}

void Scribe::lighthouse(Point at, float size) {
    const float w = size * 0.12F;
    const Color band = r_.pick(s_.accents);
    for (int i = 0; i < 5; ++i) {
        const float low = 0.15F * static_cast<float>(i), high = low + 0.15F;
        const float a = w * (1 - 0.45F * low), b = w * (1 - 0.45F * high);
        put({at + Point(-a, -size * low), at + Point(-b, -size * high), at + Point(b, -size * high),
             at + Point(a, -size * low)},
            fill(i % 2 == 0 ? band : Color(245, 243, 238)), size);
    }
    put(rectangle(at.x - w * 0.5F, at.y - size * 0.88F, w, size * 0.13F), fill({245, 220, 130}), size);
    put({at + Point(-w * 0.8F, -size * 0.88F), at + Point(0, -size), at + Point(w * 0.8F, -size * 0.88F)},
        fill(band), size);
}

}  // namespace figurant::synthesis
