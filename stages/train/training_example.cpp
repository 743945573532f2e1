#include "stages/train/training_example.h"

#include <cmath>

namespace figurant::stages {

namespace {

std::vector<std::uint8_t> dense_bytes(const cv::Mat& pixels) {
    const cv::Mat whole = pixels.isContinuous() ? pixels : pixels.clone();
    return {whole.data, whole.data + whole.total() * whole.elemSize()};
}

mask_rcnn::TrueFigure true_figure(const figures::ExampleFigure& figure) {
    mask_rcnn::TrueFigure result;
    result.y_min = figure.box.y_min;
    result.x_min = figure.box.x_min;
    result.y_max = figure.box.y_max;
    result.x_max = figure.box.x_max;
    result.category = figure.category;
    if (figure.mask.empty()) {
        result.mask_x = static_cast<std::int64_t>(std::floor(figure.box.x_min));
        result.mask_y = static_cast<std::int64_t>(std::floor(figure.box.y_min));
        result.mask_width = static_cast<std::int64_t>(std::ceil(figure.box.x_max)) - result.mask_x;
        result.mask_height = static_cast<std::int64_t>(std::ceil(figure.box.y_max)) - result.mask_y;
        result.mask.assign(static_cast<std::size_t>(result.mask_width * result.mask_height), 1);
        return result;
    }
    result.mask_x = figure.mask.x;
    result.mask_y = figure.mask.y;
    result.mask_width = figure.mask.local.width();
    result.mask_height = figure.mask.local.height();
    result.mask = dense_bytes(figure.mask.local.decode());
    return result;
}

}  // namespace

mask_rcnn::TrainingExample training_example(const figures::Example& example) {
    mask_rcnn::TrainingExample result;
    result.height = example.rgb.rows;
    result.width = example.rgb.cols;
    result.rgb = dense_bytes(example.rgb);
    for (const auto& figure : example.figures) result.figures.push_back(true_figure(figure));
    return result;
}

}  // namespace figurant::stages
