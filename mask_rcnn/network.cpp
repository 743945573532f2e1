#include "mask_rcnn/network.h"

#include <algorithm>
#include <numeric>

namespace figurant::mask_rcnn {

namespace {

using torch::Tensor;

/// The most groups that divide the channels evenly.
std::int64_t groups_of(std::int64_t channels, std::int64_t most) {
    std::int64_t groups = std::min(channels, most);
    while (channels % groups != 0) --groups;
    return groups;
}

/// [images, cells * values, rows, columns] -> [images, rows * columns * cells, values]; no copy when
/// channels-last.
Tensor by_anchor(const Tensor& x, std::int64_t values) {
    return x.permute({0, 2, 3, 1}).reshape({x.size(0), -1, values});
}

}  // namespace

bool normalizes_by_batch(const NetworkConfig& config) { return config.normalization == "batch_norm"; }

Network::Network(const NetworkConfig& config) : config_(config) {
    add_first_stage();
    add_heads();
}

int Network::add(std::string name, Role role, std::vector<std::int64_t> shape) {
    const bool trained = role != Role::moving_mean && role != Role::moving_variance;
    const bool extractor = name.find("FeatureExtractor/") != std::string::npos;
    variables_.push_back({std::move(name), role, std::move(shape), trained, extractor});
    return static_cast<int>(variables_.size()) - 1;
}

ConvolutionLayer Network::add_convolution(const std::string& name, std::int64_t in, std::int64_t out,
                                          ConvolutionShape shape, bool normalized) {
    ConvolutionLayer layer;
    layer.shape = shape;
    layer.index = convolutions_++;
    layer.weights = add(name + "/weights", Role::convolution, {out, in, shape.kernel, shape.kernel});
    if (!normalized) {
        layer.biases = add(name + "/biases", Role::biases, {out});
    } else if (config_.normalization == "group_norm") {
        layer.gamma = add(name + "/GroupNorm/gamma", Role::gamma, {out});
        layer.beta = add(name + "/GroupNorm/beta", Role::beta, {out});
    } else {
        layer.gamma = add(name + "/BatchNorm/gamma", Role::gamma, {out});
        layer.beta = add(name + "/BatchNorm/beta", Role::beta, {out});
        layer.moving_mean = add(name + "/BatchNorm/moving_mean", Role::moving_mean, {out});
        layer.moving_variance = add(name + "/BatchNorm/moving_variance", Role::moving_variance, {out});
    }
    all_convolutions_.push_back(layer);
    return layer;
}

Network::DenseLayer Network::add_dense(const std::string& name, std::int64_t in, std::int64_t out) {
    const int weights = add(name + "/weights", Role::dense, {in, out});
    return {weights, add(name + "/biases", Role::biases, {out})};
}

Network::Unit Network::add_unit(const std::string& name, std::int64_t in, std::int64_t bottleneck,
                                std::int64_t out, std::int64_t stride, std::int64_t rate) {
    const std::string inner = name + "/bottleneck_v1/";
    Unit unit;
    unit.stride = stride;
    if (in != out) unit.shortcut = add_convolution(inner + "shortcut", in, out, {1, stride, 1}, true);
    unit.conv1 = add_convolution(inner + "conv1", in, bottleneck, {1, 1, 1}, true);
    unit.conv2 = add_convolution(inner + "conv2", bottleneck, bottleneck, {3, stride, rate}, true);
    unit.conv3 = add_convolution(inner + "conv3", bottleneck, out, {1, 1, 1}, true);
    return unit;
}

void Network::add_first_stage() {
    const std::string scope = "FirstStageFeatureExtractor/" + config_.scope + "/";
    conv1_ = add_convolution(scope + "conv1", 3, config_.conv1_depth, {7, 2, 1}, true);
    std::int64_t depth = config_.conv1_depth, stride = 4, rate = 1;
    for (std::size_t b = 0; b < config_.block_units.size(); ++b)
        for (std::int64_t u = 0; u < config_.block_units[b]; ++u) {
            const std::int64_t wanted = u + 1 == config_.block_units[b] ? config_.block_strides[b] : 1;
            const bool reached = stride == config_.output_stride;
            first_stage_.push_back(add_unit(
                scope + "block" + std::to_string(b + 1) + "/unit_" + std::to_string(u + 1), depth,
                config_.block_bottleneck_depths[b], config_.block_depths[b], reached ? 1 : wanted, rate));
            (reached ? rate : stride) *= wanted;
            depth = config_.block_depths[b];
        }
}

void Network::add_heads() {
    const std::int64_t depth = config_.block_depths.back(), anchors = config_.anchors_per_cell();
    rpn_ = add_convolution("Conv", depth, config_.rpn_depth, {3, 1, config_.rpn_rate}, false);
    rpn_codes_ = add_convolution("FirstStageBoxPredictor/BoxEncodingPredictor", config_.rpn_depth,
                                 4 * anchors, {}, false);
    rpn_logits_ =
        add_convolution("FirstStageBoxPredictor/ClassPredictor", config_.rpn_depth, 2 * anchors, {}, false);
    const std::string block = std::to_string(config_.block_units.size() + 1);
    const std::string scope = "SecondStageFeatureExtractor/" + config_.scope + "/block" + block + "/unit_";
    std::int64_t in = depth;
    for (std::int64_t u = 0; u < config_.second_stage_units; ++u) {
        second_stage_.push_back(add_unit(scope + std::to_string(u + 1), in,
                                         config_.second_stage_bottleneck_depth, config_.second_stage_depth, 1,
                                         1));
        in = config_.second_stage_depth;
    }
    std::int64_t summary = in;
    if (config_.box_head_depth > 0) {
        summary = config_.box_head_depth;
        box_reduction_ =
            add_convolution("SecondStageBoxPredictor/Reduction", in, config_.box_head_reduction, {}, false);
        box_hidden_ =
            add_dense("SecondStageBoxPredictor/Hidden",
                      config_.box_head_reduction * config_.roi_size() * config_.roi_size(), summary);
    }
    box_codes_ = add_dense("SecondStageBoxPredictor/BoxEncodingPredictor", summary, 4 * config_.classes);
    box_logits_ = add_dense("SecondStageBoxPredictor/ClassPredictor", summary, config_.classes + 1);
    for (std::int64_t i = 0; i < config_.mask_convs; ++i) {
        const std::string name = "SecondStageBoxPredictor/Conv" + (i ? "_" + std::to_string(i) : "");
        const std::int64_t out = i + 1 == config_.mask_convs ? config_.classes : config_.mask_depth();
        mask_convolutions_.push_back(add_convolution(name, in, out, {3, 1, 1}, false));
        in = out;
    }
    if (config_.mask_detail_depth == 0) return;
    const std::string detail = "SecondStageBoxPredictor/Detail/";
    coarse_detail_ = add_convolution(detail + "Coarse", depth, config_.mask_detail_depth, {}, false);
    fine_detail_ =
        add_convolution(detail + "Fine", config_.conv1_depth, config_.mask_detail_depth, {}, false);
    detail_ = add_convolution(std::string(detail_head), config_.mask_detail_depth, config_.mask_depth(),
                              {3, 1, 1}, false);
}

Folded Network::fold(const Values& values) const {
    Folded folded;
    for (const ConvolutionLayer& layer : all_convolutions_) {
        const auto at = [&](int place) { return values[static_cast<std::size_t>(place)]; };
        if (layer.moving_mean < 0) {
            folded.weights.push_back(at(layer.weights));
            folded.biases.push_back(layer.biases < 0 ? Tensor() : at(layer.biases));
            continue;
        }
        // In float64: the folded network should differ from the unfolded one by the rounding of its weights
        // alone.
        const auto scale =
            at(layer.gamma).to(at::kDouble) *
            at::rsqrt(at(layer.moving_variance).to(at::kDouble) + config_.normalization_epsilon);
        const auto type = at(layer.weights).scalar_type();
        folded.weights.push_back((at(layer.weights).to(at::kDouble) * scale.view({-1, 1, 1, 1}))
                                     .to(type)
                                     .contiguous(at::MemoryFormat::ChannelsLast));
        folded.biases.push_back(
            (at(layer.beta).to(at::kDouble) - at(layer.moving_mean).to(at::kDouble) * scale).to(type));
    }
    return folded;
}

Prepared Network::prepare(const Folded& folded, Factors factors) const {
    Prepared prepared;
    for (const ConvolutionLayer& layer : all_convolutions_) {
        const auto index = static_cast<std::size_t>(layer.index);
        const bool tapped = layer.index == mask_convolutions_.front().index;
        if (tapped)
            prepared.emplace_back(tap_weights(folded.weights[index]), Tensor(), ConvolutionShape{}, factors);
        else
            prepared.emplace_back(folded.weights[index], folded.biases[index], layer.shape, factors);
    }
    return prepared;
}

Tensor Network::normalize(const ConvolutionLayer& layer, const Tensor& x, const Pass& pass) const {
    const auto at = [&](int place) { return pass.values[static_cast<std::size_t>(place)]; };
    const double epsilon = config_.normalization_epsilon;
    if (layer.gamma < 0) return x;
    if (layer.moving_mean < 0) {
        const auto channels = x.size(1);
        return at::group_norm(x, groups_of(channels, config_.group_norm_groups), at(layer.gamma),
                              at(layer.beta), epsilon);
    }
    return at::batch_norm(x, at(layer.gamma), at(layer.beta), at(layer.moving_mean),
                          at(layer.moving_variance), false, 0, epsilon, false);
}

Bounds Network::bounds(Activation activation) {
    Bounds bounds;
    if (activation != Activation::none) bounds.least = 0;
    if (activation == Activation::relu6) bounds.most = 6;
    return bounds;
}

Tensor Network::apply(const ConvolutionLayer& layer, const Tensor& x, const Pass& pass, Activation activation,
                      const Tensor& residual) const {
    const auto index = static_cast<std::size_t>(layer.index);
    const auto value = [&](int place) {
        return place < 0 ? Tensor() : pass.values[static_cast<std::size_t>(place)];
    };
    const bool grouped = layer.gamma >= 0 && layer.moving_mean < 0;
    const bool makes_output = layer.gamma < 0 && activation == Activation::none;
    if (pass.prepared && !grouped) return (*pass.prepared)[index](x, residual, bounds(activation));
    Tensor y = pass.prepared ? (*pass.prepared)[index](x, Tensor(), Bounds{})
               : pass.folded
                   ? convolve(x, pass.folded->weights[index], pass.folded->biases[index], layer.shape)
                   : convolve(x, value(layer.weights), value(layer.biases), layer.shape,
                              makes_output ? Factors::float32 : pass.factors);
    if (pass.statistics && layer.moving_mean >= 0)
        return normalize_batch(y, value(layer.gamma), value(layer.beta), config_.normalization_epsilon,
                               residual, activation == Activation::relu,
                               pass.statistics->at(static_cast<std::size_t>(layer.moving_mean)));
    if (grouped || (!pass.folded && !pass.prepared)) y = normalize(layer, y, pass);
    if (residual.defined()) y.add_(residual);
    if (activation == Activation::relu) y.relu_();
    if (activation == Activation::relu6) y.clamp_(0, 6);
    return y;
}

Tensor Network::apply(const Unit& unit, const Tensor& x, const Pass& pass) const {
    const Tensor shortcut =
        unit.shortcut ? apply(*unit.shortcut, x, pass, Activation::none) : subsample(x, unit.stride);
    Tensor y = apply(unit.conv1, x, pass, Activation::relu);
    y = apply(unit.conv2, y, pass, Activation::relu);
    return apply(unit.conv3, y, pass, Activation::relu, shortcut);
}

Tensor Network::apply(const DenseLayer& layer, const Tensor& x, const Pass& pass) const {
    return at::addmm(pass.values[static_cast<std::size_t>(layer.biases)], x,
                     pass.values[static_cast<std::size_t>(layer.weights)]);
}

Network::Features Network::features(const Tensor& images, const Pass& pass) const {
    Features features;
    Tensor x = max_pool_same(apply(conv1_, images, pass, Activation::relu));
    const bool detailed = config_.mask_detail_depth > 0;
    if (detailed) features.fine = apply(fine_detail_, x, pass, Activation::none);
    for (const Unit& unit : first_stage_) x = apply(unit, x, pass);
    if (detailed) features.coarse = apply(coarse_detail_, x, pass, Activation::none);
    features.cells = x;
    return features;
}

Network::Rpn Network::rpn(const Tensor& features, const Pass& pass) const {
    const Tensor x = apply(rpn_, features, pass, Activation::relu6);
    return {by_anchor(apply(rpn_codes_, x, pass, Activation::none), 4),
            by_anchor(apply(rpn_logits_, x, pass, Activation::none), 2)};
}

/// The pixels that 0 to 1 spans where a region is cropped at its cells: features have one at every stride-th
/// pixel, the first at pixel 0; from the first to the last.
float Network::spanned(std::int64_t cells, std::int64_t stride) const {
    return static_cast<float>(std::max<std::int64_t>(1, cells - 1) * stride);
}

Region Network::region(const Box& box, std::int64_t image, std::int64_t height, std::int64_t width) const {
    const auto along = [&](std::int64_t length) {
        const std::int64_t stride = config_.output_stride;
        return config_.crop_place == "cells" ? spanned((length + stride - 1) / stride, stride)
                                             : static_cast<float>(length);
    };
    const float h = along(height), w = along(width);
    return {{box.y_min / h, box.x_min / w, box.y_max / h, box.x_max / w}, image};
}

Tensor Network::region_features(const Tensor& cells, const std::vector<Region>& regions,
                                const Pass& pass) const {
    Tensor x = crop_features(cells, regions, config_.crop_size, config_.crop_pool);
    for (const Unit& unit : second_stage_) x = apply(unit, x, pass);
    return x;
}

Tensor Network::mask_detail(const Features& features, const std::vector<Region>& regions) const {
    if (config_.mask_detail_depth == 0) return {};
    std::vector<Region> on_fine = regions;
    if (config_.crop_place == "cells") {
        const auto ratio = [&](std::int64_t axis) {
            return spanned(features.coarse.size(axis), config_.output_stride) /
                   spanned(features.fine.size(axis), 4);
        };
        const float y = ratio(2), x = ratio(3);
        for (auto& [box, image] : on_fine) box = {box.y_min * y, box.x_min * x, box.y_max * y, box.x_max * x};
    }
    const Tensor sum = crop_features(features.coarse, regions, config_.mask_size, 1) +
                       crop_features(features.fine, on_fine, config_.mask_size, 1);
    return sum.relu_();
}

/// What is known of a region as a whole: the mean over its cells, or a dense layer that sees where in the
/// region each cell lies, which a shallow second stage cannot learn from a mean.
Tensor Network::summary(const Tensor& region_features, const Pass& pass) const {
    if (config_.box_head_depth == 0) return region_features.mean({2, 3});
    const Tensor cells = apply(box_reduction_, region_features, pass, Activation::relu).permute({0, 2, 3, 1});
    return at::relu(apply(box_hidden_, cells.reshape({cells.size(0), -1}), pass));
}

Network::Boxes Network::boxes(const Tensor& region_features, const Pass& pass) const {
    const Tensor known = summary(region_features, pass);
    return {apply(box_codes_, known, pass).view({-1, config_.classes, 4}), apply(box_logits_, known, pass)};
}

Tensor Network::masks(const Tensor& region_features, const Tensor& detail, const Pass& pass) const {
    const auto& first = mask_convolutions_.front();
    const Tensor& weights = pass.values[static_cast<std::size_t>(first.weights)];
    const Tensor& biases = pass.values[static_cast<std::size_t>(first.biases)];
    Tensor x = pass.prepared
                   ? spread_taps((*pass.prepared)[static_cast<std::size_t>(first.index)](region_features,
                                                                                         Tensor(), Bounds{}),
                                 biases, config_.mask_size)
                   : upsample_convolve(region_features, weights, biases, config_.mask_size, pass.factors);
    // Both come before the first rectification: one convolution of the region's cells, enlarged, and its
    // detail.
    if (config_.mask_detail_depth > 0)
        x = apply(detail_, detail, pass, Activation::relu, x);
    else
        x.relu_();
    for (std::size_t i = 1; i < mask_convolutions_.size(); ++i)
        x = apply(mask_convolutions_[i], x, pass,
                  i + 1 < mask_convolutions_.size() ? Activation::relu : Activation::none);
    return x;
}

std::int64_t Network::workspace_floats(std::int64_t height, std::int64_t width, const Workspace& how) const {
    const auto cells = [&](std::int64_t stride) {
        return ((height + stride - 1) / stride) * ((width + stride - 1) / stride);
    };
    const auto shape = [&](int place) { return variables_[static_cast<std::size_t>(place)].shape; };
    // oneDNN may hold another copy of a convolution's input and output; prepared convolutions hold none, and
    // write a unit's result over its shortcut.
    const std::int64_t copies = how.prepared ? 1 : 2;
    std::int64_t scratch = 0;
    for (const ConvolutionLayer& layer : all_convolutions_)
        if (how.prepared && layer.shape.kernel == 3)
            scratch = std::max(scratch,
                               how.team * winograd_scratch(shape(layer.weights)[1], shape(layer.weights)[0]));
    const auto unit_floats = [&](std::int64_t in, std::int64_t inner, std::int64_t out) {
        return copies * (in + out + 2 * inner) + (copies - 1) * out;
    };
    // Pixels, conv1 and its pooling live together; then, unit by unit, input, shortcut and what is in
    // between, at the finest stride the unit touches.
    std::int64_t most = 3 * cells(1) + 3 * config_.conv1_depth * cells(2) + config_.conv1_depth * cells(4);
    std::int64_t stride = 4, depth = config_.conv1_depth;
    for (const Unit& unit : first_stage_) {
        const auto inner = shape(unit.conv1.weights)[0], out = shape(unit.conv3.weights)[0];
        most = std::max(most, 3 * cells(1) + cells(stride) * unit_floats(depth, inner, out));
        stride *= unit.stride;
        depth = out;
    }
    const auto anchors = cells(config_.output_stride) * config_.anchors_per_cell();
    const auto proposals = copies * cells(config_.output_stride) * (depth + config_.rpn_depth) +
                           anchors * (2 * 6 + 4 + 4 + 2 + 2);
    const auto roi = config_.roi_size() * config_.roi_size();
    const auto regions = std::min(how.regions, std::max(config_.proposals, config_.detections)) * roi *
                         unit_floats(std::max(depth, config_.second_stage_depth),
                                     config_.second_stage_bottleneck_depth, config_.second_stage_depth);
    const auto mask_cells = config_.mask_size * config_.mask_size;
    const auto taps = 2 * 9 * roi * config_.mask_depth() +
                      3 * config_.roi_size() * config_.mask_size * config_.mask_depth();
    const auto masks =
        config_.detections * mask_cells +
        std::min(how.regions, config_.detections) *
            (roi * config_.second_stage_depth + taps +
             mask_cells * (4 * config_.mask_depth() + 3 * config_.mask_detail_depth + 2 * config_.classes));
    const auto detail = config_.mask_detail_depth * copies * (cells(4) + cells(config_.output_stride));
    return scratch + detail +
           std::max(most, cells(1) * 3 + cells(config_.output_stride) * depth +
                              std::max({proposals, regions, masks}));
}

}  // namespace figurant::mask_rcnn
