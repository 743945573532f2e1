#pragma once
// Pictures that fit in memory, JPEG and PNG: training images, masks, and what is written. See image.md.

#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <string_view>

namespace figurant::data_formats {

/// How many pixels a picture may have before it is refused; checked before memory is taken for them.
inline constexpr std::int64_t most_pixels_by_default = std::int64_t{1} << 28;

/// A picture as RGB, CV_8UC3, its colours as map images' (transparency over white, 16 bit scaled, …). Any
/// kind that open_map reads. Error(Cause::input) naming the file: missing, empty, cut short, damaged, no
/// picture; Error(Cause::limit) for more than `most_pixels`.
cv::Mat read_image(const std::filesystem::path& path, std::int64_t most_pixels = most_pixels_by_default);

/// The same for a JPEG or PNG in memory; `name` stands for the file in messages.
cv::Mat decode_image(std::string_view bytes, const std::string& name,
                     std::int64_t most_pixels = most_pixels_by_default);

/// The width and height that decode_image would give, without decoding. Errors as decode_image, but damaged
/// pixels go unnoticed.
cv::Size image_size(std::string_view bytes, const std::string& name,
                    std::int64_t most_pixels = most_pixels_by_default);

/// A PNG of 8 bits whose channels are numbers, not colours: CV_8UC1, or CV_8UC3 as red, green, blue, or
/// CV_8UC4 with alpha last, nothing laid over anything. Errors as above.
cv::Mat decode_label_png(std::string_view bytes, const std::string& name,
                         std::int64_t most_pixels = most_pixels_by_default);

/// CV_8UC1, CV_8UC3 (RGB) or CV_8UC4 (RGBA) as a PNG. `level`: of compression, 0 to 9. The same picture gives
/// the same bytes. Error(Cause::internal) for other types, Error(Cause::output) when it cannot be encoded.
std::string encode_png(const cv::Mat& pixels, int level = 3);

/// CV_8UC1 or CV_8UC3 (RGB) as a JPEG. `quality`: 1 to 100. Errors as encode_png; sides beyond 65,500 pixels
/// are one.
std::string encode_jpeg(const cv::Mat& pixels, int quality = 92);

}  // namespace figurant::data_formats
