// Each operation against the obvious way to compute it, forward and backward; the losses against numerical
// gradients.

#include "mask_rcnn/layers.h"

#include <doctest/doctest.h>
#include <torch/autograd.h>
#include <torch/types.h>

#include <functional>

#include "mask_rcnn/losses.h"
#include "mask_rcnn/threads.h"

using namespace figurant::mask_rcnn;
using torch::Tensor;

namespace {

const auto float64 = at::TensorOptions().dtype(at::kDouble);

/// Largest difference, relative to the largest number wanted.
double difference(const Tensor& found, const Tensor& wanted) {
    REQUIRE(found.sizes() == wanted.sizes());
    const double largest = wanted.to(at::kDouble).abs().max().item<double>();
    return (found.to(at::kDouble) - wanted.to(at::kDouble)).abs().max().item<double>() /
           std::max(largest, 1e-30);
}

std::vector<Tensor> gradients(const Tensor& output, const std::vector<Tensor>& inputs,
                              const Tensor& incoming) {
    return torch::autograd::grad({output}, inputs, {incoming});
}

/// d function / d x by central differences, one element after the other.
Tensor numerical_gradient(const std::function<Tensor(const Tensor&)>& function, const Tensor& x,
                          double step = 1e-5) {
    const at::NoGradGuard no_grad;
    Tensor at = x.detach().clone().contiguous(), result = at::zeros_like(at);
    for (std::int64_t i = 0; i < at.numel(); ++i) {
        double& element = at.data_ptr<double>()[i];
        const double before = element;
        element = before + step;
        const double above = function(at).item<double>();
        element = before - step;
        const double below = function(at).item<double>();
        element = before;
        result.data_ptr<double>()[i] = (above - below) / (2 * step);
    }
    return result;
}

double gradient_error(const std::function<Tensor(const Tensor&)>& function, const Tensor& x) {
    const Tensor input = x.detach().clone().requires_grad_(true);
    const Tensor found = torch::autograd::grad({function(input)}, {input})[0];
    return difference(found, numerical_gradient(function, x));
}

std::vector<Region> some_regions() {
    return {{{0.1F, 0.05F, 0.8F, 0.7F}, 0},
            {{-0.2F, 0.3F, 0.5F, 1.3F}, 1},
            {{0, 0, 1, 1}, 1},
            {{0.4F, 0.4F, 0.45F, 0.43F}, 0}};
}

}  // namespace

namespace {

Tensor rounded(const Tensor& x) { return x.to(at::kBFloat16).to(at::kFloat); }

/// Forward and backward against float64, from `in` to `out` channels. With bfloat16 all is given rounded, so
/// that only the results' rounding (half of 2^-8 of each) remains.
void check_convolution(std::int64_t in, std::int64_t out, const ConvolutionShape& shape, bool biased,
                       Factors factors = Factors::float32) {
    CAPTURE(in);
    CAPTURE(out);
    CAPTURE(shape.kernel);
    CAPTURE(shape.stride);
    CAPTURE(shape.rate);
    at::manual_seed(3);
    const auto format = at::MemoryFormat::ChannelsLast;
    Tensor x = at::randn({2, in, 21, 18}, float64),
           w = at::randn({out, in, shape.kernel, shape.kernel}, float64);
    Tensor b = at::randn({out}, float64);
    Tensor x32 = x.to(at::kFloat).contiguous(format), w32 = w.to(at::kFloat).contiguous(format);
    Tensor b32 = b.to(at::kFloat), incoming;
    if (factors == Factors::bfloat16) {
        for (Tensor* each : {&x32, &w32, &b32}) *each = rounded(*each);
        x = x32.to(float64), w = w32.to(float64), b = b32.to(float64);
    }
    for (Tensor* each : {&x, &w, &b, &x32, &w32, &b32}) each->requires_grad_(true);
    const Tensor wanted = convolve(x, w, biased ? b : Tensor(), shape);
    const Tensor found = convolve(x32, w32, biased ? b32 : Tensor(), shape, factors);
    CHECK((found.scalar_type() == at::kFloat));
    CHECK(difference(found, wanted) < (factors == Factors::float32 ? 1e-5 : 1.0 / 256));
    incoming = at::randn(wanted.sizes(), float64);
    if (factors == Factors::bfloat16) incoming = rounded(incoming).to(float64);
    std::vector<Tensor> inputs = {x, w}, inputs32 = {x32, w32};
    if (biased) inputs.push_back(b);
    if (biased) inputs32.push_back(b32);
    const auto wanted_back = gradients(wanted, inputs, incoming);
    const auto found_back = gradients(found, inputs32, incoming.to(at::kFloat));
    for (std::size_t i = 0; i < inputs.size(); ++i)
        CHECK(difference(found_back[i], wanted_back[i]) < (factors == Factors::float32 ? 2e-5 : 1.0 / 256));
}

}  // namespace

TEST_CASE("convolutions equal LibTorch's in float64, forward and backward, on one thread and on two") {
    for (const int threads : {1, 2}) {
        const ThreadTeam team(threads);
        for (const ConvolutionShape shape :
             {ConvolutionShape{1, 1, 1}, {1, 2, 1}, {3, 1, 1}, {3, 2, 1}, {3, 1, 2}, {3, 1, 4}, {7, 2, 1}})
            for (const bool biased : {false, true}) check_convolution(16, 24, shape, biased);
        // Widths at which one library's kernels or another's are chosen, in both directions.
        for (const std::int64_t in : {8, 16, 24, 45, 64})
            for (const std::int64_t out : {5, 16, 24, 45, 64}) check_convolution(in, out, {1, 1, 1}, true);
    }
}

TEST_CASE("convolutions of bfloat16 equal LibTorch's in float64 but for the rounding of what they give") {
    const ThreadTeam team(1);
    for (const ConvolutionShape shape :
         {ConvolutionShape{1, 1, 1}, {1, 2, 1}, {3, 1, 1}, {3, 2, 1}, {3, 1, 2}, {7, 2, 1}})
        for (const bool biased : {false, true}) check_convolution(16, 32, shape, biased, Factors::bfloat16);
    for (const std::int64_t in : {3, 24, 64})
        for (const std::int64_t out : {5, 45, 64})
            check_convolution(in, out, {3, 1, 1}, true, Factors::bfloat16);
}

TEST_CASE("convolutions of bfloat16 round what they are given") {
    at::manual_seed(5);
    const auto format = at::MemoryFormat::ChannelsLast;
    const Tensor x = at::randn({2, 16, 9, 7}).contiguous(format), w = at::randn({32, 16, 3, 3});
    const ConvolutionShape shape{3, 1, 1};
    const Tensor found = convolve(x, w, Tensor(), shape, Factors::bfloat16);
    CHECK(at::equal(found, convolve(rounded(x), rounded(w), Tensor(), shape, Factors::bfloat16)));
    CHECK(at::equal(found, rounded(found)));
    CHECK_FALSE(at::equal(found, rounded(convolve(x, w, Tensor(), shape))));
}

TEST_CASE("maximum pooling pads as TensorFlow's SAME") {
    for (const std::int64_t height : {5, 6, 7, 8})
        for (const std::int64_t width : {5, 8}) {
            const Tensor x = at::randn({1, 2, height, width}, float64);
            const Tensor found = max_pool_same(x);
            const std::int64_t rows = (height + 1) / 2, columns = (width + 1) / 2;
            REQUIRE(found.size(2) == rows);
            REQUIRE(found.size(3) == columns);
            const auto before = [](std::int64_t size, std::int64_t out) {
                return std::max<std::int64_t>(0, (out - 1) * 2 + 3 - size) / 2;
            };
            for (std::int64_t i = 0; i < rows; ++i)
                for (std::int64_t j = 0; j < columns; ++j) {
                    const auto top = 2 * i - before(height, rows), left = 2 * j - before(width, columns);
                    const auto window =
                        x.slice(2, std::max<std::int64_t>(0, top), std::min(height, top + 3))
                            .slice(3, std::max<std::int64_t>(0, left), std::min(width, left + 3));
                    CHECK(at::equal(found.select(2, i).select(2, j), window.amax({2, 3})));
                }
        }
}

TEST_CASE("subsampling takes every stride-th row and column") {
    const Tensor x = at::randn({1, 2, 5, 4});
    const Tensor found = subsample(x, 2);
    CHECK(at::equal(found, at::max_pool2d(x, {1, 1}, {2, 2})));
    CHECK(at::equal(subsample(x, 1), x));
}

TEST_CASE("the gradient of crops is the numerical one, and float32 follows float64") {
    at::manual_seed(5);
    const Tensor features = at::randn({2, 3, 7, 6}, float64);
    const Tensor weights = at::randn({4, 3, 3, 3}, float64);
    const auto sum = [&](const Tensor& x) {
        return (crop_features(x, some_regions(), 6, 2) * weights).sum();
    };
    CHECK(gradient_error(sum, features) < 1e-7);
    CHECK(difference(crop_features(features.to(at::kFloat), some_regions(), 6, 2),
                     crop_features(features, some_regions(), 6, 2)) < 1e-5);
}

TEST_CASE("crops by gathering, for other devices, equal those of the kernel") {
    const Tensor features = at::randn({2, 3, 7, 6});
    // bfloat16 on the CPU takes the way that other devices take.
    const Tensor coarse = features.to(at::kBFloat16);
    CHECK(difference(crop_features(coarse, some_regions(), 6, 2),
                     crop_features(coarse.to(at::kFloat), some_regions(), 6, 2)) < 0.02);
}

TEST_CASE("convolving before upsampling equals upsampling before convolving, forward and backward") {
    at::manual_seed(9);
    for (const std::int64_t side : {7, 12, 33}) {
        Tensor x = at::randn({3, 8, 7, 7}, float64), w = at::randn({5, 8, 3, 3}, float64),
               b = at::randn({5}, float64);
        Tensor x32 = x.to(at::kFloat).contiguous(at::MemoryFormat::ChannelsLast), w32 = w.to(at::kFloat);
        Tensor b32 = b.to(at::kFloat);
        for (Tensor* each : {&x, &w, &b, &x32, &w32, &b32}) each->requires_grad_(true);
        const Tensor up = at::upsample_bilinear2d(x, {side, side}, /*align_corners=*/true);
        const Tensor wanted = at::conv2d(up, w, b, 1, 1);
        const Tensor in_float64 = upsample_convolve(x, w, b, side),
                     in_float32 = upsample_convolve(x32, w32, b32, side);
        CHECK(difference(in_float64, wanted) < 1e-12);
        CHECK(difference(in_float32, wanted) < 1e-5);
        const Tensor incoming = at::randn(wanted.sizes(), float64);
        const auto wanted_back = gradients(wanted, {x, w, b}, incoming);
        const auto back64 = gradients(in_float64, {x, w, b}, incoming);
        const auto back32 = gradients(in_float32, {x32, w32, b32}, incoming.to(at::kFloat));
        for (std::size_t i = 0; i < 3; ++i) {
            CHECK(difference(back64[i], wanted_back[i]) < 1e-12);
            CHECK(difference(back32[i], wanted_back[i]) < 2e-5);
        }
    }
}

TEST_CASE(
    "batch norm with addition and rectification equals LibTorch's parts in float64, forward and backward") {
    at::manual_seed(11);
    for (const bool rectify : {false, true})
        for (const bool added : {false, true}) {
            Tensor x = at::randn({3, 20, 9, 7}, float64) * 3 + 1, r = at::randn({3, 20, 9, 7}, float64);
            Tensor gamma = at::randn({20}, float64), beta = at::randn({20}, float64);
            std::vector<Tensor> wanted_in = {x, gamma, beta}, found_in;
            if (added) wanted_in.push_back(r);
            for (Tensor& each : wanted_in) {
                each.requires_grad_(true);
                Tensor single = each.detach().to(at::kFloat);
                if (single.dim() == 4) single = single.contiguous(at::MemoryFormat::ChannelsLast);
                found_in.push_back(single.requires_grad_(true));
            }
            BatchMoments wanted_moments, found_moments;
            const Tensor wanted =
                normalize_batch(x, gamma, beta, 1e-3, added ? r : Tensor(), rectify, wanted_moments);
            const Tensor found = normalize_batch(found_in[0], found_in[1], found_in[2], 1e-3,
                                                 added ? found_in[3] : Tensor(), rectify, found_moments);
            CHECK(difference(found, wanted) < 1e-5);
            CHECK(difference(found_moments.mean, wanted_moments.mean) < 1e-5);
            CHECK(difference(found_moments.variance, wanted_moments.variance) < 1e-5);
            CHECK(difference(wanted_moments.variance, x.transpose(0, 1).reshape({20, -1}).var(1, true)) <
                  1e-12);
            const Tensor incoming = at::randn(wanted.sizes(), float64);
            const auto wanted_back = gradients(wanted, wanted_in, incoming);
            const auto found_back = gradients(found, found_in, incoming.to(at::kFloat));
            for (std::size_t i = 0; i < wanted_in.size(); ++i)
                CHECK(difference(found_back[i], wanted_back[i]) < 5e-5);
        }
}

TEST_CASE("the box loss is smooth L1 and its gradient the numerical one") {
    const Tensor codes = at::tensor({0.5, -0.5, 3.0, 0.0, 1.5, -2.0, 0.2, 0.9}, float64).view({2, 4});
    const Tensor targets = at::zeros({2, 4}, float64), weights = at::tensor({1.0, 0.25}, float64);
    // 0.125 + 0.125 + 2.5 + 0, and a quarter of 1 + 1.5 + 0.02 + 0.405.
    CHECK(localization_loss(codes, targets, weights).item<double>() == doctest::Approx(2.75 + 0.25 * 2.925));
    CHECK(gradient_error([&](const Tensor& x) { return localization_loss(x, targets, weights); }, codes) <
          1e-8);
}

TEST_CASE("the class loss is softmax cross-entropy and its gradient the numerical one") {
    at::manual_seed(13);
    const Tensor logits = at::randn({6, 4}, float64), weights = at::rand({6}, float64);
    const Tensor labels = at::tensor({0, 3, 2, 1, 0, 2}, at::TensorOptions().dtype(at::kLong));
    double wanted = 0;
    for (std::int64_t i = 0; i < 6; ++i) {
        const Tensor exponentials = logits[i].exp();
        wanted -=
            weights[i].item<double>() *
            std::log((exponentials[labels[i].item<std::int64_t>()] / exponentials.sum()).item<double>());
    }
    CHECK(classification_loss(logits, labels, weights).item<double>() == doctest::Approx(wanted));
    CHECK(gradient_error([&](const Tensor& x) { return classification_loss(x, labels, weights); }, logits) <
          1e-8);
}

TEST_CASE("the mask loss is sigmoid cross-entropy, exact far out, and its gradient the numerical one") {
    at::manual_seed(17);
    const Tensor logits = at::randn({3, 5, 5}, float64) * 3, targets = at::rand({3, 5, 5}, float64);
    const Tensor weights = at::rand({3}, float64);
    const Tensor p = at::sigmoid(logits);
    const Tensor each = -(targets * p.log() + (1 - targets) * (1 - p).log());
    const double wanted = (each.sum({1, 2}) * weights).sum().item<double>();
    CHECK(mask_loss(logits, targets, weights).item<double>() == doctest::Approx(wanted));
    CHECK(gradient_error([&](const Tensor& x) { return mask_loss(x, targets, weights); }, logits) < 1e-8);
    const Tensor far = at::full({1, 1, 1}, 1000.0, float64), one = at::ones({1}, float64);
    CHECK(mask_loss(far, at::zeros({1, 1, 1}, float64), one).item<double>() == doctest::Approx(1000));
    CHECK(mask_loss(far, at::ones({1, 1, 1}, float64), one).item<double>() == doctest::Approx(0));
}
