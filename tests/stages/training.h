#pragma once
// A network small enough to be trained in a test, and batches for it.

#include "base/file_writer.h"
#include "mask_rcnn/config.h"
#include "mask_rcnn/trainer.h"
#include "stages/train/batch.h"
#include "tests/stages/example_folder.h"

namespace figurant::stages::test {

inline mask_rcnn::Config tiny_config() {
    mask_rcnn::Config config;
    auto& network = config.network;
    network.scope = "tiny";
    network.pixel_means = {127.5, 127.5, 127.5};
    network.pixel_scale = 0.0157;
    network.conv1_depth = 8;
    network.block_units = {1, 1, 1};
    network.block_bottleneck_depths = {8, 8, 8};
    network.block_depths = {16, 16, 16};
    network.normalization = "batch_norm";
    network.rpn_depth = 16;
    network.anchor_base = 64;
    network.anchor_scales = {0.5, 1};
    network.anchor_aspect_ratios = {0.5, 1};
    network.proposals = 20;
    network.training_proposals = 20;
    network.rpn_minibatch = 32;
    network.second_stage_minibatch = 8;
    network.second_stage_units = 1;
    network.second_stage_bottleneck_depth = 8;
    network.second_stage_depth = 16;
    network.mask_size = 15;
    network.mask_conv_depth = 8;
    network.mask_convs = 2;
    network.min_dimension = 96;
    network.max_dimension = 128;
    auto& training = config.training;
    training.optimizer = "adamw";
    training.learning_rate = 0.002;
    training.schedule = "cosine";
    training.warm_up_steps = 1;
    training.gradient_clip = "global";
    training.head_initializer = "variance_scaling";
    training.resize = "keep";
    training.batch_size = 4;
    training.microbatch = 2;
    return config;
}

/// The configuration as a file.
inline std::filesystem::path put_config(const ScratchFolder& folder) {
    return folder.put("tiny.toml", mask_rcnn::config_text(tiny_config()));
}

inline Payload batch(std::uint64_t seed, int size = 4) {
    Batch result;
    for (int i = 0; i < size; ++i)
        result.examples.push_back(std::make_shared<const figures::Example>(
            example_of(96, 96, seed * 100 + static_cast<std::uint64_t>(i))));
    return payload(std::move(result));
}

}  // namespace figurant::stages::test
