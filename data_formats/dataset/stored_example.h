#pragma once
// An example as data sets keep it: the picture's own encoded bytes, and all that is known of its figures.

#include <array>
#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "figures/coco.h"
#include "figures/example.h"

namespace figurant::data_formats {

struct StoredFigure {
    std::array<double, 4> bbox{};  ///< x, y, width, height, in pixels
    std::int64_t category = 1;
    double area = 0;                           ///< in pixels, as the data set says: it need not be the mask's
    bool crowd = false;                        ///< a region with figures that are not told apart
    std::int64_t id = 0;                       ///< of its annotation in a COCO file; 0 when it has none
    figures::PlacedMask mask;                  ///< on the whole picture; empty when only the box is known
    std::vector<figures::Keypoint> keypoints;  ///< `figures::joints` of them, one known at least; or none

    bool operator==(const StoredFigure&) const = default;
};

/// A picture of labels as runs, row by row from the top left. None at all: nothing is known.
struct LabelRuns {
    std::vector<std::uint32_t> lengths;
    std::vector<std::uint8_t> labels;  ///< one for each run

    /// `pixels`: CV_8UC1.
    static LabelRuns encode(const cv::Mat& pixels);
    /// CV_8UC1. Error(Cause::internal) unless the runs fill it exactly.
    cv::Mat decode(std::int64_t height, std::int64_t width) const;
    bool empty() const { return lengths.empty(); }
    bool operator==(const LabelRuns&) const = default;
};

struct StoredExample {
    std::string name;                    ///< the picture's file name below images/: see is_safe_name
    std::string image;                   ///< a JPEG or a PNG, byte for byte as it was found
    std::int64_t width = 0, height = 0;  ///< pixels
    std::int64_t id = 0;                 ///< of its picture in a COCO file; 0 when it has none
    std::vector<StoredFigure> figures;
    LabelRuns body_parts;  ///< 0 torso, 1 head, 2 right arm, 3 right leg, 4 left leg, 5 left arm, 255 none
    std::vector<figures::CocoCategory> categories;  ///< what the data set calls them, by rising id
    std::vector<std::string>
        left_out;  ///< what its reader passed over, a sentence each; no part of the example

    std::size_t bytes() const;
    /// Whether all but `left_out` is the same.
    bool operator==(const StoredExample&) const;
};

/// A hash of all that an example says: name, picture, size, figures with their masks and keypoints, body
/// parts. Not of ids and of the categories' names, which belong to the data set.
std::uint64_t digest(const StoredExample& example);

/// True for a relative path that cannot leave the folder it is put in: '/' separated components, none of them
/// empty, "." or "..", none longer than 255 bytes, no backslash, no control character.
bool is_safe_name(std::string_view name);

/// `name` (a path of some other machine, perhaps) as a safe name of one component.
std::string safe_name_of(std::string_view path);

/// The example with its picture decoded, as the network learns from it; regions of crowds are left out.
/// `where` stands for the example in messages. Error(Cause::input) when the picture is damaged or not of the
/// size that the example says; Error(Cause::limit) when it is too large to be decoded at once.
figures::Example decode_example(const StoredExample& example, const std::string& where);

/// The example's picture as RGB, CV_8UC3. Errors as above.
cv::Mat decode_picture(const StoredExample& example, const std::string& where);

}  // namespace figurant::data_formats
