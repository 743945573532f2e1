#pragma once
// The outlines of a mask along the edges of its pixels.

#include <opencv2/core.hpp>
#include <vector>

namespace figurant::data_formats {

/// Corners only, on the grid of pixel corners, not closed by a repeated first point.
using Ring = std::vector<cv::Point>;

/// A connected part of a mask (pixels that share an edge) and its holes. In x to the right, y down, `outer`
/// has a positive shoelace area, holes a negative one.
struct Outline {
    Ring outer;
    std::vector<Ring> holes;
};

/// `mask`: CV_8UC1, non-zero is inside. Parts in the order of their topmost, then leftmost pixel.
std::vector<Outline> trace_outlines(const cv::Mat& mask);

/// Twice the signed area.
std::int64_t shoelace(const Ring& ring);

}  // namespace figurant::data_formats
