#include "figures/map.h"

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/file_writer.h"

namespace figurant::figures {
namespace {

class MemoryMap : public Map {
  public:
    MemoryMap(std::string name, cv::Mat pixels)
        : info_{name, pixels.cols, pixels.rows, map_stem(name)}, pixels_(std::move(pixels)) {}

    const MapInfo& info() const override { return info_; }

    cv::Mat read(const cv::Rect& window, cv::Size size) const override {
        const bool inside = window.x >= 0 && window.y >= 0 && window.width > 0 && window.height > 0 &&
                            window.width <= pixels_.cols - window.x &&
                            window.height <= pixels_.rows - window.y;
        if (!inside || size.width < 1 || size.height < 1)
            throw Error(Cause::internal,
                        "map \"" + info_.name + "\": a window outside the map, or of no size, was asked for");
        const cv::Mat part = pixels_(window);
        if (size == window.size()) return part.clone();
        const bool shrinks = window.width > 2 * size.width || window.height > 2 * size.height;
        cv::Mat result;
        cv::resize(part, result, size, 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
        return result;
    }

    std::size_t workspace(const cv::Rect&, cv::Size) const override { return 0; }
    std::size_t bytes() const override { return pixels_.total() * pixels_.elemSize(); }

  private:
    MapInfo info_;
    cv::Mat pixels_;
};

}  // namespace

std::string map_stem(std::string_view name) {
    std::string stem;
    while (!name.empty()) {
        const auto slash = name.find('/');
        const std::string_view part = name.substr(0, slash);
        const bool last = slash == std::string_view::npos;
        if (!part.empty())
            stem += (stem.empty() ? "" : "/") +
                    safe_file_name(last ? part.substr(0, part.rfind('.') == 0 ? part.npos : part.rfind('.'))
                                        : part);
        if (last) break;
        name.remove_prefix(slash + 1);
    }
    return stem.empty() ? safe_file_name("") : stem;
}

MapHandle memory_map(std::string name, cv::Mat pixels) {
    if (pixels.empty() || pixels.type() != CV_8UC3)
        throw Error(Cause::internal, "map \"" + name + "\": pixels must be CV_8UC3 and not empty");
    return std::make_shared<MemoryMap>(std::move(name), std::move(pixels));
}

}  // namespace figurant::figures
