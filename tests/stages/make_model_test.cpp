// From TensorFlow's files to a model: every number arrives, at the full size too; what does not fit is named.

#include "data_formats/weights/weights.h"
#include "mask_rcnn/detector.h"
#include "stages/convert/tensors.h"
#include "tests/stages/foreign_weights.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::ConvertedModel;

namespace {

Payload open(const std::filesystem::path& path) {
    StageRun read("read_tensors", {{"path", one(path)}});
    return read.open(read.inputs()[0]);
}

std::string rejection(const std::filesystem::path& path, const std::filesystem::path& config) {
    try {
        StageRun make("make_model", {{"config", one(config)}});
        make.process({open(path)});
    } catch (const Error& error) {
        return std::string(cause_name(error.cause())) + ": " + error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("a TensorFlow checkpoint with optimizer and shards becomes a model that detects") {
    const ScratchFolder folder;
    const auto config = put_config(folder);
    auto tensors = random_variables(tiny_config().network);
    for (std::size_t i = 0, n = tensors.size(); i < n; ++i) {
        tensors.push_back(tensors[i]);
        tensors.back().name += "/Momentum";
    }
    tensors.push_back({"global_step", tests::dt_int64, {}, std::string(8, '\1')});
    tests::write_checkpoint(folder / "model.ckpt-9", tensors, {3, true});
    StageRun make("make_model", {{"config", one(config)}});
    const auto out = make.process({open(folder / "model.ckpt-9")});
    const auto& converted = get<ConvertedModel>(out);
    check_random_model(*converted.model, tiny_config().network);
    CHECK(converted.mapping.count(mask_rcnn::TensorUse::left_out) == tensors.size() / 2 + 1);
    REQUIRE(make.context.prints.size() == 1);
    CHECK(make.context.prints[0].find(" taken\n") != std::string::npos);
    const mask_rcnn::Detector detector(*converted.model);
    const std::vector<std::uint8_t> pixels(96 * 96 * 3, 120);
    detector.detect({pixels.data(), 96, 96, 0});
}

TEST_CASE("a frozen graph gives the same model as the checkpoint") {
    const ScratchFolder folder;
    const auto config = put_config(folder);
    const auto graph = folder.put("frozen_inference_graph.pb", random_frozen_graph(tiny_config().network));
    StageRun make("make_model", {{"config", one(config)}});
    const auto out = make.process({open(graph)});
    check_random_model(*get<ConvertedModel>(out).model, tiny_config().network);
}

TEST_CASE("a checkpoint of ours gives the model that training would, its configuration its own") {
    const ScratchFolder folder;
    std::vector<mask_rcnn::TrainingExample> examples(2);
    for (auto& example : examples) {
        example.height = example.width = 40;  // too small for the larger anchors
        example.rgb.assign(40 * 40 * 3, 100);
    }
    for (const bool clipped : {false, true})
        for (const double decay : {0.0, 0.9}) {
            CAPTURE(clipped);
            CAPTURE(decay);
            auto config = tiny_config();
            config.network.learn_from_clipped_anchors = clipped;
            config.training.moving_average_decay = decay;
            mask_rcnn::Trainer trainer(config.network, config.training);
            for (int step = 0; step < 2; ++step) trainer.step(examples);
            data_formats::write_weights(folder / "checkpoint-2.h5", trainer.checkpoint());
            StageRun make("make_model");
            const auto out = make.process({open(folder / "checkpoint-2.h5")});
            const auto& model = *get<ConvertedModel>(out).model;
            const auto expected = trainer.inference_model();
            CHECK(model.config == expected.config);
            REQUIRE(model.arrays.size() == expected.arrays.size());
            for (std::size_t i = 0; i < model.arrays.size(); ++i) {
                CHECK(model.arrays[i].name == expected.arrays[i].name);
                CHECK(model.arrays[i].bytes == expected.arrays[i].bytes);
            }
        }
}

TEST_CASE("what does not fit is an error that names it") {
    const ScratchFolder folder;
    const auto config = put_config(folder);
    auto tensors = random_variables(tiny_config().network);
    tensors.erase(tensors.begin() + 3);
    tests::write_checkpoint(folder / "short", tensors);
    CHECK(rejection(folder / "short", config).find("model: ") == 0);
    CHECK(rejection(folder / "short", config).find("(1 variables):") != std::string::npos);
    CHECK(rejection(folder / "short", "").find("configuration: ") == 0);
    auto other = tiny_config();
    other.network.mask_conv_depth = 12;
    const auto deeper = folder.put("deeper.toml", mask_rcnn::config_text(other));
    tests::write_checkpoint(folder / "whole", random_variables(tiny_config().network));
    CHECK(rejection(folder / "whole", deeper).find("masks of another depth") != std::string::npos);
}

TEST_CASE("the full ResNet-101 network comes over at full size, every number") {
    const ScratchFolder folder;
    const auto network =
        mask_rcnn::parse_config(read_file("configs/mask_rcnn_resnet101_atrous.toml"), "config").network;
    auto tensors = random_variables(network);
    const auto unused = unused_block(network);
    tensors.insert(tensors.end(), unused.begin(), unused.end());
    tests::write_checkpoint(folder / "model.ckpt-2304", tensors, {2, true});
    std::uintmax_t bytes = 0;
    for (const int shard : {0, 1})
        bytes += std::filesystem::file_size(tests::shard_path(folder / "model.ckpt-2304", shard, 2));
    CHECK(bytes > 245'000'000);
    StageRun make("make_model", {{"config", one(std::string("mask_rcnn_resnet101_atrous"))}});
    const auto out = make.process({open(folder / "model.ckpt-2304")});
    const auto& converted = get<ConvertedModel>(out);
    check_random_model(*converted.model, network);
    CHECK(converted.mapping.count(mask_rcnn::TensorUse::left_out) == unused.size());
    REQUIRE(make.context.prints.size() == 1);
    CHECK(make.context.prints[0].find(std::to_string(unused.size()) +
                                      " left out: the first stage's last block, which nothing uses\n") !=
          std::string::npos);
}
