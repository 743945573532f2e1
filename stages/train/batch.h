#pragma once
// What flows in training beside examples: batches, and the checkpoints that come of them.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/named_array.h"
#include "figures/example.h"
#include "pipeline/payload.h"

namespace figurant::stages {

/// The examples of one training step, in the order in which they were drawn.
struct Batch {
    std::vector<std::shared_ptr<const figures::Example>> examples;
    std::int64_t next_example = 0;  ///< the ordinal, among those drawn, behind the last of these
};

/// The losses of one training step.
struct LossRow {
    std::int64_t step = 0;  ///< from 1
    double learning_rate = 0;
    std::vector<double> losses;  ///< in the order of Checkpoint::loss_names, the total last
};

/// A checkpoint on the disk.
struct SavedModel {
    std::int64_t step = 0;
    std::filesystem::path model, checkpoint;
    std::vector<std::string> loss_names;
    std::vector<LossRow> losses;
};

/// The state of training at an eval step.
struct Checkpoint {
    std::int64_t step = 0;
    std::shared_ptr<const WeightsFile> checkpoint;  ///< to go on from: optimizer state included
    std::shared_ptr<const WeightsFile> model;       ///< to detect with
    std::vector<std::string> loss_names;
    std::vector<LossRow> losses;  ///< of the steps since the checkpoint before
    /// Of a resumed training: it is on the disk already, and the arrays are not here.
    std::shared_ptr<const SavedModel> saved = {};
};

inline std::size_t array_bytes(const WeightsFile& file) {
    std::size_t sum = sizeof(file) + file.config.size();
    for (const auto& array : file.arrays) sum += sizeof(array) + array.bytes.size();
    return sum;
}

inline std::size_t loss_bytes(const std::vector<LossRow>& rows) {
    return rows.empty() ? 0 : rows.size() * (sizeof(LossRow) + rows.front().losses.size() * sizeof(double));
}

}  // namespace figurant::stages

namespace figurant::pipeline {

template <>
struct PayloadTraits<stages::Batch> {
    static constexpr std::string_view name = "batch";
    static std::size_t bytes(const stages::Batch& batch) {
        std::size_t sum = sizeof(batch);
        for (const auto& example : batch.examples) sum += example->bytes();
        return sum;
    }
};

template <>
struct PayloadTraits<stages::Checkpoint> {
    static constexpr std::string_view name = "checkpoint";
    static std::size_t bytes(const stages::Checkpoint& checkpoint) {
        std::size_t sum = sizeof(checkpoint) + stages::loss_bytes(checkpoint.losses);
        if (checkpoint.checkpoint) sum += stages::array_bytes(*checkpoint.checkpoint);
        if (checkpoint.model) sum += stages::array_bytes(*checkpoint.model);
        if (checkpoint.saved) sum += sizeof(*checkpoint.saved) + stages::loss_bytes(checkpoint.saved->losses);
        return sum;
    }
};

template <>
struct PayloadTraits<stages::SavedModel> {
    static constexpr std::string_view name = "saved_model";
    static std::size_t bytes(const stages::SavedModel& saved) {
        return sizeof(saved) + stages::loss_bytes(saved.losses);
    }
    /// For sub-runs: ${item.model}, ${item.checkpoint}, ${item.step}.
    static ParameterValues values(const stages::SavedModel& saved) {
        return {{"model", Scalar(saved.model.string())},
                {"checkpoint", Scalar(saved.checkpoint.string())},
                {"step", Scalar(saved.step)}};
    }
};

}  // namespace figurant::pipeline
