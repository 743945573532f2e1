#pragma once
// A PNG of any size written strip by strip, so that a drawn map never stands in memory whole.

#include <cstdint>
#include <memory>
#include <opencv2/core.hpp>

#include "base/file_writer.h"

namespace figurant::data_formats {

/// Encodes rows as they come and hands the bytes to a FileWriter, which stays the caller's to flush and
/// commit. Memory: half a megabyte and a row. The same rows give the same bytes, however they are cut into
/// strips.
class StripPngWriter {
  public:
    /// `file` must outlive this. RGB of 8 bits. Error(Cause::output) when the size is none that a PNG can
    /// have, or when writing fails; so also below.
    StripPngWriter(FileWriter& file, std::int64_t width, std::int64_t height);
    ~StripPngWriter();
    StripPngWriter(const StripPngWriter&) = delete;
    StripPngWriter& operator=(const StripPngWriter&) = delete;

    /// The next rows: CV_8UC3, RGB, as wide as the picture. Error(Cause::internal) for others, or too many.
    void write_rows(const cv::Mat& rgb);
    /// After the last row. Error(Cause::internal) when rows are missing.
    void end();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace figurant::data_formats
