#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "data_formats/image/image.h"
#include "figures/codecs.h"

namespace figurant::data_formats {

namespace {

std::string size_text(const cv::Mat& pixels) {
    return "a picture of " + std::to_string(pixels.cols) + " x " + std::to_string(pixels.rows) + " pixels";
}

/// OpenCV's order of channels is blue, green, red.
cv::Mat swapped(const cv::Mat& pixels) {
    cv::Mat result;
    if (pixels.type() == CV_8UC3) cv::cvtColor(pixels, result, cv::COLOR_RGB2BGR);
    if (pixels.type() == CV_8UC4) cv::cvtColor(pixels, result, cv::COLOR_RGBA2BGRA);
    return result.empty() ? pixels : result;
}

std::string encode(const cv::Mat& pixels, const char* extension, const std::vector<int>& options) {
    std::vector<uchar> bytes;
    try {
        if (figures::encode_picture(extension, swapped(pixels), bytes, options))
            return {bytes.begin(), bytes.end()};
    } catch (const cv::Exception& error) {
        throw Error(Cause::output,
                    size_text(pixels) + " cannot be encoded as " + extension + ": " + error.err,
                    "choose another format, or a smaller picture");
    }
    throw Error(Cause::output, size_text(pixels) + " cannot be encoded as " + extension,
                "choose another format, or a smaller picture");
}

void check(const cv::Mat& pixels, bool known_type) {
    if (pixels.empty() || !known_type)
        throw Error(Cause::internal, size_text(pixels) + " is empty or of a type that cannot be encoded");
}

}  // namespace

std::string encode_png(const cv::Mat& pixels, int level) {
    check(pixels, pixels.type() == CV_8UC1 || pixels.type() == CV_8UC3 || pixels.type() == CV_8UC4);
    return encode(pixels, ".png", {cv::IMWRITE_PNG_COMPRESSION, level});
}

std::string encode_jpeg(const cv::Mat& pixels, int quality) {
    check(pixels, pixels.type() == CV_8UC1 || pixels.type() == CV_8UC3);
    // libjpeg would end deep inside its encoder.
    if (pixels.cols > 65500 || pixels.rows > 65500)
        throw Error(Cause::output, size_text(pixels) + " is too large for a JPEG", "write it as PNG");
    return encode(pixels, ".jpg", {cv::IMWRITE_JPEG_QUALITY, quality});
}

}  // namespace figurant::data_formats
