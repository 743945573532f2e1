#pragma once
// Pictures cut out of their ground, to compose maps from. See cut_out.md.

#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <string_view>

namespace figurant::data_formats {

struct CutOutLimits {
    int longest = 640;  ///< pixels of the longer side that are kept; larger pictures are read scaled down
    std::int64_t most_pixels = std::int64_t{1} << 28;  ///< of the picture in the file
    std::size_t most_bytes = std::size_t{256} << 20;   ///< of the file, and of what its decoder must hold
};

/// A cut-out as CV_8UC4 (RGBA, colours not multiplied by their alpha), cropped to what can be seen of it.
/// PNG of any kind: palette, grey, 16 bits; without transparency, and other images, are cut out along their
/// border if that is of one colour. Error(Cause::input) naming the file: missing, empty, damaged, no image,
/// nothing to be seen, fewer than 8 pixels wide or high, no way to tell figure from ground;
/// Error(Cause::limit) naming the limit: more pixels than allowed, too large a file, an interlaced PNG that
/// must be held whole.
cv::Mat read_cut_out(const std::filesystem::path& path, const CutOutLimits& limits = {});

/// The same for a PNG in memory; `name` stands for the file in messages.
cv::Mat decode_cut_out(std::string_view png, const std::string& name, const CutOutLimits& limits = {});

}  // namespace figurant::data_formats
