// pipeline.config: what is taken from it, and the place of whatever cannot be expressed.

#include "data_formats/pipeline_config/pipeline_config.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/error.h"
#include "tests/data_formats/scratch_folder.h"
#include "tests/tensorflow_files/pipeline_configs.h"

using namespace figurant;
using namespace figurant::data_formats;
using namespace figurant::tests;

namespace {

std::string rejection(const std::string& text) {
    try {
        parse_pipeline_config(text, "p.config");
    } catch (const Error& error) {
        return error.cause() == Cause::configuration ? error.what() : "wrong error";
    }
    return "";
}

/// The text with one part exchanged, which must be there.
std::string changed(const std::string& from, const std::string& to) {
    std::string text = pipeline_text(one_class());
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

/// "LINE:COLUMN" of the first place where the text holds `part`, counted from 1.
std::string place_of(const std::string& text, const std::string& part) {
    const auto at = text.find(part);
    REQUIRE(at != std::string::npos);
    const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    const auto before = text.rfind('\n', at);
    return std::to_string(line + 1) + ":" +
           std::to_string(before == std::string::npos ? at + 1 : at - before);
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("every key is written, floats as people write them") {
    for (const auto& settings : {one_class(), ninety_classes()}) {
        const auto imported = parse_pipeline_config(pipeline_text(settings), "p.config");
        for (const auto* line :
             {"rpn_nms_iou = 0.7\n", "anchor_scales = [0.25, 0.5, 1.0, 2.0]\n", "scope = \"resnet_v1_101\"\n",
              "anchor_base = 256.0\n", "output_stride = 8\n", "mask_convs = 4\n", "momentum = 0.9\n",
              "schedule_steps = [900000, 1200000]\n", "schedule_rates = [3e-05, 3e-06]\n",
              "gradient_clip = \"per_variable\"\n", "learning_rate = 0.0003\n"})
            CHECK_MESSAGE(has(imported.toml, line), line, " in\n", imported.toml);
        CHECK(has(imported.toml, "classes = " + settings.classes + "\n"));
        CHECK(has(imported.toml, "detections = " + settings.detections + "\n"));
        CHECK(has(imported.toml, "total_steps = " + settings.steps + "\n"));
        CHECK(imported.left_out.size() == 5);
    }
}

TEST_CASE("what cannot be expressed is refused with line and column") {
    struct Wrong {
        const char *from, *to;     ///< what is exchanged in the text
        const char *place, *told;  ///< where the message leads to, and what it says there
    };
    for (const Wrong& wrong : {
             Wrong{"SOFTMAX", "SIGMOID", "score_converter",
                   "\"score_converter\" is SIGMOID; only SOFTMAX can be expressed"},
             Wrong{"score_converter: SOFTMAX", "", "second_stage_post_processing",
                   "\"score_converter\" is IDENTITY where it is not given; only SOFTMAX can be expressed"},
             Wrong{"faster_rcnn_resnet101", "faster_rcnn_nas", "type: 'faster_rcnn_nas'",
                   "the feature extractor \"faster_rcnn_nas\" cannot"},
             Wrong{"initial_crop_size: 14", "hard_example_miner { } initial_crop_size: 14",
                   "hard_example_miner", "\"hard_example_miner\" is unknown here"},
             Wrong{"mask_width: 33", "mask_width: 17", "mask_width", "\"mask_width\" is 17; only 33"},
             Wrong{"height_stride: 8", "height_stride: 16", "height_stride", "\"height_stride\" is 16"},
             Wrong{"weight: 0.0", "weight: 0.5", "weight: 0.5", "\"weight\" is 0.5; only 0.0"},
             Wrong{"maxpool_stride: 2", "maxpool_stride: 1", "maxpool_stride",
                   "\"maxpool_stride\" is 1; only 2"},
             Wrong{"use_moving_average: false", "", "optimizer {", "\"use_moving_average\" is true where"},
             Wrong{"number_of_stages: 3", "number_of_stages: 2", "number_of_stages",
                   "\"number_of_stages\" is 2; only 3"},
             Wrong{"num_classes: 1", "", "faster_rcnn {", "\"num_classes\" is needed here"},
             Wrong{"momentum_optimizer {", "adam_optimizer {", "adam_optimizer",
                   "\"adam_optimizer\" is unknown"},
             Wrong{"random_horizontal_flip", "random_crop_image", "random_crop_image",
                   "\"random_crop_image\" is unknown"},
         }) {
        const std::string text = changed(wrong.from, wrong.to);
        const std::string told = "p.config:" + place_of(text, wrong.place) + ": error: " + wrong.told;
        CHECK_MESSAGE(has(rejection(text), told), rejection(text), "\nwanted ", told);
    }
}

TEST_CASE("all that cannot be expressed is told at once; an error of the syntax by itself") {
    std::string text = changed("SOFTMAX", "SIGMOID");
    text.replace(text.find("scales: [0.25"), 6, "aspect_ratios");
    const auto told = rejection(text);
    CHECK(has(told, "\"scales\" is needed here"));
    CHECK(has(told, "\"score_converter\" is SIGMOID"));
    CHECK(rejection("model { faster_rcnn {\n  num_classes: $classes$\n} }") ==
          "p.config:2:16: error: $classes$ is a template's blank: write the value in its place");
    CHECK(has(rejection(changed("[0.25, 0.5, 1.0, 2.0]", "[$scales$]")),
              "p.config:6:14: error: $scales$ is a"));
    CHECK(rejection("model { faster_rcnn {\n  num_classes: $1\n} }").starts_with("p.config:2:16: error: "));
    // What is missing is told once, not all that would be in it.
    CHECK(rejection("model { faster_rcnn { num_classes: 1 number_of_stages: 3 } }").find("score_converter") ==
          std::string::npos);
    CHECK(has(rejection(""), "p.config:1:1: error: \"model\" is needed here"));
    CHECK(has(rejection("model { ssd { } }"), "\"ssd\" is unknown here"));
    CHECK(has(rejection("model { faster_rcnn { num_classes: 99999999999 } }"), "p.config:1:36: error:"));
}

TEST_CASE("other rates and depths have their counterparts") {
    auto text = changed("faster_rcnn_resnet101", "faster_rcnn_resnet50");
    CHECK(has(parse_pipeline_config(text, "p").toml, "block_units = [3, 4, 6]"));
    text = changed("gradient_clipping_by_norm: 10.0", "");
    CHECK(has(parse_pipeline_config(text, "p").toml, "gradient_clip = \"none\""));
    auto settings = one_class();
    settings.schedule = "schedule { step: 0 learning_rate: 0.5 } schedule { step: 7 learning_rate: 0.25 }";
    const auto toml = parse_pipeline_config(pipeline_text(settings), "p").toml;
    CHECK(has(toml, "learning_rate = 0.5\n"));
    CHECK(has(toml, "schedule_steps = [7]\n"));
}

TEST_CASE("a text cut at any byte is refused, or what is left of it is read") {
    const std::string good = pipeline_text(one_class());
    for (std::size_t size = 0; size < good.size(); ++size)
        CHECK(rejection(good.substr(0, size)) != "wrong error");
    std::string nested;
    for (int i = 0; i < 10000; ++i) nested += "model { ";
    CHECK(rejection(nested).starts_with("p.config:1:"));
    for (std::size_t i = 0; i < good.size(); i += 7)
        for (const int bit : {0, 3, 6}) {
            std::string bad = good;
            bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
            CHECK(rejection(bad) != "wrong error");
        }
}
