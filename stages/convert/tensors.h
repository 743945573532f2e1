#pragma once
// What flows in conversion: an open file of tensors, and a model that was made of one.

#include <filesystem>
#include <memory>
#include <string>

#include "base/named_array.h"
#include "data_formats/tensors/tensor_file.h"
#include "mask_rcnn/weight_mapping.h"
#include "pipeline/payload.h"

namespace figurant::stages {

/// An open file of tensors.
struct OpenTensors {
    std::string name;  ///< the file, for messages
    std::shared_ptr<const data_formats::TensorFile> file;
};

/// A model, and the table of what became of each tensor.
struct ConvertedModel {
    std::string source;
    std::shared_ptr<const WeightsFile> model;
    mask_rcnn::WeightMapping mapping;
};

/// The arrays of those variables that the mapping takes, in the network's order.
std::vector<NamedArray> read_mapped(const data_formats::TensorFile& file,
                                    const mask_rcnn::WeightMapping& mapping);

/// The file as the mapping sees it. `file` must outlive it.
mask_rcnn::TensorList tensor_list(const data_formats::TensorFile& file);

/// The weights that training starts from: what the feature extractors of `network` find in `file`, which
/// messages call `name`. Error(Cause::model) when that is nothing.
struct InitialWeights {
    WeightsFile weights;
    std::string summary;
};
InitialWeights read_initial_weights(const data_formats::TensorFile& file, const std::string& name,
                                    const mask_rcnn::NetworkConfig& network);

}  // namespace figurant::stages

namespace figurant::pipeline {

template <>
struct PayloadTraits<stages::OpenTensors> {
    static constexpr std::string_view name = "tensors";
    static std::size_t bytes(const stages::OpenTensors& open) {
        std::size_t sum = sizeof(open) + open.name.size();
        for (const auto& tensor : open.file->tensors())
            sum += sizeof(tensor) + tensor.name.size() + tensor.shape.size() * sizeof(std::int64_t);
        return sum + open.file->held_bytes();
    }
};

template <>
struct PayloadTraits<stages::ConvertedModel> {
    static constexpr std::string_view name = "converted_model";
    static std::size_t bytes(const stages::ConvertedModel& converted) {
        std::size_t sum = sizeof(converted) + converted.model->config.size();
        for (const auto& array : converted.model->arrays) sum += sizeof(array) + array.bytes.size();
        for (const auto& row : converted.mapping.rows)
            sum += sizeof(row) + row.name.size() + row.reason.size() + 16 * sizeof(std::int64_t);
        return sum;
    }
};

}  // namespace figurant::pipeline
