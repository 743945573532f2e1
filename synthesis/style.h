#pragma once
// What one map looks like: its colours and the manners of its ground and of its figures.

#include <optional>
#include <string>
#include <vector>

#include "synthesis/look.h"

namespace figurant::synthesis {

enum class Manner { old_engraving, plain_print, poster, modern_flat, painted, few_inks, dark, aerial, count };

/// "any", and the name of each manner.
const std::vector<std::string>& manner_names();
/// None for "any".
std::optional<Manner> manner_of(const std::string& name);

struct MapStyle {
    Manner manner = Manner::old_engraving;
    Color paper{240, 230, 205}, ink{45, 32, 25}, sea{190, 210, 215};
    std::vector<Color> land, accents;
    float color_strength = 1;  ///< of things drawn on the map
    cv::Mat noise;             ///< CV_32FC1, 256x256, for uneven paint
    /// Of any manner, or of one that is asked for.
    static MapStyle random(Random& random, std::optional<Manner> manner = std::nullopt);
    /// The look of one hand drawing on this map; figures may differ from ornaments.
    Look ornament_look(Random& random) const;
    Look figure_look(Random& random) const;
};

}  // namespace figurant::synthesis
