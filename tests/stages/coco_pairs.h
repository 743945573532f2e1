#pragma once
// Ground truth and results for the tests of the stages that score.

#include "data_formats/coco_json/coco_json.h"
#include "stages/measure/coco_pair.h"
#include "tests/stages/pictures.h"
#include "tests/stages/stage_harness.h"

namespace figurant::stages::test {

/// Two images with two and three figures.
inline figures::CocoTruth some_truth() {
    figures::CocoTruth truth;
    truth.images = {{11, "west.png", 120, 90}, {12, "east.png", 120, 90}};
    truth.categories = {{1, "character"}};
    const auto add = [&](std::int64_t image, const figures::Figure& figure) {
        figures::CocoAnnotation one;
        one.id = static_cast<std::int64_t>(truth.annotations.size()) + 1;
        one.image_id = image;
        one.bbox = {figure.box.x_min, figure.box.y_min, figure.box.width(), figure.box.height()};
        one.area = static_cast<double>(figure.mask.area());
        one.segmentation = figure.mask.on_image(90, 120);
        truth.annotations.push_back(one);
    };
    add(11, ellipse(10, 10, 30, 40));
    add(11, ellipse(60, 20, 50, 60));
    add(12, ellipse(5, 5, 20, 20));
    add(12, ellipse(40, 40, 30, 30));
    add(12, ellipse(80, 10, 30, 70));
    return truth;
}

/// The true figures as results, all but the last.
inline figures::CocoResults some_results() {
    figures::CocoResults results;
    const auto truth = some_truth();
    for (std::size_t i = 0; i + 1 < truth.annotations.size(); ++i) {
        const auto& each = truth.annotations[i];
        results.push_back(
            {each.image_id, 1, 0.5 + 0.1 * static_cast<double>(i), each.bbox, each.segmentation});
    }
    return results;
}

}  // namespace figurant::stages::test
