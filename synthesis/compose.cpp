#include "synthesis/compose.h"

#include "synthesis/scene.h"

namespace figurant::synthesis {

ComposedMap compose_map(const ComposeOptions& options, std::uint64_t seed, const Material& material) {
    check(options);
    Scene scene = begin_scene(options.ground, seed, material.grounds);
    add_ornaments(scene, options.ornament, material.distractors, material.typefaces);
    add_figures(scene, options.figure, material.figures);
    add_lettering(scene, options.lettering, material.typefaces);
    return print_scene(std::move(scene), options.print);
}

}  // namespace figurant::synthesis
