#pragma once
// The open datasets of one map: one for each thread that reads just now, opened when needed and used again.

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "data_formats/gdal/raster_reader.h"

namespace figurant::data_formats {

/// Safe to use from several threads. Remembers the map's damage and warnings.
class ReaderPool {
  public:
    explicit ReaderPool(std::filesystem::path path) : path_(std::move(path)) {}

    using Body = std::function<void(const RasterReader&, const GdalScope&)>;
    /// Runs `body` with a dataset of its own. Error(Cause::input) naming file and window when pixels are
    /// damaged, then and at every later call: what a decoder made up may lie in GDAL's cache as good pixels.
    /// Other errors pass.
    void use(const cv::Rect& window, const Body& body);
    /// A dataset that is open already.
    void add(std::unique_ptr<RasterReader> reader);
    /// Closes all; for when nothing more is to be read.
    void close();
    void note(const std::vector<std::string>& warnings);
    std::vector<std::string> warnings() const;

  private:
    std::unique_ptr<RasterReader> take();

    std::filesystem::path path_;
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<RasterReader>> idle_;
    std::set<std::string> warnings_;
    std::string damage_;
};

/// What to do about a damaged file.
inline constexpr const char* copy_again =
    "copy or export the file again; it is damaged or was not copied whole";

/// "window of 5 x 6 pixels at (0, 2)".
std::string describe(const cv::Rect& window);

}  // namespace figurant::data_formats
