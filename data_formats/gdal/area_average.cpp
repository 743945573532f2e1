#include "data_formats/gdal/area_average.h"

#include <algorithm>
#include <cmath>

namespace figurant::data_formats {

AreaAverage::AreaAverage(const cv::Rect2d& region, cv::Size size)
    : region_(region),
      size_(size),
      // One spare column and row: the second share of the last pixel has weight 0 but still a place.
      sums_(3 * static_cast<std::size_t>(size.width + 1) * static_cast<std::size_t>(size.height + 1)),
      row_(3 * static_cast<std::size_t>(size.width + 1)) {}

AreaAverage::Share AreaAverage::share(int source, double start, double step, int targets) {
    const double first = std::clamp((source - start) / step, 0.0, static_cast<double>(targets));
    const double last = std::clamp((source + 1 - start) / step, 0.0, static_cast<double>(targets));
    const int target = std::min(static_cast<int>(first), targets - 1);
    const double border = target + 1;
    if (last <= border) return {target, static_cast<float>(last - first), 0};
    return {target, static_cast<float>(border - first), static_cast<float>(last - border)};
}

void AreaAverage::add_row(const cv::Vec3b* pixels, const std::vector<Share>& columns, const Share& row) {
    const int begin = columns.front().target, end = columns.back().target + 2;
    std::fill(row_.begin() + 3 * begin, row_.begin() + 3 * end, 0.0f);
    for (std::size_t x = 0; x < columns.size(); ++x) {
        float* sum = row_.data() + 3 * columns[x].target;
        for (int c = 0; c < 3; ++c) {
            const auto value = static_cast<float>(pixels[x][c]);
            sum[c] += columns[x].first * value;
            sum[c + 3] += columns[x].second * value;
        }
    }
    const std::size_t stride = row_.size();
    float* upper = sums_.data() + static_cast<std::size_t>(row.target) * stride;
    for (int i = 3 * begin; i < 3 * end; ++i) upper[i] += row.first * row_[static_cast<std::size_t>(i)];
    if (row.second == 0) return;
    float* lower = upper + stride;
    for (int i = 3 * begin; i < 3 * end; ++i) lower[i] += row.second * row_[static_cast<std::size_t>(i)];
}

void AreaAverage::add(const cv::Mat& block, cv::Point place) {
    const double x_step = region_.width / size_.width, y_step = region_.height / size_.height;
    std::vector<Share> columns;
    columns.reserve(static_cast<std::size_t>(block.cols));
    for (int x = 0; x < block.cols; ++x)
        columns.push_back(share(place.x + x, region_.x, x_step, size_.width));
    for (int y = 0; y < block.rows; ++y) {
        const Share row = share(place.y + y, region_.y, y_step, size_.height);
        if (row.first > 0 || row.second > 0) add_row(block.ptr<cv::Vec3b>(y), columns, row);
    }
}

cv::Mat AreaAverage::result() const {
    cv::Mat image(size_, CV_8UC3);
    for (int y = 0; y < size_.height; ++y) {
        const float* sum = sums_.data() + static_cast<std::size_t>(y) * row_.size();
        auto* pixels = image.ptr<std::uint8_t>(y);
        for (int i = 0; i < 3 * size_.width; ++i)
            pixels[i] = static_cast<std::uint8_t>(std::min(255L, std::lround(sum[i])));
    }
    return image;
}

}  // namespace figurant::data_formats
