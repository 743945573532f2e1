#pragma once
// What the detectors find and all else works on: boxes, masks kept small, figures, and the figures of one
// map.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "figures/run_length_mask.h"

namespace figurant::figures {

/// Axis-aligned, in pixels of the map at its full size; x to the right, y down; the maximum is exclusive.
/// A box may reach past the map (see ORIGINAL on int(size * max) + 1): who crops, clips.
struct Box {
    float x_min = 0, y_min = 0, x_max = 0, y_max = 0;
    float width() const { return x_max - x_min; }
    float height() const { return y_max - y_min; }
    float area() const { return width() > 0 && height() > 0 ? width() * height() : 0; }
    bool operator==(const Box&) const = default;
};

/// One figure on a map.
struct Figure {
    Box box;
    float score = 0;   ///< 0 to 1
    int category = 1;  ///< COCO category id; 1 is a human figure
    PlacedMask mask;   ///< on the map at its full size; may be empty when only boxes are known
    std::size_t bytes() const {
        return sizeof(*this) + mask.local.counts().capacity() * sizeof(std::uint32_t);
    }
};

/// Which map, and how large it is, without its pixels.
struct MapInfo {
    std::string name;  ///< relative path below the folder that was given, or the file's name; '/' separated
    std::int64_t width = 0, height = 0;  ///< pixels
    /// What this map's results are named by: its name without the extension, unique among the maps of a run,
    /// safe as a relative path below an output folder.
    std::string stem{};
    std::string file{};  ///< the path of the file that it is read from; empty for a map in memory
};

/// The figures of one map, by falling score.
struct Detections {
    MapInfo map;
    std::vector<Figure> figures;
    std::size_t bytes() const {
        std::size_t sum = sizeof(*this);
        for (const auto& figure : figures) sum += figure.bytes();
        return sum;
    }
};

}  // namespace figurant::figures
