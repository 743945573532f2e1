// Each operation of the network in float32 against its definition in float64 (slow_network.h), on random
// numbers and at the edges: odd sizes, sizes below the kernel's, boxes outside the image, empty sets.

#include <doctest/doctest.h>
#include <torch/types.h>

#include <array>
#include <cmath>

#include "base/random.h"
#include "mask_rcnn/images.h"
#include "mask_rcnn/layers.h"
#include "mask_rcnn/nms.h"
#include "mask_rcnn/prepared.h"
#include "mask_rcnn/proposals.h"
#include "tests/mask_rcnn/slow_network.h"

using namespace figurant::mask_rcnn;
using figurant::Random;
using torch::Tensor;

namespace {

using Extents = std::array<std::int64_t, 4>;  // images, height, width, channels

slow::Grid random_grid(Random& random, const Extents& extents) {
    slow::Grid grid(extents[0], extents[1], extents[2], extents[3]);
    for (double& each : grid.numbers) each = static_cast<double>(static_cast<float>(random.normal()));
    return grid;
}

slow::Array random_weights(Random& random, std::int64_t kernel, std::int64_t in, std::int64_t out) {
    slow::Array array{{kernel, kernel, in, out}, {}};
    for (std::int64_t i = 0; i < kernel * kernel * in * out; ++i)
        array.numbers.push_back(static_cast<double>(static_cast<float>(random.normal())));
    return array;
}

/// [images, channels, height, width], channels-last.
Tensor tensor_of(const slow::Grid& grid) {
    Tensor tensor = at::empty({grid.images, grid.height, grid.width, grid.channels}, at::kFloat);
    std::copy(grid.numbers.begin(), grid.numbers.end(), tensor.data_ptr<float>());
    return tensor.permute({0, 3, 1, 2});
}

/// [out, in, kernel, kernel].
Tensor tensor_of(const slow::Array& weights) {
    Tensor tensor = at::empty(weights.shape, at::kFloat);
    std::copy(weights.numbers.begin(), weights.numbers.end(), tensor.data_ptr<float>());
    return tensor.permute({3, 2, 0, 1}).contiguous(at::MemoryFormat::ChannelsLast);
}

/// The largest difference as a share of the largest number wanted; 0 where both are empty.
double difference(const Tensor& found, const slow::Grid& wanted) {
    REQUIRE(found.sizes() == at::IntArrayRef{wanted.images, wanted.channels, wanted.height, wanted.width});
    const Tensor dense = found.permute({0, 2, 3, 1}).contiguous();
    double most = 0, largest = 1e-30;
    for (std::size_t i = 0; i < wanted.numbers.size(); ++i) {
        most = std::max(most, std::abs(static_cast<double>(dense.data_ptr<float>()[i]) - wanted.numbers[i]));
        largest = std::max(largest, std::abs(wanted.numbers[i]));
    }
    return most / largest;
}

slow::Grid grid_of(std::int64_t height, std::int64_t width, const std::vector<double>& numbers) {
    slow::Grid grid(1, height, width, 1);
    grid.numbers = numbers;
    return grid;
}

slow::Padding padding_of(const ConvolutionShape& shape) {
    return shape.stride > 1 && shape.kernel > 1 ? slow::Padding::explicit_valid : slow::Padding::same;
}

const std::array<std::array<std::int64_t, 2>, 6> sizes = {{{1, 1}, {2, 3}, {5, 4}, {8, 8}, {13, 10}, {1, 9}}};

const ConvolutionShape shapes[] = {{1, 1, 1}, {1, 2, 1}, {3, 1, 1}, {3, 2, 1},
                                   {3, 1, 2}, {3, 1, 4}, {7, 2, 1}};

/// Boxes of every kind: inside, across the border, outside, turned around, without area, on the border.
std::vector<Region> boxes_of_all_kinds(Random& random, std::int64_t images) {
    std::vector<Region> regions;
    const auto add = [&](Box box) { regions.push_back({box, random.below(images)}); };
    for (int i = 0; i < 40; ++i) {
        const auto at = [&] { return static_cast<float>(random.uniform(-0.3, 1.3)); };
        add({at(), at(), at(), at()});
    }
    add({0, 0, 1, 1});
    add({2, 2, 3, 3});
    add({0.5F, 0.5F, 0.5F, 0.5F});
    add({1, 1, 0, 0});
    for (int i = 0; i < 20; ++i) add({static_cast<float>(random.uniform()), 0, 1, 1});
    return regions;
}

slow::Grid slow_crops(const slow::Grid& features, const std::vector<Region>& regions, std::int64_t size,
                      std::int64_t pool) {
    slow::Grid all(static_cast<std::int64_t>(regions.size()), size / pool, size / pool, features.channels);
    auto to = all.numbers.begin();
    for (const auto& [box, image] : regions) {
        slow::Grid one(1, features.height, features.width, features.channels);
        std::copy_n(features.at(image, 0, 0), one.numbers.size(), one.numbers.begin());
        const slow::SingleBox single = {box.y_min, box.x_min, box.y_max, box.x_max};
        const slow::Box wide = {single[0], single[1], single[2], single[3]};
        const auto crop = slow::max_pool(slow::crop_and_resize(one, {wide}, size, {single}), pool, pool);
        to = std::copy(crop.numbers.begin(), crop.numbers.end(), to);
    }
    return all;
}

}  // namespace

TEST_CASE("convolutions of every kind in the network are TensorFlow's, at any size, to 1e-5") {
    Random random(1);
    const at::NoGradGuard no_grad;
    for (const ConvolutionShape& shape : shapes)
        for (const auto& [height, width] : sizes)
            for (const std::int64_t in : {3, 40}) {
                CAPTURE(shape.kernel);
                CAPTURE(shape.stride);
                CAPTURE(shape.rate);
                CAPTURE(height);
                CAPTURE(width);
                const auto x = random_grid(random, {2, height, width, in});
                const auto weights = random_weights(random, shape.kernel, in, 17);
                const auto wanted = slow::convolve(x, weights, shape.stride, shape.rate, padding_of(shape));
                CHECK(difference(convolve(tensor_of(x), tensor_of(weights), Tensor(), shape), wanted) < 1e-5);
                const PreparedConvolution prepared(tensor_of(weights), Tensor(), shape);
                CHECK(difference(prepared(tensor_of(x), Tensor(), Bounds{}), wanted) < 1e-5);
            }
}

TEST_CASE("a prepared convolution adds biases and the shortcut, and bounds what comes of it, to 1e-5") {
    Random random(2);
    const at::NoGradGuard no_grad;
    for (const ConvolutionShape& shape : shapes)
        for (const std::int64_t in : {3, 40}) {
            CAPTURE(shape.kernel);
            CAPTURE(in);
            const auto x = random_grid(random, {1, 9, 11, in});
            const auto weights = random_weights(random, shape.kernel, in, 17);
            auto wanted = slow::convolve(x, weights, shape.stride, shape.rate, padding_of(shape));
            const auto biases = random_grid(random, {1, 1, 1, 17});
            const auto residual = random_grid(random, {1, wanted.height, wanted.width, 17});
            for (std::size_t i = 0; i < wanted.numbers.size(); ++i)
                wanted.numbers[i] =
                    std::clamp(wanted.numbers[i] + biases.numbers[i % 17] + residual.numbers[i], 0.0, 60.0);
            const PreparedConvolution prepared(tensor_of(weights), tensor_of(biases).view({17}), shape);
            CHECK(difference(prepared(tensor_of(x), tensor_of(residual), Bounds{0, 60}), wanted) < 1e-5);
        }
}

TEST_CASE("pooling, and shortcuts that are subsampled, are TensorFlow's SAME pooling exactly") {
    Random random(3);
    for (const auto& [height, width] : sizes) {
        CAPTURE(height);
        CAPTURE(width);
        const auto x = random_grid(random, {2, height, width, 5});
        CHECK(difference(max_pool_same(tensor_of(x)), slow::max_pool(x, 3, 2)) == 0);
        for (const std::int64_t stride : {1, 2, 4})
            CHECK(difference(subsample(tensor_of(x), stride), slow::max_pool(x, 1, stride)) == 0);
    }
}

TEST_CASE("crops are TensorFlow's crop_and_resize and pooling, wherever the boxes lie, to 1e-5") {
    Random random(4);
    for (const auto& [height, width] : sizes)
        for (const auto& [size, pool] : {std::array<std::int64_t, 2>{14, 2}, {6, 1}, {9, 3}, {1, 1}}) {
            CAPTURE(height);
            CAPTURE(width);
            CAPTURE(size);
            const auto features = random_grid(random, {2, height, width, 7});
            const auto regions = boxes_of_all_kinds(random, 2);
            CHECK(difference(crop_features(tensor_of(features), regions, size, pool),
                             slow_crops(features, regions, size, pool)) < 1e-5);
        }
    const Tensor none = crop_features(tensor_of(random_grid(random, {1, 4, 4, 7})), {}, 14, 2);
    CHECK(none.sizes() == std::vector<std::int64_t>({0, 7, 7, 7}));
}

TEST_CASE(
    "a convolution before upsampling is the one after TensorFlow's upsampling with aligned corners, to "
    "1e-5") {
    Random random(5);
    const at::NoGradGuard no_grad;
    for (const auto& [from, to] : {std::array<std::int64_t, 2>{7, 33}, {7, 7}, {1, 5}, {3, 4}, {7, 2}}) {
        CAPTURE(from);
        CAPTURE(to);
        const auto x = random_grid(random, {3, from, from, 48});
        const auto weights = random_weights(random, 3, 48, 16);
        const auto biases = random_grid(random, {1, 1, 1, 16});
        auto wanted = slow::convolve(slow::resize(x, to, to, true), weights, 1, 1, slow::Padding::same);
        for (std::size_t i = 0; i < wanted.numbers.size(); ++i) wanted.numbers[i] += biases.numbers[i % 16];
        const Tensor flat_biases = tensor_of(biases).reshape({16});
        CHECK(difference(upsample_convolve(tensor_of(x), tensor_of(weights), flat_biases, to), wanted) <
              1e-5);
        const PreparedConvolution taps(tap_weights(tensor_of(weights)), Tensor(), {});
        CHECK(difference(spread_taps(taps(tensor_of(x), Tensor(), Bounds{}), flat_biases, to), wanted) <
              1e-5);
    }
}

TEST_CASE("images are resized by TensorFlow 1's sampling, up and down and to one pixel, to 1e-5") {
    Random random(6);
    NetworkConfig config;
    config.pixel_scale = 0.5;
    for (const auto& [from, to] : {std::array<Size, 2>{{{5, 7}, {11, 13}}},
                                   {{{40, 30}, {17, 9}}},
                                   {{{1, 1}, {4, 5}}},
                                   {{{6, 9}, {1, 1}}},
                                   {{{8, 3}, {8, 3}}},
                                   {{{33, 2}, {5, 96}}}}) {
        CAPTURE(from.height);
        CAPTURE(to.height);
        std::vector<std::uint8_t> pixels;
        slow::Grid grid(1, from.height, from.width, 3);
        for (double& each : grid.numbers) {
            pixels.push_back(static_cast<std::uint8_t>(random.below(256)));
            each = pixels.back();
        }
        auto wanted = slow::resize(grid, to.height, to.width, false);
        for (std::size_t i = 0; i < wanted.numbers.size(); ++i)
            wanted.numbers[i] = (wanted.numbers[i] - config.pixel_means[i % 3]) * config.pixel_scale;
        const Tensor found = at::empty({1, to.height, to.width, 3}, at::kFloat);
        prepare_image(config, {pixels.data(), from.height, from.width, 0}, to, to.width,
                      found.data_ptr<float>());
        CHECK(difference(found.permute({0, 3, 1, 2}), wanted) < 1e-5);
    }
}

TEST_CASE("where there is nothing, nothing is suppressed, proposed or detected") {
    const NetworkConfig config;
    const Extent extent{10, 10};
    const std::vector<Box> none, one = {{0, 0, 1, 1}};
    const std::vector<float> no_scores, score = {0.9F};
    CHECK(non_max_suppression(none, no_scores, 0.5F, 0, 30).empty());
    CHECK(non_max_suppression(one, score, 0.5F, 0, 0).empty());
    CHECK(select_proposals(config, none, no_scores, no_scores, extent, Purpose::inference).boxes.empty());
    CHECK(select_detections(config, Proposals{}, no_scores, no_scores, extent, 0).empty());
}

// Figures of github.com/tensorflow/models, research/slim/nets/resnet_v1_test.py: testConv2DSameEven,
// testConv2DSameOdd, testSubsampleThreeByThree, testSubsampleFourByFour. Cell (i, j) of input and kernel is
// i + j.
TEST_CASE("strided and plain convolutions and subsampling give the figures of TensorFlow slim's tests") {
    const auto sums = [](std::int64_t side) {
        std::vector<double> numbers;
        for (std::int64_t i = 0; i < side; ++i)
            for (std::int64_t j = 0; j < side; ++j) numbers.push_back(static_cast<double>(i + j));
        return numbers;
    };
    const Tensor weights = tensor_of(slow::Array{{3, 3, 1, 1}, sums(3)});
    const auto check = [&](const ConvolutionShape& shape, const slow::Grid& given, const slow::Grid& wanted) {
        CHECK(difference(convolve(tensor_of(given), weights, Tensor(), shape), wanted) < 1e-6);
        CHECK(difference(PreparedConvolution(weights, Tensor(), shape)(tensor_of(given), Tensor(), {}),
                         wanted) < 1e-6);
    };
    const auto even = grid_of(4, 4, sums(4)), odd = grid_of(5, 5, sums(5));
    check({3, 1, 1}, even, grid_of(4, 4, {14, 28, 43, 26, 28, 48, 66, 37, 43, 66, 84, 46, 26, 37, 46, 22}));
    check({3, 2, 1}, even, grid_of(2, 2, {14, 43, 43, 84}));
    check({3, 1, 1}, odd, grid_of(5, 5, {14,  28, 43, 58, 34,  28,  48, 66, 84, 46, 43, 66, 84,
                                         102, 55, 58, 84, 102, 120, 64, 34, 46, 55, 64, 30}));
    check({3, 2, 1}, odd, grid_of(3, 3, {14, 43, 34, 43, 84, 55, 34, 55, 30}));
    CHECK(difference(subsample(tensor_of(grid_of(3, 3, {0, 1, 2, 3, 4, 5, 6, 7, 8})), 2),
                     grid_of(2, 2, {0, 2, 6, 8})) == 0);
    CHECK(difference(
              subsample(tensor_of(grid_of(4, 4, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})), 2),
              grid_of(2, 2, {0, 2, 8, 10})) == 0);
}

// Figures of github.com/tensorflow/tensorflow, tensorflow/core/kernels/crop_and_resize_op_test.cc, with 0
// where its TestCropAndResize2x2To3x3Extrapolated extrapolates with -1.
TEST_CASE("crops give the figures of TensorFlow's tests") {
    const auto check = [](std::int64_t side, const std::vector<double>& given, const std::vector<Box>& boxes,
                          std::int64_t size, const std::vector<double>& wanted) {
        std::vector<Region> regions;
        for (const Box& box : boxes) regions.push_back({box, 0});
        slow::Grid all(static_cast<std::int64_t>(boxes.size()), size, size, 1);
        all.numbers = wanted;
        CHECK(difference(crop_features(tensor_of(grid_of(side, side, given)), regions, size, 1), all) == 0);
    };
    const std::vector<double> two = {1, 2, 3, 4}, three = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    check(2, two, {{0, 0, 1, 1}}, 1, {2.5});
    check(2, two, {{1, 1, 0, 0}}, 1, {2.5});
    check(2, two, {{0, 0, 1, 1}}, 3, {1, 1.5, 2, 2, 2.5, 3, 3, 3.5, 4});
    check(2, two, {{1, 1, 0, 0}}, 3, {4, 3.5, 3, 3, 2.5, 2, 2, 1.5, 1});
    check(3, three, {{0, 0, 1, 1}, {0, 0, 0.5F, 0.5F}}, 2, {1, 3, 7, 9, 1, 2, 4, 5});
    check(3, three, {{1, 1, 0, 0}, {0.5F, 0.5F, 0, 0}}, 2, {9, 7, 3, 1, 5, 4, 2, 1});
    check(2, two, {{-1, -1, 1, 1}}, 3, {0, 0, 0, 0, 1, 2, 0, 3, 4});
}

// Figures of github.com/tensorflow/tensorflow, tensorflow/python/ops/image_ops_test.py, ResizeImagesTest of
// TensorFlow 1: testResizeUpAlignCornersFalse and testResizeUpAlignCornersTrue, bilinear.
TEST_CASE("resizing gives the figures of TensorFlow's tests, corners aligned and not") {
    NetworkConfig config;
    config.pixel_means = {0, 0, 0};
    std::vector<std::uint8_t> pixels;
    for (const int each : {64, 32, 32, 64, 50, 100})
        for (int c = 0; c < 3; ++c) pixels.push_back(static_cast<std::uint8_t>(each));
    std::vector<float> found(6 * 4 * 3);
    prepare_image(config, {pixels.data(), 3, 2, 0}, {6, 4}, 4, found.data());
    const double wanted[] = {64, 48,   32, 32, 48, 48, 48,  48,  32, 48, 64,  64,
                             41, 61.5, 82, 82, 50, 75, 100, 100, 50, 75, 100, 100};
    for (std::size_t i = 0; i < 24; ++i) CHECK(found[3 * i] == doctest::Approx(wanted[i]).epsilon(1e-6));
    const Tensor aligned =
        at::matmul(at::matmul(interpolation_matrix(3, 5),
                              tensor_of(grid_of(3, 2, {6, 3, 3, 6, 6, 9})).view({3, 2}).to(at::kDouble)),
                   interpolation_matrix(2, 4).t());
    CHECK(difference(aligned.to(at::kFloat).view({1, 1, 5, 4}),
                     grid_of(5, 4, {6, 5, 4,   3,   4.5, 4.5, 4.5, 4.5, 3, 4,
                                    5, 6, 4.5, 5.5, 6.5, 7.5, 6,   7,   8, 9})) < 1e-6);
}

// Figures of github.com/tensorflow/tensorflow, tensorflow/core/kernels/non_max_suppression_op_test.cc.
TEST_CASE("suppression gives the figures of TensorFlow's tests, the first of equal scores first") {
    using Places = std::vector<std::int32_t>;
    const std::vector<Box> clusters = {{0, 0, 1, 1},   {0, 0.1F, 1, 1.1F},   {0, -0.1F, 1, 0.9F},
                                       {0, 10, 1, 11}, {0, 10.1F, 1, 11.1F}, {0, 100, 1, 101}};
    const std::vector<float> scores = {0.9F, 0.75F, 0.6F, 0.95F, 0.5F, 0.3F};
    CHECK(non_max_suppression(clusters, scores, 0.5F, 0, 3) == Places({3, 0, 5}));
    CHECK(non_max_suppression(clusters, scores, 0.5F, 0, 2) == Places({3, 0}));
    CHECK(non_max_suppression(clusters, scores, 0.5F, 0, 30) == Places({3, 0, 5}));
    CHECK(non_max_suppression(clusters, scores, 0.5F, 0.4F, 3) == Places({3, 0}));
    std::vector<float> negative;
    for (const float each : scores) negative.push_back(each - 10);
    CHECK(non_max_suppression(clusters, negative, 0.5F, -INFINITY, 6) == Places({3, 0, 5}));
    const std::vector<float> zeros = {0.1F, 0, 0, 0.3F, 0.2F, -5};
    CHECK(non_max_suppression(clusters, zeros, 0.5F, -3, 6) == Places({3, 0}));
    const std::vector<Box> alike(10, {0, 0, 1, 1});
    CHECK(non_max_suppression(alike, std::vector<float>(10, 0.9F), 0.5F, 0, 3) == Places({0}));
}

// Figures of github.com/tensorflow/models, research/object_detection/core/box_list_ops_test.py:
// test_clip_to_window_without_filtering_… and test_prune_outside_window_filters_….
TEST_CASE("boxes are clipped and pruned as by the Object Detection API") {
    const std::vector<Box> boxes = {{5, 5, 6, 6},  {-1, -2, 4, 5},         {2, 3, 5, 9},
                                    {0, 0, 9, 14}, {-100, -100, 300, 600}, {-10, -10, -9, -9}};
    const std::vector<Box> clipped = {{5, 5, 6, 6},  {0, 0, 4, 5},  {2, 3, 5, 9},
                                      {0, 0, 9, 14}, {0, 0, 9, 14}, {0, 0, 0, 0}};
    const std::vector<bool> kept = {true, false, true, true, false, false};
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        CHECK(clip(boxes[i], 9, 14) == clipped[i]);
        CHECK(inside(boxes[i], 9, 14) == kept[i]);
    }
}
