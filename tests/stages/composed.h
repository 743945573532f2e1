#pragma once
// Small composed maps for the tests of the stages that write them.

#include "stages/synthesize/composition.h"

namespace figurant::stages::test {

/// A composed map of 256 x 192 pixels with some figures, known by its seed.
inline const NamedComposition& composed(std::uint64_t seed) {
    static std::map<std::uint64_t, NamedComposition> made;
    auto& map = made[seed];
    if (map.name.empty()) {
        synthesis::ComposeOptions options;
        options.ground.width = 256;
        options.ground.height = 192;
        options.figure.figures_least = 2;
        options.figure.figures_most = 5;
        options.figure.largest = 100;
        map = {"sheet_" + std::to_string(seed), synthesis::compose_map(options, seed)};
    }
    return map;
}

}  // namespace figurant::stages::test
