#include "synthesis/canvas.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace figurant::synthesis {
namespace {

constexpr int shift = 4;  // fractional bits of OpenCV's drawing coordinates
constexpr float far_away = 30000;

std::vector<cv::Point> fixed_point(const Polygon& points, cv::Point origin) {
    std::vector<cv::Point> out;
    out.reserve(points.size());
    for (const auto& p : points) {
        const float x = std::clamp(p.x - static_cast<float>(origin.x), -far_away, far_away);
        const float y = std::clamp(p.y - static_cast<float>(origin.y), -far_away, far_away);
        out.emplace_back(cvRound(x * (1 << shift)), cvRound(y * (1 << shift)));
    }
    return out;
}

struct Extent {
    float x_min = far_away, y_min = far_away, x_max = -far_away, y_max = -far_away;
    void add(const Polygon& polygon) {
        for (const auto& p : polygon) {
            x_min = std::min(x_min, p.x);
            y_min = std::min(y_min, p.y);
            x_max = std::max(x_max, p.x);
            y_max = std::max(y_max, p.y);
        }
    }
    cv::Rect clipped(float margin, cv::Size size) const {
        if (x_max < x_min) return {};
        const auto low = [&](float v) { return cvFloor(std::clamp(v - margin, -far_away, far_away)); };
        const auto high = [&](float v) { return cvCeil(std::clamp(v + margin, -far_away, far_away)) + 1; };
        const cv::Rect box(cv::Point(low(x_min), low(y_min)), cv::Point(high(x_max), high(y_max)));
        return box & cv::Rect(cv::Point(0, 0), size);
    }
};

float fraction(float v) { return v - std::floor(v); }

/// 1 where the pattern's second colour lies, soft at its edges.
float pattern_share(Pattern pattern, float x, float y, float size) {
    const float u = x / size, v = y / size;
    switch (pattern) {
        case Pattern::plain:
            return 0;
        case Pattern::stripes:
            return fraction(u) < 0.5F ? 1.0F : 0.0F;
        case Pattern::bands:
            return fraction(v) < 0.4F ? 1.0F : 0.0F;
        case Pattern::dots: {
            const float a = fraction(u) - 0.5F, b = fraction(v + 0.5F * std::floor(u)) - 0.5F;
            return a * a + b * b < 0.07F ? 1.0F : 0.0F;
        }
        case Pattern::checks:
            return (fraction(u * 0.5F) < 0.5F) != (fraction(v * 0.5F) < 0.5F) ? 1.0F : 0.0F;
        case Pattern::folds: {
            const float wave = std::sin(u * 6.2831853F + std::sin(v * 1.7F));
            return wave > 0.55F ? 0.6F : 0.0F;
        }
        case Pattern::diamonds:
            return fraction((u + v) * 0.5F) < 0.5F && fraction((u - v) * 0.5F) < 0.5F ? 1.0F : 0.0F;
    }
    return 0;
}

void blend(Sheet& sheet, int x, int y, const Color& color, float alpha) {
    auto& pixel = sheet.color.at<cv::Vec3b>(y, x);
    float share = alpha;
    if (!sheet.cover.empty()) {
        auto& cover = sheet.cover.at<std::uint8_t>(y, x);
        const float total = alpha * 255 + static_cast<float>(cover) * (1 - alpha);
        share = total > 0 ? alpha * 255 / total : 0;
        cover = cv::saturate_cast<std::uint8_t>(total);
    }
    for (int c = 0; c < 3; ++c)
        pixel[c] =
            cv::saturate_cast<std::uint8_t>(static_cast<float>(pixel[c]) * (1 - share) + color[c] * share);
}

/// Colours one pixel at a time: base, pattern, shade, mottle, hatching.
class Filler {
  public:
    Filler(const Paint& fill, const Extent& extent) : fill_(fill) {
        center_ = {(extent.x_min + extent.x_max) / 2, (extent.y_min + extent.y_max) / 2};
        half_width_ = std::max(1.0F, (extent.x_max - extent.x_min) / 2);
        half_height_ = std::max(1.0F, (extent.y_max - extent.y_min) / 2);
        light_ = {std::cos(fill.light), -std::sin(fill.light)};
        flat_ = fill.shade <= 0 && fill.hatch <= 0 && fill.mottle <= 0 && fill.pattern == Pattern::plain;
    }

    bool flat() const { return flat_; }

    Color at(int x, int y) const {
        if (flat_) return fill_.color;
        const auto fx = static_cast<float>(x), fy = static_cast<float>(y);
        Color color = fill_.color;
        if (fill_.pattern != Pattern::plain)
            color =
                mixed(color, fill_.pattern_color, pattern_share(fill_.pattern, fx, fy, fill_.pattern_size));
        const float toward =
            (fx - center_.x) / half_width_ * light_.x + (fy - center_.y) / half_height_ * light_.y;
        const float dark = std::clamp(0.5F - 0.5F * toward, 0.0F, 1.0F);  // 0 lit, 1 in the shade
        float brightness = 1 + fill_.shade * (0.22F - 0.75F * dark * dark);
        if (fill_.mottle > 0) brightness += fill_.mottle * 0.35F * fill_.noise->at<float>(y & 255, x & 255);
        color *= brightness;
        if (fill_.hatch > 0) {
            const float tone = fill_.hatch * (dark * 1.25F - 0.18F);
            float ink = fill_.stipple ? stipple_share(fill_, fx, fy, tone)
                                      : hatch_share(fill_, fx, fy, tone, fill_.hatch_angle);
            if (fill_.cross_hatch)
                ink = std::max(ink, hatch_share(fill_, fx, fy, tone - 0.3F, fill_.hatch_angle + 1.2F));
            color = mixed(color, fill_.ink, ink);
        }
        return color;
    }

  private:
    const Paint& fill_;
    cv::Point2f center_, light_;
    float half_width_, half_height_;
    bool flat_;
};

void fill_mask(Sheet& sheet, const cv::Mat& mask, cv::Point corner, const Paint& fill, const Extent& extent) {
    const Filler filler(fill, extent);
    for (int y = 0; y < mask.rows; ++y) {
        const auto* row = mask.ptr<std::uint8_t>(y);
        for (int x = 0; x < mask.cols; ++x)
            if (row[x] != 0)
                blend(sheet, corner.x + x, corner.y + y, filler.at(corner.x + x, corner.y + y),
                      fill.opacity * static_cast<float>(row[x]) / 255);
    }
}

void own(Sheet& sheet, const cv::Mat& mask, const cv::Rect& window, Owner owner) {
    if (!sheet.owner.empty()) sheet.owner(window).setTo(static_cast<int>(owner), mask >= 128);
}

void stroke_mask(Sheet& sheet, const cv::Mat& mask, cv::Point corner, const Stroke& stroke) {
    const float opacity = std::min(1.0F, stroke.width);
    stamp(sheet, mask, corner, stroke.color, opacity);
}

int thickness(const Stroke& stroke) { return std::max(1, cvRound(stroke.width)); }

/// The same points, shifted a little and unevenly: a second stroke over the first.
std::vector<cv::Point> retraced(std::vector<cv::Point> points, float width, int bits) {
    const float reach = (1.0F + width * 0.6F) * static_cast<float>(1 << bits);
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto t = static_cast<float>(i);
        points[i].x += cvRound(reach * std::sin(t * 0.71F + 1));
        points[i].y += cvRound(reach * std::cos(t * 0.53F));
    }
    return points;
}

void stroke_path(cv::Mat& ink, const std::vector<cv::Point>& path, bool closed, const Stroke& stroke,
                 int bits) {
    const std::vector<std::vector<cv::Point>> once{path};
    cv::polylines(ink, once, closed, 255, thickness(stroke), cv::LINE_AA, bits);
    if (!stroke.sketched) return;
    const std::vector<std::vector<cv::Point>> again{retraced(path, stroke.width, bits)};
    cv::polylines(ink, again, closed, 200, thickness(stroke), cv::LINE_AA, bits);
}

void stroke_outlines(cv::Mat& ink, const std::vector<Polygon>& polygons, const cv::Mat& mask,
                     const cv::Rect& window, const Stroke& stroke) {
    if (polygons.size() == 1) {
        stroke_path(ink, fixed_point(polygons.front(), window.tl()), true, stroke, shift);
        return;
    }
    std::vector<std::vector<cv::Point>> contours;
    cv::Mat padded;
    cv::copyMakeBorder(mask >= 128, padded, 1, 1, 1, 1, cv::BORDER_CONSTANT, 0);
    cv::findContours(padded, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_SIMPLE, cv::Point(-1, -1));
    for (const auto& contour : contours) stroke_path(ink, contour, true, stroke, 0);
}

}  // namespace

float hatch_share(const Paint& fill, float x, float y, float tone, float angle) {
    const float across = (x * std::cos(angle) + y * std::sin(angle)) / fill.hatch_spacing;
    const float wave = std::abs(fraction(across) - 0.5F) * 2;  // 0 in the middle of a line
    const float width = std::clamp(tone, 0.0F, 0.95F);
    const float soft = 1.0F / fill.hatch_spacing;
    return std::clamp((width - wave) / soft + 0.5F, 0.0F, 1.0F);
}

/// A dot in each cell of a jittered grid, larger where it is darker.
float stipple_share(const Paint& fill, float x, float y, float tone) {
    const float pitch = fill.hatch_spacing * 0.8F, row = std::floor(y / pitch);
    const float u = x / pitch + 0.37F * row, column = std::floor(u);
    const std::uint64_t bits = mix(static_cast<std::uint64_t>(static_cast<std::int64_t>(row)),
                                   static_cast<std::uint64_t>(static_cast<std::int64_t>(column)));
    const float jitter_x = static_cast<float>(bits & 255) / 255 - 0.5F;
    const float jitter_y = static_cast<float>((bits >> 8) & 255) / 255 - 0.5F;
    const float a = (u - column - 0.5F - 0.4F * jitter_x) * pitch,
                b = (y / pitch - row - 0.5F - 0.4F * jitter_y) * pitch;
    const float radius = pitch * 0.55F * std::sqrt(std::clamp(tone, 0.0F, 1.0F));
    return radius <= 0.2F ? 0 : std::clamp(radius - std::hypot(a, b) + 0.5F, 0.0F, 1.0F);
}

Sheet Sheet::transparent(cv::Size size) {
    return {cv::Mat(size, CV_8UC3, cv::Scalar::all(128)), cv::Mat(size, CV_8UC1, cv::Scalar(0)),
            cv::Mat(size, CV_8UC1, cv::Scalar(nobody))};
}

void paint(Sheet& sheet, const std::vector<Polygon>& polygons, const Paint& fill, const Stroke& stroke,
           Owner owner) {
    Extent extent;
    for (const auto& polygon : polygons) extent.add(polygon);
    const cv::Rect window = extent.clipped(stroke.width + 2, sheet.size());
    if (window.empty()) return;
    cv::Mat mask(window.size(), CV_8UC1, cv::Scalar(0));
    for (const auto& polygon : polygons) {
        if (polygon.size() < 3) continue;
        const std::vector<std::vector<cv::Point>> corners{fixed_point(polygon, window.tl())};
        cv::fillPoly(mask, corners, 255, cv::LINE_AA, shift);
    }
    if (fill.opacity > 0) fill_mask(sheet, mask, window.tl(), fill, extent);
    own(sheet, mask, window, owner);
    if (stroke.width <= 0) return;
    cv::Mat ink(window.size(), CV_8UC1, cv::Scalar(0));
    stroke_outlines(ink, polygons, mask, window, stroke);
    stroke_mask(sheet, ink, window.tl(), stroke);
    own(sheet, ink, window, owner);
}

void paint(Sheet& sheet, const Polygon& polygon, const Paint& fill, const Stroke& stroke, Owner owner) {
    paint(sheet, std::vector<Polygon>{polygon}, fill, stroke, owner);
}

void line(Sheet& sheet, const Polygon& points, const Stroke& stroke, Owner owner) {
    if (points.size() < 2 || stroke.width <= 0) return;
    Extent extent;
    extent.add(points);
    const cv::Rect window = extent.clipped(stroke.width + 2, sheet.size());
    if (window.empty()) return;
    cv::Mat ink(window.size(), CV_8UC1, cv::Scalar(0));
    const std::vector<std::vector<cv::Point>> path{fixed_point(points, window.tl())};
    cv::polylines(ink, path, false, 255, thickness(stroke), cv::LINE_AA, shift);
    stroke_mask(sheet, ink, window.tl(), stroke);
    if (owner != nobody) own(sheet, ink, window, owner);
}

void stamp(Sheet& sheet, const cv::Mat& mask, cv::Point corner, const Color& color, float opacity) {
    const cv::Rect window = cv::Rect(corner, mask.size()) & cv::Rect(cv::Point(0, 0), sheet.size());
    for (int y = window.y; y < window.y + window.height; ++y) {
        const auto* row = mask.ptr<std::uint8_t>(y - corner.y);
        for (int x = window.x; x < window.x + window.width; ++x)
            if (row[x - corner.x] != 0)
                blend(sheet, x, y, color, opacity * static_cast<float>(row[x - corner.x]) / 255);
    }
}

Polygon ellipse(cv::Point2f center, float a, float b, float angle, int corners) {
    if (corners == 0) corners = std::clamp(static_cast<int>(std::max(a, b) * 1.5F), 10, 64);
    Polygon points;
    points.reserve(static_cast<std::size_t>(corners));
    const float c = std::cos(angle), s = std::sin(angle);
    for (int i = 0; i < corners; ++i) {
        const float t = 6.2831853F * static_cast<float>(i) / static_cast<float>(corners);
        const float x = a * std::cos(t), y = b * std::sin(t);
        points.emplace_back(center.x + x * c - y * s, center.y + x * s + y * c);
    }
    return points;
}

Polygon convex_hull(Polygon points) {
    Polygon hull;
    cv::convexHull(points, hull);
    return hull;
}

Polygon capsule(cv::Point2f from, float from_radius, cv::Point2f to, float to_radius) {
    Polygon points = ellipse(from, from_radius, from_radius, 0, 14);
    const Polygon end = ellipse(to, to_radius, to_radius, 0, 14);
    points.insert(points.end(), end.begin(), end.end());
    return convex_hull(std::move(points));
}

Polygon bulged(cv::Point2f from, float from_radius, float bulge, cv::Point2f to, float to_radius) {
    const cv::Point2f axis = to - from;
    const float reach = length(axis);
    if (reach < 1) return ellipse(from, from_radius, from_radius, 0, 14);
    const cv::Point2f across = cv::Point2f(-axis.y, axis.x) / reach;
    const auto radius = [&](float t) {  // the parabola through the three widths
        return from_radius * (1 - t) * (1 - 3 * t) + bulge * 4.5F * t * (1 - t) +
               to_radius * t * (1.5F * t - 0.5F);
    };
    Polygon points;
    const float start = std::atan2(across.y, across.x);
    for (int i = 0; i <= 6; ++i)
        points.push_back(from + along(start + 3.1415927F * static_cast<float>(i) / 6, from_radius));
    for (int i = 1; i < 7; ++i) {
        const float t = static_cast<float>(i) / 7;
        points.push_back(from + axis * t - across * std::max(0.0F, radius(t)));
    }
    for (int i = 0; i <= 6; ++i)
        points.push_back(to + along(start + 3.1415927F * (1 + static_cast<float>(i) / 6), to_radius));
    for (int i = 6; i > 0; --i) {
        const float t = static_cast<float>(i) / 7;
        points.push_back(from + axis * t + across * std::max(0.0F, radius(t)));
    }
    return points;
}

Polygon rectangle(float x, float y, float width, float height) {
    return {{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}};
}

Polygon smooth(const Polygon& points, bool closed, int steps) {
    const int n = static_cast<int>(points.size());
    if (n < 3) return points;
    const auto at = [&](int i) {
        i = closed ? (i % n + n) % n : std::clamp(i, 0, n - 1);
        return points[static_cast<std::size_t>(i)];
    };
    Polygon out;
    for (int i = 0; i < (closed ? n : n - 1); ++i) {
        const cv::Point2f a = at(i - 1), b = at(i), c = at(i + 1), d = at(i + 2);
        for (int k = 0; k < steps; ++k) {
            const float t = static_cast<float>(k) / static_cast<float>(steps), t2 = t * t, t3 = t2 * t;
            out.push_back(0.5F * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t2 +
                                  (3 * b - a - 3 * c + d) * t3));
        }
    }
    if (!closed) out.push_back(points.back());
    return out;
}

Polygon wobbled(const Polygon& points, float amount, bool closed, Random& random) {
    if (amount <= 0 || points.size() < 2) return points;
    const float phase_x = random.real(0, 6.28F), phase_y = random.real(0, 6.28F);
    const float step = std::max(3.0F, amount * 4), wave = 1.0F / (step * random.real(1.2F, 3.0F));
    Polygon out;
    float travelled = 0;
    const std::size_t n = points.size();
    for (std::size_t i = 0; i < (closed ? n : n - 1); ++i) {
        const cv::Point2f a = points[i], b = points[(i + 1) % n];
        const float distance = length(b - a);
        const int pieces = std::clamp(static_cast<int>(distance / step), 1, 200);
        for (int k = 0; k < pieces; ++k) {
            const float t = static_cast<float>(k) / static_cast<float>(pieces),
                        s = (travelled + distance * t) * wave;
            const cv::Point2f off(std::sin(s * 1.3F + phase_x) + 0.6F * std::sin(s * 2.9F + phase_y),
                                  std::cos(s * 1.1F + phase_y) + 0.6F * std::cos(s * 3.3F + phase_x));
            out.push_back(a + (b - a) * t + off * (amount * 0.6F));
        }
        travelled += distance;
    }
    if (!closed) out.push_back(points.back());
    return out;
}

cv::Mat fractal_noise(cv::Size size, float cells, int octaves, float roughness, Random& random) {
    cv::Mat sum(size, CV_32FC1, cv::Scalar(0));
    const auto longer = static_cast<float>(std::max(size.width, size.height));
    float amplitude = 1, total = 0;
    for (int octave = 0; octave < octaves; ++octave, cells *= 2, amplitude *= roughness) {
        const int columns =
            std::max(2, static_cast<int>(cells * static_cast<float>(size.width) / longer) + 2);
        const int rows = std::max(2, static_cast<int>(cells * static_cast<float>(size.height) / longer) + 2);
        if (octave > 0 && (columns > size.width || rows > size.height)) break;
        cv::Mat grid(rows, columns, CV_32FC1), layer;
        for (int y = 0; y < rows; ++y)
            for (int x = 0; x < columns; ++x) grid.at<float>(y, x) = random.real(-1, 1);
        cv::resize(grid, layer, size, 0, 0, cv::INTER_CUBIC);
        cv::scaleAdd(layer, amplitude, sum, sum);
        total += amplitude * 0.75F;
    }
    sum *= 1.0F / total;
    return cv::max(cv::min(sum, 1.0), -1.0);
}

Color mixed(const Color& a, const Color& b, float share_of_b) {
    return a * (1 - share_of_b) + b * share_of_b;
}

}  // namespace figurant::synthesis
