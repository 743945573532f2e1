#include "stages/convert/tensors.h"
#include "tests/stages/foreign_weights.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::OpenTensors;

TEST_CASE("a checkpoint is one input, and its tensors can be read") {
    const ScratchFolder folder;
    tests::write_checkpoint(folder / "model.ckpt-7", {{"a", tests::dt_float, {1}, "abcd"}}, {3, false});
    StageRun read("read_tensors", {{"path", one(folder / "model.ckpt-7")}});
    const auto inputs = read.inputs();
    REQUIRE(inputs.size() == 1);
    CHECK(inputs[0].name == "model.ckpt-7");
    const auto out = read.open(inputs[0]);
    CHECK(get<OpenTensors>(out).file->read(0).bytes.size() == 4);
    CHECK(read.context.counts["tensors"] == 1);
}

TEST_CASE("a change of any of a checkpoint's files is a change of the input") {
    const ScratchFolder folder;
    const auto digest = [&](const std::string& bytes) {
        tests::write_checkpoint(folder / "x", {{"a", tests::dt_float, {1}, bytes}});
        return StageRun("read_tensors", {{"path", one(folder / "x")}}).inputs()[0].digest;
    };
    CHECK(digest("abcd") != digest("abce"));
}

TEST_CASE("without the file nothing runs") {
    const ScratchFolder folder;
    CHECK_THROWS_AS(StageRun("read_tensors", {{"path", one(folder / "gone")}}), Error);
}
