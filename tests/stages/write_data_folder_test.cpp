#include "data_formats/coco_json/coco_json.h"
#include "tests/stages/stored.h"

using namespace figurant;
using namespace figurant::stages::test;

TEST_CASE("an example is three files, the picture byte for byte, under an extension that is true") {
    const ScratchFolder folder;
    auto example = stored_examples(Content::folder)[3];
    example.name = "sub/misnamed.JPG";
    write(folder.path(), {example}, {"write_data_folder"});
    CHECK(files_below(folder.path()) == std::vector<std::string>{"images/sub/misnamed.png",
                                                                 "keypoints/sub/misnamed.json",
                                                                 "masks/sub/misnamed.png"});
    CHECK(read_file(folder / "images/sub/misnamed.png") == example.image);
}

TEST_CASE("what the folder cannot hold is counted, and nothing leaves the folder") {
    const ScratchFolder folder;
    StageRun write("write_data_folder", {{"folder", one(folder / "out")}});
    auto example = stored_examples(Content::coco)[3];
    example.name = "../../escaped.png";
    write.sink({loaded(example)});
    CHECK(write.context.counts["left out of masks: figures without a mask"] == 1);
    CHECK(write.context.counts["left out of masks: regions of crowds"] == 1);
    for (const auto& name : files_below(folder.path())) CHECK(name.starts_with("out/"));
    CHECK(files_below(folder.path()).size() == 3);
}

TEST_CASE("not enabled, the stages of an export write nothing") {
    const ScratchFolder folder;
    for (const char* name : {"write_data_folder", "write_dataset_truth", "write_records"}) {
        StageRun stage(name, {{"folder", one(folder.path())}, {"enabled", one(false)}});
        const auto item = loaded(stored_examples(Content::folder)[3]);
        if (stage.type().kind == Kind::finish)
            stage.finish({{"a", {item}}});
        else
            stage.sink({item});
    }
    CHECK(files_below(folder.path()).empty());
}
