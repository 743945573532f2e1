#pragma once
// Checkpoints in TensorFlow's formats with random weights for a network of ours.

#include <cstring>

#include "base/digest.h"
#include "mask_rcnn/variables.h"
#include "tests/stages/training.h"
#include "tests/tensorflow_files/tensorflow_files.h"

namespace figurant::stages::test {

/// The same for the same name: numbers in [-1, 1), some tiny; variances above 0.
inline std::string random_floats(const std::string& name, std::size_t count) {
    std::uint64_t state = hash64(name) | 1;
    std::vector<float> values(count);
    const bool positive = name.ends_with("moving_variance");
    for (auto& value : values) {
        state = state * 6364136223846793005u + 1442695040888963407u;  // Knuth's MMIX
        const float drawn = static_cast<float>(state >> 40) * 0x1p-23f - 1;
        value = positive ? 0.5f + 0.25f * drawn : drawn;
    }
    return tests::bytes_of(values);
}

inline std::size_t elements(const std::vector<std::int64_t>& shape) {
    std::size_t count = 1;
    for (const auto side : shape) count *= static_cast<std::size_t>(side);
    return count;
}

/// All variables of a network.
inline std::vector<tests::StoredTensor> random_variables(const mask_rcnn::NetworkConfig& network) {
    std::vector<tests::StoredTensor> tensors;
    for (const auto& variable : mask_rcnn::file_variables(network))
        tensors.push_back({variable.name, tests::dt_float, variable.shape,
                           random_floats(variable.name, elements(variable.shape))});
    return tensors;
}

/// What the original's checkpoints hold beside: the first stage's own last block, which nothing uses.
inline std::vector<tests::StoredTensor> unused_block(const mask_rcnn::NetworkConfig& network) {
    const std::string second = "SecondStageFeatureExtractor/";
    std::vector<tests::StoredTensor> tensors;
    for (auto& tensor : random_variables(network))
        if (tensor.name.starts_with(second)) {
            tensor.name = "FirstStageFeatureExtractor/" + tensor.name.substr(second.size());
            tensors.push_back(std::move(tensor));
        }
    return tensors;
}

/// The same as a frozen graph, each constant behind its Identity node.
inline std::string random_frozen_graph(const mask_rcnn::NetworkConfig& network) {
    std::vector<std::string> nodes;
    for (const auto& tensor : random_variables(network)) {
        nodes.push_back(tests::constant_node(tensor.name, tests::tensor_proto(tensor)));
        nodes.push_back(tests::identity_node(tensor.name + "/read", tensor.name));
    }
    return tests::graph_def(nodes);
}

/// Whether each variable of the network is in the model with exactly its random numbers.
inline void check_random_model(const WeightsFile& model, const mask_rcnn::NetworkConfig& network) {
    CHECK(model.kind == "model");
    const auto variables = mask_rcnn::file_variables(network);
    REQUIRE(model.arrays.size() == variables.size());
    for (std::size_t i = 0; i < variables.size(); ++i) {
        const auto& array = model.arrays[i];
        CHECK(array.name == variables[i].name);
        CHECK(array.shape == variables[i].shape);
        const std::string expected = random_floats(array.name, elements(array.shape));
        REQUIRE(array.bytes.size() == expected.size());
        CHECK(std::memcmp(array.bytes.data(), expected.data(), expected.size()) == 0);
    }
}

}  // namespace figurant::stages::test
