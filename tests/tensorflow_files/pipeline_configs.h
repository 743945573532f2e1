#pragma once
// The settings of the original's two configurations in the Object Detection API's text format, put down by
// us: one class with the numbers as a person writes them, and ninety with the numbers as a program prints
// floats.

#include <string>

namespace figurant::tests {

struct PipelineSettings {
    std::string classes, rpn_iou, deviation, proposals, detections, rate, schedule, momentum, steps;
};

inline PipelineSettings one_class() {
    return {
        "1",
        "0.7",
        "0.01",
        "300",
        "300",
        "0.0003",
        "schedule { step: 900000 learning_rate: 0.00003 } schedule { step: 1200000 learning_rate: 0.000003 }",
        "0.9",
        "2304"};
}

inline PipelineSettings ninety_classes() {
    return {"90",
            "0.699999988079",
            "0.00999999977648",
            "100",
            "100",
            "0.000300000014249",
            "schedule { step: 0 learning_rate: 0.000300000014249 } "
            "schedule { step: 900000 learning_rate: 2.99999992421e-05 } "
            "schedule { step: 1200000 learning_rate: 3.00000010611e-06 }",
            "0.899999976158",
            "200000"};
}

inline std::string pipeline_text(const PipelineSettings& s) {
    const std::string plain = "regularizer { l2_regularizer { weight: 0.0 } }";
    const std::string convolutions =
        "op: CONV " + plain + " initializer { truncated_normal_initializer { stddev: " + s.deviation + " } }";
    return "model { faster_rcnn {\n"
           "  number_of_stages: 3 num_classes: " +
           s.classes +
           "\n"
           "  image_resizer { keep_aspect_ratio_resizer { min_dimension: 800 max_dimension: 1365 } }\n"
           "  feature_extractor { type: 'faster_rcnn_resnet101' first_stage_features_stride: 8 }\n"
           "  first_stage_anchor_generator { grid_anchor_generator {\n"
           "    scales: [0.25, 0.5, 1.0, 2.0] aspect_ratios: 0.5 aspect_ratios: 1.0 aspect_ratios: 2.0\n"
           "    height_stride: 8 width_stride: 8 } }\n"
           "  first_stage_atrous_rate: 2\n"
           "  first_stage_box_predictor_conv_hyperparams { " +
           convolutions +
           " }\n"
           "  first_stage_nms_score_threshold: 0.0 first_stage_nms_iou_threshold: " +
           s.rpn_iou +
           "\n"
           "  first_stage_max_proposals: " +
           s.proposals +
           "\n"
           "  first_stage_localization_loss_weight: 2.0 first_stage_objectness_loss_weight: 1.0\n"
           "  initial_crop_size: 14 maxpool_kernel_size: 2 maxpool_stride: 2\n"
           "  second_stage_box_predictor { mask_rcnn_box_predictor {\n"
           "    use_dropout: false dropout_keep_probability: 1.0 predict_instance_masks: true\n"
           "    mask_height: 33 mask_width: 33 mask_prediction_conv_depth: 0\n"
           "    mask_prediction_num_conv_layers: 4\n"
           "    fc_hyperparams { op: FC " +
           plain +
           " initializer { variance_scaling_initializer {\n"
           "      factor: 1.0 uniform: true mode: FAN_AVG } } }\n"
           "    conv_hyperparams { " +
           convolutions +
           " } } }\n"
           "  second_stage_post_processing { score_converter: SOFTMAX\n"
           "    batch_non_max_suppression { score_threshold: 0.3 iou_threshold: 0.6\n"
           "      max_detections_per_class: 100 max_total_detections: " +
           s.detections +
           " } }\n"
           "  second_stage_localization_loss_weight: 2.0 second_stage_classification_loss_weight: 1.0\n"
           "  second_stage_mask_prediction_loss_weight: 4.0\n"
           "} }\n"
           "train_config: {\n"
           "  batch_size: 1 gradient_clipping_by_norm: 10.0 num_steps: " +
           s.steps +
           "\n"
           "  optimizer { use_moving_average: false momentum_optimizer {\n"
           "    momentum_optimizer_value: " +
           s.momentum +
           "\n"
           "    learning_rate { manual_step_learning_rate {\n"
           "      initial_learning_rate: " +
           s.rate + " " + s.schedule +
           " } } } }\n"
           "  fine_tune_checkpoint: \"coco/model.ckpt\" from_detection_checkpoint: true\n"
           "  data_augmentation_options { random_horizontal_flip { } }\n"
           "}\n"
           "train_input_reader { tf_record_input_reader { input_path: \"train.record\" }\n"
           "  label_map_path: \"labels.pbtxt\" load_instance_masks: true mask_type: PNG_MASKS shuffle: false "
           "}\n"
           "eval_config { num_examples: 52 max_evals: 1 metrics_set: \"coco_mask_metrics\" }\n"
           "eval_input_reader { tf_record_input_reader { input_path: \"test.record\" } num_readers: 1 }\n";
}

}  // namespace figurant::tests
