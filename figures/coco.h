#pragma once
// What COCO's two JSON files hold, in memory: the ground truth, and results. Read and written by
// data_formats, measured by metrics.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "figures/run_length_mask.h"

namespace figurant::figures {

struct CocoImage {
    std::int64_t id = 0;
    std::string file_name;
    std::int64_t width = 0, height = 0;  ///< pixels
};

struct CocoCategory {
    std::int64_t id = 1;
    std::string name;
};

/// One true figure.
struct CocoAnnotation {
    std::int64_t id = 0;  ///< unique; COCO's own tools never count a figure of id 0 as found
    std::int64_t image_id = 0, category_id = 1;
    std::array<double, 4> bbox{};  ///< x, y, width, height, in pixels
    double area = 0;               ///< in pixels, as the file says: it need not be the mask's
    bool iscrowd = false;
    std::optional<RunLengthMask> segmentation;  ///< over the whole image; none when the file has none
};

/// The ground truth, in the file's order (which decides ties).
struct CocoTruth {
    std::vector<CocoImage> images;
    std::vector<CocoCategory> categories;
    std::vector<CocoAnnotation> annotations;
};

/// One found figure; at least one of bbox and segmentation is there.
struct CocoResult {
    std::int64_t image_id = 0, category_id = 1;
    double score = 0;
    std::optional<std::array<double, 4>> bbox;  ///< x, y, width, height, in pixels
    std::optional<RunLengthMask> segmentation;  ///< over the whole image
};

/// x, y, width, height of what was found; around its mask where it has no box, nothing where it has neither.
inline std::array<double, 4> box_of(const CocoResult& find) {
    if (find.bbox) return *find.bbox;
    if (!find.segmentation) return {};
    const auto around = find.segmentation->bounds();
    return {static_cast<double>(around.x), static_cast<double>(around.y), static_cast<double>(around.width),
            static_cast<double>(around.height)};
}

/// Results, in the file's order (which decides ties of scores).
using CocoResults = std::vector<CocoResult>;

}  // namespace figurant::figures
