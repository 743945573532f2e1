#include "data_formats/weights/weights.h"
#include "tests/stages/training.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::Checkpoint;
using figurant::stages::SavedModel;

namespace {

WeightsFile weights(const std::string& kind, float first) {
    NamedArray array{"scope/weights", ElementType::float32, {3}, {}};
    const float numbers[] = {first, -1.5F, 2.25F};
    array.bytes = ArrayBytes(std::as_bytes(std::span(numbers)));
    return {kind, "[network]\n", {array}};
}

Checkpoint checkpoint_at(std::int64_t step) {
    return {step,
            std::make_shared<const WeightsFile>(weights("checkpoint", 1)),
            std::make_shared<const WeightsFile>(weights("model", 2)),
            {"Loss/a", "Loss/total"},
            {{step, 0.5, {1.5, 2.5}}}};
}

}  // namespace

TEST_CASE("a checkpoint stands on the disk under its step as two files that read back") {
    const ScratchFolder folder;
    StageRun save("save_checkpoint", {{"folder", one(folder / "log")}});
    for (const std::int64_t step : {200, 1000}) {
        const auto out = save.process({payload(checkpoint_at(step))});
        const auto& saved = get<SavedModel>(out);
        CHECK(saved.step == step);
        CHECK(saved.loss_names.size() == 2);
        CHECK(saved.losses.at(0).step == step);
        const auto model = data_formats::read_weights(saved.model, "model");
        const auto checkpoint = data_formats::read_weights(saved.checkpoint, "checkpoint");
        CHECK(model.arrays.at(0).bytes == weights("model", 2).arrays[0].bytes);
        CHECK(checkpoint.arrays.at(0).bytes == weights("checkpoint", 1).arrays[0].bytes);
    }
    CHECK(files_below(folder / "log") == std::vector<std::string>{"checkpoint-1000.h5", "checkpoint-200.h5",
                                                                  "model-1000.h5", "model-200.h5"});
}

TEST_CASE("sub-runs learn where model and checkpoint are, and the step") {
    const ScratchFolder folder;
    StageRun save("save_checkpoint", {{"folder", one(folder.path())}});
    const auto out = save.process({payload(checkpoint_at(7))});
    REQUIRE((out.type->values != nullptr));
    auto values = out.type->values(out.data.get());
    CHECK(values["model"] == one(folder / "model-7.h5"));
    CHECK(values["checkpoint"] == one(folder / "checkpoint-7.h5"));
    CHECK(values["step"] == one(std::int64_t{7}));
}

TEST_CASE("calls take turns at HDF5") {
    const ScratchFolder folder;
    StageRun save("save_checkpoint", {{"folder", one(folder.path())}});
    CHECK(save.stage().needs().resources == std::vector<std::string>{"hdf5"});
}

TEST_CASE("a folder that cannot be written to is an error of the output, with its path") {
    const ScratchFolder folder;
    folder.put("taken", "a file");
    StageRun save("save_checkpoint", {{"folder", one(folder / "taken")}});
    const auto error = error_of(Cause::output, [&] { save.process({payload(checkpoint_at(1))}); });
    CHECK(contains(error.what(), "taken"));
}
