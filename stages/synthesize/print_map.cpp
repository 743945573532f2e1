// print_map: what printing, age and scanning do to a map, and the truth about the figures that can be seen on
// it.
//
//     [stages.print]
//     type = "print_map"
//     from = "lettering"
//     ageing = 0.5

#include <algorithm>

#include "pipeline/registry.h"
#include "stages/synthesize/composition.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class PrintMap : public pipeline::Map {
  public:
    static constexpr std::string_view sentence =
        "Prints and ages a map, and tells what can be seen of each figure.";
    static constexpr In<NamedScene> drawn{"map", "the map as drawn"};
    static constexpr Out<NamedComposition> printed{"map", "the map, and the truth about each figure on it"};
    static auto ports() { return std::tuple(drawn, printed); }

    using Parameters = synthesis::PrintOptions;
    static const ParameterList<Parameters>& parameters() { return synthesis::print_parameters(); }
    explicit PrintMap(Parameters parameters) : options_(parameters) { synthesis::check(options_); }

    Needs needs() const override { return {1, std::size_t{96} << 20, {}}; }
    /// RGB, the mask image, and of each figure a window of mask and parts: a rider with a lance is widest.
    std::size_t output_bytes(const Inputs& in) const override {
        const auto& scene = in[drawn].scene;
        const auto pixels = static_cast<double>(scene.map.color.total());
        double sum = pixels * 6 + 4096;
        for (const auto& figure : scene.standing)
            sum += 1024 + 2 * std::min(pixels,
                                       12.0 * static_cast<double>(figure.height + 20) * (figure.height + 20));
        return static_cast<std::size_t>(sum);
    }
    void process(const Inputs& in, Outputs& out, Context& context) const override {
        NamedComposition result{in[drawn].name, synthesis::print_scene(in[drawn].scene.copy(), options_)};
        context.count("maps", 1);
        context.count("figures", static_cast<std::int64_t>(result.map.figures.size()));
        out.emit(printed, std::move(result));
    }

  private:
    Parameters options_;
};

const Registered<PrintMap> registered("print_map");

}  // namespace
}  // namespace figurant::stages
