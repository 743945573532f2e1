// compose_map: a pictorial map with human figures, drawn by the program, and the truth about each figure.
//
//     [stages.compose]
//     type = "compose_map"
//     from = "plan"
//     width = 1024
//     height = 768

#include "pipeline/registry.h"
#include "stages/synthesize/composition.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class ComposeMap : public pipeline::Map {
  public:
    static constexpr std::string_view sentence =
        "Composes a pictorial map with human figures, all drawn by the program.";
    static constexpr In<Composition> plan{"plan", "the map's name and seed"};
    static constexpr Out<NamedComposition> composed{"map", "the map, and the truth about each figure on it"};
    static auto ports() { return std::tuple(plan, composed); }

    using Parameters = synthesis::ComposeOptions;
    static const ParameterList<Parameters>& parameters() { return synthesis::compose_parameters(); }
    explicit ComposeMap(Parameters parameters) : options_(parameters) { synthesis::check(options_); }

    Needs needs() const override { return {1, pixels() * 40, {}}; }
    std::size_t output_bytes(const Inputs&) const override { return pixels() * 10; }
    void process(const Inputs& in, Outputs& out, Context& context) const override {
        NamedComposition result{in[plan].name, synthesis::compose_map(options_, in[plan].seed)};
        context.count("maps", 1);
        context.count("figures", static_cast<std::int64_t>(result.map.figures.size()));
        out.emit(composed, std::move(result));
    }

  private:
    std::size_t pixels() const {
        return static_cast<std::size_t>(options_.width) * static_cast<std::size_t>(options_.height);
    }
    Parameters options_;
};

const Registered<ComposeMap> registered("compose_map");

}  // namespace
}  // namespace figurant::stages
