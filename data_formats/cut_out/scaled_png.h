#pragma once
// A PNG of any size read scaled down, row by row, with its transparency. Inside the library only; see
// cut_out.h.

#include "data_formats/cut_out/cut_out.h"

namespace figurant::data_formats {

/// CV_8UC4 (RGBA), the longer side at most `limits.longest` pixels, never enlarged; 255 where the file has no
/// alpha. Areas are averaged, each colour by its alpha. Errors as decode_cut_out.
cv::Mat decode_png_scaled(std::string_view png, const std::string& name, const CutOutLimits& limits);

}  // namespace figurant::data_formats
