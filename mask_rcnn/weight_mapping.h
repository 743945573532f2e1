#pragma once
// Which tensors of a file become which variables of the network: by name. No LibTorch header is needed.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/named_array.h"
#include "mask_rcnn/config.h"
#include "mask_rcnn/variables.h"

namespace figurant::mask_rcnn {

/// A file of tensors as the mapping sees it.
struct TensorList {
    struct Tensor {
        std::string name, type;
        std::vector<std::int64_t> shape;
        bool real = true;  ///< can be read as float32
    };
    std::vector<Tensor> tensors;
    /// The place in `tensors` that a name stands for.
    std::function<std::optional<std::size_t>(std::string_view)> find;
    /// A checkpoint of ours: where it has moving averages, these are taken for the variables, all of them.
    bool ours = false;
};

/// How much of a file is wanted.
enum class MappingExtent {
    everything,         ///< all variables, for inference
    feature_extractors  ///< to start training from, as the original does: what fits is taken
};

enum class TensorUse { taken, left_out, missing, misshapen };
/// "taken", "left out", "missing", "misshapen".
std::string_view use_name(TensorUse use);

/// A line of the table: a variable of the network, or a tensor that is none.
struct MappingRow {
    std::string name;
    TensorUse use = TensorUse::taken;
    std::string reason;                       ///< why it was not taken; empty for what was
    std::optional<std::size_t> tensor;        ///< its place in the file
    std::vector<std::int64_t> found, wanted;  ///< shapes; wanted: of variables only
};

struct WeightMapping {
    std::vector<MappingRow> rows;  ///< variables in the network's order, then other tensors in the file's
    std::size_t count(TensorUse use) const;
    /// How many of each use and reason, a line each.
    std::string summary() const;
};

/// Every variable and every tensor has its row. `variables`: those of `network` (file_variables).
WeightMapping map_weights(const NetworkConfig& network, const std::vector<FileVariable>& variables,
                          const TensorList& file, MappingExtent extent);

/// Error(Cause::model) naming `name`: for everything, the variables that are missing or misshapen; for
/// feature extractors, when none of their variables was taken.
void check_mapping(const WeightMapping& mapping, MappingExtent extent, const std::string& name);

}  // namespace figurant::mask_rcnn
