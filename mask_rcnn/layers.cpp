#include "mask_rcnn/layers.h"

#include <torch/autograd.h>
#include <torch/version.h>

#include <array>

#include "mask_rcnn/feature_memory.h"
#include "mask_rcnn/kernels.h"

namespace figurant::mask_rcnn {

namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

bool one_dnn_takes(const Tensor& x) {
    return x.device().is_cpu() && at::globalContext().hasMKLDNN() && x.scalar_type() == at::kFloat;
}

std::array<std::int64_t, 2> twice(std::int64_t value) { return {value, value}; }

/// The oneDNN of Debian 13's LibTorch 2.6 computes 1x1 convolutions of channels-last features to 45 channels
/// wrongly where there is AVX-512; to 5, 15 and 16 rightly. As products they are right.
bool is_taken_as_product([[maybe_unused]] const Tensor& x, [[maybe_unused]] const Tensor& weights,
                         [[maybe_unused]] std::int64_t stride) {
#if TORCH_VERSION_MAJOR >= 2
    return x.device().is_cpu() && weights.size(2) == 1 && weights.size(3) == 1 && stride == 1 &&
           weights.size(0) % 16 != 0;
#else
    return false;
#endif
}

Tensor product(const Tensor& x, const Tensor& weights, const Tensor& biases) {
    return at::linear(x.permute({0, 2, 3, 1}), weights.reshape({weights.size(0), weights.size(1)}), biases)
        .permute({0, 3, 1, 2});
}

/// The gradient by a convolution's input, where its stride is 1: itself a convolution, of the gradient with
/// the weights turned around. oneDNN's forward kernels are up to twice as fast as its backward ones.
Tensor input_gradient(const Tensor& gradient, const Tensor& weights, std::int64_t padding,
                      std::int64_t rate) {
    const Tensor turned = (weights.size(2) == 1 ? weights : weights.flip({2, 3}))
                              .transpose(0, 1)
                              .contiguous(at::MemoryFormat::ChannelsLast);
    if (is_taken_as_product(gradient, turned, 1)) return product(gradient, turned, Tensor());
    return at::mkldnn_convolution(gradient, turned, Tensor(), twice(padding), twice(1), twice(rate), 1);
}

/// Whether our own loops may convert it: they go over memory as it lies, and nothing flows back through them.
bool is_plain(const Tensor& x, at::ScalarType type) {
    return x.device().is_cpu() && x.scalar_type() == type && x.is_non_overlapping_and_dense() &&
           !(at::GradMode::is_enabled() && x.requires_grad());
}

/// LibTorch's own conversions took 6 of 100 samples of a training.
Tensor rounded(const Tensor& x) {
    if (!is_plain(x, at::kFloat)) return x.to(at::kBFloat16);
    Tensor y = at::empty_like(x, x.options().dtype(at::kBFloat16));
    round_to_bfloat16(x.numel(), x.data_ptr<float>(), static_cast<std::uint16_t*>(y.data_ptr()));
    return y;
}

Tensor widened(const Tensor& x) {
    if (!is_plain(x, at::kBFloat16)) return x.to(at::kFloat);
    Tensor y = at::empty_like(x, x.options().dtype(at::kFloat));
    widen_bfloat16(x.numel(), static_cast<const std::uint16_t*>(x.data_ptr()), y.data_ptr<float>());
    return y;
}

/// `x` as a convolution of these factors takes it. Processors that do not multiply bfloat16 get the rounded
/// numbers as float32.
Tensor factor(const Tensor& x, Factors factors) {
    if (factors == Factors::float32) return x;
    const Tensor y = rounded(x);
    return x.device().is_cuda() || multiplies_bfloat16() ? y : widened(y);
}

/// What such a convolution gives, as float32 again.
Tensor sum_of(const Tensor& y, Factors factors) {
    return factors == Factors::float32 ? y : widened(rounded(y));
}

/// A convolution that goes to oneDNN in both directions. LibTorch by itself would send 1x1 convolutions to
/// the BLAS when there is one thread, which is slower and makes the result depend on the number of threads.
class OneDnnConvolution : public torch::autograd::Function<OneDnnConvolution> {
  public:
    static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weights,
                          const Tensor& biases, std::int64_t stride, std::int64_t padding, std::int64_t rate,
                          Factors factors) {
        const Tensor pixels = factor(x, factors), kernels = factor(weights, factors);
        context->save_for_backward({pixels, kernels});
        context->saved_data["shape"] = std::vector<std::int64_t>{stride, padding, rate};
        context->saved_data["factors"] = static_cast<std::int64_t>(factors);
        context->saved_data["biased"] = biases.numel() > 0;
        context->saved_data["input_wanted"] = x.requires_grad();
        const Tensor added = biases.numel() > 0 ? factor(biases, factors) : Tensor();
        return sum_of(
            at::mkldnn_convolution(pixels, kernels, added, twice(padding), twice(stride), twice(rate), 1),
            factors);
    }
    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const auto shape = context->saved_data["shape"].toIntVector();
        const bool biased = context->saved_data["biased"].toBool();
        const bool input_wanted = context->saved_data["input_wanted"].toBool(), by_forward = shape[0] == 1;
        const Tensor& weights = saved[1];
        const auto factors = static_cast<Factors>(context->saved_data["factors"].toInt());
        const Tensor gradient = factor(gradients[0].contiguous(at::MemoryFormat::ChannelsLast), factors);
        // The rate of a 1x1 convolution changes nothing, but one above 1 makes LibTorch choose oneDNN.
        const auto rate = twice(weights.size(2) == 1 ? 2 : shape[2]);
        auto [x_gradient, weights_gradient, biases_gradient] = at::convolution_backward(
            gradient, saved[0], weights, at::IntArrayRef(weights.sizes()[0]), twice(shape[0]),
            twice(shape[1]), rate, false, twice(0), 1, {input_wanted && !by_forward, true, biased});
        if (input_wanted && by_forward) x_gradient = input_gradient(gradient, weights, shape[1], shape[2]);
        for (Tensor* each : {&x_gradient, &weights_gradient, &biases_gradient})
            if (each->defined()) *each = sum_of(*each, factors);
        return {x_gradient, weights_gradient, biases_gradient, Tensor(), Tensor(), Tensor(), Tensor()};
    }
};

FeatureExtent extent_of(const Tensor& x) { return {x.size(0) * x.size(2) * x.size(3), x.size(1)}; }

Tensor channels_last(const Tensor& x) { return x.contiguous(at::MemoryFormat::ChannelsLast); }

/// Batch normalisation, addition and rectification as one node of the graph.
class BatchNormFunction : public torch::autograd::Function<BatchNormFunction> {
  public:
    static Tensor forward(AutogradContext* context, const Tensor& input, const Tensor& gamma,
                          const Tensor& beta, const Tensor& residual, double epsilon, bool rectify,
                          BatchMoments* moments) {
        const Tensor x = channels_last(input);
        const bool added = residual.numel() > 0;
        const Tensor other = added ? channels_last(residual) : Tensor();
        const FeatureExtent extent = extent_of(x);
        Tensor mean = at::empty_like(gamma), variance = at::empty_like(gamma);
        channel_moments(extent, x.data_ptr<float>(), mean.data_ptr<float>(), variance.data_ptr<float>());
        const Tensor inverse = at::rsqrt(variance + epsilon), scale = gamma * inverse,
                     shift = beta - mean * scale;
        Tensor y = at::empty_like(x, at::MemoryFormat::ChannelsLast);
        scale_and_shift(extent, x.data_ptr<float>(), scale.data_ptr<float>(), shift.data_ptr<float>(),
                        added ? other.data_ptr<float>() : nullptr, rectify, y.data_ptr<float>());
        const auto count = static_cast<double>(extent.pixels);
        *moments = {mean, variance * (count / std::max(1.0, count - 1))};
        context->save_for_backward({x, gamma, mean, inverse, rectify ? y : Tensor()});
        context->saved_data["added"] = added;
        return y;
    }
    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const Tensor &x = saved[0], &gamma = saved[1], &mean = saved[2], &inverse = saved[3], &y = saved[4];
        const Tensor gradient = channels_last(gradients[0]);
        const FeatureExtent extent = extent_of(x);
        const float* y_numbers = y.defined() ? y.data_ptr<float>() : nullptr;
        Tensor sum = at::empty_like(gamma), sum_x = at::empty_like(gamma);
        gradient_moments(extent, gradient.data_ptr<float>(), y_numbers, x.data_ptr<float>(),
                         sum.data_ptr<float>(), sum_x.data_ptr<float>());
        // dx = gamma / s * (g - mean(g) - x^ * mean(g * x^)) with x^ = (x - mean) / s, gathered by g, x
        // and 1.
        const Tensor gamma_gradient = (sum_x - mean * sum) * inverse;
        const Tensor a = gamma * inverse,
                     b = a * inverse * gamma_gradient * (-1.0 / static_cast<double>(extent.pixels));
        const Tensor c = a * sum * (-1.0 / static_cast<double>(extent.pixels)) - b * mean;
        Tensor x_gradient = at::empty_like(x, at::MemoryFormat::ChannelsLast), residual_gradient;
        if (context->saved_data["added"].toBool())
            residual_gradient = at::empty_like(x, at::MemoryFormat::ChannelsLast);
        gradient_back(extent, gradient.data_ptr<float>(), y_numbers, x.data_ptr<float>(), a.data_ptr<float>(),
                      b.data_ptr<float>(), c.data_ptr<float>(), x_gradient.data_ptr<float>(),
                      residual_gradient.defined() ? residual_gradient.data_ptr<float>() : nullptr);
        return {x_gradient, gamma_gradient, sum, residual_gradient, Tensor(), Tensor(), Tensor()};
    }
};

/// The tap matrix's few numbers that are not 0.
AxisMap tap_map(std::int64_t from, std::int64_t to) {
    AxisMap map{to, 3 * from, 6, std::vector<std::int32_t>(static_cast<std::size_t>(6 * to)),
                std::vector<float>(static_cast<std::size_t>(6 * to))};
    const Tensor matrix = interpolation_matrix(from, to);
    const auto cells = matrix.accessor<double, 2>();
    for (std::int64_t row = 0; row < to; ++row)
        for (std::int64_t tap = 0; tap < 3; ++tap) {
            const std::int64_t shifted = row + tap - 1;
            if (shifted < 0 || shifted >= to) continue;
            auto at = static_cast<std::size_t>(row * 6 + tap * 2);
            for (std::int64_t cell = 0; cell < from; ++cell) {
                if (cells[shifted][cell] == 0) continue;
                map.index[at] = static_cast<std::int32_t>(3 * cell + tap);
                map.weight[at++] = static_cast<float>(cells[shifted][cell]);
            }
        }
    return map;
}

/// The tap matrix along the second of three axes as a node of the graph.
class TapFunction : public torch::autograd::Function<TapFunction> {
  public:
    static Tensor forward(AutogradContext* context, const Tensor& input, std::int64_t from, std::int64_t to) {
        context->saved_data["from"] = from;
        context->saved_data["to"] = to;
        const Tensor x = input.contiguous();
        Tensor y = empty_tensor({x.size(0), to, x.size(2)});
        apply_axis_map(tap_map(from, to), x.size(0), x.size(2), x.data_ptr<float>(), y.data_ptr<float>());
        return y;
    }
    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const Tensor gradient = gradients[0].contiguous();
        const auto from = context->saved_data["from"].toInt();
        Tensor x = at::empty({gradient.size(0), 3 * from, gradient.size(2)}, gradient.options());
        apply_axis_map_transposed(tap_map(from, context->saved_data["to"].toInt()), gradient.size(0),
                                  gradient.size(2), gradient.data_ptr<float>(), x.data_ptr<float>());
        return {x, Tensor(), Tensor()};
    }
};

/// The crop of features on the CPU.
class CropFunction : public torch::autograd::Function<CropFunction> {
  public:
    static CropShape shape_of(const Tensor& features, std::int64_t size, std::int64_t pool) {
        return {features.size(0), features.size(2), features.size(3), features.size(1), size, pool};
    }
    static Tensor forward(AutogradContext* context, const Tensor& input, const std::vector<Region>* regions,
                          std::int64_t size, std::int64_t pool) {
        const auto features = input.contiguous(at::MemoryFormat::ChannelsLast);
        const CropShape shape = shape_of(features, size, pool);
        const auto count = static_cast<std::int64_t>(regions->size());
        const bool single = features.scalar_type() == at::kFloat;
        auto pooled = single ? empty_features(count, shape.channels, shape.output(), shape.output())
                             : at::empty({count, shape.channels, shape.output(), shape.output()},
                                         features.options().memory_format(at::MemoryFormat::ChannelsLast));
        const bool wanted = input.requires_grad();
        auto winners = wanted ? at::empty({pooled.numel()}, features.options().dtype(at::kByte)) : Tensor();
        AT_DISPATCH_FLOATING_TYPES(features.scalar_type(), "crop_features", [&] {
            crop_and_pool<scalar_t>(shape, features.data_ptr<scalar_t>(), *regions,
                                    pooled.data_ptr<scalar_t>(),
                                    wanted ? winners.data_ptr<std::uint8_t>() : nullptr);
        });
        if (wanted) {
            const auto bytes = static_cast<std::int64_t>(regions->size() * sizeof(Region));
            auto kept = at::empty({bytes}, at::TensorOptions().dtype(at::kByte));
            std::copy(regions->begin(), regions->end(),
                      reinterpret_cast<Region*>(kept.data_ptr<std::uint8_t>()));
            context->save_for_backward({winners, kept});
            context->saved_data["shape"] = features.sizes().vec();
            context->saved_data["size"] = size;
            context->saved_data["pool"] = pool;
        }
        return pooled;
    }
    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const auto gradient = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
        const auto sizes = context->saved_data["shape"].toIntVector();
        auto into =
            at::empty(sizes, gradient.options().memory_format(at::MemoryFormat::ChannelsLast)).zero_();
        const CropShape shape =
            shape_of(into, context->saved_data["size"].toInt(), context->saved_data["pool"].toInt());
        const std::span<const Region> regions(
            reinterpret_cast<const Region*>(saved[1].data_ptr<std::uint8_t>()),
            static_cast<std::size_t>(saved[1].numel()) / sizeof(Region));
        AT_DISPATCH_FLOATING_TYPES(gradient.scalar_type(), "crop_features", [&] {
            crop_and_pool_backward<scalar_t>(shape, gradient.data_ptr<scalar_t>(), regions,
                                             saved[0].data_ptr<std::uint8_t>(), into.data_ptr<scalar_t>());
        });
        return {into, Tensor(), Tensor(), Tensor()};
    }
};

/// The same in LibTorch's own operations, for devices without a kernel of ours: every sample is a weighted
/// sum of four gathered cells.
Tensor crop_by_gathering(const Tensor& features, const std::vector<Region>& regions, std::int64_t size,
                         std::int64_t pool) {
    const auto count = static_cast<std::int64_t>(regions.size());
    auto boxes = at::empty({count, 4}, at::kFloat), images = at::empty({count}, at::kLong);
    for (std::int64_t r = 0; r < count; ++r) {
        const auto& region = regions[static_cast<std::size_t>(r)];
        const float corners[4] = {region.box.y_min, region.box.x_min, region.box.y_max, region.box.x_max};
        std::copy(corners, corners + 4, boxes.data_ptr<float>() + 4 * r);
        images.data_ptr<std::int64_t>()[r] = region.image;
    }
    boxes = boxes.to(features.device(), at::kFloat);
    images = images.to(features.device());
    const auto height = features.size(2), width = features.size(3);
    const auto axis = [&](std::int64_t begin, std::int64_t cells) {
        const auto first = boxes.select(1, begin).unsqueeze(1) * (cells - 1);
        const auto last = boxes.select(1, begin + 2).unsqueeze(1) * (cells - 1);
        if (size == 1) return (first + last) / 2;
        return first + at::arange(size, first.options()).unsqueeze(0) * ((last - first) / (size - 1));
    };
    const auto y = axis(0, height), x = axis(1, width);
    const auto y_low = y.floor(), x_low = x.floor();
    const auto cells = features.permute({0, 2, 3, 1}).reshape({-1, features.size(1)});
    Tensor sum;
    for (int corner = 0; corner < 4; ++corner) {
        const auto y_at = corner < 2 ? y_low : y.ceil(), x_at = corner % 2 == 0 ? x_low : x.ceil();
        const auto y_share = corner < 2 ? 1 - (y - y_low) : y - y_low;
        const auto x_share = corner % 2 == 0 ? 1 - (x - x_low) : x - x_low;
        const auto index =
            (images.view({-1, 1, 1}) * height + y_at.clamp(0, height - 1).to(at::kLong).unsqueeze(2)) *
                width +
            x_at.clamp(0, width - 1).to(at::kLong).unsqueeze(1);
        const auto inside =
            ((y >= 0) & (y <= height - 1)).unsqueeze(2) & ((x >= 0) & (x <= width - 1)).unsqueeze(1);
        const auto weight = (y_share.unsqueeze(2) * x_share.unsqueeze(1) * inside).to(features.scalar_type());
        const auto part =
            cells.index_select(0, index.reshape(-1)).view({count, size, size, -1}) * weight.unsqueeze(3);
        sum = sum.defined() ? sum + part : part;
    }
    return at::max_pool2d(sum.permute({0, 3, 1, 2}), {pool, pool}, {pool, pool});
}

/// [to, 3 * from]: interpolation followed by a shift of one to each side, zeros coming in; column 3 * i +
/// tap.
Tensor tap_matrix(std::int64_t from, std::int64_t to, const at::TensorOptions& options) {
    const auto plain = interpolation_matrix(from, to);
    auto taps = at::zeros({to, from, 3}, at::kDouble);
    for (std::int64_t tap = 0; tap < 3; ++tap) {
        const std::int64_t shift = tap - 1, begin = std::max<std::int64_t>(0, -shift);
        const std::int64_t length = to - std::abs(shift);
        taps.select(2, tap).narrow(0, begin, length).copy_(plain.narrow(0, begin + shift, length));
    }
    return taps.view({to, 3 * from}).to(options);
}

}  // namespace

Tensor convolve(const Tensor& x, const Tensor& weights, const Tensor& biases, const ConvolutionShape& shape,
                Factors factors) {
    if (is_taken_as_product(x, weights, shape.stride)) return product(x, weights, biases);
    if (one_dnn_takes(x))
        // A function's arguments must be defined: an empty tensor stands for no biases.
        return OneDnnConvolution::apply(x, weights, biases.defined() ? biases : at::empty({0}, x.options()),
                                        shape.stride, shape.padding(), shape.rate, factors);
    if (x.scalar_type() != at::kFloat) factors = Factors::float32;
    return sum_of(at::conv2d(factor(x, factors), factor(weights, factors),
                             biases.defined() ? factor(biases, factors) : biases, shape.stride,
                             shape.padding(), shape.rate),
                  factors);
}

Tensor normalize_batch(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon,
                       const Tensor& residual, bool rectify, BatchMoments& moments) {
    if (x.device().is_cpu() && x.scalar_type() == at::kFloat)
        return BatchNormFunction::apply(x, gamma, beta,
                                        residual.defined() ? residual : at::empty({0}, x.options()), epsilon,
                                        rectify, &moments);
    // Momentum 1 makes LibTorch leave this batch's own mean and variance in the running ones.
    moments = {at::zeros_like(gamma), at::ones_like(gamma)};
    Tensor y = at::batch_norm(x, gamma, beta, moments.mean, moments.variance, true, 1, epsilon, false);
    if (residual.defined()) y = y + residual;
    return rectify ? at::relu(y) : y;
}

Tensor max_pool_same(const Tensor& x) {
    return at::max_pool2d(x, {3, 3}, {2, 2}, {x.size(2) % 2, x.size(3) % 2}, {1, 1}, /*ceil_mode=*/true);
}

Tensor subsample(const Tensor& x, std::int64_t stride) {
    if (stride == 1) return x;
    return x.slice(2, 0, x.size(2), stride)
        .slice(3, 0, x.size(3), stride)
        .contiguous(at::MemoryFormat::ChannelsLast);
}

Tensor crop_features(const Tensor& features, const std::vector<Region>& regions, std::int64_t size,
                     std::int64_t pool) {
    if (features.device().is_cpu() && features.scalar_type() != at::kBFloat16)
        return CropFunction::apply(features, &regions, size, pool);
    return crop_by_gathering(features, regions, size, pool);
}

Tensor interpolation_matrix(std::int64_t from, std::int64_t to) {
    auto matrix = at::zeros({to, from}, at::kDouble);
    auto cells = matrix.accessor<double, 2>();
    const double scale = to > 1 ? static_cast<double>(from - 1) / static_cast<double>(to - 1) : 0;
    for (std::int64_t i = 0; i < to; ++i) {
        const double at = static_cast<double>(i) * scale;
        const auto low = std::min(static_cast<std::int64_t>(at), from - 1);
        const double share = at - static_cast<double>(low);
        cells[i][low] += 1 - share;
        if (low + 1 < from) cells[i][low + 1] += share;
    }
    return matrix;
}

Tensor tap_weights(const Tensor& weights) {
    return weights.permute({2, 3, 0, 1}).reshape({9 * weights.size(0), weights.size(1), 1, 1});
}

Tensor spread_taps(const Tensor& taps, const Tensor& biases, std::int64_t side) {
    const auto regions = taps.size(0), from = taps.size(2), out = taps.size(1) / 9;
    // [regions, y, x, dy, dx, out] -> [regions, (y, dy), (x, dx), out]: each axis then is one small product.
    const auto small = taps.permute({0, 2, 3, 1})
                           .reshape({regions, from, from, 3, 3, out})
                           .permute({0, 1, 3, 2, 4, 5})
                           .reshape({regions * from * 3, from * 3, out});
    const auto along = [&](const Tensor& values) {
        if (taps.device().is_cpu() && taps.scalar_type() == at::kFloat)
            return TapFunction::apply(values, from, side);
        const auto matrix = tap_matrix(from, side, taps.options()).unsqueeze(0);
        return at::bmm(matrix.expand({values.size(0), side, 3 * from}), values);
    };
    const Tensor full = along(along(small).view({regions, 3 * from, side * out}));
    return (full.view({regions, side, side, out}) + biases).permute({0, 3, 1, 2});
}

Tensor upsample_convolve(const Tensor& x, const Tensor& weights, const Tensor& biases, std::int64_t side,
                         Factors factors) {
    return spread_taps(convolve(x, tap_weights(weights), Tensor(), {}, factors), biases, side);
}

}  // namespace figurant::mask_rcnn
