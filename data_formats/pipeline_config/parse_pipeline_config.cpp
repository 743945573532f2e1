#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <array>
#include <optional>

#include "base/error.h"
#include "base/file_writer.h"
#include "data_formats/pipeline_config/pipeline_config.h"
#include "data_formats/pipeline_config/pipeline_config.pb.h"
#include "data_formats/pipeline_config/section.h"

namespace figurant::data_formats {

namespace {

constexpr std::size_t largest_text = std::size_t{1} << 20;

/// Places as protobuf counts them: from 0, tabs going on to the next column that eight divides.
struct Place {
    int line = 0, column = 0;
};

/// Goes on from one character to the next.
Place behind(Place place, char c) {
    if (c == '\n') return {place.line + 1, 0};
    return {place.line, c == '\t' ? (place.column / 8 + 1) * 8 : place.column + 1};
}

/// Where the word `name` begins that ends last before `end`; `end` where there is none.
Place begin_of(std::string_view name, std::string_view text, Place end) {
    Place at, found = end;
    for (std::size_t i = 0; i < text.size() && (at.line < end.line || at.column < end.column); ++i) {
        if (at.line > end.line) break;
        if (text.substr(i).starts_with(name)) found = at;
        at = behind(at, text[i]);
    }
    return found;
}

/// "$scales$" at this place, as the original's templates have for what is to be filled in; else "".
std::string blank_at(Place place, std::string_view text) {
    Place at;
    std::size_t i = 0;
    for (; i < text.size() && (at.line != place.line || at.column < place.column); ++i)
        at = behind(at, text[i]);
    const auto end = text.find_first_of("$\n", i + 1);
    if (i >= text.size() || text[i] != '$' || end == std::string_view::npos || text[end] != '$') return "";
    return std::string(text.substr(i, end + 1 - i));
}

/// What the parser finds. Its sentences name our own message types; those are left out.
class Collector : public google::protobuf::io::ErrorCollector {
  public:
    Collector(std::string_view text, TextProblems& problems) : text_(text), problems_(problems) {}
    void AddError(int line, int column, const std::string& message) override {
        const Place place{std::max(line, 0), std::max(column, 0)};
        const std::string marker = "has no field named \"";
        const auto at = message.find(marker);
        if (const auto blank = blank_at(place, text_); !blank.empty())
            return add(place, blank + " is a template's blank: write the value in its place");
        if (at == std::string::npos) return add(place, message);
        // The parser is one word behind an unknown one when it tells.
        const std::string rest = message.substr(at + marker.size());
        const std::string name = rest.substr(0, rest.find('"'));
        add(begin_of(name, text_, place), "\"" + name + "\" is unknown here, or cannot be expressed");
    }

  private:
    void add(Place place, const std::string& what) { problems_.add(place.line, place.column, what); }
    std::string_view text_;
    TextProblems& problems_;
};

struct Backbone {
    const char* type;
    const char* scope;
    const char* units;
};
constexpr std::array<Backbone, 3> backbones = {{{"faster_rcnn_resnet50", "resnet_v1_50", "[3, 4, 6]"},
                                                {"faster_rcnn_resnet101", "resnet_v1_101", "[3, 4, 23]"},
                                                {"faster_rcnn_resnet152", "resnet_v1_152", "[3, 8, 36]"}}};

/// Writes TOML as it goes through the message.
class Converter {
  public:
    ImportedConfig convert(const Section& pipeline) {
        result_.toml = "[network]\n";
        const Section network = pipeline.required("model").required("faster_rcnn");
        add_input(network);
        add_backbone(network);
        add_proposals(network);
        add_second_stage(network);
        add_losses(network);
        result_.toml += "\n[training]\n";
        if (pipeline.has("train_config")) add_training(pipeline.section("train_config"));
        for (const auto* reader : {"train_input_reader", "eval_input_reader"})
            if (pipeline.has(reader))
                leave_out(std::string(reader) +
                          ": the data to learn from and to score on are named when "
                          "train_and_validate is run");
        if (pipeline.has("eval_config"))
            leave_out(
                "eval_config: when checkpoints are scored is said by --eval-steps of train_and_validate");
        return std::move(result_);
    }

  private:
    void put(const std::string& key, const std::string& value) { result_.toml += key + " = " + value + "\n"; }
    void copy(const Section& from, const std::string& field, const std::string& key) {
        put(key, from.value_text(field));
    }
    void leave_out(std::string what) { result_.left_out.push_back(std::move(what)); }

    void add_input(const Section& network) {
        network.expect("number_of_stages", "3");
        if (!network.has("num_classes")) network.problem("num_classes", "\"num_classes\" is needed here");
        copy(network, "num_classes", "classes");
        const Section resizer = network.required("image_resizer").required("keep_aspect_ratio_resizer");
        copy(resizer, "min_dimension", "min_dimension");
        copy(resizer, "max_dimension", "max_dimension");
        resizer.expect("resize_method", "BILINEAR");
        resizer.expect("pad_to_max_dimension", "false");
        resizer.expect("convert_to_grayscale", "false");
        put("pixel_means", "[123.68, 116.779, 103.939]");  // the feature extractor's own, as its weights want
    }

    void add_backbone(const Section& network) {
        const Section extractor = network.required("feature_extractor");
        const std::string type = extractor.string("type");
        const Backbone* found = nullptr;
        for (const auto& each : backbones)
            if (type == each.type) found = &each;
        if (!found)
            extractor.problem("type", "the feature extractor \"" + type +
                                          "\" cannot be expressed; faster_rcnn_resnet50, …101 and …152 can");
        put("scope", std::string("\"") + (found ? found->scope : "") + "\"");
        put("block_units", found ? found->units : "[]");
        copy(extractor, "first_stage_features_stride", "output_stride");
        extractor.expect("batch_norm_trainable", "false");
        network.expect("inplace_batchnorm_update", "false");
        put("normalization", "\"frozen_batch_norm\"");
        put("normalization_epsilon", "1.001e-5");  // slim's 1e-5, as TensorFlow's fused kernel raises it
    }

    void add_proposals(const Section& network) {
        const Section anchors =
            network.required("first_stage_anchor_generator").required("grid_anchor_generator");
        const std::string stride =
            std::to_string(network.section("feature_extractor").integer("first_stage_features_stride"));
        anchors.expect("height_stride", stride);
        anchors.expect("width_stride", stride);
        anchors.expect("height_offset", "0");
        anchors.expect("width_offset", "0");
        anchors.expect("width", anchors.value_text("height"));
        put("anchor_base", float_text(static_cast<float>(anchors.integer("height"))));
        for (const auto* list : {"scales", "aspect_ratios"}) {
            if (!anchors.has(list)) anchors.problem(list, "\"" + std::string(list) + "\" is needed here");
            put("anchor_" + std::string(list), anchors.reals_text(list));
        }
        copy(network, "first_stage_atrous_rate", "rpn_rate");
        copy(network, "first_stage_box_predictor_depth", "rpn_depth");
        network.expect("first_stage_box_predictor_kernel_size", "3");
        network.expect("clip_anchors_to_image", "false");
        check_convolutions(network.required("first_stage_box_predictor_conv_hyperparams"));
        copy(network, "first_stage_nms_score_threshold", "rpn_nms_score");
        copy(network, "first_stage_nms_iou_threshold", "rpn_nms_iou");
        copy(network, "first_stage_max_proposals", "proposals");
        copy(network, "first_stage_max_proposals", "training_proposals");
        copy(network, "first_stage_minibatch_size", "rpn_minibatch");
        copy(network, "first_stage_positive_balance_fraction", "rpn_positive_fraction");
    }

    void add_second_stage(const Section& network) {
        for (const auto* size : {"initial_crop_size", "maxpool_kernel_size", "maxpool_stride"})
            if (!network.has(size)) network.problem(size, "\"" + std::string(size) + "\" is needed here");
        copy(network, "initial_crop_size", "crop_size");
        copy(network, "maxpool_kernel_size", "crop_pool");
        network.expect("maxpool_stride", network.value_text("maxpool_kernel_size"));
        network.expect("resize_masks", "true");
        copy(network, "second_stage_batch_size", "second_stage_minibatch");
        copy(network, "second_stage_balance_fraction", "second_stage_positive_fraction");
        add_masks(network.required("second_stage_box_predictor").required("mask_rcnn_box_predictor"));
        const Section after = network.required("second_stage_post_processing");
        after.expect("score_converter", "SOFTMAX");
        after.expect("logit_scale", "1.0");
        const Section nms = after.required("batch_non_max_suppression");
        nms.expect("use_class_agnostic_nms", "false");
        copy(nms, "score_threshold", "detection_score_threshold");
        copy(nms, "iou_threshold", "detection_nms_iou");
        copy(nms, "max_detections_per_class", "detections_per_class");
        copy(nms, "max_total_detections", "detections");
    }

    void add_masks(const Section& predictor) {
        predictor.expect("predict_instance_masks", "true");
        for (const auto* field : {"use_dropout", "predict_keypoints", "masks_are_class_agnostic",
                                  "share_box_across_classes", "convolve_then_upsample_masks"})
            predictor.expect(field, "false");
        predictor.expect("box_code_size", "4");
        copy(predictor, "mask_height", "mask_size");
        predictor.expect("mask_width", predictor.value_text("mask_height"));
        copy(predictor, "mask_prediction_conv_depth", "mask_conv_depth");
        copy(predictor, "mask_prediction_num_conv_layers", "mask_convs");
        check_convolutions(predictor.required("conv_hyperparams"));
        const Section dense = predictor.required("fc_hyperparams");
        dense.expect("op", "FC");
        check_regularizer(dense);
        const Section start = dense.required("initializer").required("variance_scaling_initializer");
        start.expect("factor", "1.0");
        start.expect("uniform", "true");
        start.expect("mode", "FAN_AVG");
    }

    /// The original's start of convolutions outside the residual network, the only one there is.
    static void check_convolutions(const Section& hyperparams) {
        hyperparams.expect("op", "CONV");
        hyperparams.expect("activation", "RELU");
        check_regularizer(hyperparams);
        const Section start = hyperparams.required("initializer").required("truncated_normal_initializer");
        start.expect("mean", "0.0");
        start.expect("stddev", "0.01");
    }
    static void check_regularizer(const Section& hyperparams) {
        if (hyperparams.has("regularizer"))
            hyperparams.section("regularizer").required("l2_regularizer").expect("weight", "0.0");
    }

    void add_losses(const Section& network) {
        copy(network, "first_stage_localization_loss_weight", "rpn_localization_weight");
        copy(network, "first_stage_objectness_loss_weight", "rpn_objectness_weight");
        copy(network, "second_stage_localization_loss_weight", "localization_weight");
        copy(network, "second_stage_classification_loss_weight", "classification_weight");
        copy(network, "second_stage_mask_prediction_loss_weight", "mask_weight");
    }

    void add_training(const Section& training) {
        put("head_initializer", "\"truncated_normal\"");
        put("resize", "\"fit\"");
        copy(training, "batch_size", "batch_size");
        const Section optimizer = training.required("optimizer");
        optimizer.expect("use_moving_average", "false");
        const Section momentum = optimizer.required("momentum_optimizer");
        put("optimizer", "\"momentum\"");
        copy(momentum, "momentum_optimizer_value", "momentum");
        add_rates(momentum.required("learning_rate"));
        const bool clips = training.real("gradient_clipping_by_norm") > 0;
        put("gradient_clip", clips ? "\"per_variable\"" : "\"none\"");
        if (clips) copy(training, "gradient_clipping_by_norm", "gradient_clip_norm");
        if (training.integer("num_steps") > 0) copy(training, "num_steps", "total_steps");
        if (training.has("fine_tune_checkpoint"))
            leave_out(
                "fine_tune_checkpoint: what training starts from is said by --initial of train_and_validate");
        if (training.has("data_augmentation_options"))
            leave_out("data_augmentation_options: train_and_validate flips, and more; see augment_example");
    }

    void add_rates(const Section& rates) {
        if (rates.has("constant_learning_rate")) {
            copy(rates.section("constant_learning_rate"), "learning_rate", "learning_rate");
            put_schedule("", "");
            return;
        }
        const Section manual = rates.required("manual_step_learning_rate");
        manual.expect("warmup", "false");
        float first = manual.real("initial_learning_rate");
        std::string steps, values;
        for (const Section& step : manual.sections("schedule")) {
            if (step.integer("step") == 0) {  // it holds from the beginning
                first = step.real("learning_rate");
                continue;
            }
            steps += (steps.empty() ? "" : ", ") + step.value_text("step");
            values += (values.empty() ? "" : ", ") + step.value_text("learning_rate");
        }
        put("learning_rate", float_text(first));
        put_schedule(steps, values);
    }
    void put_schedule(const std::string& steps, const std::string& values) {
        put("schedule", "\"steps\"");
        put("schedule_steps", "[" + steps + "]");
        put("schedule_rates", "[" + values + "]");
    }

    ImportedConfig result_;
};

}  // namespace

ImportedConfig parse_pipeline_config(std::string_view text, const std::string& name) {
    TextProblems problems(name);
    const auto check = [&] {
        if (!problems.none())
            throw Error(Cause::configuration, problems.text(),
                        "what is refused has no counterpart here, or was mistyped");
    };
    Collector collector(text, problems);
    google::protobuf::TextFormat::ParseInfoTree tree;
    google::protobuf::TextFormat::Parser parser;
    parser.RecordErrorsTo(&collector);
    parser.WriteLocationsTo(&tree);
    parser.SetRecursionLimit(50);
    pipeline_config::Pipeline pipeline;
    google::protobuf::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
    if (text.size() > largest_text) problems.add(0, 0, "the text has more than a megabyte");
    check();
    if (!parser.Parse(&stream, &pipeline) && problems.none()) problems.add(0, 0, "is no pipeline.config");
    check();
    const Section top(pipeline, &tree, google::protobuf::TextFormat::ParseLocation(0, 0), &problems);
    ImportedConfig result = Converter().convert(top);
    check();
    return result;
}

ImportedConfig read_pipeline_config(const std::filesystem::path& path) {
    return parse_pipeline_config(read_file(path, largest_text), path.string());
}

}  // namespace figurant::data_formats
