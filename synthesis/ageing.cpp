#include "synthesis/ageing.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "figures/codecs.h"

namespace figurant::synthesis {
namespace {

/// Multiplies the pixels by a field of light (CV_32FC1).
void multiply(cv::Mat& pixels, const cv::Mat& light) {
    for (int y = 0; y < pixels.rows; ++y) {
        auto* row = pixels.ptr<cv::Vec3b>(y);
        const auto* factor = light.ptr<float>(y);
        for (int x = 0; x < pixels.cols; ++x)
            for (int c = 0; c < 3; ++c)
                row[x][c] = cv::saturate_cast<std::uint8_t>(static_cast<float>(row[x][c]) * factor[x]);
    }
}

void grain(cv::Mat& pixels, float amount, bool colored, Random& r) {
    for (int y = 0; y < pixels.rows; ++y) {
        auto* row = pixels.ptr<cv::Vec3b>(y);
        for (int x = 0; x < pixels.cols; ++x) {
            const std::uint64_t bits = r.next();
            for (int c = 0; c < 3; ++c) {
                const int shift = colored ? 16 * c : 0;
                const float n = static_cast<float>((bits >> shift) & 0xff) +
                                static_cast<float>((bits >> (shift + 8)) & 0xff) - 255;
                row[x][c] = cv::saturate_cast<std::uint8_t>(static_cast<float>(row[x][c]) +
                                                            n * amount * (1 / 128.0F));
            }
        }
    }
}

void stains_and_folds(cv::Mat& pixels, Random& r) {
    cv::Mat light = fractal_noise(pixels.size(), r.real(2, 6), 4, 0.5F, r);
    light = 1 + light * r.real(0.02F, 0.12F);
    for (int i = r.chance(0.4F) ? r.whole(1, 4) : 0; i > 0; --i) {  // folds
        const bool upright = r.chance(0.5F);
        const int place = r.whole(0, (upright ? pixels.cols : pixels.rows) - 1), width = r.whole(1, 3);
        const cv::Rect band =
            (upright ? cv::Rect(place, 0, width, pixels.rows) : cv::Rect(0, place, pixels.cols, width)) &
            cv::Rect(0, 0, pixels.cols, pixels.rows);
        light(band) *= r.real(0.75F, 1.2F);
    }
    multiply(pixels, light);
}

void tint(cv::Mat& pixels, const Color& toward, float share, float contrast, float brightness) {
    cv::Mat table(1, 256, CV_8UC3);
    for (int v = 0; v < 256; ++v)
        for (int c = 0; c < 3; ++c) {
            float value = (static_cast<float>(v) - 128) * contrast + 128 + brightness;
            value = value * (1 - share) + value * toward[c] / 255 * share;
            table.at<cv::Vec3b>(v)[c] = cv::saturate_cast<std::uint8_t>(value);
        }
    cv::LUT(pixels, table, pixels);
}

void desaturate(cv::Mat& pixels, float share) {
    cv::Mat grey, three;
    cv::cvtColor(pixels, grey, cv::COLOR_RGB2GRAY);
    cv::cvtColor(grey, three, cv::COLOR_GRAY2RGB);
    cv::addWeighted(pixels, 1 - share, three, share, 0, pixels);
}

/// A printer's dots: the tone of each spot becomes the size of a dot.
void halftone(cv::Mat& pixels, const MapStyle& s, float pitch, float share, Random& r) {
    const float a = r.real(0.2F, 0.9F), ca = std::cos(a) * 6.2831853F / pitch,
                sa = std::sin(a) * 6.2831853F / pitch;
    for (int y = 0; y < pixels.rows; ++y)
        for (int x = 0; x < pixels.cols; ++x) {
            auto& p = pixels.at<cv::Vec3b>(y, x);
            const auto fx = static_cast<float>(x), fy = static_cast<float>(y);
            const float wave = 0.5F + 0.25F * (std::cos(fx * ca + fy * sa) + std::cos(fx * sa - fy * ca));
            for (int c = 0; c < 3; ++c) {
                const float dark = 1 - static_cast<float>(p[c]) / 255;
                const float dot = std::clamp((dark - wave) * 6 + 0.5F, 0.0F, 1.0F);
                const float printed = s.paper[c] * (1 - dot) + std::min(s.ink[c], 90.0F) * dot;
                p[c] =
                    cv::saturate_cast<std::uint8_t>(static_cast<float>(p[c]) * (1 - share) + printed * share);
            }
        }
}

void jpeg(cv::Mat& pixels, int quality) {
    std::vector<std::uint8_t> bytes;
    figures::encode_picture(".jpg", pixels, bytes, {cv::IMWRITE_JPEG_QUALITY, quality});
    figures::decode_picture(bytes).copyTo(pixels);
}

/// Lines thicken and break as on a worn plate or a poor copy.
void resample(cv::Mat& pixels, float factor) {
    cv::Mat small;
    cv::resize(pixels, small, {}, factor, factor, cv::INTER_AREA);
    cv::resize(small, pixels, pixels.size(), 0, 0, cv::INTER_LINEAR);
}

/// The inks of a print that do not meet: one channel lies a little beside the others.
void misregister(cv::Mat& pixels, Random& r) {
    std::vector<cv::Mat> planes;
    cv::split(pixels, planes);
    const cv::Mat shift = (cv::Mat_<double>(2, 3) << 1, 0, r.real(-1.8F, 1.8F), 0, 1, r.real(-1.8F, 1.8F));
    auto& plane = planes[static_cast<std::size_t>(r.whole(0, 2))];
    cv::Mat moved;
    cv::warpAffine(plane, moved, shift, plane.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    plane = moved;
    cv::merge(planes, pixels);
}

/// Few tones, as in a poor print or copy.
void posterise(cv::Mat& pixels, int levels) {
    cv::Mat table(1, 256, CV_8UC1);
    for (int v = 0; v < 256; ++v) {
        const int step = std::min(levels - 1, v * levels / 256);
        table.at<std::uint8_t>(v) = static_cast<std::uint8_t>(step * 255 / (levels - 1));
    }
    cv::LUT(pixels, table, pixels);
}

/// Ink and paper only; lines swell or break with the threshold.
void threshold_print(cv::Mat& pixels, const MapStyle& s, Random& r) {
    cv::Mat grey, soft, dark;
    cv::cvtColor(pixels, grey, cv::COLOR_RGB2GRAY);
    cv::GaussianBlur(grey, soft, {0, 0}, r.real(8, 30));
    const int bias = r.whole(6, 22);
    dark = grey < (soft - bias);
    cv::GaussianBlur(dark, dark, {0, 0}, 0.6);
    Sheet sheet = Sheet::opaque(pixels);
    pixels.setTo(cv::Scalar(s.paper[0], s.paper[1], s.paper[2]));
    stamp(sheet, dark, {0, 0}, s.ink, r.real(0.7F, 1));
}

void turn_hues(cv::Mat& pixels, int by, float saturation) {
    cv::Mat hsv;
    cv::cvtColor(pixels, hsv, cv::COLOR_RGB2HSV);
    hsv.forEach<cv::Vec3b>([&](cv::Vec3b& p, const int*) {
        p[0] = static_cast<std::uint8_t>((p[0] + by) % 180);
        p[1] = cv::saturate_cast<std::uint8_t>(static_cast<float>(p[1]) * saturation);
    });
    cv::cvtColor(hsv, pixels, cv::COLOR_HSV2RGB);
}

/// Pigment gathers at the edges of washes.
void gather_pigment(cv::Mat& pixels, float amount) {
    cv::Mat soft;
    cv::GaussianBlur(pixels, soft, {0, 0}, 3);
    cv::addWeighted(pixels, 1 + amount, soft, -amount, 0, pixels);
}

void vignette(cv::Mat& pixels, Random& r) {
    cv::Mat light(pixels.size(), CV_32FC1);
    const float cx = r.real(0.3F, 0.7F), cy = r.real(0.3F, 0.7F), depth = r.real(0.1F, 0.5F);
    for (int y = 0; y < light.rows; ++y)
        for (int x = 0; x < light.cols; ++x) {
            const float u = static_cast<float>(x) / static_cast<float>(light.cols) - cx,
                        v = static_cast<float>(y) / static_cast<float>(light.rows) - cy;
            light.at<float>(y, x) = 1.05F - depth * (u * u + v * v) * 2;
        }
    multiply(pixels, light);
}

}  // namespace

void age(cv::Mat& pixels, const MapStyle& s, float strength, Random r) {
    const auto often = [&](float probability) { return r.chance(probability * strength); };
    const bool painted = s.manner == Manner::painted;
    if (often(painted ? 0.35F : 0.05F)) cv::medianBlur(pixels, pixels, r.pick({3, 3, 5}));
    if (often(painted ? 0.3F : 0.08F)) gather_pigment(pixels, r.real(0.3F, 0.9F));
    if (often(s.manner == Manner::plain_print ? 0.25F : 0.02F)) threshold_print(pixels, s, r);
    if (often(0.06F)) posterise(pixels, r.whole(4, 8));
    if (often(0.12F)) turn_hues(pixels, r.whole(0, 179), r.real(0.4F, 1.3F));
    if (often(0.1F)) misregister(pixels, r);
    if (often(0.15F)) vignette(pixels, r);
    if (often(0.12F)) halftone(pixels, s, r.real(3, 7), r.real(0.3F, 0.8F), r);
    if (often(0.15F)) desaturate(pixels, r.pick({0.3F, 0.6F, 1.0F}));
    if (often(0.5F))
        tint(pixels, r.pick<Color>({{255, 240, 205}, {250, 235, 215}, {240, 245, 255}, {255, 225, 180}}),
             r.real(0, 1), r.real(0.7F, 1.2F), r.bell(12));
    if (often(0.55F)) stains_and_folds(pixels, r);
    if (often(0.2F))
        resample(pixels, r.real(0.5F, 0.9F));
    else if (often(0.25F))
        cv::GaussianBlur(pixels, pixels, {0, 0}, r.real(0.4F, 1.3F));
    if (often(0.65F)) grain(pixels, r.real(2, 16), r.chance(0.3F), r);
    if (often(0.35F)) jpeg(pixels, r.whole(35, 92));
}

}  // namespace figurant::synthesis
