// Training's promises: the same result on any number of threads, exact continuation, clear refusals.

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <thread>

#include "base/error.h"
#include "mask_rcnn/detector.h"
#include "mask_rcnn/trainer.h"
#include "tests/mask_rcnn/blobs.h"

using namespace figurant;
using namespace figurant::mask_rcnn;

namespace {

/// Runs the bodies on `threads` threads, last one first.
ParallelFor backwards_on(std::size_t threads) {
    return [threads](std::size_t n, const std::function<void(std::size_t)>& body) {
        std::atomic<std::size_t> next{0};
        std::vector<std::jthread> workers;
        for (std::size_t t = 0; t < threads; ++t)
            workers.emplace_back([&] {
                for (std::size_t i = next++; i < n; i = next++) body(n - 1 - i);
            });
    };
}

void check_same(const WeightsFile& a, const WeightsFile& b) {
    REQUIRE(a.arrays.size() == b.arrays.size());
    CHECK(a.kind == b.kind);
    CHECK(a.config == b.config);
    std::size_t differing = 0;
    for (std::size_t i = 0; i < a.arrays.size(); ++i) {
        CHECK(a.arrays[i].name == b.arrays[i].name);
        differing += a.arrays[i].bytes != b.arrays[i].bytes;
    }
    CHECK(differing == 0);
}

TrainingConfig split_training() {
    TrainingConfig config = blob_training();
    config.microbatch = 1;
    return config;
}

std::vector<TrainingExample> four_examples() {
    auto examples = blob_examples();
    examples.push_back(empty_example(96, 112, 3));
    add_ellipse(examples.back(), 50, 50, 30, 14, 1);
    examples.push_back(empty_example(64, 64, 4));  // nothing to be found on it
    return examples;
}

template <class Body>
Error error_of(const Body& body) {
    try {
        body();
    } catch (const Error& error) {
        return error;
    }
    return Error(Cause::internal, "no error");
}

}  // namespace

TEST_CASE("training gives the same bytes on one thread, on two, and in any order") {
    const auto examples = four_examples();
    for (const std::string optimizer : {"momentum", "adamw"}) {
        TrainingConfig training = split_training();
        training.optimizer = optimizer;
        training.precision = optimizer == "adamw" ? "bfloat16" : "float32";
        Trainer serial(blob_network(), training), threaded(blob_network(), training);
        for (int step = 0; step < 4; ++step) {
            const auto a = serial.step(examples), b = threaded.step(examples, backwards_on(2));
            CHECK(a.values() == b.values());
            CHECK(a.gradient_norm == b.gradient_norm);
        }
        check_same(serial.checkpoint(), threaded.checkpoint());
    }
}

TEST_CASE("a checkpoint goes on exactly where it was taken") {
    const auto examples = four_examples();
    for (const std::string optimizer : {"momentum", "adamw"}) {
        TrainingConfig training = split_training();
        training.optimizer = optimizer;
        training.moving_average_decay = optimizer == "adamw" ? 0.9 : 0;
        Trainer whole(blob_network(), training);
        for (int step = 0; step < 2; ++step) whole.step(examples);
        Trainer resumed(whole.checkpoint());
        CHECK(resumed.steps() == 2);
        for (int step = 0; step < 2; ++step)
            CHECK(whole.step(examples).values() == resumed.step(examples).values());
        check_same(whole.checkpoint(), resumed.checkpoint());
    }
}

TEST_CASE("convolutions of bfloat16 learn as those of float32, within their rounding") {
    const auto examples = four_examples();
    TrainingConfig training = split_training();
    Trainer exact(blob_network(), training);
    training.precision = "bfloat16";
    Trainer rounded(blob_network(), training);
    const auto wanted = exact.step(examples), found = rounded.step(examples);
    CHECK(found.values() != wanted.values());
    CHECK(found.total() == doctest::Approx(wanted.total()).epsilon(0.02));
    CHECK(found.gradient_norm == doctest::Approx(wanted.gradient_norm).epsilon(0.1));
}

TEST_CASE("a model is made of the moving average of the weights, as its definition says") {
    const auto examples = four_examples();
    TrainingConfig training = blob_training();
    training.moving_average_decay = 0.2;  // the first step has 1 / 10 at most, the third is the first above
    NetworkConfig network = blob_network();
    network.learn_from_clipped_anchors = true;  // else the model's silenced anchors differ
    Trainer trainer(network, training);
    const auto numbers = [](const NamedArray& array) {
        std::vector<float> values(array.bytes.size() / sizeof(float));
        std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
        return std::vector<double>(values.begin(), values.end());
    };
    const auto fresh = trainer.inference_model();
    std::vector<std::vector<double>> expected;
    for (const auto& array : fresh.arrays) expected.push_back(numbers(array));
    for (const double past : {1.0 / 10, 2.0 / 11, 0.2, 0.2}) {
        trainer.step(examples);
        const auto checkpoint = trainer.checkpoint();  // the network's variables come first
        for (std::size_t i = 0; i < expected.size(); ++i) {
            const auto now = numbers(checkpoint.arrays[i]);
            for (std::size_t k = 0; k < now.size(); ++k)
                expected[i][k] = past * expected[i][k] + (1 - past) * now[k];
        }
    }
    const auto model = trainer.inference_model();
    double worst = 0, moved = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto found = numbers(model.arrays[i]), last = numbers(trainer.checkpoint().arrays[i]);
        for (std::size_t k = 0; k < found.size(); ++k) {
            worst = std::max(worst, std::abs(found[k] - expected[i][k]) / (1 + std::abs(expected[i][k])));
            moved = std::max(moved, std::abs(found[k] - last[k]));
        }
    }
    CHECK(worst < 1e-6);
    CHECK(moved > 1e-4);
    // A checkpoint detects as its model does, and a training that starts from weights forgets others.
    const auto network_of = [&](const WeightsFile& file) {
        const auto pixels = examples[0].rgb;
        return Detector(file).detect({pixels.data(), examples[0].height, examples[0].width, 0});
    };
    // What no step changes keeps its bits: here the norms' frozen statistics.
    NetworkConfig frozen = network;
    frozen.normalization = "frozen_batch_norm";
    Trainer still(frozen, training);
    const auto before = still.inference_model();
    for (int step = 0; step < 3; ++step) still.step(examples);
    const auto after = still.inference_model();
    for (std::size_t i = 0; i < before.arrays.size(); ++i)
        if (before.arrays[i].name.find("/moving_") != std::string::npos)
            CHECK((before.arrays[i].bytes == after.arrays[i].bytes));
    auto of_checkpoint = network_of(trainer.checkpoint()), of_model = network_of(model);
    REQUIRE(of_checkpoint.size() == of_model.size());
    for (std::size_t i = 0; i < of_model.size(); ++i) CHECK(of_checkpoint[i].score == of_model[i].score);
    Trainer other(network, training);
    other.start_from(model, AbstractTrainer::Taken::all);
    check_same(other.inference_model(), model);
}

TEST_CASE("every normalisation trains, with frozen statistics left as they were") {
    for (const std::string normalization : {"frozen_batch_norm", "group_norm", "batch_norm"}) {
        CAPTURE(normalization);
        NetworkConfig network = blob_network();
        network.normalization = normalization;
        Trainer trainer(network, blob_training());
        const auto before = trainer.inference_model();
        trainer.step(blob_examples());
        const auto after = trainer.inference_model();
        for (std::size_t i = 0; i < before.arrays.size(); ++i) {
            const bool statistic = before.arrays[i].name.find("/moving_") != std::string::npos;
            // The heads behind a loss without samples of theirs may stand still; the extractor never.
            if (statistic || before.arrays[i].name.starts_with("First"))
                CHECK((before.arrays[i].bytes != after.arrays[i].bytes) ==
                      (!statistic || normalization == "batch_norm"));
        }
        CHECK_NOTHROW(Detector{after});
    }
}

TEST_CASE("the fit resizing trains on images of several sizes at once") {
    NetworkConfig network = blob_network();
    network.min_dimension = 96;
    network.max_dimension = 120;
    TrainingConfig training = blob_training();
    training.resize = "fit";
    training.microbatch = 4;
    Trainer trainer(network, training);
    CHECK(trainer.step(four_examples()).total() > 0);
}

TEST_CASE("a step that diverges names itself and its loss, and leaves the weights alone") {
    Trainer first(blob_network(), blob_training());
    auto checkpoint = first.checkpoint();
    for (auto& array : checkpoint.arrays)
        if (array.name == "SecondStageBoxPredictor/ClassPredictor/weights") {
            const float huge = std::numeric_limits<float>::max();
            for (std::size_t i = 0; i + 4 <= array.bytes.size(); i += 4)
                std::memcpy(array.bytes.data() + i, &huge, 4);
        }
    Trainer trainer(checkpoint);
    const auto before = trainer.checkpoint();
    const Error error = error_of([&] { trainer.step(blob_examples()); });
    CHECK(error.cause() == Cause::divergence);
    CHECK(std::string(error.what()).find("step 0: \"Loss/BoxClassifierLoss/classification_loss\"") == 0);
    check_same(before, trainer.checkpoint());
}

TEST_CASE("anchors that no example could hold propose nothing") {
    NetworkConfig network = blob_network();
    network.anchor_scales = {0.5, 4};  // the second is 181 pixels wide at least; the examples have 128
    Trainer trainer(network, blob_training());
    trainer.step(blob_examples());
    const auto model = trainer.inference_model();
    const auto numbers = [&](const std::string& name) {
        for (const auto& array : model.arrays)
            if (array.name == "FirstStageBoxPredictor/ClassPredictor/" + name) {
                std::vector<float> values(array.bytes.size() / 4);
                std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
                return values;
            }
        return std::vector<float>{};
    };
    const auto biases = numbers("biases"), weights = numbers("weights");
    REQUIRE(biases.size() == 8);
    for (std::size_t c = 0; c < 8; ++c) {
        const bool silent = c / 2 % 2 == 1;
        if (silent) CHECK(biases[c] == (c % 2 ? -200.0F : 0.0F));
        for (std::size_t at = c; at < weights.size(); at += 8) CHECK((weights[at] == 0) == silent);
    }
    auto before = Trainer(network, blob_training()).inference_model();
    CHECK_THROWS_AS(([&] {
                        WeightsFile empty{"model", before.config, {}};
                        silence_unfit_anchors(empty, 9, 9);
                    }()),
                    Error);
}

TEST_CASE("only the feature extractors are taken from another model") {
    TrainingConfig other = blob_training();
    other.seed = 99;
    const auto donor = Trainer(blob_network(2), other).inference_model();
    Trainer trainer(blob_network(1), blob_training());
    const auto fresh = trainer.inference_model();
    CHECK(trainer.start_from(donor) > 10);
    const auto started = trainer.inference_model();
    for (std::size_t i = 0; i < started.arrays.size(); ++i) {
        const auto& name = started.arrays[i].name;
        const bool extractor = name.find("FeatureExtractor/") != std::string::npos;
        for (const auto& array : donor.arrays)
            if (array.name == name && extractor) CHECK(array.bytes == started.arrays[i].bytes);
        if (!extractor) CHECK(fresh.arrays[i].bytes == started.arrays[i].bytes);
    }
    NetworkConfig foreign = blob_network();
    foreign.scope = "elsewhere";
    CHECK(error_of([&] { trainer.start_from(Trainer(foreign, other).inference_model()); }).cause() ==
          Cause::model);
}

TEST_CASE("weights that are not finite are no start") {
    auto donor = Trainer(blob_network(), blob_training()).inference_model();
    const float nan = std::numeric_limits<float>::quiet_NaN();
    for (auto& array : donor.arrays)
        if (array.name.find("FeatureExtractor/") != std::string::npos)
            std::memcpy(array.bytes.data(), &nan, sizeof nan);
    Trainer trainer(blob_network(), blob_training());
    const auto error = error_of([&] { trainer.start_from(donor); });
    CHECK(error.cause() == Cause::model);
    CHECK(std::string(error.what()).find("not finite") != std::string::npos);
}

TEST_CASE("checkpoints and examples that are not what they claim are refused") {
    Trainer trainer(blob_network(), blob_training());
    CHECK(error_of([&] { Trainer{trainer.inference_model()}; }).cause() == Cause::model);
    auto incomplete = trainer.checkpoint();
    std::erase_if(incomplete.arrays, [](const auto& array) { return array.name == "Conv/weights/Adam_1"; });
    const Error missing = error_of([&] { Trainer{incomplete}; });
    CHECK(missing.cause() == Cause::model);
    CHECK(std::string(missing.what()) == "the checkpoint has no \"Conv/weights/Adam_1\"");
    auto examples = blob_examples();
    examples[1].rgb.pop_back();
    CHECK(error_of([&] { trainer.step(examples); }).cause() == Cause::input);
    examples = blob_examples();
    examples[0].figures[0].category = 2;
    CHECK(error_of([&] { trainer.step(examples); }).cause() == Cause::input);
    examples = blob_examples();
    examples[0].figures[0].mask.pop_back();
    CHECK(error_of([&] { trainer.step(examples); }).cause() == Cause::input);
    CHECK(error_of([&] { trainer.step({}); }).cause() == Cause::input);
    NetworkConfig odd = blob_network();
    odd.block_units = {1};
    CHECK(error_of([&] { Trainer(odd, blob_training()); }).cause() == Cause::configuration);
}

TEST_CASE("true boxes teach the second stage where no proposal meets a figure") {
    // Three tiny blobs, each away from every anchor's shape, and a single proposal of an untrained network.
    auto example = empty_example(128, 128, 5);
    for (int i = 0; i < 3; ++i) add_ellipse(example, 20 + 40 * i, 30 + 30 * i, 7, 3, 1);
    const std::vector<TrainingExample> examples = {example};
    NetworkConfig network = blob_network();
    network.training_proposals = 1;
    const auto without = Trainer(network, blob_training()).step(examples);
    CHECK(without.mask == 0);
    CHECK(without.localization == 0);
    network.learn_from_true_boxes = true;
    const auto with = Trainer(network, blob_training()).step(examples);
    CHECK(with.mask > 0);
    // The first stage learns as before.
    CHECK(with.rpn_objectness == without.rpn_objectness);
    CHECK(with.rpn_localization == without.rpn_localization);
}

TEST_CASE("clipped anchors teach the first stage what an image's border looks like, and none is silenced") {
    // No anchor fits into the image.
    auto example = empty_example(24, 24, 6);
    add_ellipse(example, 12, 12, 8, 5, 1);
    const std::vector<TrainingExample> examples = {example};
    NetworkConfig network = blob_network();
    const auto least_bias = [](const WeightsFile& model) {
        std::vector<float> numbers;
        for (const NamedArray& array : model.arrays)
            if (array.name == "FirstStageBoxPredictor/ClassPredictor/biases") {
                numbers.resize(array.bytes.size() / sizeof(float));
                std::memcpy(numbers.data(), array.bytes.data(), array.bytes.size());
            }
        REQUIRE_FALSE(numbers.empty());
        return *std::min_element(numbers.begin(), numbers.end());
    };
    Trainer without(network, blob_training());
    const auto dropped = without.step(examples);
    CHECK(dropped.rpn_objectness == 0);
    CHECK(dropped.rpn_localization == 0);
    CHECK(least_bias(without.inference_model()) < -100);
    network.learn_from_clipped_anchors = true;
    Trainer with(network, blob_training());
    const auto clipped = with.step(examples);
    CHECK(clipped.rpn_objectness > 0);
    CHECK(clipped.rpn_localization > 0);
    CHECK(least_bias(with.inference_model()) > -1);
}
