// The whole network against the same in float64 from the definitions: resizing, residual network at full
// depth, both stages, suppression, masks. Narrow, so that the slow one is done in a moment.

#include <doctest/doctest.h>

#include "base/random.h"
#include "mask_rcnn/anchors.h"
#include "mask_rcnn/detector.h"
#include "mask_rcnn/images.h"
#include "mask_rcnn/network.h"
#include "mask_rcnn/proposals.h"
#include "mask_rcnn/trainer.h"
#include "mask_rcnn/weights.h"
#include "tests/mask_rcnn/slow_network.h"

using namespace figurant;
using namespace figurant::mask_rcnn;

namespace {

NetworkConfig narrow_network(std::int64_t stride, std::int64_t classes, std::int64_t detail) {
    NetworkConfig config;  // 101 layers
    config.mask_detail_depth = detail;
    config.classes = classes;
    config.output_stride = stride;
    config.min_dimension = 96;
    config.max_dimension = 130;
    config.conv1_depth = 8;
    config.block_bottleneck_depths = {8, 16, 24};
    config.block_depths = {16, 32, 48};
    config.rpn_depth = 32;
    config.anchor_base = 48;
    config.proposals = 40;
    config.second_stage_bottleneck_depth = 24;
    config.second_stage_depth = 64;
    config.detection_score_threshold = 0;
    config.detections_per_class = 30;
    config.detections = 24;
    return config;
}

/// Every number away from where training starts; each unit adds a little to what it was given.
WeightsFile random_model(const NetworkConfig& config, std::uint64_t seed) {
    WeightsFile model = Trainer(config, TrainingConfig{}).inference_model();
    Random random(seed);
    for (NamedArray& array : model.arrays) {
        const auto ends = [&](const char* suffix) { return array.name.ends_with(suffix); };
        double fan_in = 1;
        for (std::size_t i = 0; i + 1 < array.shape.size(); ++i)
            fan_in *= static_cast<double>(array.shape[i]);
        const double gain = ends("BoxEncodingPredictor/weights") ? 0.3 : ends("Predictor/weights") ? 1 : 2;
        for (std::size_t i = 0; i < array.bytes.size(); i += sizeof(float)) {
            double number = 0.1 * random.normal();
            if (ends("/weights")) number = random.normal() * std::sqrt(gain / fan_in);
            if (ends("gamma") || ends("variance")) number = 0.5 + random.uniform();
            if (ends("101/conv1/BatchNorm/moving_variance")) number *= 1e4;  // pixels' deviation is about 70
            if (ends("conv3/BatchNorm/gamma")) number = 0.1 + 0.2 * random.uniform();
            const auto single = static_cast<float>(number);
            std::memcpy(array.bytes.data() + i, &single, sizeof single);
        }
    }
    return model;
}

std::vector<std::uint8_t> random_picture(std::int64_t height, std::int64_t width, std::uint64_t seed) {
    std::vector<std::uint8_t> pixels;
    Random random(seed);
    for (std::int64_t i = 0; i < height * width * 3; ++i)
        pixels.push_back(
            static_cast<std::uint8_t>((i / 3 / 16 + i / (48 * width)) % 2 * 120 + random.below(100)));
    return pixels;
}

slow::Grid grid_of(const std::vector<std::uint8_t>& pixels, std::int64_t height, std::int64_t width) {
    slow::Grid grid(1, height, width, 3);
    std::copy(pixels.begin(), pixels.end(), grid.numbers.begin());
    return grid;
}

using torch::Tensor;

std::vector<float> numbers(const Tensor& tensor) {
    const Tensor dense = tensor.contiguous();
    return {dense.data_ptr<float>(), dense.data_ptr<float>() + dense.numel()};
}

std::vector<Region> regions_of(const std::vector<Box>& boxes, const Extent& extent) {
    std::vector<Region> regions;
    for (const Box& box : boxes)
        regions.push_back({{box.y_min / extent.height, box.x_min / extent.width, box.y_max / extent.height,
                            box.x_max / extent.width},
                           0});
    return regions;
}

std::vector<slow::SingleBox> singles(const std::vector<Region>& regions) {
    std::vector<slow::SingleBox> boxes;
    for (const Region& each : regions)
        boxes.push_back({each.box.y_min, each.box.x_min, each.box.y_max, each.box.x_max});
    return boxes;
}

/// What the detector crops on its way, found by calling its parts one by one.
slow::CroppedBoxes cropped_boxes(const NetworkConfig& config, const WeightsFile& model,
                                 const ImageView& image) {
    const at::NoGradGuard no_grad;
    const Network network(config);
    const Values values = load_values(network, model, Purpose::inference);
    const Prepared prepared = network.prepare(network.fold(values));
    const Pass pass{values, nullptr, &prepared};
    const Size size = fitted_size(config, {image.height, image.width});
    auto pixels = at::empty({1, size.height, size.width, 3}, at::kFloat);
    prepare_image(config, image, size, size.width, pixels.data_ptr<float>());
    const Tensor features = network.features(pixels.permute({0, 3, 1, 2}), pass).cells;
    const auto rpn = network.rpn(features, pass);
    const Extent extent{static_cast<float>(size.height), static_cast<float>(size.width)};
    const auto proposals =
        select_proposals(config, grid_anchors(config, features.size(2), features.size(3)), numbers(rpn.codes),
                         numbers(rpn.logits), extent, Purpose::inference);
    const auto boxes =
        network.boxes(network.region_features(features, regions_of(proposals.boxes, extent), pass), pass);
    std::vector<Box> detections;
    for (const auto& each : select_detections(config, proposals, numbers(boxes.codes), numbers(boxes.logits),
                                              extent, static_cast<float>(config.detection_score_threshold)))
        detections.push_back(each.box);
    return {singles(regions_of(proposals.boxes, extent)), singles(regions_of(detections, extent))};
}

/// Largest differences: boxes as shares of the image's sides, scores, mask pixels.
struct Difference {
    double boxes = 0, scores = 0, masks = 0;
};

Difference compare(const Detections& found, const std::vector<slow::Found>& wanted, const slow::Grid& input,
                   std::int64_t height, std::int64_t width) {
    REQUIRE(found.size() == wanted.size());
    Difference difference;
    const auto note = [](double& most, double a, double b) { most = std::max(most, std::abs(a - b)); };
    for (std::size_t i = 0; i < found.size(); ++i) {
        const Detection& one = found[i];
        const slow::Found& other = wanted[i];
        CHECK(one.category == other.category);
        const double rows = static_cast<double>(input.height), columns = static_cast<double>(input.width);
        note(difference.boxes, one.y_min / static_cast<double>(height), other.box[0] / rows);
        note(difference.boxes, one.x_min / static_cast<double>(width), other.box[1] / columns);
        note(difference.boxes, one.y_max / static_cast<double>(height), other.box[2] / rows);
        note(difference.boxes, one.x_max / static_cast<double>(width), other.box[3] / columns);
        note(difference.scores, static_cast<double>(one.score), other.score);
        REQUIRE(one.mask.size() == other.mask.size());
        for (std::size_t k = 0; k < one.mask.size(); ++k)
            note(difference.masks, static_cast<double>(one.mask[k]), other.mask[k]);
    }
    return difference;
}

}  // namespace

TEST_CASE(
    "boxes, scores and masks are those of the network in float64, to 1e-3, at strides 8 and 16, for one "
    "class "
    "and for ninety, with detail for the masks and without") {
    struct Case {
        std::int64_t stride, classes, detail, height, width, fitted_height, fitted_width;
    };
    for (const Case& each : {Case{8, 1, 0, 61, 77, 96, 121}, Case{16, 1, 0, 150, 90, 130, 78},
                             Case{8, 90, 0, 97, 97, 96, 96}, Case{16, 90, 0, 40, 90, 58, 130},
                             Case{8, 1, 12, 61, 77, 96, 121}, Case{16, 1, 12, 150, 90, 130, 78}}) {
        CAPTURE(each.stride);
        CAPTURE(each.classes);
        CAPTURE(each.detail);
        const auto config = narrow_network(each.stride, each.classes, each.detail);
        // With this seed no overlap is nearer to its threshold than 7e-5, and no two scores than 1e-4:
        // rounding turns no decision.
        const auto model = random_model(config, 12);
        const auto pixels = random_picture(each.height, each.width, 3);
        const Detector detector(model);
        const ImageView image{pixels.data(), each.height, each.width, 0};
        const auto found = detector.detect(image, Resize::fit);
        const auto input = slow::resize(grid_of(pixels, each.height, each.width), each.fitted_height,
                                        each.fitted_width, false);
        const auto wanted = slow::Network(config, model).detect(input, cropped_boxes(config, model, image));
        REQUIRE(wanted.size() > 9);
        const auto difference = compare(found, wanted, input, each.height, each.width);
        MESSAGE(wanted.size(), " detections: boxes ", difference.boxes, ", scores ", difference.scores,
                ", masks ", difference.masks);
        CHECK(difference.boxes < 1e-3);
        CHECK(difference.scores < 1e-3);
        CHECK(difference.masks < 1e-3);
    }
}
