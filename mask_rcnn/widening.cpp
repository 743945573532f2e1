#include "mask_rcnn/widening.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

#include "mask_rcnn/weights.h"

namespace figurant::mask_rcnn {

namespace {

using torch::Tensor;

/// The depths of a network: all that may differ between a narrower and a wider one.
std::vector<std::int64_t> depths(const NetworkConfig& config) {
    std::vector<std::int64_t> all = {config.conv1_depth,        config.rpn_depth,
                                     config.second_stage_units, config.second_stage_bottleneck_depth,
                                     config.second_stage_depth, config.box_head_depth,
                                     config.mask_depth(),       config.block_units.back(),
                                     config.mask_detail_depth};
    for (const auto* each : {&config.block_bottleneck_depths, &config.block_depths})
        all.insert(all.end(), each->begin(), each->end());
    return all;
}

/// `config` with as many units as `wide` has, and a mask head that sees detail where that of `wide` does.
NetworkConfig with_units_of(const NetworkConfig& wide, NetworkConfig config) {
    config.block_units.back() = wide.block_units.back();
    config.second_stage_units = wide.second_stage_units;
    if (config.mask_detail_depth == 0) config.mask_detail_depth = wide.mask_detail_depth;
    return config;
}

/// `narrow` with the depths of `wide`.
NetworkConfig with_depths_of(const NetworkConfig& wide, const NetworkConfig& narrow) {
    NetworkConfig config = with_units_of(wide, narrow);
    config.conv1_depth = wide.conv1_depth;
    config.rpn_depth = wide.rpn_depth;
    config.second_stage_bottleneck_depth = wide.second_stage_bottleneck_depth;
    config.second_stage_depth = wide.second_stage_depth;
    config.box_head_depth = wide.box_head_depth;
    config.mask_conv_depth = wide.mask_depth();
    config.mask_detail_depth = wide.mask_detail_depth;
    config.block_bottleneck_depths = wide.block_bottleneck_depths;
    config.block_depths = wide.block_depths;
    return config;
}

/// Whether both do the same with equal variables, but for what they keep of it.
bool compute_alike(const NetworkConfig& a, const NetworkConfig& b) {
    const auto how = [](const NetworkConfig& c) {
        return std::tie(c.pixel_means, c.pixel_scale, c.block_strides, c.output_stride, c.normalization,
                        c.normalization_epsilon, c.rpn_rate, c.anchor_base, c.anchor_scales,
                        c.anchor_aspect_ratios, c.crop_size, c.crop_pool, c.crop_place, c.mask_size);
    };
    return how(a) == how(b);
}

bool have_same_variables(const NetworkConfig& a, const NetworkConfig& b, bool of_same_shape) {
    const Network one(a), other(b);
    return std::equal(one.variables().begin(), one.variables().end(), other.variables().begin(),
                      other.variables().end(), [&](const Variable& left, const Variable& right) {
                          return left.name == right.name && (!of_same_shape || left.shape == right.shape);
                      });
}

/// Whether the blocks' units are the same, but for the last block's where none of them strides: a block's
/// last unit is the one that does.
bool may_grow(const NetworkConfig& narrow, const NetworkConfig& wide) {
    auto few = narrow.block_units, many = wide.block_units;
    std::int64_t stride = 4;
    for (std::size_t b = 0; b + 1 < narrow.block_strides.size(); ++b) stride *= narrow.block_strides[b];
    if (stride >= narrow.output_stride) few.back() = many.back();
    return few == many;
}

/// `narrow` as the first channels of `fresh`. In both, the channels given are the first axis of a
/// convolution, the second of a dense layer, the only one of anything else.
void put_inside(const Tensor& narrow, Role role, Tensor fresh) {
    if (role == Role::convolution || role == Role::dense) {
        const std::int64_t given = role == Role::convolution ? 0 : 1;
        fresh.narrow(given, 0, narrow.size(given)).zero_();
        fresh.narrow(given, 0, narrow.size(given)).narrow(1 - given, 0, narrow.size(1 - given)).copy_(narrow);
    } else {
        fresh.narrow(0, 0, narrow.size(0)).copy_(narrow);
    }
}

}  // namespace

bool is_narrower(const NetworkConfig& narrow, const NetworkConfig& wide) {
    if (!normalizes_by_batch(narrow) || !compute_alike(narrow, wide)) return false;
    if (narrow.block_units.size() != wide.block_units.size() || !may_grow(narrow, wide)) return false;
    if ((narrow.box_head_depth == 0) != (wide.box_head_depth == 0)) return false;
    const auto few = depths(narrow), many = depths(wide);
    return std::equal(few.begin(), few.end(), many.begin(), [](auto a, auto b) { return a <= b; }) &&
           have_same_variables(with_units_of(wide, narrow), wide, false) &&  // no shortcut of one alone
           have_same_variables(with_depths_of(wide, narrow), wide, true);
}

std::optional<Values> widened(const Network& network, const Values& fresh, const WeightsFile& weights) {
    const NetworkConfig narrow = weights_config(weights).network;
    if (!is_narrower(narrow, network.config()) || depths(narrow) == depths(network.config())) return {};
    const at::NoGradGuard no_grad;
    const Network small(narrow);
    const Values learned = load_values(small, weights, Purpose::inference);
    std::map<std::string, Tensor> by_name;
    for (std::size_t i = 0; i < learned.size(); ++i) by_name[small.variables()[i].name] = learned[i];
    Values values;
    for (std::size_t i = 0; i < fresh.size(); ++i) {
        const Variable& variable = network.variables()[i];
        values.push_back(fresh[i].clone());
        const auto found = by_name.find(variable.name);
        if (found != by_name.end())
            put_inside(found->second, variable.role, values.back());
        else if (variable.name.ends_with("/conv3/BatchNorm/gamma"))
            values.back().zero_();  // a unit that adds nothing
    }
    return values;
}

}  // namespace figurant::mask_rcnn
