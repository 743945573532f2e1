#include "data_formats/coco_json/coco_json.h"
#include "tests/stages/composed.h"
#include "tests/stages/pictures.h"
#include "tests/stages/stage_harness.h"

using namespace figurant;
using namespace figurant::stages::test;

TEST_CASE("the truth about all maps is what was composed: images, boxes, areas, masks, ids") {
    const ScratchFolder folder;
    StageRun write("write_coco_truth", {{"folder", one(folder.path())}, {"format", one("png")}});
    write.finish({{"a", {payload(composed(3))}}, {"b", {}}, {"c", {payload(composed(4))}}});  // b failed
    CHECK(files_below(folder.path()) == std::vector<std::string>{"coco_ground_truth.json"});
    const auto truth = data_formats::read_coco_truth(folder / "coco_ground_truth.json");
    REQUIRE(truth.images.size() == 2);
    REQUIRE(truth.categories.size() == 1);
    std::size_t at = 0;
    for (std::size_t k = 0; k < 2; ++k) {
        const auto& [name, map] = composed(3 + k);
        CHECK(truth.images[k].id == static_cast<std::int64_t>(k) + 1);
        CHECK(truth.images[k].file_name == name + ".png");
        CHECK(truth.images[k].width == 256);
        CHECK(truth.images[k].height == 192);
        for (std::size_t i = 0; i < map.figures.size(); ++i, ++at) {
            REQUIRE(at < truth.annotations.size());
            const auto& found = truth.annotations[at];
            const auto& figure = map.figures[i];
            CHECK(found.id == static_cast<std::int64_t>(at) + 1);
            CHECK(found.image_id == truth.images[k].id);
            CHECK(found.category_id == truth.categories[0].id);
            CHECK(found.bbox == std::array<double, 4>{figure.box.x_min, figure.box.y_min, figure.box.width(),
                                                      figure.box.height()});
            CHECK(found.area == cv::countNonZero(figure.mask));
            REQUIRE(found.segmentation);
            const cv::Mat mask = map.figure_index;
            cv::Mat red;
            cv::extractChannel(mask, red, 0);
            cv::Mat inside = red == static_cast<double>(i);
            CHECK(same(found.segmentation->decode(), inside / 255));
        }
    }
    CHECK(at == truth.annotations.size());
}

TEST_CASE("a data set of which every map failed has an empty truth, not none") {
    const ScratchFolder folder;
    StageRun("write_coco_truth", {{"folder", one(folder.path())}}).finish({{"a", {}}});
    const auto truth = data_formats::read_coco_truth(folder / "coco_ground_truth.json");
    CHECK(truth.images.empty());
    CHECK(truth.annotations.empty());
}
