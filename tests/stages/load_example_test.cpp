#include "tests/stages/stored.h"

using namespace figurant;
using namespace figurant::stages::test;

TEST_CASE("a data folder goes into a dataset file and out again: pictures byte for byte, masks, keypoints") {
    const ScratchFolder folder;
    const auto all = stored_examples(Content::folder);
    write(folder / "one", all, {"write_data_folder", "write_dataset_truth"});
    const auto from_folder = load({{"paths", many(folder / "one")}});
    CHECK(from_folder == all);
    write(folder / "two", from_folder, {"write_dataset"});
    const auto from_file = load({{"paths", many(folder / "two/dataset.h5")}});
    CHECK(from_file == all);
    write(folder / "three", from_file, {"write_data_folder", "write_dataset_truth"});
    for (const auto& name : files_below(folder / "one"))
        CHECK_MESSAGE(read_file(folder / "one" / name) == read_file(folder / "three" / name), name);
    CHECK(files_below(folder / "one") == files_below(folder / "three"));
}

TEST_CASE("COCO JSON goes into a dataset file and out again: boxes, areas, crowds, categories, ids") {
    const ScratchFolder folder;
    const auto all = stored_examples(Content::coco);
    write(folder / "one", all, {"write_data_folder", "write_dataset_truth"});
    const auto from_json = load({{"paths", many(folder / "one/coco_ground_truth.json")}});
    CHECK(from_json == all);
    write(folder / "two", from_json, {"write_dataset"});
    const auto from_file = load({{"paths", many(folder / "two/dataset.h5")}});
    CHECK(from_file == all);
    write(folder / "three", from_file, {"write_data_folder", "write_dataset_truth"});
    CHECK(read_file(folder / "one/coco_ground_truth.json") ==
          read_file(folder / "three/coco_ground_truth.json"));
}

TEST_CASE("records go into a dataset file and out again, the file byte for byte") {
    const ScratchFolder folder;
    write(folder / "one", stored_examples(Content::folder), {"write_records"});
    const auto from_records = load({{"paths", many(folder / "one/dataset.record")}});
    write(folder / "two", from_records, {"write_dataset"});
    const auto from_file = load({{"paths", many(folder / "two/dataset.h5")}});
    REQUIRE(from_file.size() == from_records.size());
    for (std::size_t i = 0; i < from_file.size(); ++i)
        CHECK(data_formats::digest(from_file[i]) == data_formats::digest(from_records[i]));
    write(folder / "three", from_file, {"write_records"});
    CHECK(read_file(folder / "one/dataset.record") == read_file(folder / "three/dataset.record"));
}

TEST_CASE("a picture that is damaged inside is found when it is loaded, not when it is learnt from") {
    const ScratchFolder folder;
    write(folder.path(), stored_examples(Content::folder), {"write_data_folder"});
    const std::string whole = read_file(folder / "images/map_2.jpg");
    folder.put("images/map_2.jpg", whole.substr(0, whole.size() / 2));
    StageRun list("list_examples", {{"paths", many(folder.path())}}), load_one("load_example");
    for (const auto& input : list.inputs()) {
        const auto listed = list.open(input);
        if (input.name == "map_2.jpg") {
            const auto error = error_of(Cause::input, [&] { load_one.process({listed}); });
            CHECK(contains(error.what(), "map_2.jpg"));
        } else {
            load_one.process({listed});
        }
    }
}
