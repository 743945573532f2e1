#include "synthesis/look.h"

#include <algorithm>

namespace figurant::synthesis {

Paint paint_of(const Look& look, const Color& color, float scale) {
    Paint p;
    p.color = mixed(look.paper, color, look.color_strength);
    p.ink = look.ink;
    p.light = look.light;
    p.hatch_spacing = std::max(2.5F, look.hatch_spacing * scale);
    p.hatch_angle = look.hatch_angle;
    p.cross_hatch = look.cross_hatch;
    p.noise = look.noise;
    p.opacity = look.wash;
    switch (look.rendering) {
        case Rendering::engraved:
            p.hatch = 0.85F;
            break;
        case Rendering::shaded:
            p.shade = 0.6F;
            break;
        case Rendering::painted:
            p.shade = 0.35F;
            p.mottle = look.noise != nullptr ? 0.8F : 0.0F;
            break;
        case Rendering::silhouette:
            p.color = look.ink;
            break;
        case Rendering::stick:
            p.color = mixed(look.ink, color, look.color_strength * 0.5F);
            break;
        case Rendering::stippled:
            p.hatch = 0.9F;
            p.stipple = true;
            break;
        case Rendering::woodcut:  // cut out of black
            p.color = mixed(look.ink, p.color, 0.35F * look.color_strength);
            p.ink = mixed(look.paper, color, 0.4F * look.color_strength);
            p.hatch = 0.8F;
            p.light = look.light + 3.14159F;
            break;
        default:
            break;
    }
    return p;
}

}  // namespace figurant::synthesis
