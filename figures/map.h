#pragma once
// A map is a handle to windows of pixels: maps are larger than memory.

#include <cstddef>
#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "figures/figure.h"

namespace figurant::figures {

/// Reads windows of one map's pixels. Safe to call from several threads. Implemented by the readers of
/// data_formats, and by `MemoryMap`.
class Map {
  public:
    virtual ~Map() = default;
    virtual const MapInfo& info() const = 0;
    /// The window (inside the map) as RGB, CV_8UC3, resampled to `size` (bilinear; area-averaged when
    /// shrinking by more than two). Damaged pixel data: Error(Cause::input) naming file and window.
    virtual cv::Mat read(const cv::Rect& window, cv::Size size) const = 0;
    cv::Mat read(const cv::Rect& window) const { return read(window, window.size()); }
    /// What the reader had to say that is no error (unknown tags, …), each line once.
    virtual std::vector<std::string> warnings() const { return {}; }
    /// An upper bound of the memory that `read` takes for a window beyond the result itself, in bytes.
    virtual std::size_t workspace(const cv::Rect& window, cv::Size size) const = 0;
    /// What the handle itself keeps in memory, in bytes (decoded pixels, where it keeps them).
    virtual std::size_t bytes() const { return 0; }
};

using MapHandle = std::shared_ptr<const Map>;

/// MapInfo::stem for a map of this name: without the extension, each component of the path safe below an
/// output folder.
std::string map_stem(std::string_view name);

/// A map that is in memory already: small pictures, and tests. Pixels: CV_8UC3, RGB.
MapHandle memory_map(std::string name, cv::Mat pixels);

/// A window of a map, resampled, on its way to the network.
struct Tile {
    MapInfo map;
    cv::Rect window;     ///< on the map at its full size
    cv::Mat pixels;      ///< CV_8UC3, RGB, continuous, owned: no view of something larger
    bool whole = false;  ///< the whole map scaled down: no edge of it cuts a figure
    double scale() const { return static_cast<double>(pixels.cols) / window.width; }
    std::size_t bytes() const { return sizeof(*this) + pixels.total() * pixels.elemSize(); }
};

}  // namespace figurant::figures
