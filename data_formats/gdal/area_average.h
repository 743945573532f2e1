#pragma once
// Shrinking by averaging areas, fed block by block in any division, so that no more than a block of the
// source is held.

#include <opencv2/core.hpp>
#include <vector>

namespace figurant::data_formats {

/// Averages a region of a source image into `size` pixels; each source pixel counts by the part of it that a
/// target pixel covers. Both scales must shrink (or keep) the region. The same blocks in the same order give
/// the same bytes.
class AreaAverage {
  public:
    /// `region`: in pixels of the source, its edges may cut pixels.
    AreaAverage(const cv::Rect2d& region, cv::Size size);
    /// A block of the source (CV_8UC3) whose top left pixel is at `place`; what lies outside the region is
    /// ignored.
    void add(const cv::Mat& block, cv::Point place);
    /// The result, CV_8UC3, once every source pixel of the region was added exactly once.
    cv::Mat result() const;

  private:
    struct Share {  ///< how one source pixel is divided between two neighbouring target pixels
        int target;
        float first, second;
    };
    static Share share(int source, double start, double step, int targets);
    void add_row(const cv::Vec3b* pixels, const std::vector<Share>& columns, const Share& row);

    cv::Rect2d region_;
    cv::Size size_;
    std::vector<float> sums_, row_;
};

}  // namespace figurant::data_formats
