#include "synthesis/dataset_layout.h"

#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

using namespace figurant::synthesis;

namespace {

ComposedMap a_map() {
    ComposeOptions options;
    options.ground.width = 320;
    options.ground.height = 240;
    options.figure.figures_least = options.figure.figures_most = 8;
    options.figure.largest = 150;
    return compose_map(options, 11);
}

cv::Mat decoded(const std::vector<std::uint8_t>& bytes) {
    cv::Mat rgb;
    cv::cvtColor(cv::imdecode(bytes, cv::IMREAD_COLOR), rgb, cv::COLOR_BGR2RGB);
    return rgb;
}

}  // namespace

TEST_CASE("a mask picture holds the figure in red and the body part in green, and loses nothing") {
    const ComposedMap map = a_map();
    CHECK(cv::norm(decoded(encode_mask(map)), map.figure_index, cv::NORM_INF) == 0);
}

TEST_CASE("a PNG keeps the map, a JPEG nearly") {
    const ComposedMap map = a_map();
    CHECK(cv::norm(decoded(encode_image(map, ImageKind::png)), map.rgb, cv::NORM_INF) == 0);
    const cv::Mat jpeg = decoded(encode_image(map, ImageKind::jpeg, 95));
    CHECK(cv::norm(jpeg, map.rgb, cv::NORM_L1) / static_cast<double>(map.rgb.total() * 3) < 12);
    CHECK(extension(ImageKind::jpeg) == "jpg");
    CHECK(extension(ImageKind::png) == "png");
}

TEST_CASE("keypoints are one object a figure, keys of joints that are known") {
    ComposedMap map;
    map.figures.resize(3);
    map.figures[0].joints[0] = cv::Point2f(12.34F, 7);
    map.figures[0].joints[15] = cv::Point2f(0, 100.96F);
    map.figures[2].joints[9] = cv::Point2f(5.5F, 6.25F);
    CHECK(keypoints_json(map) ==
          "[\n  {\"0\": [12.3, 7.0], \"15\": [0.0, 101.0]},\n  {},\n  {\"9\": [5.5, 6.3]}\n]\n");
    CHECK(keypoints_json(ComposedMap{}) == "[\n]\n");
}
