// What the steps may be asked for: declarations and checks.

#include <array>
#include <cstdio>

#include "synthesis/compose.h"

namespace figurant::synthesis {
namespace {

template <class Options>
void check_ranges(const ParameterList<Options>& list, const Options& options) {
    const ParameterValues values = list.values(options);
    for (const auto& declaration : list.declarations()) {
        try {
            declaration.checked(values.at(declaration.name));
        } catch (const Error& error) {
            throw Error(Cause::configuration, declaration.name + ": " + error.what(), error.next_step());
        }
    }
}

void refuse(const std::string& what, const std::string& next) {
    throw Error(Cause::configuration, what, next);
}

/// Without the noughts of std::to_string.
std::string short_text(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%g", value);
    return text.data();
}

}  // namespace

const ParameterList<GroundOptions>& ground_parameters() {
    using O = GroundOptions;
    static const auto list =
        ParameterList<O>{}
            .add("width", &O::width, "width of a map, in pixels", range(64, 16384))
            .add("height", &O::height, "height of a map, in pixels", range(64, 16384))
            .add("manner", &O::manner, "how the map is drawn", choices(manner_names()))
            .add("pictures_share", &O::pictures_share,
                 "share of the maps whose ground is a piece of a picture, where pictures are given",
                 range(0, 1));
    return list;
}

const ParameterList<OrnamentOptions>& ornament_parameters() {
    using O = OrnamentOptions;
    static const auto list =
        ParameterList<O>{}
            .add("clutter", &O::clutter, "how full of symbols, frames and cartouches the map is", range(0, 4))
            .add("distractors", &O::distractors,
                 "how many of the pictures of other things stand on it, where pictures are given",
                 range(0, 10));
    return list;
}

const ParameterList<FigureOptions>& figure_parameters() {
    using O = FigureOptions;
    static const auto list =
        ParameterList<O>{}
            .add("figures_least", &O::figures_least,
                 "fewest figures put on a map; those that end up hidden count as well", range(0, 255))
            .add("figures_most", &O::figures_most, "most figures on a map", range(0, 255))
            .add("smallest", &O::smallest, "height of the smallest figures, standing, in pixels",
                 range(8, 4096))
            .add("largest", &O::largest, "height of the largest figures, standing, in pixels", range(8, 4096))
            .add("pictures_share", &O::pictures_share,
                 "share of the groups that are cut out of pictures, where pictures are given", range(0, 1))
            .add("hidden", &O::hidden, "how often something stands before the figures", range(0, 4));
    return list;
}

const ParameterList<LetteringOptions>& lettering_parameters() {
    static const auto list = ParameterList<LetteringOptions>{}.add(
        "lettering", &LetteringOptions::lettering, "how full of names and lines the map is", range(0, 4));
    return list;
}

const ParameterList<PrintOptions>& print_parameters() {
    using O = PrintOptions;
    static const auto list =
        ParameterList<O>{}
            .add("ageing", &O::ageing, "how often printing, age and scanning show", range(0, 1))
            .add("visible_least", &O::visible_least,
                 "figures of which a smaller share can be seen are not in the truth", range(0, 1))
            .add("pixels_least", &O::pixels_least,
                 "figures of which fewer pixels can be seen are not in the truth", range(1, 100000));
    return list;
}

void check(const GroundOptions& options) { check_ranges(ground_parameters(), options); }
void check(const OrnamentOptions& options) { check_ranges(ornament_parameters(), options); }
void check(const LetteringOptions& options) { check_ranges(lettering_parameters(), options); }
void check(const PrintOptions& options) { check_ranges(print_parameters(), options); }

void check(const FigureOptions& options) {
    check_ranges(figure_parameters(), options);
    if (options.figures_least > options.figures_most)
        refuse("figures_least is " + std::to_string(options.figures_least) + ", more than figures_most, " +
                   std::to_string(options.figures_most),
               "give a figures_least of at most figures_most");
    if (options.smallest > options.largest)
        refuse("smallest is " + short_text(options.smallest) + " pixels, more than largest, " +
                   short_text(options.largest),
               "give a smallest of at most largest");
}

void check(const ComposeOptions& options) {
    check(options.ground);
    check(options.ornament);
    check(options.figure);
    check(options.lettering);
    check(options.print);
}

}  // namespace figurant::synthesis
