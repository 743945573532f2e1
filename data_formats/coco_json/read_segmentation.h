#pragma once
// A COCO segmentation in any of its three forms.

#include <optional>

#include "data_formats/json/json_reader.h"
#include "figures/run_length_mask.h"

namespace figurant::data_formats {

/// Height and width of an image in pixels; 0 where not known.
struct ImageSize {
    std::int64_t height = 0, width = 0;
};

/// None for null and for an empty list of polygons. Throws JsonProblem: no known form, or not of `image`'s
/// size.
std::optional<figures::RunLengthMask> read_segmentation(json::Value& value, const JsonPlace& place,
                                                        ImageSize image);

}  // namespace figurant::data_formats
