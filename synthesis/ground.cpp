#include "synthesis/ground.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace figurant::synthesis {
namespace {

cv::Vec3b to_pixel(const Color& c) {
    return {cv::saturate_cast<std::uint8_t>(c[0]), cv::saturate_cast<std::uint8_t>(c[1]),
            cv::saturate_cast<std::uint8_t>(c[2])};
}

/// Terrain in about -1..1; above 0 is land.
cv::Mat terrain(cv::Size size, Random& r) {
    const cv::Size small(std::max(8, size.width / 4), std::max(8, size.height / 4));
    cv::Mat height = fractal_noise(small, r.real(1.5F, 5), 5, r.real(0.4F, 0.6F), r), full;
    const float share = r.chance(0.3F) ? 2.0F : r.real(-0.25F, 0.45F);  // 2: no sea at all
    height += share;
    cv::resize(height, full, size, 0, 0, cv::INTER_CUBIC);
    return full;
}

/// Countries or fields: the nearest of some sites, with borders disturbed by noise. CV_8UC1.
cv::Mat regions(cv::Size size, int count, Random& r) {
    std::vector<cv::Point2f> sites;
    for (int i = 0; i < count; ++i)
        sites.emplace_back(r.real(0, static_cast<float>(size.width)),
                           r.real(0, static_cast<float>(size.height)));
    const cv::Size half((size.width + 1) / 2, (size.height + 1) / 2);
    const float rough = r.real(0, 60);
    const cv::Mat dx = fractal_noise(half, 8, 4, 0.5F, r), dy = fractal_noise(half, 8, 4, 0.5F, r);
    cv::Mat index(half, CV_8UC1), full;
    for (int y = 0; y < half.height; ++y)
        for (int x = 0; x < half.width; ++x) {
            const cv::Point2f p(static_cast<float>(2 * x) + rough * dx.at<float>(y, x),
                                static_cast<float>(2 * y) + rough * dy.at<float>(y, x));
            float best = 1e12F;
            for (int i = 0; i < count; ++i) {
                const cv::Point2f d = p - sites[static_cast<std::size_t>(i)];
                const float distance = d.dot(d);
                if (distance < best) {
                    best = distance;
                    index.at<std::uint8_t>(y, x) = static_cast<std::uint8_t>(i);
                }
            }
        }
    cv::resize(index, full, size, 0, 0, cv::INTER_NEAREST);
    return full;
}

void draw_contours(Sheet& sheet, const cv::Mat& mask, const Stroke& stroke) {
    std::vector<std::vector<cv::Point>> contours;
    cv::findContours(mask, contours, cv::RETR_LIST, cv::CHAIN_APPROX_TC89_L1);
    cv::Mat ink(mask.size(), CV_8UC1, cv::Scalar(0));
    for (const auto& contour : contours) {
        // Parts that run along the map's edge are no coast.
        for (std::size_t i = 0; i < contour.size(); ++i) {
            const cv::Point a = contour[i], b = contour[(i + 1) % contour.size()];
            const auto at_edge = [&](cv::Point p) {
                return p.x <= 1 || p.y <= 1 || p.x >= mask.cols - 2 || p.y >= mask.rows - 2;
            };
            if (at_edge(a) && at_edge(b)) continue;
            cv::line(ink, a, b, 255, std::max(1, cvRound(stroke.width)), cv::LINE_AA);
        }
    }
    stamp(sheet, ink, {0, 0}, stroke.color, std::min(1.0F, stroke.width));
}

void color_land(cv::Mat& color, const cv::Mat& height, const cv::Mat& region, const MapStyle& s, Random& r) {
    std::vector<Color> colors;
    for (int i = 0; i < 256; ++i) colors.push_back(mixed(r.pick(s.land), s.paper, r.real(0, 0.35F)));
    const bool soft = s.manner == Manner::painted || s.manner == Manner::aerial || r.chance(0.3F);
    const float relief = soft ? r.real(0, 2.5F) : 0, mottle = soft ? r.real(0, 0.35F) : 0;
    const float altitude = r.chance(0.3F) ? r.real(0.2F, 0.5F) : 0;
    for (int y = 0; y < color.rows; ++y)
        for (int x = 0; x < color.cols; ++x) {
            const float h = height.at<float>(y, x);
            if (h <= 0) continue;
            float light = 1 - altitude * std::min(1.0F, h);
            if (relief > 0 && x > 2 && y > 2) light += relief * (h - height.at<float>(y - 3, x - 3)) * 4;
            if (mottle > 0) light += mottle * 0.4F * s.noise.at<float>(y & 255, x & 255);
            color.at<cv::Vec3b>(y, x) =
                to_pixel(colors[region.at<std::uint8_t>(y, x)] * std::clamp(light, 0.4F, 1.3F));
        }
}

/// The sea: tint, depth, coastal lines, ruled water.
void color_sea(cv::Mat& color, const cv::Mat& land, const MapStyle& s, Random& r) {
    cv::Mat distance;
    cv::distanceTransform(~land, distance, cv::DIST_L2, 3);
    const int kind = r.whole(0, 5);
    const float spacing = r.real(4, 9), reach = r.real(15, 60),
                depth = r.chance(0.4F) ? r.real(0.1F, 0.35F) : 0;
    const float strength = r.real(0.3F, 0.9F);
    for (int y = 0; y < color.rows; ++y)
        for (int x = 0; x < color.cols; ++x) {
            const float d = distance.at<float>(y, x);
            if (d <= 0) continue;
            Color c = s.sea * (1 - depth * std::min(1.0F, d / 200));
            float ink = 0;
            const float fade = std::max(0.0F, 1 - d / reach);
            if (kind == 0)
                ink = std::clamp(1.2F - std::abs(std::fmod(d, spacing) - spacing / 2), 0.0F, 1.0F) * fade;
            if (kind == 1) ink = std::fmod(static_cast<float>(y), spacing * 0.6F) < 1 ? fade : 0.0F;
            if (kind == 2)
                ink = std::clamp(1.0F - std::abs(std::fmod(static_cast<float>(y) +
                                                               2.5F * std::sin(static_cast<float>(x) * 0.12F),
                                                           spacing * 2) -
                                                 spacing),
                                 0.0F, 1.0F) *
                      0.6F;
            if (kind == 3) c = mixed(c, s.paper, 0.6F * fade);
            if (kind == 4) c *= 1 + 0.12F * s.noise.at<float>(y & 255, x & 255);
            color.at<cv::Vec3b>(y, x) = to_pixel(mixed(c, s.ink, ink * strength));
        }
}

/// Downhill in a broad sense: a path across the map that meanders.
Polygon meander(cv::Size size, float roughness, Random& r) {
    const auto w = static_cast<float>(size.width), h = static_cast<float>(size.height);
    cv::Point2f p(r.real(0, w), r.real(0, h));
    float angle = r.real(0, 6.28F);
    Polygon points;
    const float step = r.real(15, 40);
    for (int i = r.whole(10, 50); i > 0; --i) {
        points.push_back(p);
        angle += r.bell(roughness);
        p += along(angle, step);
    }
    return smooth(points, false, 5);
}

void draw_rivers_and_roads(Sheet& sheet, const cv::Mat& land, const MapStyle& s, Random& r) {
    cv::Mat untouched = sheet.color.clone();
    for (int i = r.whole(0, 6); i > 0; --i) {
        const float width = r.real(1, 5);
        const Polygon path = meander(sheet.size(), 0.45F, r);
        const Color water = mixed(s.sea, s.ink, r.real(0.1F, 0.5F));
        if (width > 3 && r.chance(0.5F)) line(sheet, path, {s.ink, width + 2});
        line(sheet, path, {water, width});
    }
    for (int i = r.whole(0, 5); i > 0; --i) {
        const Polygon path = meander(sheet.size(), 0.15F, r);
        const float width = r.real(1, 9);
        if (r.chance(0.5F)) line(sheet, path, {s.ink, width + 2});
        line(sheet, path, {r.chance(0.5F) ? s.paper : r.pick(s.accents), width});
    }
    untouched.copyTo(sheet.color, ~land);
}

/// A city seen from above: blocks in a skewed grid.
void draw_blocks(Sheet& sheet, const MapStyle& s, const Look& look, Random& r) {
    const cv::Point2f center(r.real(0, static_cast<float>(sheet.size().width)),
                             r.real(0, static_cast<float>(sheet.size().height)));
    const float angle = r.real(0, 1.57F), cell = r.real(18, 50), gap = r.real(3, 9);
    const cv::Point2f u = along(angle, cell),
                      v = along(angle + r.real(1.2F, 1.9F), cell * r.real(0.6F, 1.4F));
    const int reach = r.whole(3, 9);
    const float inset = gap / cell * 0.5F;
    for (int i = -reach; i <= reach; ++i)
        for (int j = -reach; j <= reach; ++j) {
            if (i * i + j * j > reach * reach || r.chance(0.15F)) continue;
            const auto q = [&](float a, float b) {
                return center + u * (static_cast<float>(i) + a) + v * (static_cast<float>(j) + b);
            };
            paint(sheet, {q(inset, inset), q(1 - inset, inset), q(1 - inset, 1 - inset), q(inset, 1 - inset)},
                  paint_of(look, mixed(r.pick(s.accents), s.paper, 0.6F)),
                  {s.ink, r.chance(0.7F) ? 1.0F : 0.0F});
        }
}

/// Strips of ploughed or planted land.
void draw_fields(Sheet& sheet, const MapStyle& s, Random& r) {
    for (int i = r.whole(3, 14); i > 0; --i) {
        const cv::Point2f c(r.real(0, static_cast<float>(sheet.size().width)),
                            r.real(0, static_cast<float>(sheet.size().height)));
        const float a = r.real(0, 3.14F), w = r.real(20, 90), h = r.real(15, 60);
        const cv::Point2f u = along(a, w), v = along(a + r.real(1.2F, 1.9F), h);
        Paint p;
        p.color = r.pick(s.land) * r.real(0.85F, 1.08F);
        p.hatch = r.real(0.2F, 0.5F);
        p.hatch_angle = a;
        p.hatch_spacing = r.real(4, 9);
        p.ink = mixed(p.color, s.ink, 0.5F);
        p.opacity = r.real(0.5F, 1);
        paint(sheet, {c - u - v, c + u - v, c + u + v, c - u + v}, p, {s.ink, r.real(0, 0.8F)});
    }
}

/// A view instead of a plan: sky, and hills one before the other.
void draw_view(Sheet& sheet, const MapStyle& s, Random& r) {
    const auto w = static_cast<float>(sheet.size().width), h = static_cast<float>(sheet.size().height);
    const Color sky = mixed(s.sea, s.paper, r.real(0.2F, 0.9F));
    const float horizon = h * r.real(0.1F, 0.45F);
    for (int y = 0; y < sheet.color.rows; ++y) {
        const Color c = mixed(sky, s.paper, std::min(1.0F, static_cast<float>(y) / horizon));
        sheet.color.row(y).setTo(cv::Scalar(c[0], c[1], c[2]));
    }
    const int layers = r.whole(2, 6);
    for (int i = 0; i < layers; ++i) {
        const float base = horizon + (h - horizon) * static_cast<float>(i) / static_cast<float>(layers);
        const float rise = h * r.real(0.02F, 0.12F), wave = r.real(1, 5), phase = r.real(0, 6.28F);
        Polygon ridge{{w + 5, h + 5}, {-5, h + 5}};
        for (int k = 0; k <= 48; ++k) {
            const float t = static_cast<float>(k) / 48;
            ridge.emplace_back(t * w * 1.02F - 5, base - rise * (std::sin(t * wave * 6.28F + phase) +
                                                                 0.5F * std::sin(t * wave * 14 + 2 * phase)));
        }
        Paint p;
        p.color =
            mixed(r.pick(s.land), sky, 0.6F * (1 - static_cast<float>(i + 1) / static_cast<float>(layers)));
        p.noise = &s.noise;
        p.mottle = r.real(0, 0.4F);
        paint(sheet, ridge, p, {s.ink, r.real(0, 1.5F)});
    }
}

}  // namespace

Ground draw_ground(cv::Size size, const MapStyle& s, Random r) {
    Ground ground;
    ground.color = cv::Mat(size, CV_8UC3, cv::Scalar(s.paper[0], s.paper[1], s.paper[2]));
    if (r.chance(0.08F)) {
        Sheet view = Sheet::opaque(ground.color);
        draw_view(view, s, r);
        ground.land = cv::Mat(size, CV_8UC1, cv::Scalar(255));
        return ground;
    }
    const cv::Mat height = terrain(size, r);
    ground.land = height > 0;
    const cv::Mat region = regions(size, r.whole(1, 14), r);
    color_land(ground.color, height, region, s, r);
    Sheet sheet = Sheet::opaque(ground.color);
    if (r.chance(0.35F)) {
        cv::Mat edges;
        cv::morphologyEx(region, edges, cv::MORPH_GRADIENT, cv::Mat::ones(2, 2, CV_8UC1));
        stamp(sheet, (edges > 0) & ground.land, {0, 0}, r.chance(0.5F) ? s.ink : r.pick(s.accents),
              r.real(0.3F, 0.9F));
    }
    if (r.chance(s.manner == Manner::aerial ? 0.8F : 0.2F)) draw_fields(sheet, s, r);
    const Look look = s.ornament_look(r);
    if (r.chance(s.manner == Manner::aerial ? 0.5F : 0.1F)) draw_blocks(sheet, s, look, r);
    draw_rivers_and_roads(sheet, ground.land, s, r);
    if (cv::countNonZero(ground.land) < static_cast<int>(ground.land.total())) {
        color_sea(ground.color, ground.land, s, r);
        draw_contours(sheet, ground.land, {mixed(s.ink, s.sea, r.real(0, 0.4F)), r.real(0.6F, 3)});
    }
    return ground;
}

}  // namespace figurant::synthesis
