#include "data_formats/coco_json/coco_json.h"
#include "tests/stages/stored.h"

using namespace figurant;
using namespace figurant::stages::test;

namespace {

figures::CocoTruth truth_of(const std::vector<StoredExample>& all) {
    const ScratchFolder folder;
    write(folder.path(), all, {"write_dataset_truth"});
    return data_formats::read_coco_truth(folder / "coco_ground_truth.json");
}

}  // namespace

TEST_CASE("ids stay where all have some") {
    const auto all = stored_examples(Content::coco);
    const auto truth = truth_of(all);
    REQUIRE(truth.images.size() == all.size());
    std::size_t k = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        CHECK(truth.images[i].id == all[i].id);
        for (const auto& figure : all[i].figures) {
            CHECK(truth.annotations[k].image_id == all[i].id);
            CHECK(truth.annotations[k++].id == figure.id);
        }
    }
    CHECK(truth.annotations.size() == k);
    CHECK(truth.categories.size() == 4);
}

TEST_CASE("without ids, or with one twice, images and annotations are counted from 1") {
    auto all = stored_examples(Content::coco);
    all[2].id = all[1].id;
    all[3].figures[0].id = 0;
    const auto truth = truth_of(all);
    for (std::size_t i = 0; i < truth.images.size(); ++i) CHECK(truth.images[i].id == std::int64_t(i) + 1);
    for (std::size_t i = 0; i < truth.annotations.size(); ++i)
        CHECK(truth.annotations[i].id == std::int64_t(i) + 1);
    CHECK(truth.annotations[0].image_id == 2);
}
