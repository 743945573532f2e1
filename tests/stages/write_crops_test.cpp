#include "data_formats/image/image.h"
#include "tests/stages/pictures.h"
#include "tests/stages/stored.h"

using namespace figurant;
using namespace figurant::stages::test;

TEST_CASE("each figure's box is a picture of its own, its pixels the picture's; boxes outside give none") {
    const ScratchFolder folder;
    auto example = stored_examples(Content::folder)[3];
    auto& beside = example.figures.emplace_back(example.figures[0]);
    beside.bbox = {1000, 1000, 5, 5};
    auto& across = example.figures.emplace_back(example.figures[0]);
    across.bbox = {-3.5, 2.25, 6, 4};
    StageRun write("write_crops", {{"folder", one(folder.path())}});
    write.sink({loaded(example)});
    CHECK(files_below(folder.path()) ==
          std::vector<std::string>{"map_3_0.png", "map_3_1.png", "map_3_2.png", "map_3_4.png"});
    const cv::Mat picture = data_formats::decode_image(example.image, "map_3");
    const auto crop = [&](const char* name) { return data_formats::read_image(folder / name); };
    const auto& box = example.figures[1].bbox;
    CHECK(same(crop("map_3_1.png"), picture(cv::Rect(int(box[0]), int(box[1]), int(box[2]), int(box[3])))));
    CHECK(same(crop("map_3_4.png"), picture(cv::Rect(0, 2, 3, 5))));
}

TEST_CASE("not enabled, nothing is written") {
    const ScratchFolder folder;
    StageRun write("write_crops", {{"folder", one(folder.path())}, {"enabled", one(false)}});
    write.sink({loaded(stored_examples(Content::folder)[3])});
    CHECK(files_below(folder.path()).empty());
}
