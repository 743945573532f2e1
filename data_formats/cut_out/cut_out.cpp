#include "data_formats/cut_out/cut_out.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/file_writer.h"
#include "data_formats/cut_out/scaled_png.h"
#include "data_formats/map_image/map_image.h"

namespace figurant::data_formats {
namespace {

constexpr int seen = 128;             // alpha from which a pixel is part of the cut-out
constexpr int least_side = 8;         // pixels
constexpr int border_tolerance = 24;  // of 255, in each channel
constexpr double border_share = 0.9;  // of the border's pixels that must have its colour

[[noreturn]] void reject(const std::string& name, const std::string& why, const std::string& next) {
    throw Error(Cause::input, name + ": " + why, next);
}

cv::Size scaled_size(std::int64_t width, std::int64_t height, int longest) {
    const double scale = std::min(1.0, longest / static_cast<double>(std::max(width, height)));
    return {std::max(1, cvRound(static_cast<double>(width) * scale)),
            std::max(1, cvRound(static_cast<double>(height) * scale))};
}

bool is_png(std::string_view bytes) { return bytes.starts_with("\x89PNG\r\n\x1A\n"); }

/// Other images have no transparency that we read: opaque.
cv::Mat read_opaque(const std::filesystem::path& path, const CutOutLimits& limits) {
    const auto map = open_map(path, path.filename().string());
    const auto& info = map->info();
    if (info.width > limits.most_pixels / std::max<std::int64_t>(1, info.height))
        throw Error(Cause::limit,
                    path.string() + ": is " + std::to_string(info.width) + " x " +
                        std::to_string(info.height) + " pixels; at most " +
                        std::to_string(limits.most_pixels) + " are read of a cut-out",
                    "make the picture smaller");
    const cv::Rect all(0, 0, static_cast<int>(info.width), static_cast<int>(info.height));
    cv::Mat rgba;
    cv::cvtColor(map->read(all, scaled_size(info.width, info.height, limits.longest)), rgba,
                 cv::COLOR_RGB2RGBA);
    return rgba;
}

std::vector<cv::Point> border_of(cv::Size size) {
    std::vector<cv::Point> points;
    for (int x = 0; x < size.width; ++x) points.insert(points.end(), {{x, 0}, {x, size.height - 1}});
    for (int y = 0; y < size.height; ++y) points.insert(points.end(), {{0, y}, {size.width - 1, y}});
    return points;
}

/// The middle colour of the border, channel by channel.
cv::Vec3b border_color(const cv::Mat& rgb, const std::vector<cv::Point>& border) {
    cv::Vec3b color;
    for (int c = 0; c < 3; ++c) {
        std::vector<std::uint8_t> values;
        for (const auto& p : border) values.push_back(rgb.at<cv::Vec3b>(p)[c]);
        const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
        std::nth_element(values.begin(), middle, values.end());
        color[c] = *middle;
    }
    return color;
}

/// What has the border's colour and is joined to it becomes transparent.
void cut_along_border(cv::Mat& rgba, const std::string& name) {
    cv::Mat rgb;
    cv::cvtColor(rgba, rgb, cv::COLOR_RGBA2RGB);
    const auto border = border_of(rgb.size());
    const cv::Vec3b color = border_color(rgb, border);
    cv::Mat like;
    const auto bound = [&](int by) { return cv::Scalar(color[0] + by, color[1] + by, color[2] + by); };
    cv::inRange(rgb, bound(-border_tolerance), bound(border_tolerance), like);
    std::size_t of_one_color = 0;
    for (const auto& p : border) of_one_color += like.at<std::uint8_t>(p) != 0;
    if (static_cast<double>(of_one_color) < border_share * static_cast<double>(border.size()))
        reject(name, "has no transparency, and its border is not of one colour",
               "cut the figure out: make what surrounds it transparent");
    for (const auto& p : border)
        if (like.at<std::uint8_t>(p) == 255) cv::floodFill(like, p, 100);
    cv::Mat alpha = like != 100;
    cv::GaussianBlur(alpha, alpha, {0, 0}, 0.5);
    cv::insertChannel(alpha, rgba, 3);
}

cv::Mat cropped(const cv::Mat& rgba, const std::string& name) {
    cv::Mat alpha;
    cv::extractChannel(rgba, alpha, 3);
    const cv::Rect box = cv::boundingRect(alpha >= seen);
    if (box.width < least_side || box.height < least_side)
        reject(name,
               "only " + std::to_string(box.width) + " x " + std::to_string(box.height) +
                   " pixels of it can be seen",
               "give pictures of at least " + std::to_string(least_side) + " x " +
                   std::to_string(least_side) + " pixels that are not transparent");
    return rgba(box).clone();
}

cv::Mat finished(cv::Mat rgba, const std::string& name) {
    cv::Mat alpha;
    cv::extractChannel(rgba, alpha, 3);
    if (cv::countNonZero(alpha < 250) == 0) cut_along_border(rgba, name);  // scaling blurs small holes
    return cropped(rgba, name);
}

}  // namespace

cv::Mat decode_cut_out(std::string_view png, const std::string& name, const CutOutLimits& limits) {
    if (png.empty()) reject(name, "is empty", "copy the file again");
    if (!is_png(png)) reject(name, "is no PNG", "convert it to one");
    return finished(decode_png_scaled(png, name, limits), name);
}

cv::Mat read_cut_out(const std::filesystem::path& path, const CutOutLimits& limits) {
    std::error_code failed;
    const auto size = std::filesystem::file_size(path, failed);
    if (!failed && size > limits.most_bytes)
        throw Error(Cause::limit,
                    path.string() + ": is a file of " + std::to_string(size) + " bytes; at most " +
                        std::to_string(limits.most_bytes) + " are read of a cut-out",
                    "make the picture smaller");
    const std::string bytes = read_file(path, limits.most_bytes);
    if (bytes.empty() || is_png(bytes)) return decode_cut_out(bytes, path.string(), limits);
    return finished(read_opaque(path, limits), path.string());
}

}  // namespace figurant::data_formats
