// What the library figurant_codecs offers.

#include <opencv2/imgcodecs.hpp>

#include "figures/codecs.h"

namespace figurant::figures {

namespace {

bool encode(const std::string& extension, const cv::Mat& pixels, std::vector<std::uint8_t>& bytes,
            const std::vector<int>& settings) {
    return cv::imencode(extension, pixels, bytes, settings);
}

cv::Mat decode(const std::vector<std::uint8_t>& bytes) { return cv::imdecode(bytes, cv::IMREAD_COLOR); }

}  // namespace

extern "C" const CodecFunctions& figurant_codecs() {
    static constexpr CodecFunctions all = {encode, decode};
    return all;
}

}  // namespace figurant::figures
