// Treatments of what is drawn already (cut_out.h).

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "synthesis/cut_out.h"

namespace figurant::synthesis {
namespace {

float light_of(const cv::Vec3b& c) {
    return (static_cast<float>(c[0]) * 0.3F + static_cast<float>(c[1]) * 0.59F +
            static_cast<float>(c[2]) * 0.11F) /
           255;
}

cv::Vec3b to_pixel(const Color& c) {
    return {cv::saturate_cast<std::uint8_t>(c[0]), cv::saturate_cast<std::uint8_t>(c[1]),
            cv::saturate_cast<std::uint8_t>(c[2])};
}

/// color = change(color, x, y) wherever something is drawn.
template <class Change>
void for_each_drawn(Sheet& sheet, Change change) {
    for (int y = 0; y < sheet.color.rows; ++y) {
        auto* color = sheet.color.ptr<cv::Vec3b>(y);
        const auto* cover = sheet.cover.ptr<std::uint8_t>(y);
        for (int x = 0; x < sheet.color.cols; ++x)
            if (cover[x] != 0) color[x] = change(color[x], x, y);
    }
}

void recolour(Sheet& sheet, Random& r) {
    cv::Mat hsv;
    cv::cvtColor(sheet.color, hsv, cv::COLOR_RGB2HSV);
    const int turn = r.chance(0.6F) ? r.whole(0, 179) : r.whole(-12, 12) + 180;
    const float saturation = r.real(0.25F, 1.4F), value = r.real(0.75F, 1.2F);
    for (int y = 0; y < hsv.rows; ++y) {
        auto* p = hsv.ptr<cv::Vec3b>(y);
        for (int x = 0; x < hsv.cols; ++x) {
            p[x][0] = static_cast<std::uint8_t>((p[x][0] + turn) % 180);
            p[x][1] = cv::saturate_cast<std::uint8_t>(static_cast<float>(p[x][1]) * saturation);
            p[x][2] = cv::saturate_cast<std::uint8_t>(static_cast<float>(p[x][2]) * value);
        }
    }
    cv::cvtColor(hsv, sheet.color, cv::COLOR_HSV2RGB);
}

void duotone(Sheet& sheet, const MapStyle& s, const Look& look, Random& r) {
    const Color dark = look.ink,
                light = r.chance(0.5F) ? look.paper : mixed(r.pick(s.accents), look.paper, 0.5F);
    const float contrast = r.real(0.9F, 1.6F), shift = r.bell(0.08F);
    cv::Vec3b table[256];
    for (int i = 0; i < 256; ++i)
        table[i] = to_pixel(
            mixed(dark, light,
                  std::clamp((static_cast<float>(i) / 255 - 0.5F) * contrast + 0.5F + shift, 0.0F, 1.0F)));
    for_each_drawn(sheet, [&](const cv::Vec3b& c, int, int) {
        return table[std::clamp(static_cast<int>(light_of(c) * 255), 0, 255)];
    });
}

/// 255 where the drawing is darker than around, or at the edge of what is drawn.
cv::Mat edges_of(const Sheet& sheet, float size) {
    cv::Mat grey, soft, softer, ink;
    cv::cvtColor(sheet.color, grey, cv::COLOR_RGB2GRAY);
    grey.setTo(235, sheet.cover < 64);
    const double fine = std::clamp(static_cast<double>(size) * 0.004, 0.5, 1.6);
    cv::GaussianBlur(grey, soft, {0, 0}, fine);
    cv::GaussianBlur(grey, softer, {0, 0}, fine * 2.2);
    cv::subtract(softer, soft, ink);  // saturates at 0
    ink.convertTo(ink, CV_8U, 14, -28);
    cv::Mat inner;
    const int reach = std::max(1, cvRound(static_cast<double>(size) * 0.006));
    cv::erode(sheet.cover, inner,
              cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * reach + 1, 2 * reach + 1}));
    cv::Mat rim = sheet.cover - inner;
    return cv::max(ink, rim);
}

void draw_lines(Sheet& sheet, const MapStyle& s, const Look& look, float size, bool colored, Random& r) {
    const cv::Mat ink = edges_of(sheet, size);
    const Color base = r.chance(0.7F) ? look.paper : mixed(look.paper, r.pick(s.accents), r.real(0.2F, 0.6F));
    const float keep = colored ? r.real(0.15F, 0.5F) : 0.0F;
    for_each_drawn(sheet, [&](const cv::Vec3b& c, int x, int y) {
        const Color fill = mixed(base, Color(c[0], c[1], c[2]), keep);
        return to_pixel(mixed(fill, look.ink, static_cast<float>(ink.at<std::uint8_t>(y, x)) / 255));
    });
}

/// Tones become lines or dots, edges become lines.
void engrave(Sheet& sheet, const Look& look, float size, bool dots, Random& r) {
    const cv::Mat ink = edges_of(sheet, size);
    Paint p;
    p.hatch_spacing = std::max(2.5F, look.hatch_spacing);
    const float angle = look.hatch_angle, depth = r.real(0.7F, 1.15F), keep = r.chance(0.3F) ? 0.3F : 0.0F;
    const bool cross = look.cross_hatch;
    for_each_drawn(sheet, [&](const cv::Vec3b& c, int x, int y) {
        const auto fx = static_cast<float>(x), fy = static_cast<float>(y);
        const float tone = std::clamp((1 - light_of(c)) * depth - 0.08F, 0.0F, 1.0F);
        float dark = dots ? stipple_share(p, fx, fy, tone) : hatch_share(p, fx, fy, tone, angle);
        if (cross && !dots) dark = std::max(dark, hatch_share(p, fx, fy, tone - 0.35F, angle + 1.2F));
        dark = std::max(dark, static_cast<float>(ink.at<std::uint8_t>(y, x)) / 255);
        return to_pixel(mixed(mixed(look.paper, Color(c[0], c[1], c[2]), keep), look.ink, dark));
    });
}

void use_few_inks(Sheet& sheet, const MapStyle& s, const Look& look, Random& r) {
    std::vector<Color> inks{look.ink, look.paper};
    for (int i = r.whole(1, 4); i > 0; --i) inks.push_back(r.pick(s.accents));
    cv::Vec3b table[512];  // by the three highest bits of each channel
    for (int i = 0; i < 512; ++i) {
        const Color c(static_cast<float>((i >> 6) * 36), static_cast<float>(((i >> 3) & 7) * 36),
                      static_cast<float>((i & 7) * 36));
        float best = 1e9F;
        for (const auto& candidate : inks) {
            const Color d = c - candidate;
            const float light = d[0] * 0.3F + d[1] * 0.59F + d[2] * 0.11F;
            const float distance = d.dot(d) * 0.25F + 3 * light * light;
            if (distance < best) {
                best = distance;
                table[i] = to_pixel(candidate);
            }
        }
    }
    for_each_drawn(sheet, [&](const cv::Vec3b& c, int, int) {
        return table[(c[0] >> 5) * 64 + (c[1] >> 5) * 8 + (c[2] >> 5)];
    });
}

/// Colours run together as under a brush; strokes show as light and dark streaks.
void brush(Sheet& sheet, const MapStyle& s, float size, Random& r) {
    const int reach = std::clamp(cvRound(size * r.real(0.008F, 0.02F)), 1, 6);
    cv::Mat smooth = sheet.color.clone();
    // What is transparent must not run in.
    const cv::Scalar middle = cv::mean(sheet.color, sheet.cover >= 128);
    smooth.setTo(middle, sheet.cover < 32);
    cv::medianBlur(smooth, smooth, 2 * reach + 1);
    const float a = r.real(0, 3.14F), ca = std::cos(a), sa = std::sin(a), depth = r.real(0.08F, 0.3F);
    const float stretch = r.real(3, 8), fine = r.real(0.6F, 1.4F);
    for_each_drawn(sheet, [&](const cv::Vec3b&, int x, int y) {
        const auto fx = static_cast<float>(x), fy = static_cast<float>(y);
        const int u = static_cast<int>((fx * ca + fy * sa) * fine),
                  v = static_cast<int>((fy * ca - fx * sa) / stretch);
        const float streak = 1 + depth * s.noise.at<float>(v & 255, (u * 3) & 255);
        const auto& c = smooth.at<cv::Vec3b>(y, x);
        return to_pixel(Color(c[0], c[1], c[2]) * streak);
    });
}

void wash(Sheet& sheet, const MapStyle& s, const Look& look, Random& r) {
    const float pale = r.real(0.2F, 0.55F), uneven = r.real(0.1F, 0.3F);
    cv::Mat inside;
    cv::GaussianBlur(sheet.cover, inside, {0, 0}, 2.5);
    for_each_drawn(sheet, [&](const cv::Vec3b& c, int x, int y) {
        const float edge =
            1 - static_cast<float>(inside.at<std::uint8_t>(y, x)) / 255;  // pigment gathers there
        const float n = s.noise.at<float>((y / 2) & 255, (x / 2) & 255);
        const float share = std::clamp(pale + uneven * n - 0.5F * edge, 0.0F, 0.85F);
        return to_pixel(mixed(Color(c[0], c[1], c[2]), look.paper, share));
    });
}

void round_off(Sheet& sheet, const Look& look, float size) {
    cv::Mat soft;
    cv::GaussianBlur(sheet.cover, soft, {0, 0}, std::clamp(static_cast<double>(size) * 0.03, 1.0, 12.0));
    const int step = std::max(1, cvRound(static_cast<double>(size) * 0.015));
    const int dx = cvRound(std::cos(look.light) * static_cast<float>(step)),
              dy = cvRound(std::sin(look.light) * static_cast<float>(step));
    const auto at = [&](int x, int y) {
        return static_cast<int>(
            soft.at<std::uint8_t>(std::clamp(y, 0, soft.rows - 1), std::clamp(x, 0, soft.cols - 1)));
    };
    for_each_drawn(sheet, [&](const cv::Vec3b& c, int x, int y) {
        const int slope = at(x + dx, y - dy) - at(x - dx, y + dy);
        const float light = std::clamp(1 - static_cast<float>(slope) / 160, 0.55F, 1.4F);
        return to_pixel(Color(c[0], c[1], c[2]) * light);
    });
}

}  // namespace

Treatment random_treatment(Random& r) {
    return static_cast<Treatment>(
        r.weighted({7, 4.5F, 1.6F, 1.8F, 1.1F, 1.2F, 0.4F, 1.4F, 1.2F, 0.9F, 0.5F}));
}

void treat(Sheet& sheet, Treatment treatment, const MapStyle& s, const Look& look, float size, Random& r) {
    switch (treatment) {
        case Treatment::recoloured:
            recolour(sheet, r);
            break;
        case Treatment::duotone:
            duotone(sheet, s, look, r);
            break;
        case Treatment::engraved:
        case Treatment::stippled:
            engrave(sheet, look, size, treatment == Treatment::stippled, r);
            break;
        case Treatment::few_inks:
            use_few_inks(sheet, s, look, r);
            break;
        case Treatment::line_art:
            draw_lines(sheet, s, look, size, r.chance(0.5F), r);
            break;
        case Treatment::silhouette: {
            const cv::Vec3b ink = to_pixel(r.chance(0.8F) ? look.ink : r.pick(s.accents));
            for_each_drawn(sheet, [&](const cv::Vec3b&, int, int) { return ink; });
            break;
        }
        case Treatment::brushed:
            brush(sheet, s, size, r);
            break;
        case Treatment::washed:
            wash(sheet, s, look, r);
            break;
        case Treatment::relief:
            round_off(sheet, look, size);
            break;
        default:
            break;
    }
}

}  // namespace figurant::synthesis
