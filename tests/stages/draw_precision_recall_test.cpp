#include "stages/payloads.h"
#include "tests/stages/coco_pairs.h"

using namespace figurant;
using namespace figurant::stages::test;

namespace {

const cv::Vec3b bbox_color(0, 90, 200), segm_color(200, 60, 0);

cv::Mat plotted(const metrics::PrecisionRecall& measured) {
    StageRun draw("draw_precision_recall");
    const auto out = draw.process({payload(measured)});
    const auto map = get<figures::MapHandle>(out);
    CHECK(map->info().stem == "precision_recall");
    return map->read({0, 0, static_cast<int>(map->info().width), static_cast<int>(map->info().height)});
}

bool has(const cv::Mat& picture, cv::Point at, const cv::Vec3b& color) {
    return picture.at<cv::Vec3b>(at) == color;
}

}  // namespace

TEST_CASE("the curves pass through what was measured: of four finds all right, four of five figures found") {
    // 600 pixels from 70, 30 are 0 to 1: recall 0.8 is x = 550, recall 0.4 x = 310; precision 1 is y = 30.
    const auto picture = plotted(metrics::precision_recall(some_truth(), some_results()));
    CHECK(has(picture, {550, 30}, segm_color));  // drawn last, over the boxes' curve
    CHECK(has(picture, {310, 30}, segm_color));
    CHECK_FALSE(has(picture, {600, 30}, segm_color));
    CHECK_FALSE(has(picture, {550, 330}, segm_color));
}

TEST_CASE("a part that was not measured has no curve, and nothing found leaves an empty plot") {
    auto results = some_results();
    for (auto& result : results) result.segmentation.reset();
    const auto picture = plotted(metrics::precision_recall(some_truth(), results));
    CHECK(has(picture, {550, 30}, bbox_color));
    cv::Mat of_color;
    cv::inRange(picture, segm_color, segm_color, of_color);
    CHECK(cv::countNonZero(of_color) == 0);
    const auto empty = plotted(metrics::precision_recall(some_truth(), {}));
    CHECK_FALSE(has(empty, {550, 30}, bbox_color));
}
