#include "mask_rcnn/layers.h"

#include <torch/autograd.h>

#include <array>

namespace figurant::mask_rcnn {

namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

bool one_dnn_takes(const Tensor& x) {
    return x.device().is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16) &&
           at::globalContext().hasMKLDNN();
}

std::array<std::int64_t, 2> twice(std::int64_t value) { return {value, value}; }

/// The gradient by a convolution's input, where its stride is 1: itself a convolution, of the gradient with
/// the weights turned around. oneDNN's forward kernels are up to twice as fast as its backward ones.
Tensor input_gradient(const Tensor& gradient, const Tensor& weights, std::int64_t padding,
                      std::int64_t rate) {
    const Tensor turned = (weights.size(2) == 1 ? weights : weights.flip({2, 3}))
                              .transpose(0, 1)
                              .contiguous(at::MemoryFormat::ChannelsLast);
    return at::mkldnn_convolution(gradient, turned, Tensor(), twice(padding), twice(1), twice(rate), 1);
}

/// A convolution that goes to oneDNN in both directions. LibTorch by itself would send 1x1 convolutions to
/// the BLAS when there is one thread, which is slower and makes the result depend on the number of threads.
class OneDnnConvolution : public torch::autograd::Function<OneDnnConvolution> {
  public:
    static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weights,
                          const Tensor& biases, std::int64_t stride, std::int64_t padding,
                          std::int64_t rate) {
        context->save_for_backward({x, weights});
        context->saved_data["shape"] = std::vector<std::int64_t>{stride, padding, rate};
        context->saved_data["biased"] = biases.numel() > 0;
        context->saved_data["input_wanted"] = x.requires_grad();
        return at::mkldnn_convolution(x, weights, biases.numel() > 0 ? biases : Tensor(), twice(padding),
                                      twice(stride), twice(rate), 1);
    }
    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const auto shape = context->saved_data["shape"].toIntVector();
        const bool biased = context->saved_data["biased"].toBool();
        const bool input_wanted = context->saved_data["input_wanted"].toBool(), by_forward = shape[0] == 1;
        const Tensor& weights = saved[1];
        const auto gradient = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
        // The rate of a 1x1 convolution changes nothing, but one above 1 makes LibTorch choose oneDNN.
        const auto rate = twice(weights.size(2) == 1 ? 2 : shape[2]);
        auto [x_gradient, weights_gradient, biases_gradient] = at::convolution_backward(
            gradient, saved[0], weights, at::IntArrayRef(weights.sizes()[0]), twice(shape[0]),
            twice(shape[1]), rate, false, twice(0), 1, {input_wanted && !by_forward, true, biased});
        if (input_wanted && by_forward) x_gradient = input_gradient(gradient, weights, shape[1], shape[2]);
        return {x_gradient, weights_gradient, biases_gradient, Tensor(), Tensor(), Tensor()};
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
        auto pooled = at::empty({count, shape.channels, shape.output(), shape.output()},
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

Tensor convolve(const Tensor& x, const Tensor& weights, const Tensor& biases, const ConvolutionShape& shape) {
    if (one_dnn_takes(x))
        // A function's arguments must be defined: an empty tensor stands for no biases.
        return OneDnnConvolution::apply(x, weights, biases.defined() ? biases : at::empty({0}, x.options()),
                                        shape.stride, shape.padding(), shape.rate);
    return at::conv2d(x, weights, biases, shape.stride, shape.padding(), shape.rate);
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

Tensor upsample_convolve(const Tensor& x, const Tensor& weights, const Tensor& biases, std::int64_t side) {
    const auto regions = x.size(0), from = x.size(2), out = weights.size(0), in = weights.size(1);
    const auto by_tap = weights.permute({2, 3, 0, 1}).reshape({9 * out, in, 1, 1});
    const auto taps = convolve(x, by_tap, Tensor(), {});
    // [regions, y, x, dy, dx, out] -> [regions, (y, dy), (x, dx), out]: each axis then is one small product.
    const auto small = taps.permute({0, 2, 3, 1})
                           .reshape({regions, from, from, 3, 3, out})
                           .permute({0, 1, 3, 2, 4, 5})
                           .reshape({regions * from * 3, from * 3, out});
    const auto matrix = tap_matrix(from, side, x.options()).unsqueeze(0);
    const auto wide = at::bmm(matrix.expand({small.size(0), side, 3 * from}), small);
    const auto full =
        at::bmm(matrix.expand({regions, side, 3 * from}), wide.view({regions, 3 * from, side * out}));
    return (full.view({regions, side, side, out}) + biases).permute({0, 3, 1, 2});
}

}  // namespace figurant::mask_rcnn
