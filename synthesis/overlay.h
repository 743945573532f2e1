#pragma once
// Putting sheets onto a scene. Inside the library only; see scene.h.

#include "synthesis/scene.h"

namespace figurant::synthesis {

inline constexpr std::uint8_t no_figure = 255;
inline constexpr int most_figures = 255;  // the mask image numbers them in eight bits

// The streams of random numbers, so that changing one part of a map leaves the others as they were.
enum Stream : std::uint64_t {
    style_stream,
    ground_stream,
    ornament_stream,
    cast_stream,
    person_stream,
    lettering_stream,
    ageing_stream,
    underlay_stream,
    foreground_stream,
    panel_stream,
    picture_stream,
    distractor_stream,
    hand_stream
};
inline Random stream(std::uint64_t seed, Stream which) { return Random(mix(seed, which)); }

/// Puts a sheet onto the map with its top left corner at `corner`: its figure (number `figure`) hides those
/// before, but where its sheet is transparent; its other pixels (a horse, a bush) hide them as well. Gives
/// the pixels of the figure as drawn, on the map or beyond it.
int overlay(Scene& scene, const Sheet& sheet, cv::Point corner, int figure);

}  // namespace figurant::synthesis
