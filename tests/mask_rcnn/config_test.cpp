// Configurations: read, checked, written back.

#include "mask_rcnn/config.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "base/file_writer.h"

using namespace figurant;
using namespace figurant::mask_rcnn;

namespace {

std::string error_of(const std::string& text) {
    try {
        parse_config(text, "net.toml");
    } catch (const Error& error) {
        CHECK(error.cause() == Cause::configuration);
        return error.what();
    }
    return "no error";
}

}  // namespace

TEST_CASE("a configuration written and read again is the same") {
    Config config;
    config.network.anchor_scales = {0.09, 0.1, 1.0 / 3};
    config.network.scope = "other \"scope\"";
    config.training.optimizer = "adamw";
    config.training.schedule_steps = {};
    config.training.schedule_rates = {};
    CHECK(parse_config(config_text(config), "text") == config);
}

TEST_CASE("problems are told all at once, each with its place and the nearest right name") {
    CHECK(error_of("[network]\nanchor_scale = [1.0]\nclasses = 0\n[trainin]\n") ==
          "net.toml:2:1: error: unknown parameter \"anchor_scale\"; did you mean \"anchor_scales\"?\n"
          "net.toml:3:1: error: \"classes\" takes int, 1 to 4096; found 0\n"
          "net.toml:4:1: error: unknown table \"trainin\"; did you mean \"training\"?");
    CHECK(error_of("[network]\nnormalization = \"batch_nrm\"\n").find("did you mean \"batch_norm\"?") !=
          std::string::npos);
    CHECK(error_of("classes = 1\n") == "net.toml:1:1: error: \"classes\" stands outside a table");
    CHECK(
        error_of("[network]\nblock_units = [1, 2]\n").starts_with("net.toml:1:1: error: \"block_units\", "));
    CHECK(error_of("[network\n").starts_with("net.toml:1:"));
    for (const char* bad :
         {"[1.0, 2.0]", "[0.0, 0.0, 1.0]", "[0.0, -1.0, 0.0]", "[nan, 1.0, 0.0]", "[0.0, inf, 0.0]"})
        CHECK(error_of(std::string("[network]\nscore_calibration = ") + bad + "\n") != "");
    CHECK(parse_config("[network]\nscore_calibration = [-2.5, 1.0, 0.5]\n", "text")
              .network.score_calibration.size() == 3);
}

TEST_CASE("the mask head's depth follows the Object Detection API's rule") {
    NetworkConfig config;
    CHECK(config.mask_depth() == 16);
    config.classes = 90;
    CHECK(config.mask_depth() == 256);
    config.mask_conv_depth = 48;
    CHECK(config.mask_depth() == 48);
}

TEST_CASE("the learning rate falls in steps, inclusive, or warms up and follows a cosine") {
    TrainingConfig steps;
    CHECK(steps.learning_rate_at(0) == 0.0003);
    CHECK(steps.learning_rate_at(899999) == 0.0003);
    CHECK(steps.learning_rate_at(900000) == 0.00003);
    CHECK(steps.learning_rate_at(5000000) == 0.000003);
    TrainingConfig cosine;
    cosine.schedule = "cosine";
    cosine.learning_rate = 1;
    cosine.warm_up_steps = 10;
    cosine.total_steps = 110;
    cosine.final_rate_fraction = 0.1;
    CHECK(cosine.learning_rate_at(0) == doctest::Approx(0.1));
    CHECK(cosine.learning_rate_at(9) == doctest::Approx(1));
    CHECK(cosine.learning_rate_at(60) == doctest::Approx(0.55));
    CHECK(cosine.learning_rate_at(110) == doctest::Approx(0.1));
    CHECK(cosine.learning_rate_at(1000) == doctest::Approx(0.1));
}

TEST_CASE("every parameter has its sentence") {
    for (const auto& declaration : network_parameters().declarations()) CHECK(!declaration.sentence.empty());
    for (const auto& declaration : training_parameters().declarations()) CHECK(!declaration.sentence.empty());
}

TEST_CASE("the shipped configurations are read, and the full ones are the original's") {
    for (const std::string name :
         {"figures_small", "mask_rcnn_resnet101_atrous", "mask_rcnn_resnet101_atrous_coco"}) {
        const std::string path = "configs/" + name + ".toml";
        CHECK_NOTHROW(parse_config(read_file(path), path));
    }
    const std::string path = "configs/mask_rcnn_resnet101_atrous.toml";
    CHECK(parse_config(read_file(path), path).network == NetworkConfig{});
}

TEST_CASE("every anchor of the small network fits the crops it learns from") {
    const std::string path = "configs/figures_small.toml";
    const auto config = parse_config(read_file(path), path).network;
    for (const double scale : config.anchor_scales)
        for (const double ratio : config.anchor_aspect_ratios) {
            CHECK(scale / std::sqrt(ratio) * config.anchor_base < 384);
            CHECK(scale * std::sqrt(ratio) * config.anchor_base < 384);
        }
}
