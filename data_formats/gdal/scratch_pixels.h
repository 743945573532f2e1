#pragma once
// The pixels of a picture in a file of ours without a name, where every window is near: for decoders that
// only know the way from top to bottom.

#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>

namespace figurant::data_formats {

/// RGB, 3 bytes a pixel, row by row. Reading is safe from several threads once writing is done.
class ScratchPixels {
  public:
    /// Takes the room on the disk at once, in TMPDIR, else /var/tmp, else /tmp; given back when destroyed, or
    /// when the process ends, however it ends. Error(Cause::limit) when there is not enough.
    explicit ScratchPixels(cv::Size size);
    ~ScratchPixels();
    ScratchPixels(const ScratchPixels&) = delete;
    ScratchPixels& operator=(const ScratchPixels&) = delete;

    /// CV_8UC3, its top left pixel at `place`, wholly inside. Error(Cause::limit) when the disk fails.
    void write(const cv::Mat& pixels, cv::Point place);
    /// A window inside the picture. Error(Cause::limit) when the disk fails.
    cv::Mat read(const cv::Rect& window) const;

  private:
    std::int64_t place_of(int x, int y) const { return (std::int64_t{y} * size_.width + x) * 3; }
    [[noreturn]] void fail(const char* what) const;

    cv::Size size_;
    std::filesystem::path folder_;
    int descriptor_ = -1;
};

}  // namespace figurant::data_formats
