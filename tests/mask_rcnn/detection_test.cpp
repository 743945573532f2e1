// The detector's promises: one answer whatever else runs, and clear refusals.

#include <doctest/doctest.h>

#include <thread>

#include "base/error.h"
#include "mask_rcnn/detector.h"
#include "tests/mask_rcnn/blobs.h"

using namespace figurant;
using namespace figurant::mask_rcnn;

namespace {

WeightsFile trained_model() {
    static const WeightsFile model = [] {
        Trainer trainer(blob_network(), blob_training());
        const auto examples = blob_examples();
        for (int step = 0; step < 30; ++step) trainer.step(examples);
        return trainer.inference_model();
    }();
    return model;
}

DetectorOptions low_threshold() {
    DetectorOptions options;
    options.score_threshold = 0.01;
    return options;
}

ImageView view(const TrainingExample& example) {
    return {example.rgb.data(), example.height, example.width, 0};
}

bool same(const Detections& a, const Detections& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Detection& x, const Detection& y) {
        return x.y_min == y.y_min && x.x_min == y.x_min && x.y_max == y.y_max && x.x_max == y.x_max &&
               x.score == y.score && x.category == y.category && x.mask == y.mask;
    });
}

std::string model_error(const WeightsFile& weights) {
    try {
        Detector{weights};
    } catch (const Error& error) {
        CHECK(error.cause() == Cause::model);
        return error.what();
    }
    return "no error";
}

}  // namespace

TEST_CASE("a call's answer is the same alone, beside seven others, and in a batch") {
    for (const char* precision : {"float32", "bfloat16"}) {
        auto options = low_threshold();
        options.precision = precision;
        const Detector detector(trained_model(), options);
        const auto examples = blob_examples();
        const auto alone = detector.detect(view(examples[0]));
        REQUIRE(alone.size() > 1);
        std::vector<Detections> beside(8);
        {
            std::vector<std::jthread> threads;
            for (auto& each : beside)
                threads.emplace_back([&] { each = detector.detect(view(examples[0])); });
        }
        for (const auto& each : beside) CHECK(same(each, alone));
        const std::vector<ImageView> batch = {view(examples[1]), view(examples[0])};
        CHECK(same(detector.detect(batch)[1], alone));
    }
}

TEST_CASE("rows may lie apart in memory") {
    const Detector detector(trained_model(), low_threshold());
    const auto example = blob_examples()[0];
    std::vector<std::uint8_t> wide(static_cast<std::size_t>(example.height * 500), 99);
    for (std::int64_t y = 0; y < example.height; ++y)
        std::copy_n(example.rgb.data() + y * example.width * 3, example.width * 3, wide.data() + y * 500);
    CHECK(same(detector.detect({wide.data(), example.height, example.width, 500}),
               detector.detect(view(example))));
}

TEST_CASE("detections lie in the image, by falling score, with masks, for images of any size") {
    const Detector detector(trained_model(), low_threshold());
    for (const auto& [height, width] : {std::pair{1, 1}, {7, 300}, {65, 33}, {128, 129}}) {
        const auto example = empty_example(height, width, 5);
        for (const Resize resize : {Resize::keep, Resize::fit}) {
            if (resize == Resize::fit && height == 1) continue;  // a pixel as 800 x 800 only costs time
            float last = 1;
            if (resize == Resize::fit && height > 100) continue;
            for (const auto& found : detector.detect(view(example), resize)) {
                CHECK(found.y_min >= 0);
                CHECK(found.x_min >= 0);
                CHECK(found.y_max <= static_cast<float>(height));
                CHECK(found.x_max <= static_cast<float>(width));
                CHECK(found.score <= last);
                CHECK(found.mask.size() == 21 * 21);
                last = found.score;
            }
        }
    }
    CHECK_THROWS_AS(detector.detect({nullptr, 0, 5, 0}), Error);
    CHECK_THROWS_AS(detector.detect({nullptr, 5, 40000, 0}), Error);
}

TEST_CASE("the score threshold is an option") {
    DetectorOptions high;
    high.score_threshold = 1;
    CHECK(Detector(trained_model(), high).detect(view(blob_examples()[0])).empty());
}

TEST_CASE("weights that do not fit are refused with their names") {
    WeightsFile other = trained_model();
    other.kind = "frozen graph";
    CHECK(model_error(other) ==
          "weights of kind \"frozen graph\" where a \"model\" or a \"checkpoint\" is needed");
    WeightsFile incomplete = trained_model();
    std::erase_if(incomplete.arrays, [](const auto& array) { return array.name == "Conv/weights"; });
    CHECK(model_error(incomplete).find("\"Conv/weights\" is missing") != std::string::npos);
    WeightsFile misshapen = trained_model();
    for (auto& array : misshapen.arrays)
        if (array.name == "Conv/biases") array.shape = {4, 8};
    CHECK(model_error(misshapen).find(
              "\"Conv/biases\" has shape [4, 8] where the network's configuration needs [32]") !=
          std::string::npos);
    WeightsFile cut = trained_model();
    for (auto& array : cut.arrays)
        if (array.name == "Conv/biases") array.bytes.renew(3);
    CHECK(model_error(cut).find("\"Conv/biases\" has 3 bytes where its shape needs 128") !=
          std::string::npos);
    WeightsFile damaged = trained_model();
    for (auto& array : damaged.arrays)
        if (array.name == "Conv/biases") std::fill(array.bytes.begin(), array.bytes.end(), std::byte{0xff});
    CHECK(model_error(damaged).find("\"Conv/biases\" holds numbers that are not finite") !=
          std::string::npos);
    WeightsFile garbled = trained_model();
    garbled.config = "[network]\nclasses = \"many\"\n";
    CHECK(model_error(garbled).find("2:1: error: \"classes\" takes int") != std::string::npos);
}

TEST_CASE("devices and precisions that are not there are refused") {
    for (const std::string device : {"tpu", "cuda:", "cuda:x", "cuda:99"}) {
        DetectorOptions options;
        options.device = device;
        CHECK_THROWS_AS(Detector(trained_model(), options), Error);
    }
    DetectorOptions options;
    options.precision = "float8";
    CHECK_THROWS_AS(Detector(trained_model(), options), Error);
}

TEST_CASE("bfloat16 finds what float32 finds") {
    DetectorOptions options;
    options.precision = "bfloat16";
    const auto example = blob_examples()[0];
    const auto wanted = Detector(trained_model()).detect(view(example));
    const auto found = Detector(trained_model(), options).detect(view(example));
    REQUIRE(!wanted.empty());
    REQUIRE(found.size() == wanted.size());
    CHECK(std::abs(found[0].score - wanted[0].score) < 0.1F);
    CHECK(std::abs(found[0].y_min - wanted[0].y_min) < 4);
}

TEST_CASE("the workspace grows with the image and stays a bound that makes sense") {
    const Detector detector(trained_model());
    CHECK(detector.workspace_bytes(512, 512) > detector.workspace_bytes(256, 256));
    CHECK(detector.workspace_bytes(512, 512) < std::size_t{1} << 30);
    CHECK(detector.workspace_bytes(10, 10, Resize::fit) > detector.workspace_bytes(10, 10));
}
