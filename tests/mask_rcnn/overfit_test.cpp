// The whole of training and detection on images small enough for a test.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "mask_rcnn/detector.h"
#include "tests/mask_rcnn/blobs.h"

using namespace figurant;
using namespace figurant::mask_rcnn;

namespace {

float overlap(const Detection& found, const TrueFigure& figure) {
    const float height = std::min(found.y_max, figure.y_max) - std::max(found.y_min, figure.y_min);
    const float width = std::min(found.x_max, figure.x_max) - std::max(found.x_min, figure.x_min);
    if (height <= 0 || width <= 0) return 0;
    const float own = (found.y_max - found.y_min) * (found.x_max - found.x_min);
    const float other = (figure.y_max - figure.y_min) * (figure.x_max - figure.x_min);
    return height * width / (own + other - height * width);
}

/// Share of the box's pixels on which the found mask and the true one agree.
double mask_agreement(const Detection& found, const TrueFigure& figure, std::int64_t size) {
    int agree = 0, all = 0;
    for (std::int64_t i = 0; i < size; ++i)
        for (std::int64_t j = 0; j < size; ++j) {
            const double y = found.y_min + (found.y_max - found.y_min) * static_cast<double>(i) /
                                               static_cast<double>(size - 1);
            const double x = found.x_min + (found.x_max - found.x_min) * static_cast<double>(j) /
                                               static_cast<double>(size - 1);
            const auto row = std::llround(y) - figure.mask_y, column = std::llround(x) - figure.mask_x;
            const bool inside = row >= 0 && column >= 0 && row < figure.mask_height &&
                                column < figure.mask_width &&
                                figure.mask[static_cast<std::size_t>(row * figure.mask_width + column)] > 0;
            agree += inside == (found.mask[static_cast<std::size_t>(i * size + j)] > 0.5F);
            ++all;
        }
    return static_cast<double>(agree) / all;
}

WeightsFile learn_by_heart(const NetworkConfig& network) {
    const auto examples = blob_examples(2);
    Trainer trainer(network, blob_training());
    double first = 0, last = 0;
    for (int step = 0; step < 120; ++step) {
        const auto losses = trainer.step(examples);
        if (step == 0) first = losses.total();
        last = losses.total();
        if (step % 20 == 0)
            MESSAGE("step ", step, ": ", losses.rpn_localization, " ", losses.rpn_objectness, " ",
                    losses.localization, " ", losses.classification, " ", losses.mask, ", gradient ",
                    losses.gradient_norm);
    }
    CHECK(last < 0.2 * first);
    const Detector detector(trainer.inference_model());
    for (const auto& example : examples) {
        const auto found = detector.detect({example.rgb.data(), example.height, example.width, 0});
        for (const auto& each : found)
            MESSAGE(each.score, " ", each.category, ": ", each.y_min, " ", each.x_min, " ", each.y_max, " ",
                    each.x_max);
        REQUIRE(found.size() >= example.figures.size());
        for (const auto& figure : example.figures) {
            const auto best = std::max_element(found.begin(), found.end(), [&](const auto& a, const auto& b) {
                return overlap(a, figure) < overlap(b, figure);
            });
            CHECK(overlap(*best, figure) > 0.6F);
            CHECK(best->category == figure.category);
            CHECK(best->score > 0.5F);
            CHECK(mask_agreement(*best, figure, detector.config().mask_size) > 0.9);
        }
    }
    return trainer.inference_model();
}

}  // namespace

TEST_CASE("a small network learns two images by heart, and the detector finds what is on them") {
    learn_by_heart(blob_network(2));
}

TEST_CASE("a small network whose masks see detail learns two images by heart, and from the detail too") {
    NetworkConfig network = blob_network(2);
    network.mask_detail_depth = 12;
    network.crop_place = "cells";
    const auto model = learn_by_heart(network);
    for (const NamedArray& array : model.arrays) {
        if (!array.name.starts_with("SecondStageBoxPredictor/Detail/Conv/weights")) continue;
        const auto* numbers = reinterpret_cast<const float*>(array.bytes.data());
        CHECK(std::any_of(numbers, numbers + array.bytes.size() / sizeof(float),
                          [](float number) { return std::abs(number) > 0.01F; }));
        return;
    }
    FAIL("no such array");
}
