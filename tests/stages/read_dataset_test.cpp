#include "stages/train/dataset.h"
#include "tests/stages/example_folder.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::Dataset;

TEST_CASE("the folder is one input, and all its examples are listed by name") {
    const ScratchFolder folder;
    put_examples(folder, 7);
    StageRun read("read_dataset", {{"folder", one(folder.path())}});
    const auto inputs = read.inputs();
    REQUIRE(inputs.size() == 1);
    const auto out = read.open(inputs[0]);
    const auto& dataset = get<Dataset>(out);
    REQUIRE(dataset.entries.size() == 7);
    CHECK(read.context.counts["examples"] == 7);
    for (int i = 0; i < 7; ++i) {
        const auto& entry = dataset.entries[static_cast<std::size_t>(i)];
        CHECK(which(data_formats::read_example(entry, dataset.first_figure)) == i);
    }
}

TEST_CASE("the counting of figures is handed on") {
    const ScratchFolder folder;
    put_examples(folder, 1);
    using data_formats::FirstFigure;
    const std::map<std::string, FirstFigure> kinds{
        {"detect", FirstFigure::detect}, {"zero", FirstFigure::zero}, {"one", FirstFigure::one}};
    for (const auto& [name, kind] : kinds) {
        StageRun read("read_dataset", {{"folder", one(folder.path())}, {"first_figure", one(name)}});
        const auto out = read.open(read.inputs()[0]);
        CHECK(get<Dataset>(out).first_figure == kind);
    }
    error_of(Cause::configuration, [&] {
        StageRun("read_dataset", {{"folder", one(folder.path())}, {"first_figure", one("two")}});
    });
}

TEST_CASE("another set of examples has another digest; so has the same set with a changed file") {
    const ScratchFolder folder;
    put_examples(folder, 3);
    const ParameterValues values{{"folder", one(folder.path())}};
    const auto first = StageRun("read_dataset", values).inputs()[0].digest;
    CHECK(StageRun("read_dataset", values).inputs()[0].digest == first);
    write_picture(folder / "images/example_1001.png", noise(8, 8));
    const auto changed = StageRun("read_dataset", values).inputs()[0].digest;
    CHECK(changed != first);
    put_examples(folder, 4);
    CHECK(StageRun("read_dataset", values).inputs()[0].digest != changed);
}

TEST_CASE("a folder that is none, and an image without its mask, are told before training begins") {
    const ScratchFolder folder;
    const auto none = error_of(Cause::input, [&] {
        StageRun("read_dataset", {{"folder", one(folder.path())}});
    });
    CHECK(contains(none.what(), "images"));
    CHECK_FALSE(none.next_step().empty());
    put_examples(folder, 3);
    std::filesystem::remove(folder / "masks/example_1001.png");
    const auto unmasked = error_of(Cause::input, [&] {
        StageRun("read_dataset", {{"folder", one(folder.path())}});
    });
    CHECK(contains(unmasked.what(), "example_1001"));
}
