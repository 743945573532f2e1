#pragma once
// What a training keeps in its run's folder (RunSettings::state), so that it goes on after a kill instead of
// beginning again:
//
//     training.h5       the network, the optimizer and the losses as they were a while ago: a checkpoint file
//     saved-STEP.csv    that the files of an eval step are written, and the losses until it
//
// A resumed training gives the saved eval steps again (as names of files, not as arrays), so that all stages
// behind it see what they would have seen, and goes on from whichever is later: training.h5 or the last saved
// eval step. Examples come in the same order from the same place, since their order and their variations
// depend on seed and lineage alone. So the bytes are those of a training that was never stopped.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/named_array.h"
#include "pipeline/stage.h"
#include "stages/train/batch.h"

namespace figurant::stages {

/// How far a training has come.
struct TrainingPlace {
    std::int64_t step = 0;  ///< steps done
    std::int64_t next_example =
        0;  ///< the ordinal, among those drawn, of the first that was not learned from
};

/// A training between two steps.
struct TrainingState {
    TrainingPlace place;
    WeightsFile checkpoint;       ///< for mask_rcnn::Trainer
    std::vector<LossRow> losses;  ///< of the steps since the last eval step
};

/// Adds to a trainer's checkpoint where in the data the training stands. `data`: the data set's digest.
void add_place(WeightsFile& checkpoint, const TrainingPlace& place, std::string_view data);

/// Of a checkpoint with a step; next_example is nothing where it is not known, or counts in other data.
struct FoundPlace {
    std::int64_t step = 0;
    std::optional<std::int64_t> next_example;
};
FoundPlace place_of(const WeightsFile& checkpoint, std::string_view data);

/// Writes training.h5; `state.checkpoint` has its place already. Error(Cause::output).
void keep_state(const pipeline::RunSettings& settings, const TrainingState& state);

/// Tells that a checkpoint and its model are on the disk. Without a run folder nothing is told.
void keep_saved(const pipeline::RunSettings& settings, const SavedModel& saved);
bool is_saved(const pipeline::RunSettings& settings, std::int64_t step);

/// The eval steps that are saved, in their order. Error(Cause::input) when one of their files is gone.
std::vector<SavedModel> saved_steps(const pipeline::RunSettings& settings);

/// Removes what is kept, so that a training that begins anew does not meet it later; false where there is
/// nothing.
bool forget_states(const pipeline::RunSettings& settings);

/// The latest state to go on from; nothing when the training has to begin anew: none was kept, or of another
/// data set than `data`.
std::optional<TrainingState> latest_state(const pipeline::RunSettings& settings, std::string_view data);

}  // namespace figurant::stages
