#include "synthesis/person.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "synthesis/painter.h"

namespace figurant::synthesis {
namespace {

/// Shrinks colours weighted by their cover, so that the sheet's empty colour does not bleed in.
Sheet shrunk(const Sheet& sheet, int factor) {
    if (factor == 1) return sheet;
    const cv::Size size(sheet.size().width / factor, sheet.size().height / factor);
    Sheet out = Sheet::transparent(size);
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x) {
            int weight = 0, sum[3] = {0, 0, 0};
            for (int dy = 0; dy < factor; ++dy)
                for (int dx = 0; dx < factor; ++dx) {
                    const int c = sheet.cover.at<std::uint8_t>(y * factor + dy, x * factor + dx);
                    if (c == 0) continue;
                    const auto& pixel = sheet.color.at<cv::Vec3b>(y * factor + dy, x * factor + dx);
                    weight += c;
                    for (int i = 0; i < 3; ++i) sum[i] += c * pixel[i];
                }
            if (weight == 0) continue;
            for (int i = 0; i < 3; ++i)
                out.color.at<cv::Vec3b>(y, x)[i] = static_cast<std::uint8_t>(sum[i] / weight);
            out.cover.at<std::uint8_t>(y, x) = static_cast<std::uint8_t>(weight / (factor * factor));
            out.owner.at<std::uint8_t>(y, x) =
                sheet.owner.at<std::uint8_t>(y * factor + factor / 2, x * factor + factor / 2);
        }
    return out;
}

cv::Rect2f extent_of(const Skeleton& k) {
    float x0 = 0, x1 = 0, y0 = 0, y1 = 0;
    const auto add = [&](cv::Point2f p) {
        x0 = std::min(x0, p.x);
        x1 = std::max(x1, p.x);
        y0 = std::min(y0, p.y);
        y1 = std::max(y1, p.y);
    };
    for (const auto& j : k.joint) add(j.at);
    return {x0, y0, x1 - x0, y1 - y0};
}

bool holds_long(const Dress& dress) {
    if (dress.yoke) return true;
    for (const Held held : dress.held)
        if (held != Held::nothing && !held_close(held)) return true;
    return false;
}

/// Where there is no ink the ground shows through; pale washes stay paler.
void let_ground_through(Sheet& sheet, const Look& look) {
    const Color range = look.ink - look.paper;
    const float most = std::max(30.0F, std::abs(range[0]) + std::abs(range[1]) + std::abs(range[2]));
    for (int y = 0; y < sheet.color.rows; ++y)
        for (int x = 0; x < sheet.color.cols; ++x) {
            auto& cover = sheet.cover.at<std::uint8_t>(y, x);
            if (cover == 0) continue;
            const auto& c = sheet.color.at<cv::Vec3b>(y, x);
            float distance = 0;
            for (int i = 0; i < 3; ++i) distance += std::abs(static_cast<float>(c[i]) - look.paper[i]);
            const float inked = std::min(1.0F, 1.3F * distance / most);
            cover = cv::saturate_cast<std::uint8_t>(static_cast<float>(cover) *
                                                    (1 - look.see_through * (1 - inked)));
        }
}

/// Displaces the whole drawing smoothly, so that nothing stays as regular as it was constructed.
void warp(Person& person, const PersonPlan& plan, Random& r) {
    const float reach = plan.look.warp * plan.height;
    const cv::Size size = person.sheet.size();
    const float cells = 5 * static_cast<float>(std::max(size.width, size.height)) / plan.height;
    const cv::Mat dx = fractal_noise(size, cells, 2, 0.5F, r), dy = fractal_noise(size, cells, 2, 0.5F, r);
    const float stretch = 1 + r.bell(0.06F), shear = r.bell(0.06F), c = std::cos(plan.tilt),
                s = std::sin(plan.tilt);
    const cv::Point2f g = person.ground;
    // From the new sheet to the old: turn, shear, stretch about the ground, then wander.
    const auto source = [&](float x, float y) {
        const float u = x - g.x, v = y - g.y;
        return cv::Point2f(g.x + ((u * c + v * s) + shear * v) / stretch, g.y - u * s + v * c);
    };
    cv::Mat map(size, CV_32FC2);
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x)
            map.at<cv::Point2f>(y, x) = source(static_cast<float>(x), static_cast<float>(y)) +
                                        cv::Point2f(dx.at<float>(y, x), dy.at<float>(y, x)) * reach;
    Sheet out = Sheet::transparent(size);
    cv::remap(person.sheet.color, out.color, map, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    cv::remap(person.sheet.cover, out.cover, map, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_CONSTANT, 0);
    cv::remap(person.sheet.owner, out.owner, map, cv::noArray(), cv::INTER_NEAREST, cv::BORDER_CONSTANT,
              nobody);
    person.sheet = out;
    for (auto& j : person.joint) {
        const float u = (j.x - g.x) * stretch, v = j.y - g.y, a = u - shear * v;
        j = {g.x + a * c - v * s, g.y + a * s + v * c};
        const int x = std::clamp(cvRound(j.x), 0, size.width - 1),
                  y = std::clamp(cvRound(j.y), 0, size.height - 1);
        j -= cv::Point2f(dx.at<float>(y, x), dy.at<float>(y, x)) * reach;
    }
}

/// Light and shade over the figure as a whole, as if its outline were that of something round.
void add_relief(Sheet& sheet, const Look& look, float scale) {
    cv::Mat small, soft;
    cv::resize(sheet.cover, small, {}, 0.25, 0.25, cv::INTER_AREA);
    cv::GaussianBlur(small, soft, {0, 0}, std::max(1.0F, scale * 0.012F));
    cv::resize(soft, soft, sheet.cover.size(), 0, 0, cv::INTER_LINEAR);
    const int step = std::max(1, cvRound(scale * 0.02F));
    const int dx = cvRound(std::cos(look.light) * static_cast<float>(step)),
              dy = -cvRound(std::sin(look.light) * static_cast<float>(step));
    for (int y = step; y < soft.rows - step; ++y)
        for (int x = step; x < soft.cols - step; ++x) {
            if (sheet.owner.at<std::uint8_t>(y, x) == nobody) continue;
            const int away = soft.at<std::uint8_t>(y + dy, x + dx) - soft.at<std::uint8_t>(y - dy, x - dx);
            const float light = std::clamp(1 - look.relief * static_cast<float>(away) / 110, 0.45F, 1.35F);
            auto& pixel = sheet.color.at<cv::Vec3b>(y, x);
            for (int i = 0; i < 3; ++i)
                pixel[i] = cv::saturate_cast<std::uint8_t>(static_cast<float>(pixel[i]) * (2 - light));
        }
}

/// Short parallel strokes here and there on the figure, as a pen shades.
void scribble(Sheet& sheet, const Look& look, float scale, float per_map, Random& r) {
    const cv::Rect box = cv::boundingRect(sheet.owner < static_cast<int>(carried));
    if (box.empty()) return;
    Sheet inked = Sheet::opaque(sheet.color.clone());
    for (int patch = r.whole(2, 4 + static_cast<int>(8 * look.scribble)); patch > 0; --patch) {
        const cv::Point2f at(r.real(static_cast<float>(box.x), static_cast<float>(box.br().x)),
                             r.real(static_cast<float>(box.y), static_cast<float>(box.br().y)));
        const cv::Point2f along_stroke = along(look.hatch_angle + r.bell(0.3F), scale * r.real(0.02F, 0.06F));
        const cv::Point2f next = along(look.hatch_angle + 1.57F, std::max(2.5F * per_map, scale * 0.012F));
        for (int i = r.whole(3, 9); i > 0; --i)
            line(inked,
                 {at + next * static_cast<float>(i) - along_stroke,
                  at + next * static_cast<float>(i) + along_stroke},
                 {look.ink, std::max(0.8F, look.line * scale * 0.6F)});
    }
    inked.color.copyTo(sheet.color, sheet.owner < static_cast<int>(carried));
}

/// A rim of paper around all that is drawn, as around a cut-out.
void add_halo(Sheet& sheet, const Look& look, float height) {
    const int reach = std::max(1, cvRound(height * 0.018F));
    cv::Mat rim;
    cv::dilate(sheet.cover, rim,
               cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * reach + 1, 2 * reach + 1}));
    for (int y = 0; y < rim.rows; ++y)
        for (int x = 0; x < rim.cols; ++x) {
            auto& cover = sheet.cover.at<std::uint8_t>(y, x);
            const int below = rim.at<std::uint8_t>(y, x);
            if (below <= cover) continue;
            auto& color = sheet.color.at<cv::Vec3b>(y, x);
            for (int i = 0; i < 3; ++i)
                color[i] = cv::saturate_cast<std::uint8_t>(
                    (color[i] * cover + static_cast<int>(look.paper[i]) * (below - cover)) / below);
            cover = static_cast<std::uint8_t>(below);
        }
}

void mirror(Person& person) {
    for (auto* m : {&person.sheet.color, &person.sheet.cover, &person.sheet.owner}) {
        cv::Mat flipped;
        cv::flip(*m, flipped, 1);
        *m = flipped;
    }
    const auto w = static_cast<float>(person.sheet.size().width);
    for (auto& j : person.joint) j.x = w - 1 - j.x;
    person.ground.x = w - 1 - person.ground.x;
    // A mirrored right hand is a left hand.
    constexpr std::array<std::uint8_t, 6> swapped{torso, head, left_arm, left_leg, right_leg, right_arm};
    person.sheet.owner.forEach<std::uint8_t>([&](std::uint8_t& o, const int*) {
        if (o < 6) o = swapped[o];
    });
    for (const auto& [a, b] : {std::pair{0, 5}, {1, 4}, {2, 3}, {10, 15}, {11, 14}, {12, 13}})
        std::swap(person.joint[static_cast<std::size_t>(a)], person.joint[static_cast<std::size_t>(b)]);
}

}  // namespace

Person draw_person(const PersonPlan& plan, Random random) {
    const Skeleton skeleton = look_at(plan.build, plan.pose, plan.azimuth, plan.elevation);
    const int factor = plan.height < 70 ? 3 : plan.height < 220 ? 2 : 1;
    const float scale = plan.height * static_cast<float>(factor);
    const cv::Rect2f extent = extent_of(skeleton);
    const bool mounted = plan.seat == Seat::animal;
    const float side = mounted ? 1.2F : holds_long(plan.dress) ? 0.65F : 0.3F;
    const float above = holds_long(plan.dress) ? 0.75F : 0.32F, below = mounted ? 1.1F : 0.12F;
    const auto whole = [&](float v) { return (static_cast<int>(v * scale) / factor + 1) * factor; };
    Sheet sheet = Sheet::transparent({whole(extent.width + 2 * side), whole(extent.height + above + below)});
    const cv::Point2f origin((side - extent.x) * scale, (above - extent.y) * scale);
    Painter painter(sheet, plan, skeleton, origin, scale, static_cast<float>(factor), random);
    Random again = random;
    painter.draw(true);
    if (plan.look.contour) {  // the fills once more, over all lines but those around the whole
        random = again;
        painter.draw(false);
    }
    Person person;
    const float f = 1.0F / static_cast<float>(factor);
    if (plan.look.relief > 0) add_relief(sheet, plan.look, scale);
    if (plan.look.scribble > 0) scribble(sheet, plan.look, scale, static_cast<float>(factor), random);
    person.sheet = shrunk(sheet, factor);
    person.ground = origin * f;
    for (std::size_t i = 0; i < 16; ++i) person.joint[i] = (origin + skeleton.joint[i].at * scale) * f;
    if (plan.look.warp > 0 || plan.tilt != 0) warp(person, plan, random);
    if (plan.look.see_through > 0) let_ground_through(person.sheet, plan.look);
    if (plan.look.halo && plan.look.see_through <= 0) add_halo(person.sheet, plan.look, plan.height);
    if (plan.mirrored) mirror(person);
    return person;
}

}  // namespace figurant::synthesis
