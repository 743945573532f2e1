#include "mask_rcnn/weight_mapping.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"

namespace figurant::mask_rcnn {

namespace {

constexpr std::size_t most_told = 8;

std::string shape_text(const std::vector<std::int64_t>& shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
    return text + "]";
}

/// What optimizers keep beside a variable: TensorFlow's slots, and ours, which are called the same.
bool is_slot(std::string_view name) {
    for (const std::string_view end : {"/Momentum", "/Adam", "/Adam_1", "/RMSProp", "/RMSProp_1", "/Adagrad",
                                       "/Adadelta", "/Adadelta_1", "/Ftrl", "/Ftrl_1"})
        if (name.ends_with(end)) return true;
    return name == "beta1_power" || name == "beta2_power";
}

/// Why a tensor of this name is no variable of the network.
std::string reason_to_leave(std::string_view name, const NetworkConfig& network) {
    if (is_slot(name)) return "the optimizer's state";
    if (name.ends_with(moving_average_suffix)) return "a moving average over training";
    if (name == "global_step") return "the count of training's steps";
    if (name == "largest_example") return "training's record of its examples";
    const std::string unused = "FirstStageFeatureExtractor/" + network.scope + "/block" +
                               std::to_string(network.block_units.size() + 1) + "/";
    if (name.starts_with(unused)) return "the first stage's last block, which nothing uses";
    if (name.starts_with("SecondStageBoxPredictor/")) return "heads of another form";
    if (name.starts_with("FirstStageFeatureExtractor/") || name.starts_with("SecondStageFeatureExtractor/"))
        return "layers that the configuration does not have";
    return "no variable of the network";
}

/// What another shape most likely comes from.
std::string reason_of_shape(const MappingRow& row) {
    std::string why =
        "shape " + shape_text(row.found) + " where the configuration needs " + shape_text(row.wanted);
    if (row.name.starts_with("SecondStageBoxPredictor/Conv")) return why + ": masks of another depth";
    if (row.name.starts_with("SecondStageBoxPredictor/")) return why + ": another number of classes";
    if (row.name.starts_with("FirstStageBoxPredictor/")) return why + ": another number of anchors";
    return why;
}

bool has_averages(const TensorList& file) {
    return std::any_of(file.tensors.begin(), file.tensors.end(),
                       [](const auto& tensor) { return tensor.name.ends_with(moving_average_suffix); });
}

/// `ending`: what follows the variable's name in the name of its tensor.
MappingRow row_of(const FileVariable& variable, const TensorList& file, MappingExtent extent,
                  const std::string& ending) {
    MappingRow row{variable.name, TensorUse::taken, {}, file.find(variable.name + ending), {},
                   variable.shape};
    if (row.tensor) row.found = file.tensors[*row.tensor].shape;
    if (extent == MappingExtent::feature_extractors && !variable.extractor) {
        row.use = TensorUse::left_out;
        row.reason = "no feature extractor's: it starts afresh";
    } else if (!row.tensor) {
        row.use = TensorUse::missing;
        row.reason = ending.empty() ? "not in the file" : "its moving average is not in the file";
    } else if (!file.tensors[*row.tensor].real) {
        row.use = TensorUse::misshapen;
        row.reason = "type " + file.tensors[*row.tensor].type + " where float32 is needed";
    } else if (row.found != row.wanted) {
        row.use = TensorUse::misshapen;
        row.reason = reason_of_shape(row);
    }
    return row;
}

}  // namespace

std::string_view use_name(TensorUse use) {
    switch (use) {
        case TensorUse::taken:
            return "taken";
        case TensorUse::left_out:
            return "left out";
        case TensorUse::missing:
            return "missing";
        default:
            return "misshapen";
    }
}

std::size_t WeightMapping::count(TensorUse use) const {
    return static_cast<std::size_t>(
        std::count_if(rows.begin(), rows.end(), [&](const MappingRow& row) { return row.use == use; }));
}

std::string WeightMapping::summary() const {
    std::map<std::pair<TensorUse, std::string>, std::size_t> groups;
    for (const auto& row : rows) ++groups[{row.use, row.reason}];
    std::string text;
    for (const auto& [group, count] : groups)
        text += std::to_string(count) + " " + std::string(use_name(group.first)) +
                (group.second.empty() ? "" : ": " + group.second) + "\n";
    return text;
}

WeightMapping map_weights(const NetworkConfig& network, const std::vector<FileVariable>& variables,
                          const TensorList& file, MappingExtent extent) {
    WeightMapping mapping;
    const bool averaged = file.ours && has_averages(file);
    const std::string ending(averaged ? moving_average_suffix : "");
    std::set<std::size_t> seen;
    std::set<std::string_view> replaced;
    for (const FileVariable& variable : variables) {
        mapping.rows.push_back(row_of(variable, file, extent, ending));
        if (const auto& tensor = mapping.rows.back().tensor) seen.insert(*tensor);
        if (averaged) replaced.insert(variable.name);
    }
    for (std::size_t i = 0; i < file.tensors.size(); ++i) {
        if (seen.contains(i)) continue;
        const auto& tensor = file.tensors[i];
        const std::string reason = replaced.contains(tensor.name) ? "its moving average is taken"
                                                                  : reason_to_leave(tensor.name, network);
        mapping.rows.push_back({tensor.name, TensorUse::left_out, reason, i, tensor.shape, {}});
    }
    return mapping;
}

void check_mapping(const WeightMapping& mapping, MappingExtent extent, const std::string& name) {
    if (extent == MappingExtent::feature_extractors) {
        if (mapping.count(TensorUse::taken) == 0)
            throw Error(
                Cause::model,
                name + ": none of the feature extractors' variables is in it under its name and shape",
                "start from weights of the same architecture and scope");
        return;
    }
    std::string told;
    std::size_t problems = 0;
    for (const auto& row : mapping.rows) {
        if (row.use != TensorUse::missing && row.use != TensorUse::misshapen) continue;
        if (++problems <= most_told) told += "\n  \"" + row.name + "\": " + row.reason;
    }
    if (problems > 0)
        throw Error(Cause::model,
                    name + ": does not fit the network's configuration (" + std::to_string(problems) +
                        " variables):" + told + (problems > most_told ? "\n  …" : ""),
                    "give the configuration that the weights were trained with");
}

}  // namespace figurant::mask_rcnn
