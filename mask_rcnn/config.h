#pragma once
// What can be chosen about the network and its training. The defaults are those of the TensorFlow Object
// Detection API's mask_rcnn_resnet101_atrous_coco, with one class.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/parameters.h"

namespace figurant::mask_rcnn {

/// The network: its layers, the boxes it looks for, what it keeps, and what it learns from.
struct NetworkConfig {
    // Input.
    std::int64_t min_dimension = 800, max_dimension = 1365;
    std::vector<double> pixel_means = {123.68, 116.779, 103.939};
    double pixel_scale = 1;
    std::int64_t classes = 1;

    // Residual network, first stage.
    std::string scope = "resnet_v1_101";
    std::int64_t conv1_depth = 64;
    std::vector<std::int64_t> block_units = {3, 4, 23};
    std::vector<std::int64_t> block_bottleneck_depths = {64, 128, 256};
    std::vector<std::int64_t> block_depths = {256, 512, 1024};
    std::vector<std::int64_t> block_strides = {2, 2, 2};
    std::int64_t output_stride = 8;
    std::string normalization = "frozen_batch_norm";
    double normalization_epsilon = 1.001e-5;
    double batch_norm_decay = 0.997;
    std::int64_t group_norm_groups = 32;

    // Region proposals.
    std::int64_t rpn_depth = 512, rpn_rate = 2;
    double anchor_base = 256;
    std::vector<double> anchor_scales = {0.25, 0.5, 1, 2};
    std::vector<double> anchor_aspect_ratios = {0.5, 1, 2};
    double rpn_nms_iou = 0.7, rpn_nms_score = 0;
    std::int64_t proposals = 300, training_proposals = 300;

    // Second and third stage.
    std::int64_t crop_size = 14, crop_pool = 2;
    std::string crop_place = "image_share";
    std::int64_t second_stage_units = 3, second_stage_bottleneck_depth = 512, second_stage_depth = 2048;
    std::int64_t box_head_reduction = 32, box_head_depth = 0;
    std::string detection_score = "class";
    std::vector<double> score_calibration;  ///< none, or a ScoreCalibration's three
    double detection_score_threshold = 0.3, detection_nms_iou = 0.6;
    std::int64_t detections_per_class = 100, detections = 300;
    std::int64_t mask_size = 33, mask_conv_depth = 0, mask_convs = 4;
    std::int64_t mask_detail_depth = 0;
    double mask_threshold = 0.5;

    // Targets.
    double rpn_positive_iou = 0.7, rpn_negative_iou = 0.3;
    std::int64_t rpn_minibatch = 256;
    double rpn_positive_fraction = 0.5;
    double second_stage_positive_iou = 0.5;
    std::int64_t second_stage_minibatch = 64;
    double second_stage_positive_fraction = 0.25;
    bool learn_from_true_boxes = false;
    bool learn_from_clipped_anchors = false;

    // Losses.
    double rpn_localization_weight = 2, rpn_objectness_weight = 1;
    double localization_weight = 2, classification_weight = 1, mask_weight = 4;

    bool operator==(const NetworkConfig&) const = default;

    /// Channels of the hidden convolutions of the mask head: mask_conv_depth, or the original's rule where
    /// that is 0.
    std::int64_t mask_depth() const;
    /// Anchors of a cell of the feature map.
    std::int64_t anchors_per_cell() const;
    /// Side of the features that the second stage works on: crop_size / crop_pool.
    std::int64_t roi_size() const { return crop_size / crop_pool; }
};

/// How the network is trained.
struct TrainingConfig {
    std::string optimizer = "momentum";
    double momentum = 0.9;
    double adam_beta1 = 0.9, adam_beta2 = 0.999, adam_epsilon = 1e-8;
    double weight_decay = 0;
    double learning_rate = 0.0003;
    std::string schedule = "steps";
    std::vector<std::int64_t> schedule_steps = {900000, 1200000};
    std::vector<double> schedule_rates = {0.00003, 0.000003};
    std::int64_t warm_up_steps = 0, total_steps = 2304;
    double final_rate_fraction = 0.01;
    double moving_average_decay = 0;
    std::string gradient_clip = "per_variable";
    double gradient_clip_norm = 10;
    std::string head_initializer = "truncated_normal";
    std::string resize = "fit";
    std::string precision = "float32";
    std::int64_t batch_size = 1, microbatch = 1;
    std::int64_t seed = 1;

    bool operator==(const TrainingConfig&) const = default;

    /// The learning rate of a step, counted from 0.
    double learning_rate_at(std::int64_t step) const;
};

/// What a network is run for.
enum class Purpose { training, inference };

/// The declarations: names, sentences, ranges.
const ParameterList<NetworkConfig>& network_parameters();
const ParameterList<TrainingConfig>& training_parameters();

struct Config {
    NetworkConfig network;
    TrainingConfig training;
    bool operator==(const Config&) const = default;
};

/// Reads `[network]` and `[training]` tables; what is not written keeps its default. `source` names the text
/// in messages. All problems at once, one a line, each as "source:line:column: error: …" with the nearest
/// right name: Error(Cause::configuration).
Config parse_config(std::string_view text, const std::string& source);

/// The same as TOML text, complete and commented; parse_config gives an equal config back.
std::string config_text(const Config& config);
/// Only the `[network]` table.
std::string config_text(const NetworkConfig& network);

/// What the lists and sizes must fulfil together; the first problem as a sentence, empty when there is none.
std::string inconsistency(const NetworkConfig& network);
std::string inconsistency(const TrainingConfig& training);

}  // namespace figurant::mask_rcnn
