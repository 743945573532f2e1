// A wider network that begins as a narrower one: it finds the same.

#include "mask_rcnn/widening.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "mask_rcnn/detector.h"
#include "mask_rcnn/trainer.h"
#include "tests/mask_rcnn/blobs.h"

using namespace figurant;
using namespace figurant::mask_rcnn;

namespace {

NetworkConfig narrow_network() {
    NetworkConfig config = blob_network();
    config.learn_from_clipped_anchors = true;  // else anchors that no example held are silenced in its models
    config.second_stage_depth = 72;            // not as deep as what comes before: with a shortcut of its own
    config.box_head_reduction = 8;
    config.box_head_depth = 24;
    return config;
}

using Change = std::function<void(NetworkConfig&)>;

/// What may differ, one by one, and all of it.
std::vector<Change> widenings() {
    std::vector<Change> all = {
        [](NetworkConfig& c) { c.conv1_depth += 5; },
        [](NetworkConfig& c) { c.block_units.back() += 2; },
        [](NetworkConfig& c) { c.block_bottleneck_depths.front() += 3; },
        [](NetworkConfig& c) { c.block_depths.front() *= 2; },
        [](NetworkConfig& c) { c.block_depths.back() += 16; },
        [](NetworkConfig& c) { c.rpn_depth += 7; },
        [](NetworkConfig& c) { c.second_stage_units += 1; },
        [](NetworkConfig& c) { c.second_stage_bottleneck_depth += 6; },
        [](NetworkConfig& c) { c.second_stage_depth += 32; },
        [](NetworkConfig& c) { c.box_head_depth += 9; },
        [](NetworkConfig& c) { c.mask_conv_depth += 4; },
        [](NetworkConfig& c) { c.mask_detail_depth += 12; },
    };
    all.push_back([parts = all](NetworkConfig& c) {
        for (const Change& part : parts) part(c);
    });
    return all;
}

std::vector<Detection> found_by(const WeightsFile& model) {
    DetectorOptions options;
    options.score_threshold = 0.01F;
    const auto example = blob_examples().front();
    return Detector(model, options).detect({example.rgb.data(), example.height, example.width, 0});
}

void check_beginning(const NetworkConfig& narrower) {
    Trainer narrow(narrower, blob_training());
    for (int step = 0; step < 30; ++step) narrow.step(blob_examples());
    const auto model = narrow.inference_model();
    const auto wanted = found_by(model);
    REQUIRE(!wanted.empty());
    const auto all = widenings();
    for (std::size_t ordinal = 0; ordinal < all.size(); ++ordinal) {
        CAPTURE(ordinal);
        NetworkConfig config = narrower;
        all[ordinal](config);
        REQUIRE(is_narrower(narrower, config));
        CHECK_FALSE(is_narrower(config, narrower));
        Trainer wide(config, blob_training());
        CHECK(wide.start_from(model, AbstractTrainer::Taken::all) == model.arrays.size());
        const auto found = found_by(wide.inference_model());
        REQUIRE(found.size() == wanted.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
            CHECK(found[i].score == doctest::Approx(wanted[i].score).epsilon(1e-3));
            CHECK(found[i].y_min == doctest::Approx(wanted[i].y_min).epsilon(1e-2));
            CHECK(found[i].x_max == doctest::Approx(wanted[i].x_max).epsilon(1e-2));
            REQUIRE(found[i].mask.size() == wanted[i].mask.size());
            for (std::size_t k = 0; k < found[i].mask.size(); ++k)
                CHECK(std::abs(found[i].mask[k] - wanted[i].mask[k]) < 0.01F);
        }
        wide.step(blob_examples());  // and it can learn
        CHECK(wide.steps() == 1);
    }
}

}  // namespace

TEST_CASE("a wider network begins by finding what the narrower one finds") {
    check_beginning(narrow_network());
}

TEST_CASE("a wider network begins by finding what the narrower one finds where its masks see detail too") {
    NetworkConfig config = narrow_network();
    config.mask_detail_depth = 6;
    check_beginning(config);
}

TEST_CASE("networks that differ in more than depths do not begin inside each other") {
    const NetworkConfig narrow = narrow_network();
    for (const Change& change : std::vector<Change>{
             [](NetworkConfig& c) { c.classes = 3; },
             [](NetworkConfig& c) { c.anchor_scales.push_back(2); },
             [](NetworkConfig& c) { c.mask_convs = 4; },
             [](NetworkConfig& c) { c.scope = "elsewhere"; },
             [](NetworkConfig& c) { c.normalization = "group_norm"; },
             [](NetworkConfig& c) { c.box_head_depth = 0; },
             [](NetworkConfig& c) { c.box_head_reduction = 16; },
             [](NetworkConfig& c) { c.block_units.front() += 1; },
             [](NetworkConfig& c) { c.rpn_depth -= 1; },
             [](NetworkConfig& c) { c.rpn_rate = 1; },
             [](NetworkConfig& c) { c.anchor_scales.front() *= 2; },
             [](NetworkConfig& c) { c.pixel_means.front() = 0; },
             [](NetworkConfig& c) { c.crop_place = "cells"; },
             [](NetworkConfig& c) { c.crop_size *= 2, c.crop_pool *= 2; },
         }) {
        NetworkConfig wide = narrow;
        wide.conv1_depth *= 2;
        change(wide);
        CHECK_FALSE(is_narrower(narrow, wide));
    }
    // A block that keeps its depth has no shortcut to learn; one that changes it has.
    NetworkConfig plain = narrow;
    plain.block_depths.front() = plain.conv1_depth;
    NetworkConfig wide = plain;
    wide.block_depths.front() += 16;
    CHECK_FALSE(is_narrower(plain, wide));
}
