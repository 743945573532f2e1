// The network's variables, shapes and folding.

#include "mask_rcnn/network.h"

#include <doctest/doctest.h>

#include <set>

#include "base/digest.h"
#include "base/random.h"
#include "mask_rcnn/weights.h"
#include "tests/mask_rcnn/blobs.h"

using namespace figurant;
using namespace figurant::mask_rcnn;
using torch::Tensor;

namespace {

/// Values as training would have left them: statistics and norms away from where they start.
Values used_values(const Network& network, std::uint64_t seed) {
    Values values = initial_values(network, TrainingConfig{});
    Random random(seed);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const Role role = network.variables()[i].role;
        if (role == Role::convolution || role == Role::dense) continue;
        const bool positive = role == Role::gamma || role == Role::moving_variance;
        for (std::int64_t k = 0; k < values[i].numel(); ++k)
            values[i].data_ptr<float>()[k] =
                static_cast<float>(positive ? 0.5 + random.uniform() : 0.4 * random.normal());
    }
    return values;
}

double difference(const Tensor& found, const Tensor& wanted) {
    REQUIRE(found.sizes() == wanted.sizes());
    return ((found - wanted).abs().max() / wanted.abs().max()).item<double>();
}

const Variable* variable(const Network& network, const std::string& name) {
    for (const auto& each : network.variables())
        if (each.name == name) return &each;
    return nullptr;
}

}  // namespace

TEST_CASE("the variables of the full network are the original's, by name and shape") {
    const Network network{NetworkConfig{}};
    const std::string first = "FirstStageFeatureExtractor/resnet_v1_101/", unit = "/bottleneck_v1/";
    const std::pair<std::string, std::vector<std::int64_t>> wanted[] = {
        {first + "conv1/weights", {64, 3, 7, 7}},
        {first + "conv1/BatchNorm/moving_variance", {64}},
        {first + "block1/unit_1" + unit + "shortcut/weights", {256, 64, 1, 1}},
        {first + "block1/unit_1" + unit + "conv1/weights", {64, 64, 1, 1}},
        {first + "block2/unit_4" + unit + "conv2/weights", {128, 128, 3, 3}},
        {first + "block3/unit_23" + unit + "conv3/weights", {1024, 256, 1, 1}},
        {first + "block3/unit_23" + unit + "conv3/BatchNorm/gamma", {1024}},
        {"Conv/weights", {512, 1024, 3, 3}},
        {"Conv/biases", {512}},
        {"FirstStageBoxPredictor/BoxEncodingPredictor/weights", {48, 512, 1, 1}},
        {"FirstStageBoxPredictor/ClassPredictor/biases", {24}},
        {"SecondStageFeatureExtractor/resnet_v1_101/block4/unit_3" + unit + "conv1/weights",
         {512, 2048, 1, 1}},
        {"SecondStageBoxPredictor/BoxEncodingPredictor/weights", {2048, 4}},
        {"SecondStageBoxPredictor/ClassPredictor/weights", {2048, 2}},
        {"SecondStageBoxPredictor/Conv/weights", {16, 2048, 3, 3}},
        {"SecondStageBoxPredictor/Conv_3/weights", {1, 16, 3, 3}},
    };
    for (const auto& [name, shape] : wanted) {
        CAPTURE(name);
        REQUIRE(variable(network, name));
        CHECK(variable(network, name)->shape == shape);
    }
    CHECK(!variable(network, first + "block1/unit_2" + unit + "shortcut/weights"));
    CHECK(!variable(network, first + "block4/unit_1" + unit + "conv1/weights"));
    std::set<std::string> names;
    for (const auto& each : network.variables()) names.insert(each.name);
    CHECK(names.size() == network.variables().size());
    // 1 + 3 * (3 + 4 + 23) + 3 convolutions with five variables each in the first stage, 3 * 3 + 1 in the
    // second; two variables for each of the three region proposal convolutions, two dense layers and four
    // mask convolutions.
    CHECK(network.variables().size() == (94 + 10) * 5 + 9 * 2);
}

TEST_CASE("features have one cell for each output_stride pixels, whatever the blocks' strides") {
    for (const std::int64_t stride : {8, 16, 32}) {
        NetworkConfig config = blob_network();
        config.output_stride = stride;
        const Network network(config);
        const Values values = initial_values(network, TrainingConfig{});
        const at::NoGradGuard no_grad;
        for (const auto& [height, width] : {std::pair{64, 96}, {65, 97}, {63, 1}}) {
            const Tensor features = network.features(at::randn({2, 3, height, width}), Pass{values}).cells;
            CHECK(features.sizes() ==
                  at::IntArrayRef{2, 64, (height + stride - 1) / stride, (width + stride - 1) / stride});
            const auto rpn = network.rpn(features, Pass{values});
            CHECK(rpn.codes.size(1) == features.size(2) * features.size(3) * config.anchors_per_cell());
            CHECK(rpn.logits.sizes() == at::IntArrayRef{2, rpn.codes.size(1), 2});
        }
    }
}

// With stride 8 the units after block 1 see every second cell: sampled at every second position, their
// features are those of a network of stride 16, which is what atrous convolution is for (Chen et al. 2015).
TEST_CASE("atrous features are the strided ones, more densely") {
    NetworkConfig dense = blob_network(), strided = blob_network();
    dense.normalization = strided.normalization = "frozen_batch_norm";
    strided.output_stride = 16;
    const Network dense_network(dense), strided_network(strided);
    const Values values = used_values(dense_network, 3);
    const at::NoGradGuard no_grad;
    const Tensor image = at::randn({1, 3, 96, 128});
    const Tensor found = dense_network.features(image, Pass{values}).cells;
    const Tensor wanted = strided_network.features(image, Pass{values}).cells;
    CHECK(difference(subsample(found, 2), wanted) < 1e-5);
}

TEST_CASE("the folded network equals the unfolded one to 1e-5") {
    NetworkConfig config = blob_network();
    for (const std::string normalization : {"frozen_batch_norm", "batch_norm", "group_norm"}) {
        CAPTURE(normalization);
        config.normalization = normalization;
        config.box_head_depth = normalization == "batch_norm" ? 24 : 0;
        config.mask_detail_depth = normalization == "batch_norm" ? 20 : 0;
        const Network network(config);
        const Values values = used_values(network, 7);
        const Folded folded = network.fold(values);
        const Pass plain{values}, fast{values, &folded};
        const at::NoGradGuard no_grad;
        const Tensor image = at::randn({1, 3, 128, 96});
        const Network::Features seen = network.features(image, plain),
                                seen_fast = network.features(image, fast);
        const Tensor features = seen.cells;
        CHECK(difference(seen_fast.cells, features) < 1e-5);
        const std::vector<Region> regions = {{{0.1F, 0.1F, 0.6F, 0.7F}, 0}, {{0, 0, 1, 1}, 0}};
        const Tensor wanted = network.region_features(features, regions, plain);
        CHECK(difference(network.region_features(features, regions, fast), wanted) < 1e-5);
        CHECK(difference(network.boxes(wanted, fast).codes, network.boxes(wanted, plain).codes) < 1e-5);
        const Tensor detail = network.mask_detail(seen, regions);
        CHECK(detail.defined() == (config.mask_detail_depth > 0));
        if (detail.defined()) CHECK(difference(network.mask_detail(seen_fast, regions), detail) < 1e-5);
        CHECK(difference(network.masks(wanted, detail, fast), network.masks(wanted, detail, plain)) < 1e-5);
    }
}

TEST_CASE("arrays keep TensorFlow's layout and come back as they were") {
    const Variable convolution{"Conv/weights", Role::convolution, {4, 3, 2, 2}, true, false};
    const Tensor value = at::randn({4, 3, 2, 2});
    const NamedArray array = to_array("Conv/weights", Role::convolution, value);
    CHECK(array.shape == std::vector<std::int64_t>{2, 2, 3, 4});
    // [1, 0, 2, 3] of the file is [3, 2, 1, 0] of the network.
    const auto* numbers = reinterpret_cast<const float*>(array.bytes.data());
    CHECK(numbers[((1 * 2 + 0) * 3 + 2) * 4 + 3] == value[3][2][1][0].item<float>());
    CHECK(at::equal(from_array(array, convolution), value));
}

TEST_CASE("fresh values depend on the seed and the variable's name alone") {
    TrainingConfig training;
    const Network small(blob_network(1)), large(blob_network(2));
    const Values a = initial_values(small, training), b = initial_values(large, training);
    training.seed = 2;
    const Values c = initial_values(small, training);
    for (std::size_t i = 0; i < a.size(); ++i) {
        const auto& each = small.variables()[i];
        if (each.shape != large.variables()[i].shape) continue;
        CHECK(at::equal(a[i], b[i]));
        if (each.role == Role::convolution) CHECK(!at::equal(a[i], c[i]));
    }
    // He initialisation: the deviation follows from the fan-in.
    for (std::size_t i = 0; i < a.size(); ++i)
        if (small.variables()[i].name.ends_with("tiny/block3/unit_1/bottleneck_v1/conv2/weights"))
            CHECK(a[i].std().item<double>() == doctest::Approx(std::sqrt(2.0 / (32 * 9))).epsilon(0.02));
}

TEST_CASE("a region at its cells is those cells wherever it lies; at its share of the image it drifts away") {
    NetworkConfig config = blob_network();
    config.output_stride = 8;
    const std::int64_t rows = 20, columns = 32, size = 5;
    const Tensor features = at::arange(3 * rows * columns, at::kFloat).view({1, 3, rows, columns});
    const auto error = [&](const std::string& place, std::int64_t y, std::int64_t x) {
        config.crop_place = place;
        // Corners are samples: from the first cell's pixel to the last one's.
        const Box box{static_cast<float>(8 * y), static_cast<float>(8 * x),
                      static_cast<float>(8 * (y + size - 1)), static_cast<float>(8 * (x + size - 1))};
        const Region region = Network(config).region(box, 0, 8 * rows, 8 * columns);
        const Tensor cells = features.narrow(2, y, size).narrow(3, x, size);
        return (crop_features(features, {region}, size, 1) - cells).abs().max().item<float>();
    };
    for (std::int64_t y = 0; y + size < rows; y += 5)
        for (std::int64_t x = 0; x + size < columns; x += 9) CHECK(error("cells", y, x) < 0.02);
    // Neighbours down differ by 32, neighbours to the right by 1: near the lower right it is most of a cell.
    CHECK(error("image_share", 14, 26) > 0.75 * 33);
}

TEST_CASE(
    "a mask's detail is sampled at its cells, on the features' grid and on the first one's, wherever it "
    "lies") {
    NetworkConfig config = blob_network();
    config.output_stride = 8;
    config.crop_place = "cells";
    config.mask_detail_depth = 2;
    config.mask_size = 9;
    const Network network(config);
    const std::int64_t rows = 20, columns = 32;
    const auto numbered = [&](std::int64_t h, std::int64_t w) {
        return at::arange(2 * h * w, at::kFloat).view({1, 2, h, w});
    };
    for (const auto& [y, x] : {std::pair{0, 0}, {14, 26}, {7, 3}}) {
        Network::Features features;
        const Box box{8.0F * static_cast<float>(y), 8.0F * static_cast<float>(x),
                      8.0F * static_cast<float>(y + 4), 8.0F * static_cast<float>(x + 4)};
        const Region region = network.region(box, 0, 8 * rows, 8 * columns);
        features.coarse = at::zeros({1, 2, rows, columns});
        features.fine = numbered(2 * rows, 2 * columns);
        const Tensor fine = features.fine.narrow(2, 2 * y, 9).narrow(3, 2 * x, 9);
        CHECK((network.mask_detail(features, {region}) - fine).abs().max().item<float>() < 0.05);
        // Every second of the mask's cells is one of the coarse features' own.
        features.coarse = numbered(rows, columns);
        features.fine = at::zeros({1, 2, 2 * rows, 2 * columns});
        const Tensor coarse = features.coarse.narrow(2, y, 5).narrow(3, x, 5);
        const Tensor detail = network.mask_detail(features, {region});
        CHECK((subsample(detail, 2) - coarse).abs().max().item<float>() < 0.05);
    }
}
