#include "mask_rcnn/config.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/toml_values.h"

namespace figurant::mask_rcnn {

namespace {

void add_input_parameters(ParameterList<NetworkConfig>& list) {
    using C = NetworkConfig;
    list.add("min_dimension", &C::min_dimension, "pixels of an image's short side after resizing",
             range(16, 16384))
        .add("max_dimension", &C::max_dimension, "most pixels of an image's long side after resizing",
             range(16, 32768))
        .add("pixel_means", &C::pixel_means, "subtracted from red, green and blue", range(0, 255))
        .add("pixel_scale", &C::pixel_scale, "multiplies the pixels once the means are subtracted",
             range(1e-4, 1))
        .add("classes", &C::classes, "number of classes, the background not counted", range(1, 4096));
}

void add_backbone_parameters(ParameterList<NetworkConfig>& list) {
    using C = NetworkConfig;
    list.add("scope", &C::scope, "name of the residual network inside the variables' names")
        .add("conv1_depth", &C::conv1_depth, "channels of the first convolution", range(1, 4096))
        .add("block_units", &C::block_units, "residual units of each block of the first stage", range(1, 256))
        .add("block_bottleneck_depths", &C::block_bottleneck_depths, "inner channels of each block's units",
             range(1, 16384))
        .add("block_depths", &C::block_depths, "output channels of each block's units", range(1, 16384))
        .add("block_strides", &C::block_strides, "stride of each block, in its last unit", range(1, 2))
        .add("output_stride", &C::output_stride,
             "pixels of the image for each cell of the features; strides beyond it become atrous rates",
             range(4, 32))
        .add("normalization", &C::normalization, "what follows each convolution of the residual network",
             choices({"frozen_batch_norm", "batch_norm", "group_norm"}))
        .add("normalization_epsilon", &C::normalization_epsilon, "added to variances", range(0, 1))
        .add("batch_norm_decay", &C::batch_norm_decay, "how slowly the moving statistics of batch_norm move",
             range(0, 1))
        .add("group_norm_groups", &C::group_norm_groups,
             "most groups of group_norm; fewer where channels do not divide", range(1, 1024));
}

void add_stage_parameters(ParameterList<NetworkConfig>& list) {
    using C = NetworkConfig;
    list.add("rpn_depth", &C::rpn_depth, "channels of the region proposal convolution", range(1, 16384))
        .add("rpn_rate", &C::rpn_rate, "atrous rate of the region proposal convolution", range(1, 16))
        .add("anchor_base", &C::anchor_base, "side of an anchor of scale 1, in pixels", range(1, 4096))
        .add("anchor_scales", &C::anchor_scales, "sides of the anchors, in units of the base",
             range(1e-3, 64))
        .add("anchor_aspect_ratios", &C::anchor_aspect_ratios, "width / height of the anchors",
             range(1e-2, 100))
        .add("rpn_nms_iou", &C::rpn_nms_iou, "proposals overlapping a better one by more are dropped",
             range(0, 1))
        .add("rpn_nms_score", &C::rpn_nms_score, "proposals must score above this", range(0, 1))
        .add("proposals", &C::proposals, "most proposals of an image at inference", range(1, 100000))
        .add("training_proposals", &C::training_proposals, "most proposals of an image in training",
             range(1, 100000))
        .add("crop_size", &C::crop_size, "side of a proposal's crop of the features", range(1, 128))
        .add("crop_pool", &C::crop_pool, "size and stride of the maximum pooling after the crop", range(1, 8))
        .add("crop_place", &C::crop_place,
             "where on the features a proposal is cropped: at its share of the image, as the original does, "
             "which is up to a cell beside it, the more the further from the upper left; or at its cells",
             choices({"image_share", "cells"}))
        .add("second_stage_units", &C::second_stage_units, "residual units of the second stage", range(1, 64))
        .add("second_stage_bottleneck_depth", &C::second_stage_bottleneck_depth,
             "inner channels of the second stage's units", range(1, 16384))
        .add("second_stage_depth", &C::second_stage_depth, "output channels of the second stage's units",
             range(1, 16384))
        .add("box_head_reduction", &C::box_head_reduction,
             "channels that box_head_depth reduces each cell of a region to", range(1, 4096))
        .add("box_head_depth", &C::box_head_depth,
             "units of a dense layer over all cells of a region, before boxes and classes; 0: the cells' "
             "mean, as the "
             "original",
             range(0, 16384))
        .add("detection_score", &C::detection_score,
             "a detection's score: the second stage's probability of its class, as the original's, or that "
             "times the first stage's probability that there is something (Zhou, Koltun, Krähenbühl 2021)",
             choices({"class", "class_and_proposal"}))
        .add("score_calibration", &C::score_calibration,
             "what makes a detection's score the share of such detections that is right: an offset, the "
             "weight of the score's log odds, and that of the doublings that its box is short of 200 pixels; "
             "empty: the score stays as it is. calibrate_scores finds them")
        .add("detection_score_threshold", &C::detection_score_threshold, "detections must score above this",
             range(0, 1))
        .add("detection_nms_iou", &C::detection_nms_iou,
             "detections overlapping a better one by more are dropped", range(0, 1))
        .add("detections_per_class", &C::detections_per_class, "most detections of a class", range(1, 100000))
        .add("detections", &C::detections, "most detections of an image", range(1, 100000))
        .add("mask_size", &C::mask_size, "side of a detection's mask", range(1, 512))
        .add("mask_conv_depth", &C::mask_conv_depth,
             "channels of the mask head's hidden convolutions; 0: from the number of classes", range(0, 4096))
        .add("mask_convs", &C::mask_convs, "convolutions of the mask head, the last included", range(2, 16))
        .add(
            "mask_detail_depth", &C::mask_detail_depth,
            "channels of the detail that the mask head sees beside a region's few cells: features sampled at "
            "each of the mask's own (best with crop_place = \"cells\"); 0: none, as the original",
            range(0, 4096))
        .add("mask_threshold", &C::mask_threshold,
             "a pixel whose probability is above this belongs to the figure", range(0, 1));
}

void add_target_parameters(ParameterList<NetworkConfig>& list) {
    using C = NetworkConfig;
    list.add("rpn_positive_iou", &C::rpn_positive_iou, "anchors overlapping a figure this much are positive",
             range(0, 1))
        .add("rpn_negative_iou", &C::rpn_negative_iou, "anchors overlapping every figure less are negative",
             range(0, 1))
        .add("rpn_minibatch", &C::rpn_minibatch, "anchors of an image that are learned from", range(1, 65536))
        .add("rpn_positive_fraction", &C::rpn_positive_fraction, "most of them that are positive",
             range(0, 1))
        .add("second_stage_positive_iou", &C::second_stage_positive_iou,
             "proposals overlapping a figure this much are positive", range(0, 1))
        .add("second_stage_minibatch", &C::second_stage_minibatch,
             "proposals of an image that are learned from", range(1, 65536))
        .add("second_stage_positive_fraction", &C::second_stage_positive_fraction,
             "most of them that are positive", range(0, 1))
        .add("learn_from_true_boxes", &C::learn_from_true_boxes,
             "the true figures' own boxes are among the proposals that are learned from")
        .add("learn_from_clipped_anchors", &C::learn_from_clipped_anchors,
             "anchors that leave the image are clipped and learned from, as detection uses them, instead of "
             "dropped, as the original does")
        .add("rpn_localization_weight", &C::rpn_localization_weight, "weight of the proposals' box loss",
             at_least(0))
        .add("rpn_objectness_weight", &C::rpn_objectness_weight, "weight of the proposals' objectness loss",
             at_least(0))
        .add("localization_weight", &C::localization_weight, "weight of the detections' box loss",
             at_least(0))
        .add("classification_weight", &C::classification_weight, "weight of the detections' class loss",
             at_least(0))
        .add("mask_weight", &C::mask_weight, "weight of the mask loss", at_least(0));
}

void add_optimizer_parameters(ParameterList<TrainingConfig>& list) {
    using C = TrainingConfig;
    list.add("optimizer", &C::optimizer, "how gradients become steps", choices({"momentum", "adamw"}))
        .add("momentum", &C::momentum, "share of the last step that is kept (momentum)", range(0, 1))
        .add("adam_beta1", &C::adam_beta1, "decay of the gradients' mean (adamw)", range(0, 1))
        .add("adam_beta2", &C::adam_beta2, "decay of the gradients' squares (adamw)", range(0, 1))
        .add("adam_epsilon", &C::adam_epsilon, "added to the root of the squares (adamw)", at_least(0))
        .add("weight_decay", &C::weight_decay,
             "on weights only: a loss of half their squares (momentum), decoupled (adamw)", at_least(0))
        .add("learning_rate", &C::learning_rate, "the highest learning rate", at_least(0))
        .add("schedule", &C::schedule, "how the learning rate changes: in steps, or down half a cosine",
             choices({"steps", "cosine"}))
        .add("schedule_steps", &C::schedule_steps, "from each of these steps (steps) …", at_least(0))
        .add("schedule_rates", &C::schedule_rates, "… this learning rate holds", at_least(0))
        .add("warm_up_steps", &C::warm_up_steps, "steps over which the learning rate rises from 0",
             at_least(0))
        .add("total_steps", &C::total_steps, "steps of the whole training", at_least(1))
        .add("final_rate_fraction", &C::final_rate_fraction,
             "where the cosine ends, as a share of the highest rate", range(0, 1))
        .add("moving_average_decay", &C::moving_average_decay,
             "share of the past in the mean of the weights along the training, of which models are made "
             "instead of the last weights; 0: none is kept",
             range(0, 1))
        .add("gradient_clip", &C::gradient_clip,
             "what is clipped to the norm: each variable's gradient, or all together",
             choices({"none", "per_variable", "global"}))
        .add("gradient_clip_norm", &C::gradient_clip_norm, "largest norm of a gradient", at_least(0));
}

std::string list_lengths_problem(const NetworkConfig& c) {
    const std::size_t blocks = c.block_units.size();
    if (blocks == 0) return "\"block_units\" names no block";
    if (c.block_bottleneck_depths.size() != blocks || c.block_depths.size() != blocks ||
        c.block_strides.size() != blocks)
        return "\"block_units\", \"block_bottleneck_depths\", \"block_depths\" and \"block_strides\" must be "
               "equally long";
    if (c.pixel_means.size() != 3) return "\"pixel_means\" takes three numbers";
    if (c.anchor_scales.empty() || c.anchor_aspect_ratios.empty())
        return "\"anchor_scales\" and \"anchor_aspect_ratios\" must not be empty";
    return {};
}

}  // namespace

std::int64_t NetworkConfig::mask_depth() const {
    if (mask_conv_depth > 0) return mask_conv_depth;
    // The Object Detection API's rule: between the features' and the classes' sizes, on a logarithmic scale.
    const double log_features = std::log2(static_cast<double>(second_stage_depth));
    const double log_classes = std::log2(static_cast<double>(classes));
    return std::int64_t{1} << std::llround((2 * log_features + 3 * log_classes) / 5);
}

std::int64_t NetworkConfig::anchors_per_cell() const {
    return static_cast<std::int64_t>(anchor_scales.size() * anchor_aspect_ratios.size());
}

double TrainingConfig::learning_rate_at(std::int64_t step) const {
    if (step < warm_up_steps)
        return learning_rate * static_cast<double>(step + 1) / static_cast<double>(warm_up_steps);
    if (schedule == "cosine") {
        const double span = static_cast<double>(std::max<std::int64_t>(1, total_steps - warm_up_steps));
        const double done = std::min(1.0, static_cast<double>(step - warm_up_steps) / span);
        const double share = 0.5 * (1 + std::cos(std::numbers::pi * done));
        return learning_rate * (final_rate_fraction + (1 - final_rate_fraction) * share);
    }
    double rate = learning_rate;
    for (std::size_t i = 0; i < schedule_steps.size(); ++i)
        if (step >= schedule_steps[i]) rate = schedule_rates[i];
    return rate;
}

const ParameterList<NetworkConfig>& network_parameters() {
    static const auto list = [] {
        ParameterList<NetworkConfig> made;
        add_input_parameters(made);
        add_backbone_parameters(made);
        add_stage_parameters(made);
        add_target_parameters(made);
        return made;
    }();
    return list;
}

const ParameterList<TrainingConfig>& training_parameters() {
    static const auto list = [] {
        using C = TrainingConfig;
        ParameterList<C> made;
        add_optimizer_parameters(made);
        made.add("head_initializer", &C::head_initializer,
                 "how convolutions outside the residual network start: normal with deviation 0.01, or by "
                 "their fan-in",
                 choices({"truncated_normal", "variance_scaling"}))
            .add("resize", &C::resize,
                 "images are resized to the network's dimensions, or taken as they come",
                 choices({"fit", "keep"}))
            .add("precision", &C::precision,
                 "what convolutions take and give, forwards and backwards: float32, or numbers rounded to "
                 "bfloat16 (sums within one, the weights, norms, losses and steps stay float32), which takes "
                 "less time where the processor computes in bfloat16",
                 choices({"float32", "bfloat16"}))
            .add("batch_size", &C::batch_size, "examples of a step", range(1, 4096))
            .add("microbatch", &C::microbatch, "examples that are computed, and batch-normalised, together",
                 range(1, 256))
            .add("seed", &C::seed, "root of all random numbers");
        return made;
    }();
    return list;
}

std::string inconsistency(const NetworkConfig& c) {
    if (auto problem = list_lengths_problem(c); !problem.empty()) return problem;
    std::int64_t stride = 4;
    for (const auto each : c.block_strides) stride *= each;
    if (c.output_stride != 4 && c.output_stride != 8 && c.output_stride != 16 && c.output_stride != 32)
        return "\"output_stride\" must be 4, 8, 16 or 32";
    if (stride < c.output_stride) return "the blocks' strides never reach \"output_stride\"";
    if (c.min_dimension > c.max_dimension) return "\"min_dimension\" is above \"max_dimension\"";
    if (c.crop_size % c.crop_pool != 0) return "\"crop_size\" is no multiple of \"crop_pool\"";
    if (c.rpn_negative_iou > c.rpn_positive_iou) return "\"rpn_negative_iou\" is above \"rpn_positive_iou\"";
    if (const auto& three = c.score_calibration; !three.empty()) {
        const bool finite =
            std::all_of(three.begin(), three.end(), [](double each) { return std::isfinite(each); });
        if (three.size() != 3 || !finite || three[1] <= 0)
            return "\"score_calibration\" must hold three numbers, the second above 0, or none";
    }
    if (c.scope.empty() || c.scope.find('/') != std::string::npos)
        return "\"scope\" must be one name without \"/\"";
    return {};
}

std::string inconsistency(const TrainingConfig& c) {
    if (c.schedule_steps.size() != c.schedule_rates.size())
        return "\"schedule_steps\" and \"schedule_rates\" must be equally long";
    if (!std::is_sorted(c.schedule_steps.begin(), c.schedule_steps.end()))
        return "\"schedule_steps\" must rise";
    return {};
}

Config parse_config(std::string_view text, const std::string& source) {
    Config config;
    std::vector<std::string> problems;
    for (const auto& [name, table] : parse_toml_tables(text, source)) {
        const std::size_t before = problems.size();
        std::string together;
        if (name == "network") {
            const auto values =
                check_toml_table(network_parameters().declarations(), table, source, problems);
            config.network = network_parameters().bind(values);
            together = inconsistency(config.network);
        } else if (name == "training") {
            const auto values =
                check_toml_table(training_parameters().declarations(), table, source, problems);
            config.training = training_parameters().bind(values);
            together = inconsistency(config.training);
        } else {
            const auto near = nearest_name(name, {"network", "training"});
            together = "unknown table \"" + name + "\"" + (near ? "; did you mean \"" + *near + "\"?" : "");
        }
        if (!together.empty() && problems.size() == before)
            problems.push_back(placed_message(source, table.line, table.column, together));
    }
    if (!problems.empty()) {
        std::string all;
        for (const auto& problem : problems) all += (all.empty() ? "" : "\n") + problem;
        throw Error(Cause::configuration, all);
    }
    return config;
}

std::string config_text(const NetworkConfig& network) {
    return toml_table_text("network", network_parameters().declarations(),
                           network_parameters().values(network));
}

std::string config_text(const Config& config) {
    return config_text(config.network) + "\n" +
           toml_table_text("training", training_parameters().declarations(),
                           training_parameters().values(config.training));
}

}  // namespace figurant::mask_rcnn
