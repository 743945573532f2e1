#include "mask_rcnn/weights.h"

#include <torch/cuda.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "base/digest.h"
#include "base/error.h"
#include "base/random.h"
#include "mask_rcnn/variables.h"

namespace figurant::mask_rcnn {

namespace {

using torch::Tensor;

std::string shape_text(const std::vector<std::int64_t>& shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
    return text + "]";
}

/// TensorFlow's order of a shape: [height, width, in, out] for convolutions.
std::vector<std::int64_t> file_shape(Role role, const std::vector<std::int64_t>& shape) {
    if (role != Role::convolution) return shape;
    return {shape[2], shape[3], shape[1], shape[0]};
}

std::int64_t product(const std::vector<std::int64_t>& shape) {
    std::int64_t count = 1;
    for (const auto each : shape) count *= each;
    return count;
}

Tensor truncated_normal(const std::vector<std::int64_t>& shape, double deviation, Random& random) {
    auto value = at::empty(shape, at::kFloat);
    auto* out = value.data_ptr<float>();
    for (std::int64_t i = 0; i < value.numel(); ++i)
        out[i] = static_cast<float>(deviation * random.truncated_normal());
    return value;
}

Tensor initial_convolution(const Variable& variable, bool by_fan_in, Random& random) {
    if (!by_fan_in) return truncated_normal(variable.shape, 0.01, random);
    const auto fan_in = static_cast<double>(variable.shape[1] * variable.shape[2] * variable.shape[3]);
    // Cutting at two deviations leaves 0.88 of the deviation; the division gives it back.
    return truncated_normal(variable.shape, std::sqrt(2 / fan_in) / 0.87962566103423978, random);
}

Tensor initial_dense(const Variable& variable, Random& random) {
    const double fan_average = static_cast<double>(variable.shape[0] + variable.shape[1]) / 2;
    const double limit = std::sqrt(3 / fan_average);
    auto value = at::empty(variable.shape, at::kFloat);
    auto* out = value.data_ptr<float>();
    for (std::int64_t i = 0; i < value.numel(); ++i)
        out[i] = static_cast<float>(limit * (2 * random.uniform() - 1));
    return value;
}

Tensor initial_value(const Variable& variable, const TrainingConfig& training) {
    Random random(mix(static_cast<std::uint64_t>(training.seed), hash64(variable.name)));
    switch (variable.role) {
        case Role::convolution:
            if (variable.name.starts_with(detail_head)) return at::zeros(variable.shape, at::kFloat);
            return initial_convolution(
                variable, variable.extractor || training.head_initializer == "variance_scaling", random);
        case Role::dense:
            return initial_dense(variable, random);
        case Role::gamma:
        case Role::moving_variance:
            return at::ones(variable.shape, at::kFloat);
        default:
            return at::zeros(variable.shape, at::kFloat);
    }
}

}  // namespace

std::vector<FileVariable> file_variables(const NetworkConfig& config) {
    std::vector<FileVariable> variables;
    const Network network(config);
    for (const Variable& variable : network.variables())
        variables.push_back({variable.name, file_shape(variable.role, variable.shape), variable.extractor});
    return variables;
}

Values initial_values(const Network& network, const TrainingConfig& training) {
    Values values;
    for (const Variable& variable : network.variables()) values.push_back(initial_value(variable, training));
    return to_device(values, torch::Device("cpu"));
}

NamedArray to_array(const std::string& name, Role role, const Tensor& value) {
    Tensor plain = value.detach().to(at::kCPU, at::kFloat);
    if (role == Role::convolution) plain = plain.permute({2, 3, 1, 0});
    plain = plain.contiguous();
    NamedArray array{name, ElementType::float32, plain.sizes().vec(), {}};
    array.bytes.renew(static_cast<std::size_t>(plain.numel()) * sizeof(float));
    std::memcpy(array.bytes.data(), plain.data_ptr<float>(), array.bytes.size());
    return array;
}

Tensor from_array(const NamedArray& array, const Variable& variable) {
    const auto wanted = file_shape(variable.role, variable.shape);
    if (array.type != ElementType::float32)
        throw Error(Cause::model, "\"" + array.name + "\" holds integers where float32 is needed");
    if (array.shape != wanted)
        throw Error(Cause::model, "\"" + array.name + "\" has shape " + shape_text(array.shape) +
                                      " where the network's configuration needs " + shape_text(wanted));
    if (array.bytes.size() != static_cast<std::size_t>(product(wanted)) * sizeof(float))
        throw Error(Cause::model, "\"" + array.name + "\" has " + std::to_string(array.bytes.size()) +
                                      " bytes where its shape needs " + std::to_string(product(wanted) * 4));
    auto value = at::empty(wanted, at::kFloat);
    std::memcpy(value.data_ptr<float>(), array.bytes.data(), array.bytes.size());
    return variable.role == Role::convolution ? value.permute({3, 2, 0, 1}) : value;
}

const NamedArray* find_array(const WeightsFile& weights, std::string_view name) {
    for (const NamedArray& array : weights.arrays)
        if (array.name == name) return &array;
    return nullptr;
}

Values load_values(const Network& network, const WeightsFile& weights, Purpose purpose) {
    std::map<std::string_view, const NamedArray*> by_name;
    for (const NamedArray& array : weights.arrays) by_name[array.name] = &array;
    Values values;
    std::string problems;
    std::size_t count = 0;
    const auto note = [&](const std::string& problem) {
        if (++count <= 8) problems += "\n  " + problem;
    };
    const bool averaged =
        purpose == Purpose::inference && std::any_of(by_name.begin(), by_name.end(), [](const auto& each) {
            return each.first.ends_with(moving_average_suffix);
        });
    const std::string ending(averaged ? moving_average_suffix : "");
    for (const Variable& variable : network.variables()) {
        const std::string name = variable.name + ending;
        const auto found = by_name.find(name);
        if (found == by_name.end()) {
            note("\"" + name + "\" is missing");
            continue;
        }
        try {
            values.push_back(from_array(*found->second, variable));
            if (!at::isfinite(values.back()).all().item<bool>())
                note("\"" + name + "\" holds numbers that are not finite");
        } catch (const Error& error) {
            note(error.what());
        }
    }
    if (count)
        throw Error(Cause::model,
                    "the weights do not fit the network's configuration (" + std::to_string(count) + " of " +
                        std::to_string(network.variables().size()) + " arrays):" + problems +
                        (count > 8 ? "\n  …" : ""),
                    "use the file that training or conversion wrote, with its own configuration");
    return to_device(values, torch::Device("cpu"));
}

Config weights_config(const WeightsFile& weights) {
    if (weights.kind != "model" && weights.kind != "checkpoint")
        throw Error(Cause::model, "weights of kind \"" + weights.kind +
                                      "\" where a \"model\" or a \"checkpoint\" is needed");
    try {
        return parse_config(weights.config, "configuration of the weights");
    } catch (const Error& error) {
        throw Error(Cause::model, error.what());
    }
}

Values to_device(const Values& values, const torch::Device& device) {
    Values moved;
    for (const Tensor& value : values) {
        const auto format = value.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
        moved.push_back(value.detach().to(device).contiguous(format).clone(format));
    }
    return moved;
}

torch::Device parse_device(const std::string& name) {
    if (name == "cpu") return torch::Device("cpu");
    const bool numbered =
        name.starts_with("cuda:") && name.size() > 5 && name.size() < 8 &&
        std::all_of(name.begin() + 5, name.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (name != "cuda" && !numbered)
        throw Error(Cause::configuration, "there is no device \"" + name + "\"",
                    "use cpu, cuda or cuda:0, cuda:1, …");
    const int index = numbered ? std::stoi(name.substr(5)) : 0;
    const auto count = torch::cuda::is_available() ? torch::cuda::device_count() : 0;
    if (static_cast<std::size_t>(index) >= static_cast<std::size_t>(count))
        throw Error(Cause::configuration,
                    "device \"" + name + "\" was asked for, and LibTorch finds " + std::to_string(count) +
                        " CUDA devices",
                    "use --device cpu, or build against a LibTorch with CUDA");
    return torch::Device(torch::kCUDA, static_cast<std::int8_t>(index));
}

}  // namespace figurant::mask_rcnn
