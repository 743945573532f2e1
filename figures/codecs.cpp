#include "figures/codecs.h"

#include "base/loaded_library.h"

namespace figurant::figures {

namespace {

const CodecFunctions& codecs() {
    static const auto& functions = loaded_functions<CodecFunctions>("figurant_codecs");
    return functions;
}

}  // namespace

bool encode_picture(const std::string& extension, const cv::Mat& pixels, std::vector<std::uint8_t>& bytes,
                    const std::vector<int>& settings) {
    return codecs().encode(extension, pixels, bytes, settings);
}

cv::Mat decode_picture(const std::vector<std::uint8_t>& bytes) { return codecs().decode(bytes); }

}  // namespace figurant::figures
