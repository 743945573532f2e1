#pragma once
// A named array of numbers in plain memory: how weights travel between files and the network, which do not
// know each other.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/array_memory.h"

namespace figurant {

enum class ElementType { float32, int64 };

/// Size of one element in bytes.
inline std::size_t element_size(ElementType type) { return type == ElementType::float32 ? 4 : 8; }

/// Dense, row-major, in the machine's byte order. Invariant: bytes.size() == product(shape) *
/// element_size(type).
struct NamedArray {
    std::string name;  ///< slash-separated, e.g. "FirstStageFeatureExtractor/…/weights"
    ElementType type = ElementType::float32;
    std::vector<std::int64_t> shape;  ///< empty: a scalar
    ArrayBytes bytes;
};

/// What a model or checkpoint file holds: its configuration as TOML text, and its arrays.
struct WeightsFile {
    std::string kind;    ///< "model" (for inference) or "checkpoint" (with optimizer state)
    std::string config;  ///< TOML text of the network (and, in a checkpoint, of the training)
    std::vector<NamedArray> arrays;
};

}  // namespace figurant
