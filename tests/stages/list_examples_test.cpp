#include "tests/stages/stored.h"

using namespace figurant;
using namespace figurant::stages::test;

TEST_CASE("each example is an input; several data sets of different kinds are one list") {
    const ScratchFolder folder;
    const auto all = stored_examples(Content::folder);
    write_dataset(folder / "a.h5", all);
    write(folder / "back", all, {"write_data_folder", "write_records"});
    StageRun list("list_examples",
                  {{"paths", many(folder / "a.h5", folder / "back", folder / "back/dataset.record")}});
    const auto inputs = list.inputs();
    REQUIRE(inputs.size() == 15);
    CHECK(inputs[0].name == "a.h5/map_0.jpg");
    CHECK(inputs[5].name == "back/map_0.jpg");
    CHECK(inputs[10].name == "dataset.record/000000");
    std::set<std::string> stems;
    for (const auto& input : inputs) stems.insert(get<stages::ListedExample>(list.open(input)).stem);
    CHECK(stems.size() == 15);
    CHECK(list.context.counts["examples"] == 15);
}

TEST_CASE("an example that was changed has another digest, the others keep theirs") {
    const ScratchFolder folder;
    write(folder.path(), stored_examples(Content::folder), {"write_data_folder"});
    const ParameterValues values{{"paths", many(folder.path())}};
    const auto before = StageRun("list_examples", values).inputs();
    folder.put("keypoints/map_2.json", "[]");
    const auto after = StageRun("list_examples", values).inputs();
    for (std::size_t i = 0; i < before.size(); ++i)
        CHECK((before[i].digest == after[i].digest) == (before[i].name != "map_2.jpg"));
}

TEST_CASE("what cannot be opened at all is told before the run begins") {
    const ScratchFolder folder;
    error_of(Cause::input, [&] { StageRun("list_examples", {{"paths", many(folder / "none")}}); });
    error_of(Cause::input, [&] { StageRun("list_examples", {{"paths", many(folder.path())}}); });
    error_of(Cause::truth, [&] { StageRun("list_examples", {{"paths", many(folder.put("a.json", "{"))}}); });
    error_of(Cause::configuration, [&] {
        StageRun("list_examples", {{"paths", many(folder.path())}, {"first_figure", one("2")}});
    });
}
