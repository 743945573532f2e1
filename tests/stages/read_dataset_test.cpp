#include "data_formats/dataset/dataset_file.h"
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
    REQUIRE(dataset.examples->size() == 7);
    CHECK(read.context.counts["examples"] == 7);
    for (int i = 0; i < 7; ++i) CHECK(which(dataset.examples->example(static_cast<std::size_t>(i))) == i);
}

TEST_CASE("the counting of figures is handed on") {
    const ScratchFolder folder;
    // One figure, number 1, and background of number 0 that has a body part: counted from 1, it has no name.
    cv::Mat mask(8, 8, CV_8UC3, cv::Scalar(0, 2, 0));
    mask(cv::Rect(0, 0, 2, 2)).setTo(cv::Scalar(1, 2, 0));
    write_picture(folder / "images/a.png", noise(8, 8));
    write_picture(folder / "masks/a.png", mask);
    const auto figures = [&](const char* first) {
        StageRun read("read_dataset", {{"folder", one(folder.path())}, {"first_figure", one(first)}});
        const auto out = read.open(read.inputs()[0]);
        return get<Dataset>(out).examples->example(0).figures.size();
    };
    CHECK(figures("detect") == 2);
    CHECK(figures("0") == 2);
    CHECK(figures("1") == 1);
    error_of(Cause::configuration, [&] {
        StageRun("read_dataset", {{"folder", one(folder.path())}, {"first_figure", one("two")}});
    });
}

TEST_CASE("a dataset file is taken as a folder is, and has one digest whatever its time") {
    const ScratchFolder folder;
    put_examples(folder, 5);
    const auto set = data_formats::open_example_set(folder.path());
    const auto write = [&](const char* name) {
        data_formats::DatasetWriter writer(folder / name);
        for (std::size_t i = 0; i < set->size(); ++i) writer.add(set->read(i));
        writer.commit();
    };
    write("a.h5");
    write("b.h5");
    StageRun read("read_dataset", {{"folder", one(folder / "a.h5")}});
    const auto out = read.open(read.inputs()[0]);
    const auto& dataset = get<Dataset>(out);
    REQUIRE(dataset.examples->size() == 5);
    for (int i = 0; i < 5; ++i) CHECK(which(dataset.examples->example(static_cast<std::size_t>(i))) == i);
    CHECK(read.inputs()[0].digest ==
          StageRun("read_dataset", {{"folder", one(folder / "b.h5")}}).inputs()[0].digest);
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

TEST_CASE("what a run needs later must be there before it begins") {
    const ScratchFolder folder;
    put_examples(folder, 2);
    CHECK_NOTHROW(
        StageRun("read_dataset", {{"folder", one(folder.path())}, {"needs", many(folder / "images")}}));
    const auto missing = error_of(Cause::input, [&] {
        StageRun("read_dataset", {{"folder", one(folder.path())},
                                  {"needs", many(folder / "images", folder / "validation/truth.json")}});
    });
    CHECK(contains(missing.what(), "validation/truth.json: does not exist"));
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
