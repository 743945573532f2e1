#pragma once
// Tiny images with coloured blobs whose boxes and masks are known, and a network small enough to learn them
// in a test.

#include <algorithm>
#include <cstdint>

#include "base/random.h"
#include "mask_rcnn/config.h"
#include "mask_rcnn/trainer.h"

namespace figurant::mask_rcnn {

inline void add_ellipse(TrainingExample& example, double cy, double cx, double ry, double rx, int category) {
    TrueFigure figure;
    figure.category = category;
    figure.mask_y = static_cast<std::int64_t>(cy - ry);
    figure.mask_x = static_cast<std::int64_t>(cx - rx);
    figure.mask_height = static_cast<std::int64_t>(2 * ry) + 1;
    figure.mask_width = static_cast<std::int64_t>(2 * rx) + 1;
    figure.mask.resize(static_cast<std::size_t>(figure.mask_height * figure.mask_width));
    const std::uint8_t colour[2][3] = {{220, 40, 40}, {40, 60, 220}};
    for (std::int64_t y = 0; y < figure.mask_height; ++y)
        for (std::int64_t x = 0; x < figure.mask_width; ++x) {
            const double dy = (static_cast<double>(y + figure.mask_y) - cy) / ry;
            const double dx = (static_cast<double>(x + figure.mask_x) - cx) / rx;
            if (dy * dy + dx * dx > 1) continue;
            figure.mask[static_cast<std::size_t>(y * figure.mask_width + x)] = 1;
            for (std::size_t c = 0; c < 3; ++c)
                example.rgb[static_cast<std::size_t>(
                                ((y + figure.mask_y) * example.width + x + figure.mask_x) * 3) +
                            c] = colour[category - 1][c];
        }
    figure.y_min = static_cast<float>(figure.mask_y);
    figure.x_min = static_cast<float>(figure.mask_x);
    figure.y_max = static_cast<float>(figure.mask_y + figure.mask_height);
    figure.x_max = static_cast<float>(figure.mask_x + figure.mask_width);
    example.figures.push_back(std::move(figure));
}

inline TrainingExample empty_example(std::int64_t height, std::int64_t width, std::uint64_t seed) {
    TrainingExample example;
    example.height = height;
    example.width = width;
    Random random(seed);
    for (std::int64_t i = 0; i < height * width * 3; ++i)
        example.rgb.push_back(static_cast<std::uint8_t>(170 + random.below(40)));
    return example;
}

/// Two images of 128 x 128 with two and one blobs.
inline std::vector<TrainingExample> blob_examples(int classes = 1) {
    std::vector<TrainingExample> examples = {empty_example(128, 128, 1), empty_example(128, 128, 2)};
    add_ellipse(examples[0], 40, 36, 26, 14, 1);
    add_ellipse(examples[0], 84, 92, 30, 16, classes);
    add_ellipse(examples[1], 70, 60, 36, 20, 1);
    return examples;
}

inline NetworkConfig blob_network(int classes = 1) {
    NetworkConfig config;
    config.classes = classes;
    config.scope = "tiny";
    config.pixel_means = {127.5, 127.5, 127.5};
    config.pixel_scale = 0.0157;
    config.conv1_depth = 16;
    config.block_units = {1, 1, 1};
    config.block_bottleneck_depths = {16, 16, 32};
    config.block_depths = {32, 48, 64};
    config.normalization = "batch_norm";
    config.batch_norm_decay = 0.9;
    config.rpn_depth = 32;
    config.anchor_base = 64;
    config.anchor_scales = {0.5, 1};
    config.anchor_aspect_ratios = {0.5, 1};
    config.proposals = 30;
    config.training_proposals = 60;
    config.rpn_minibatch = 64;
    config.second_stage_minibatch = 16;
    config.second_stage_positive_fraction = 0.5;
    config.second_stage_units = 1;
    config.second_stage_bottleneck_depth = 32;
    config.second_stage_depth = 64;
    config.mask_size = 21;
    config.mask_conv_depth = 16;
    config.mask_convs = 3;
    return config;
}

inline TrainingConfig blob_training() {
    TrainingConfig config;
    config.optimizer = "adamw";
    config.learning_rate = 0.004;
    config.schedule = "cosine";
    config.warm_up_steps = 5;
    config.total_steps = 120;
    config.gradient_clip = "global";
    config.head_initializer = "variance_scaling";
    config.resize = "keep";
    config.batch_size = 2;
    config.microbatch = 2;
    return config;
}

}  // namespace figurant::mask_rcnn
