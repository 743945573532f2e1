#pragma once
// Small scenes and cut-outs for the tests of the stages that compose maps.

#include "stages/synthesize/composition.h"
#include "tests/stages/pictures.h"
#include "tests/stages/stage_harness.h"

namespace figurant::stages::test {

inline synthesis::GroundOptions small_ground() {
    synthesis::GroundOptions ground;
    ground.width = 256;
    ground.height = 192;
    return ground;
}

/// The drawn ground of a map of 256 x 192 pixels.
inline Payload bare_scene(std::uint64_t seed) {
    return payload(NamedScene{"sheet", synthesis::begin_scene(small_ground(), seed, {})});
}

/// A cut-out that is a disc of one colour.
inline void write_disc(const std::filesystem::path& file, const cv::Scalar& bgr) {
    std::filesystem::create_directories(file.parent_path());
    cv::Mat picture(60, 40, CV_8UC4, cv::Scalar::all(0));
    cv::ellipse(picture, {20, 30}, {18, 28}, 0, 0, 360, {bgr[0], bgr[1], bgr[2], 255}, cv::FILLED);
    cv::imwrite(file.string(), picture);
}

inline ParameterValues with(ParameterValues values, const ParameterValues& more) {
    for (const auto& [name, value] : more) values[name] = value;
    return values;
}

}  // namespace figurant::stages::test
