#pragma once
// Binary masks as runs, in COCO's convention: column by column, starting with the zeros, byte-equal to the
// COCO API's.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <opencv2/core.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace figurant::figures {

/// A binary mask of height x width. Runs alternate 0, 1, 0, 1, … down the columns; the first may have length
/// 0. Invariant: the runs sum to height * width.
class RunLengthMask {
  public:
    RunLengthMask() = default;
    /// Runs as in an uncompressed COCO segmentation. Error(Cause::input) when they do not sum to height *
    /// width.
    RunLengthMask(std::int64_t height, std::int64_t width, std::vector<std::uint32_t> counts);

    /// From CV_8UC1; non-zero is inside.
    static RunLengthMask encode(const cv::Mat& mask);
    /// From COCO's compressed text; Error(Cause::input) naming the offset when it is damaged or does not fill
    /// the mask.
    static RunLengthMask from_string(std::int64_t height, std::int64_t width, std::string_view text);
    /// The polygons' union, rasterised as the COCO API does (x, y alternating).
    static RunLengthMask from_polygons(std::int64_t height, std::int64_t width,
                                       std::span<const std::vector<double>> polygons);

    std::int64_t height() const { return height_; }
    std::int64_t width() const { return width_; }
    const std::vector<std::uint32_t>& counts() const { return counts_; }

    cv::Mat decode() const;         ///< CV_8UC1, 0 or 1
    std::string to_string() const;  ///< COCO's compressed text
    std::int64_t area() const;
    struct Bounds {
        std::int64_t x, y, width, height;
    };                      ///< all 0 for an empty mask
    Bounds bounds() const;  ///< as the COCO API's toBbox

    bool operator==(const RunLengthMask&) const = default;

  private:
    std::int64_t height_ = 0, width_ = 0;
    std::vector<std::uint32_t> counts_;
};

/// Pixels in both; the masks are of the same size, else Error(Cause::internal).
std::int64_t intersection(const RunLengthMask& a, const RunLengthMask& b);

/// Pixels in either; the masks are of the same size, else Error(Cause::internal).
RunLengthMask united(const RunLengthMask& a, const RunLengthMask& b);

/// A mask kept as its own small window on a larger image: never a full frame.
/// (x, y) is where local's top left corner lies; the window lies wholly inside the image.
struct PlacedMask {
    std::int64_t x = 0, y = 0;
    RunLengthMask local;

    /// `mask` (CV_8UC1, non-zero is inside) with its top left corner at (x, y), cut down to the pixels that
    /// are inside.
    static PlacedMask encode(const cv::Mat& mask, std::int64_t x, std::int64_t y);
    /// A mask of a whole image, cut down to the pixels that are inside.
    static PlacedMask from_image(const RunLengthMask& whole);

    /// The same mask over the whole image, worked out on the runs, without a frame. A run longer than 32 bits
    /// can say is parted by runs of length 0. Error(Cause::internal) when the window leaves the image.
    RunLengthMask on_image(std::int64_t image_height, std::int64_t image_width) const;
    bool empty() const { return local.height() == 0 || local.width() == 0; }
    std::int64_t area() const { return local.area(); }
    /// The smallest window around the pixels that are inside, on the image.
    RunLengthMask::Bounds bounds() const;

    bool operator==(const PlacedMask&) const = default;
};

/// Pixels in both, wherever the two windows lie.
std::int64_t intersection(const PlacedMask& a, const PlacedMask& b);
/// Intersection over union, 0 to 1; 0 when both are empty.
double iou(const PlacedMask& a, const PlacedMask& b);
/// Pixels in either, in the smallest window around them.
PlacedMask united(const PlacedMask& a, const PlacedMask& b);
/// The pixels inside x, y, width, height (of `window`), in the smallest window around them.
PlacedMask clipped(const PlacedMask& mask, const RunLengthMask::Bounds& window);
/// Calls `piece(x, y_begin, y_end)` for each stretch of inside pixels in a column (y_end exclusive), on the
/// image, as far as it lies in `window`; columns from left to right, each downwards.
void for_each_piece(
    const PlacedMask& mask, const RunLengthMask::Bounds& window,
    const std::function<void(std::int64_t x, std::int64_t y_begin, std::int64_t y_end)>& piece);

}  // namespace figurant::figures
