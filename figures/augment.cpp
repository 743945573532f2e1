#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/random.h"
#include "figures/codecs.h"
#include "figures/example.h"

namespace figurant::figures {
namespace {

/// Where a picture's window goes: `window` (may reach past the picture) onto `size`, then mirrored or not.
struct Placement {
    cv::Rect window;
    cv::Size size;
    bool mirrored = false;

    double scale_x() const { return static_cast<double>(size.width) / window.width; }
    double scale_y() const { return static_cast<double>(size.height) / window.height; }
    double x(double source) const {
        const double moved = (source - window.x) * scale_x();
        return mirrored ? size.width - moved : moved;
    }
    double y(double source) const { return (source - window.y) * scale_y(); }
};

/// Where a window of `side` begins along an axis: near `wish`, inside the picture where it fits, else around
/// it.
int window_start(double wish, int side, int length) {
    const int low = std::min(0, length - side), high = std::max(0, length - side);
    return std::clamp(static_cast<int>(std::lround(wish)), low, high);
}

/// The zoom that gives a figure's longer side a random length between the wished ones, as far as zooming may
/// go.
double figure_zoom(const Box& box, const AugmentOptions& options, Random& random) {
    const double length = random.log_uniform(options.figure_least, options.figure_most);
    const double longer = std::max({box.x_max - box.x_min, box.y_max - box.y_min, 1.0F});
    return std::clamp(length / longer, options.zoom_least, options.zoom_most);
}

Placement choose_placement(const Example& example, const AugmentOptions& options, Random& random) {
    const cv::Size picture = example.rgb.size();
    double zoom = random.log_uniform(options.zoom_least, options.zoom_most);
    const bool near = random.chance(options.near_figure);
    const double across = random.uniform(), down = random.uniform();
    const double which = random.uniform();
    const bool mirrored = random.chance(options.flip);
    if (options.crop == 0) return {{{0, 0}, picture}, picture, mirrored};

    const int crop = static_cast<int>(options.crop);
    const ExampleFigure* figure = nullptr;
    if (near && !example.figures.empty())
        figure =
            &example.figures[static_cast<std::size_t>(which * static_cast<double>(example.figures.size()))];
    if (figure && options.figure_most > 0) zoom = figure_zoom(figure->box, options, random);
    // Zooming out to less than half of the window would teach margins, and take memory for them.
    const int most = std::max(crop, 2 * std::max(picture.width, picture.height));
    const int side = std::clamp(static_cast<int>(std::lround(crop / zoom)), 1, most);
    double x = across * (picture.width - side), y = down * (picture.height - side);
    if (figure) {
        const Box& box = figure->box;
        // The figure's middle lands anywhere in the inner part of the window.
        x = (box.x_min + box.x_max) / 2.0 - side * (0.2 + 0.6 * across);
        y = (box.y_min + box.y_max) / 2.0 - side * (0.2 + 0.6 * down);
    }
    return {{window_start(x, side, picture.width), window_start(y, side, picture.height), side, side},
            {crop, crop},
            mirrored};
}

cv::Mat cut_pixels(const cv::Mat& rgb, const Placement& placement) {
    const cv::Rect& window = placement.window;
    const cv::Rect inside = window & cv::Rect({0, 0}, rgb.size());
    cv::Mat part = rgb(inside);
    if (inside != window) {
        cv::Mat padded;
        cv::copyMakeBorder(part, padded, inside.y - window.y, window.br().y - inside.br().y,
                           inside.x - window.x, window.br().x - inside.br().x, cv::BORDER_CONSTANT,
                           cv::mean(part));
        part = padded;
    }
    cv::Mat result;
    // The same sampling as maps are read with, so that learning sees what detection will see.
    const bool shrinks = window.width > 2 * placement.size.width;
    if (part.size() == placement.size)
        part.copyTo(result);
    else
        cv::resize(part, result, placement.size, 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
    if (placement.mirrored) cv::flip(result, result, 1);
    return result;
}

/// First and one past the last target pixel whose centre falls on source pixels [begin, end), counted in the
/// window.
std::pair<int, int> target_span(std::int64_t begin, std::int64_t end, double scale, int length) {
    const auto edge = [&](std::int64_t source) {
        return std::clamp(static_cast<int>(std::ceil(static_cast<double>(source) * scale - 0.5)), 0, length);
    };
    return {edge(begin), edge(end)};
}

PlacedMask place_mask(const PlacedMask& cut, const Placement& placement) {
    const auto [left, right] =
        target_span(cut.x - placement.window.x, cut.x + cut.local.width() - placement.window.x,
                    placement.scale_x(), placement.size.width);
    const auto [top, bottom] =
        target_span(cut.y - placement.window.y, cut.y + cut.local.height() - placement.window.y,
                    placement.scale_y(), placement.size.height);
    if (left >= right || top >= bottom) return {};
    const cv::Mat source = cut.local.decode();
    const auto source_at = [](int target, double scale, std::int64_t offset, int length) {
        const auto at = static_cast<std::int64_t>(std::floor((target + 0.5) / scale)) - offset;
        return static_cast<int>(std::clamp<std::int64_t>(at, 0, length - 1));
    };
    std::vector<int> columns;
    for (int x = left; x < right; ++x)
        columns.push_back(source_at(x, placement.scale_x(), cut.x - placement.window.x, source.cols));
    cv::Mat target(bottom - top, right - left, CV_8UC1);
    for (int y = top; y < bottom; ++y) {
        const auto* from = source.ptr<std::uint8_t>(
            source_at(y, placement.scale_y(), cut.y - placement.window.y, source.rows));
        auto* to = target.ptr<std::uint8_t>(y - top);
        for (std::size_t x = 0; x < columns.size(); ++x) to[x] = from[columns[x]];
    }
    if (placement.mirrored) cv::flip(target, target, 1);
    return PlacedMask::encode(target, placement.mirrored ? placement.size.width - right : left, top);
}

Box place_box(const Box& box, const Placement& placement) {
    const auto [a, b] = std::minmax({placement.x(box.x_min), placement.x(box.x_max)});
    const auto within = [](double value, int length) {
        return static_cast<float>(std::clamp(value, 0.0, static_cast<double>(length)));
    };
    return {within(a, placement.size.width), within(placement.y(box.y_min), placement.size.height),
            within(b, placement.size.width), within(placement.y(box.y_max), placement.size.height)};
}

/// The joint that becomes joint `i` when left and right change sides.
std::size_t mirrored_joint(std::size_t i) {
    if (i < 6) return 5 - i;
    return i < 10 ? i : 25 - i;
}

std::vector<Keypoint> place_keypoints(const std::vector<Keypoint>& keypoints, const Placement& placement) {
    std::vector<Keypoint> placed;
    for (std::size_t i = 0; i < keypoints.size(); ++i) {
        const bool swaps = placement.mirrored && keypoints.size() == joints;
        const Keypoint& from = keypoints[swaps ? mirrored_joint(i) : i];
        const double x = placement.x(from.x), y = placement.y(from.y);
        const bool inside = x >= 0 && y >= 0 && x <= placement.size.width && y <= placement.size.height;
        placed.push_back({static_cast<float>(x), static_cast<float>(y), from.known && inside});
    }
    return placed;
}

/// The figure in the new picture; false when too little of it is left.
bool place_figure(const ExampleFigure& figure, const Placement& placement, const AugmentOptions& options,
                  ExampleFigure& placed) {
    placed.category = figure.category;
    placed.keypoints = place_keypoints(figure.keypoints, placement);
    double before, after;
    if (figure.mask.empty()) {
        placed.box = place_box(figure.box, placement);
        before = figure.box.area() * placement.scale_x() * placement.scale_y();
        after = placed.box.area();
    } else {
        const cv::Rect& w = placement.window;
        const PlacedMask cut = clipped(figure.mask, {w.x, w.y, w.width, w.height});
        if (cut.empty() ||
            static_cast<double>(cut.area()) < options.visible_least * static_cast<double>(figure.mask.area()))
            return false;
        placed.mask = place_mask(cut, placement);
        const auto bounds = placed.mask.bounds();
        placed.box = {static_cast<float>(bounds.x), static_cast<float>(bounds.y),
                      static_cast<float>(bounds.x + bounds.width),
                      static_cast<float>(bounds.y + bounds.height)};
        before = 0;
        after = static_cast<double>(placed.mask.area());
    }
    return after > 0 && after >= options.visible_least * before &&
           after >= static_cast<double>(options.area_least);
}

using Colours = cv::Matx34d;

/// `second` after `first`, each a 3x3 matrix and an offset.
Colours chained(const Colours& first, const Colours& second) {
    const cv::Matx33d a = second.get_minor<3, 3>(0, 0), b = first.get_minor<3, 3>(0, 0);
    const cv::Vec3d offset = a * cv::Vec3d(first(0, 3), first(1, 3), first(2, 3));
    const cv::Matx33d product = a * b;
    Colours result;
    for (int i = 0; i < 3; ++i) {
        for (int j = 0; j < 3; ++j) result(i, j) = product(i, j);
        result(i, 3) = offset[i] + second(i, 3);
    }
    return result;
}

/// Every colour towards (below 1) or away from (above 1) its own grey.
Colours saturated(double strength) {
    constexpr double luma[3] = {0.299, 0.587, 0.114};
    Colours result = Colours::zeros();
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) result(i, j) = (1 - strength) * luma[j] + (i == j ? strength : 0);
    return result;
}

/// Colours turned about the grey axis by `turn`, a share of the full circle (Rodrigues' rotation).
Colours turned(double turn) {
    const double angle = 2 * CV_PI * turn, c = std::cos(angle), s = std::sin(angle) / std::sqrt(3.0);
    const double same = c + (1 - c) / 3, next = (1 - c) / 3 - s, after = (1 - c) / 3 + s;
    return {same, next, after, 0, after, same, next, 0, next, after, same, 0};
}

/// `factor` about the middle grey, then `offset`.
Colours stretched(double factor, double offset) {
    const double shift = 127.5 * (1 - factor) + offset;
    return {factor, 0, 0, shift, 0, factor, 0, shift, 0, 0, factor, shift};
}

void vary_colours(cv::Mat& rgb, const AugmentOptions& options, Random& random) {
    const auto about = [&](double strength) { return random.uniform(-strength, strength); };
    const double brightness = 255 * about(options.brightness), contrast = 1 + about(options.contrast);
    const double saturation = 1 + about(options.saturation), hue = about(options.hue);
    const bool grey = random.chance(options.grey);
    const Colours all =
        chained(chained(turned(hue), saturated(grey ? 0 : saturation)), stretched(contrast, brightness));
    cv::transform(rgb, rgb, all);
}

void add_noise(cv::Mat& rgb, double deviation, Random& random) {
    for (int y = 0; y < rgb.rows; ++y) {
        auto* row = rgb.ptr<std::uint8_t>(y);
        for (int i = 0; i < rgb.cols * 3; ++i)
            row[i] = cv::saturate_cast<std::uint8_t>(row[i] + deviation * random.bell());
    }
}

void through_jpeg(cv::Mat& rgb, int quality) {
    cv::Mat bgr;
    cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
    std::vector<std::uint8_t> bytes;
    if (!encode_picture(".jpg", bgr, bytes, {cv::IMWRITE_JPEG_QUALITY, quality}))
        throw Error(Cause::internal, "a picture could not be compressed as JPEG");
    cv::cvtColor(decode_picture(bytes), rgb, cv::COLOR_BGR2RGB);
}

void vary_pixels(cv::Mat& rgb, const AugmentOptions& options, Random& random) {
    vary_colours(rgb, options, random);
    const bool blurs = random.chance(options.blur), noises = random.chance(options.noise),
               jpegs = random.chance(options.jpeg);
    const double sigma = random.uniform(0, options.blur_most),
                 deviation = random.uniform(0, options.noise_most);
    const double quality = random.uniform(static_cast<double>(options.jpeg_quality_least), 96);
    if (blurs && sigma > 0.1) cv::GaussianBlur(rgb, rgb, {}, sigma);
    if (noises) add_noise(rgb, deviation, random);
    if (jpegs) through_jpeg(rgb, static_cast<int>(quality));
}

}  // namespace

std::size_t Example::bytes() const {
    std::size_t sum = sizeof(*this) + rgb.total() * (rgb.empty() ? 0 : rgb.elemSize());
    for (const auto& figure : figures)
        sum += sizeof(figure) + figure.mask.local.counts().capacity() * sizeof(std::uint32_t) +
               figure.keypoints.capacity() * sizeof(Keypoint);
    return sum;
}

const ParameterList<AugmentOptions>& augment_parameters() {
    using O = AugmentOptions;
    static const ParameterList<O> list =
        ParameterList<O>{}
            .add("crop", &O::crop,
                 "side of the square cut from each picture, in pixels; 0: the whole picture", range(0, 8192))
            .add("zoom_least", &O::zoom_least, "least enlargement of the cut", range(0.01, 100))
            .add("zoom_most", &O::zoom_most, "greatest enlargement of the cut", range(0.01, 100))
            .add("near_figure", &O::near_figure, "share of cuts that are placed around a figure", range(0, 1))
            .add("figure_least", &O::figure_least,
                 "least length that such a cut's zoom gives the figure's longer side, in pixels",
                 range(0, 8192))
            .add("figure_most", &O::figure_most,
                 "greatest such length, as far as the greatest and least enlargement allow; 0: any zoom",
                 range(0, 8192))
            .add("flip", &O::flip, "share of pictures that are mirrored", range(0, 1))
            .add("brightness", &O::brightness, "greatest change of brightness, as a share of white",
                 range(0, 1))
            .add("contrast", &O::contrast, "greatest change of contrast, as a share", range(0, 1))
            .add("saturation", &O::saturation, "greatest change of saturation, as a share", range(0, 1))
            .add("hue", &O::hue, "greatest turn of the colours, as a share of the circle", range(0, 0.5))
            .add("grey", &O::grey, "share of pictures that lose their colours", range(0, 1))
            .add("blur", &O::blur, "share of pictures that are blurred", range(0, 1))
            .add("blur_most", &O::blur_most, "greatest deviation of the blur, in pixels", range(0, 50))
            .add("noise", &O::noise, "share of pictures that get noise", range(0, 1))
            .add("noise_most", &O::noise_most, "greatest deviation of the noise, of 255", range(0, 255))
            .add("jpeg", &O::jpeg, "share of pictures that are compressed as JPEG", range(0, 1))
            .add("jpeg_quality_least", &O::jpeg_quality_least, "least quality of that JPEG", range(1, 95))
            .add("visible_least", &O::visible_least,
                 "figures of which less than this share is in the cut are dropped", range(0, 1))
            .add("area_least", &O::area_least, "figures of fewer pixels than this in the cut are dropped",
                 at_least(1));
    return list;
}

Example augment(const Example& example, const AugmentOptions& options, std::uint64_t seed) {
    if (example.rgb.empty() || example.rgb.type() != CV_8UC3)
        throw Error(Cause::internal,
                    "example \"" + example.info.name + "\": pixels must be CV_8UC3 and not empty");
    if (options.zoom_least > options.zoom_most)
        throw Error(Cause::configuration, "zoom_least is above zoom_most", "swap them");
    if (options.figure_most > 0 && !(options.figure_least > 0 && options.figure_least <= options.figure_most))
        throw Error(Cause::configuration, "figure_least is 0, or above figure_most",
                    "give both, the lesser first");
    Random random(seed);
    const Placement placement = choose_placement(example, options, random);
    Example result;
    result.info = example.info;
    result.info.width = placement.size.width;
    result.info.height = placement.size.height;
    result.rgb = cut_pixels(example.rgb, placement);
    vary_pixels(result.rgb, options, random);
    for (const auto& figure : example.figures) {
        ExampleFigure placed;
        if (place_figure(figure, placement, options, placed)) result.figures.push_back(std::move(placed));
    }
    return result;
}

}  // namespace figurant::figures
