#include "synthesis/dataset_layout.h"

#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "figures/codecs.h"

namespace figurant::synthesis {
namespace {

std::vector<std::uint8_t> encode(const cv::Mat& rgb, const std::string& suffix,
                                 const std::vector<int>& settings) {
    cv::Mat bgr;
    cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
    std::vector<std::uint8_t> bytes;
    bool encoded = false;
    try {
        encoded = figures::encode_picture(suffix, bgr, bytes, settings);
    } catch (const cv::Exception& error) {
        throw Error(Cause::output, "a composed map of " + std::to_string(rgb.cols) + "x" +
                                       std::to_string(rgb.rows) + " cannot be encoded as " + suffix + ": " +
                                       error.err);
    }
    if (!encoded) throw Error(Cause::output, "a composed map cannot be encoded as " + suffix);
    return bytes;
}

/// Tenths of a pixel, written without the locale's help.
std::string decimal(float value) {
    const auto tenths = static_cast<long>(std::lround(value * 10));
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

}  // namespace

std::string extension(ImageKind kind) { return kind == ImageKind::png ? "png" : "jpg"; }

std::vector<std::uint8_t> encode_image(const ComposedMap& map, ImageKind kind, int quality) {
    if (kind == ImageKind::png) return encode(map.rgb, ".png", {cv::IMWRITE_PNG_COMPRESSION, 3});
    return encode(map.rgb, ".jpg", {cv::IMWRITE_JPEG_QUALITY, quality});
}

std::vector<std::uint8_t> encode_mask(const ComposedMap& map) {
    return encode(map.figure_index, ".png", {cv::IMWRITE_PNG_COMPRESSION, 6});
}

std::string keypoints_json(const ComposedMap& map) {
    std::string text = "[";
    for (std::size_t i = 0; i < map.figures.size(); ++i) {
        text += i == 0 ? "\n  {" : ",\n  {";
        bool first = true;
        for (std::size_t j = 0; j < 16; ++j) {
            const auto& joint = map.figures[i].joints[j];
            if (!joint) continue;
            text += (first ? "\"" : ", \"") + std::to_string(j) + "\": [" + decimal(joint->x) + ", " +
                    decimal(joint->y) + "]";
            first = false;
        }
        text += "}";
    }
    return text + "\n]\n";
}

}  // namespace figurant::synthesis
