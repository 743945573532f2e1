// save_checkpoint: the network's state as files: checkpoint-STEP.h5 to go on from, model-STEP.h5 to detect
// with.
//
//     [stages.saved]
//     type = "save_checkpoint"
//     from = "train"
//     folder = "${output}"
//
// A map stage, no sink: what was learned must stand on the disk as soon as it is there, even if training
// fails later.

#include "data_formats/weights/weights.h"
#include "pipeline/registry.h"
#include "stages/train/batch.h"
#include "stages/train/training_state.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class SaveCheckpoint : public pipeline::Map {
  public:
    static constexpr std::string_view sentence =
        "Writes a checkpoint (checkpoint-STEP.h5, to go on from) and its model (model-STEP.h5, to detect "
        "with).";
    static constexpr In<Checkpoint> checkpoint{"checkpoint", "the network after an eval step"};
    static constexpr Out<SavedModel> saved{"saved", "where the files are, and the losses"};
    static auto ports() { return std::tuple(checkpoint, saved); }

    struct Parameters {
        std::filesystem::path folder;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}.add("folder", &Parameters::folder, "the log folder", required);
        return list;
    }
    explicit SaveCheckpoint(Parameters parameters) : folder_(std::move(parameters.folder)) {}

    Needs needs() const override { return {1, 0, {"hdf5"}}; }
    std::size_t output_bytes(const Inputs& in) const override {
        const Checkpoint& state = in[checkpoint];
        return 4096 + loss_bytes(state.saved ? state.saved->losses : state.losses);
    }
    void process(const Inputs& in, Outputs& out, Context& context) const override {
        const Checkpoint& state = in[checkpoint];
        if (state.saved) {
            out.emit(saved, state.saved);
            return;
        }
        const std::string number = std::to_string(state.step);
        SavedModel result{state.step, folder_ / ("model-" + number + ".h5"),
                          folder_ / ("checkpoint-" + number + ".h5"), state.loss_names, state.losses};
        data_formats::write_weights(result.checkpoint, *state.checkpoint);
        data_formats::write_weights(result.model, *state.model);
        keep_saved(context.settings(), result);
        out.emit(saved, std::move(result));
    }

  private:
    std::filesystem::path folder_;
};

const Registered<SaveCheckpoint> registered("save_checkpoint");

}  // namespace
}  // namespace figurant::stages
