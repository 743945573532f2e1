#include "tests/stages/stored.h"

using namespace figurant;
using namespace figurant::stages::test;

TEST_CASE("how many examples and boxes there are is printed under the original's names") {
    const ScratchFolder folder;
    StageRun write("write_dataset", {{"folder", one(folder.path())}});
    const auto all = stored_examples(Content::folder);  // 0, 1, 2, 3, 0 figures
    write.finish({{"a", {loaded(all[1])}}, {"failed", {}}, {"b", {loaded(all[2])}}, {"c", {loaded(all[3])}}});
    REQUIRE(write.context.prints.size() == 1);
    CHECK(write.context.prints[0] == "number_of_examples: 3\nnumber_of_boxes: 6\n");
    const data_formats::DatasetFile file(folder / "dataset.h5");
    REQUIRE(file.size() == 3);
    CHECK(file.read(1) == all[2]);
}

TEST_CASE("two examples of one name get two, and a category's second name is told") {
    const ScratchFolder folder;
    StageRun write("write_dataset", {{"folder", one(folder.path())}});
    auto example = stored_examples(Content::folder)[3], other = example;
    other.name = "map_3.jpg";  // its mask would have the same name
    other.categories = {{1, "person"}};
    write.finish({{"a", {loaded(example)}}, {"b", {loaded(example)}}, {"c", {loaded(other)}}});
    const data_formats::DatasetFile file(folder / "dataset.h5");
    CHECK(file.name(0) == "map_3.png");
    CHECK(file.name(1) == "map_3_2.png");
    CHECK(file.name(2) == "map_3_3.jpg");
    CHECK(file.categories().size() == 1);
    CHECK(file.categories()[0].name == "character");
    REQUIRE(write.context.warnings.size() == 2);
    CHECK(write.context.warnings[0] ==
          "2 examples have the name of another one, so a number is put to it: "
          "\"map_3.png\" is called \"map_3_2.png\", …");
    CHECK(write.context.warnings[1] == "category 1 has several names; the first is kept");
}

TEST_CASE("without any example there is no file, and the counts are 0") {
    const ScratchFolder folder;
    StageRun write("write_dataset", {{"folder", one(folder.path())}});
    write.finish({{"failed", {}}});
    CHECK(files_below(folder.path()).empty());
    CHECK(write.context.prints[0] == "number_of_examples: 0\nnumber_of_boxes: 0\n");
}
