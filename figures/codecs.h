#pragma once
// OpenCV's encoders and decoders of pictures in memory. They are in a library of their own, figurant_codecs,
// which is loaded at the first call: OpenCV's imgcodecs brings GDAL along, a tenth of a second's work.

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace figurant::figures {

/// As cv::imencode: `extension` (".jpg", ".png") chooses the format, `settings` are pairs of cv::ImwriteFlags
/// and value; channels are blue, green, red. False, or a cv::Exception, when it cannot be done.
bool encode_picture(const std::string& extension, const cv::Mat& pixels, std::vector<std::uint8_t>& bytes,
                    const std::vector<int>& settings);

/// As cv::imdecode: CV_8UC3, blue, green, red; empty when the bytes are no picture.
cv::Mat decode_picture(const std::vector<std::uint8_t>& bytes);

struct CodecFunctions {
    decltype(&encode_picture) encode;
    decltype(&decode_picture) decode;
};

}  // namespace figurant::figures
