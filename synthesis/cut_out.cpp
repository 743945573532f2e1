#include "synthesis/cut_out.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace figurant::synthesis {
namespace {

/// Colours multiplied by their alpha, so that what is transparent does not bleed in.
cv::Mat premultiplied(const cv::Mat& rgba) {
    cv::Mat out(rgba.size(), CV_8UC4);
    for (int y = 0; y < rgba.rows; ++y) {
        const auto* from = rgba.ptr<cv::Vec4b>(y);
        auto* to = out.ptr<cv::Vec4b>(y);
        for (int x = 0; x < rgba.cols; ++x) {
            const int alpha = from[x][3];
            for (int c = 0; c < 3; ++c)
                to[x][c] = static_cast<std::uint8_t>((from[x][c] * alpha + 127) / 255);
            to[x][3] = static_cast<std::uint8_t>(alpha);
        }
    }
    return out;
}

/// What a plan's height is measured by, in pixels of the picture: wide ones become as large as an upright one
/// by area.
float own_height(const CutOut& picture) {
    const auto w = static_cast<float>(picture.rgba.cols), h = static_cast<float>(picture.rgba.rows);
    return std::max(h, std::sqrt(w * h * 1.6F));
}

/// From the scaled picture to the sheet: mirror, stretch, shear, turn; and the sheet's size.
cv::Matx23f placement(const CutOutPlan& plan, cv::Size2f size, float margin, cv::Size& sheet) {
    const float c = std::cos(plan.angle), s = std::sin(plan.angle);
    const float mirror = plan.mirrored ? -1.0F : 1.0F;
    const cv::Matx22f form(c * plan.stretch * mirror, c * plan.shear - s,  //
                           s * plan.stretch * mirror, s * plan.shear + c);
    cv::Point2f low(1e9F, 1e9F), high(-1e9F, -1e9F);
    for (const float x : {0.0F, size.width})
        for (const float y : {0.0F, size.height}) {
            const cv::Vec2f p = form * cv::Vec2f(x, y);
            low = {std::min(low.x, p[0]), std::min(low.y, p[1])};
            high = {std::max(high.x, p[0]), std::max(high.y, p[1])};
        }
    sheet = cv::Size(cvCeil(high.x - low.x + 2 * margin), cvCeil(high.y - low.y + 2 * margin));
    return {form(0, 0), form(0, 1), margin - low.x, form(1, 0), form(1, 1), margin - low.y};
}

/// Bends the drawing smoothly.
cv::Mat wandered(const cv::Mat& pixels, float reach, float height, Random& r) {
    const float cells = 4 * static_cast<float>(std::max(pixels.cols, pixels.rows)) / height;
    const cv::Mat dx = fractal_noise(pixels.size(), cells, 2, 0.5F, r),
                  dy = fractal_noise(pixels.size(), cells, 2, 0.5F, r);
    cv::Mat map(pixels.size(), CV_32FC2), out;
    for (int y = 0; y < map.rows; ++y) {
        auto* row = map.ptr<cv::Point2f>(y);
        const auto *u = dx.ptr<float>(y), *v = dy.ptr<float>(y);
        for (int x = 0; x < map.cols; ++x)
            row[x] = {static_cast<float>(x) + u[x] * reach, static_cast<float>(y) + v[x] * reach};
    }
    cv::remap(pixels, out, map, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_CONSTANT, 0);
    return out;
}

/// `body`: of the same size, or empty.
Sheet as_sheet(const cv::Mat& premultiplied_pixels, const cv::Mat& body, Owner owner) {
    Sheet sheet = Sheet::transparent(premultiplied_pixels.size());
    for (int y = 0; y < premultiplied_pixels.rows; ++y) {
        const auto* from = premultiplied_pixels.ptr<cv::Vec4b>(y);
        auto* color = sheet.color.ptr<cv::Vec3b>(y);
        auto* cover = sheet.cover.ptr<std::uint8_t>(y);
        auto* owners = sheet.owner.ptr<std::uint8_t>(y);
        const auto* within = body.empty() ? nullptr : body.ptr<std::uint8_t>(y);
        for (int x = 0; x < premultiplied_pixels.cols; ++x) {
            const int alpha = from[x][3];
            if (std::max(alpha, within != nullptr ? int{within[x]} : 0) >= 128) owners[x] = owner;
            if (alpha == 0) continue;
            for (int c = 0; c < 3; ++c)
                color[x][c] = cv::saturate_cast<std::uint8_t>((from[x][c] * 255 + alpha / 2) / alpha);
            cover[x] = static_cast<std::uint8_t>(alpha);
        }
    }
    return sheet;
}

/// The picture's pixels, or its body, at their place on a sheet; the same random numbers bend both alike.
cv::Mat at_its_place(const cv::Mat& own, const CutOutPlan& plan, float margin, Random& r) {
    const float scale = plan.height / own_height(*plan.picture);
    cv::Mat scaled, out;
    const cv::Size size(std::max(2, cvRound(static_cast<float>(own.cols) * scale)),
                        std::max(2, cvRound(static_cast<float>(own.rows) * scale)));
    cv::resize(own, scaled, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
    cv::Size sheet;
    const cv::Matx23f form =
        placement(plan, {static_cast<float>(size.width), static_cast<float>(size.height)}, margin, sheet);
    cv::warpAffine(scaled, out, form, sheet, cv::INTER_LINEAR, cv::BORDER_CONSTANT, 0);
    if (plan.wander > 0) out = wandered(out, plan.wander * plan.height, plan.height, r);
    return out;
}

/// Spreads `color` around what is drawn, `reach` pixels far, under it.
void spread(Sheet& sheet, const Color& color, int reach) {
    cv::Mat around;
    cv::dilate(sheet.cover, around,
               cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * reach + 1, 2 * reach + 1}));
    for (int y = 0; y < around.rows; ++y) {
        auto* cover = sheet.cover.ptr<std::uint8_t>(y);
        auto* pixels = sheet.color.ptr<cv::Vec3b>(y);
        const auto* below = around.ptr<std::uint8_t>(y);
        for (int x = 0; x < around.cols; ++x) {
            if (below[x] <= cover[x]) continue;
            for (int c = 0; c < 3; ++c)
                pixels[x][c] = cv::saturate_cast<std::uint8_t>(
                    (pixels[x][c] * cover[x] + static_cast<int>(color[c]) * (below[x] - cover[x])) /
                    below[x]);
            cover[x] = below[x];
        }
    }
}

void own_rim(Sheet& sheet, Owner owner) { sheet.owner.setTo(static_cast<int>(owner), sheet.cover >= 128); }

/// Where it is as pale as paper, the ground shows.
void let_through(Sheet& sheet, float share) {
    for (int y = 0; y < sheet.color.rows; ++y) {
        auto* cover = sheet.cover.ptr<std::uint8_t>(y);
        const auto* color = sheet.color.ptr<cv::Vec3b>(y);
        for (int x = 0; x < sheet.color.cols; ++x) {
            const int light = (color[x][0] + 2 * color[x][1] + color[x][2]) / 4;
            const float pale = std::clamp((static_cast<float>(light) - 120) / 110, 0.0F, 1.0F);
            cover[x] = cv::saturate_cast<std::uint8_t>(static_cast<float>(cover[x]) * (1 - share * pale));
        }
    }
}

void cast_shadow(Sheet& sheet, const Look& look, cv::Point2f ground, float height) {
    Sheet below = Sheet::transparent(sheet.size());
    Paint p;
    p.color = look.ink;
    p.opacity = 0.3F;
    paint(below, ellipse(ground, height * 0.2F, height * 0.045F), p, {});
    for (int y = 0; y < sheet.color.rows; ++y) {
        auto* cover = sheet.cover.ptr<std::uint8_t>(y);
        const auto* shade = below.cover.ptr<std::uint8_t>(y);
        for (int x = 0; x < sheet.color.cols; ++x)
            if (cover[x] == 0 && shade[x] != 0) {
                cover[x] = shade[x];
                sheet.color.at<cv::Vec3b>(y, x) = below.color.at<cv::Vec3b>(y, x);
            }
    }
}

}  // namespace

cv::Mat line_drawing_body(const cv::Mat& rgba) {
    constexpr double closed = 0.01;  // of the longer side, from either side of a gap
    constexpr double least_opaque = 0.5;
    constexpr int longest = 640;  // pixels to look at: closing takes time by the fourth power
    cv::Mat alpha, ink, wide, body;
    cv::extractChannel(rgba, alpha, 3);
    if (const double scale = static_cast<double>(longest) / std::max(rgba.cols, rgba.rows); scale < 1)
        cv::resize(alpha, alpha, {}, scale, scale, cv::INTER_AREA);
    // What is closed and filled lies within the picture.
    if (static_cast<double>(cv::countNonZero(alpha >= 128)) >=
        least_opaque * static_cast<double>(alpha.total()))
        return {};
    const int reach = std::max(1, cvRound(closed * std::max(alpha.cols, alpha.rows)));
    const int border = 2 * reach + 2;  // so that all around is one ground
    cv::copyMakeBorder(alpha >= 128, ink, border, border, border, border, cv::BORDER_CONSTANT, 0);
    const cv::Mat disc = cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * reach + 1, 2 * reach + 1});
    cv::dilate(ink, wide, disc);
    cv::floodFill(wide, {0, 0}, 128);
    cv::erode(wide != 128, body, disc);
    body |= ink;
    if (cv::countNonZero(ink) >= least_opaque * cv::countNonZero(body)) return {};
    body = body(cv::Rect(border, border, alpha.cols, alpha.rows)).clone();
    if (body.size() != rgba.size()) cv::resize(body, body, rgba.size(), 0, 0, cv::INTER_LINEAR);
    return body;
}

float largest_height(const CutOut& picture) {
    constexpr float most_enlarged = 3;  // beyond, the sprites of games are blocks or blur
    return most_enlarged * own_height(picture);
}

CutOutPlan random_cut_out(const CutOut& picture, const Look& look, float height, Random& r) {
    CutOutPlan plan;
    plan.picture = &picture;
    plan.look = look;
    plan.height = height;
    plan.mirrored = r.chance(0.5F);
    plan.angle = r.chance(0.3F) ? r.bell(0.18F) : 0.0F;
    plan.stretch = r.chance(0.5F) ? std::exp(r.bell(0.12F)) : 1.0F;
    plan.shear = r.chance(0.25F) ? r.bell(0.12F) : 0.0F;
    plan.wander = r.chance(0.35F) ? r.real(0.004F, 0.025F) : 0.0F;
    plan.rim = r.chance(0.12F);
    plan.halo = !plan.rim && r.chance(0.08F);
    plan.shadow = r.chance(0.1F);
    plan.see_through = r.chance(0.1F) ? r.real(0.3F, 0.95F) : 0.0F;
    plan.treatment = random_treatment(r);
    return plan;
}

PlacedCutOut draw_cut_out(const CutOutPlan& plan, const MapStyle& style, Owner owner, Random r) {
    const float margin = 3 + plan.height * (0.02F + plan.wander);
    const CutOut& picture = *plan.picture;
    Random again = r;
    const cv::Mat pixels = at_its_place(premultiplied(picture.rgba), plan, margin, r);
    cv::Mat body;
    if (!picture.body.empty()) body = at_its_place(picture.body, plan, margin, again);
    PlacedCutOut placed{as_sheet(pixels, body, owner), {}};
    const cv::Rect box = cv::boundingRect((body.empty() ? placed.sheet.cover : body) >= 128);
    placed.ground = {static_cast<float>(box.x) + static_cast<float>(box.width) / 2,
                     static_cast<float>(box.br().y)};
    treat(placed.sheet, plan.treatment, style, plan.look, plan.height, r);
    if (plan.see_through > 0) let_through(placed.sheet, plan.see_through);
    if (plan.rim) {
        spread(placed.sheet, plan.look.ink, std::max(1, cvRound(plan.look.line * plan.height * 0.8F)));
        if (owner != nobody) own_rim(placed.sheet, owner);
    }
    if (plan.halo) spread(placed.sheet, plan.look.paper, std::max(1, cvRound(plan.height * 0.018F)));
    if (plan.shadow) cast_shadow(placed.sheet, plan.look, placed.ground, plan.height);
    return placed;
}

}  // namespace figurant::synthesis
