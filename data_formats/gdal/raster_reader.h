#pragma once
// One open GDAL dataset, read as RGB; used by one thread at a time. What map_image keeps a pool of.

#include <gdal_priv.h>

#include <filesystem>
#include <functional>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "data_formats/gdal/gdal_scope.h"

namespace figurant::data_formats {

/// How the bands of a dataset become red, green and blue.
struct ColorPlan {
    enum class Kind { grey, grey_alpha, rgb, rgba, palette, cmyk, as_stored };
    Kind kind = Kind::grey;
    std::vector<int> bands;          ///< 1-based, in the order that `kind` names them
    GDALDataType type = GDT_Byte;    ///< what GDAL is asked for: GDT_Byte or GDT_Float32
    double offset = 0, scale = 1;    ///< 8-bit value = (value - offset) * scale, of GDT_Float32
    std::vector<cv::Vec3b> palette;  ///< RGB, its alpha laid over white
    std::vector<std::string> notes;  ///< what a user should know of this choice
};

/// All functions must be called inside a GdalScope of the calling thread.
class RasterReader {
  public:
    /// Error(Cause::input) when it is not an image of a known kind.
    explicit RasterReader(const std::filesystem::path& path);

    int width() const { return dataset_->GetRasterXSize(); }
    int height() const { return dataset_->GetRasterYSize(); }
    std::string driver() const { return dataset_->GetDriver()->GetDescription(); }
    /// Where GDAL reads it: a block is what is decoded at once.
    cv::Size block(int level) const;
    /// Widths and heights of the overviews in the file that may be used, by index; may be in any order.
    std::vector<cv::Size> overviews() const;
    ColorPlan color_plan() const;

    /// What a user should know of the file: that it asks to be turned, or has further pages.
    std::vector<std::string> notes() const;

    /// As many channels as there are bands, none of them changed; a palette's colours as RGB. For labels.
    ColorPlan label_plan() const;

    /// The window as CV_8UC3 (with a label plan: its channels). `level`: -1 for the map itself, else an index
    /// into overviews(). Error(Cause::input) saying what GDAL said, when `scope` (the caller's) has seen
    /// damage by then.
    cv::Mat read(const ColorPlan& plan, int level, const cv::Rect& window, const GdalScope& scope) const;

  private:
    GDALRasterBand* band(int number, int level) const;
    bool read_raw(const ColorPlan& plan, int level, const cv::Rect& window, cv::Mat& raw) const;

    GDALDatasetUniquePtr dataset_;
};

/// Cuts `window` into pieces of about 4 MB along the reader's blocks, in reading order.
void for_each_piece(const cv::Rect& window, cv::Size block, const std::function<void(const cv::Rect&)>& body);

}  // namespace figurant::data_formats
