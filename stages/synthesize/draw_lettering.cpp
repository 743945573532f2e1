// draw_lettering: names and lines over all that is on a map.
//
//     [stages.lettering]
//     type = "draw_lettering"
//     from = "figures"

#include "pipeline/registry.h"
#include "stages/synthesize/composition.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class DrawLettering : public pipeline::Map {
  public:
    static constexpr std::string_view sentence = "Writes names and draws grid and rhumb lines over a map.";
    static constexpr In<NamedScene> bare{"map", "the map without names"};
    static constexpr Out<NamedScene> lettered{"map", "the map with its names"};
    static auto ports() { return std::tuple(bare, lettered); }

    using Parameters = synthesis::LetteringOptions;
    static const ParameterList<Parameters>& parameters() { return synthesis::lettering_parameters(); }
    explicit DrawLettering(Parameters parameters) : options_(parameters) { synthesis::check(options_); }

    Needs needs() const override { return {1, std::size_t{64} << 20, {}}; }
    std::size_t output_bytes(const Inputs& in) const override { return in.at(0).bytes + (1 << 16); }
    void process(const Inputs& in, Outputs& out, Context&) const override {
        NamedScene result{in[bare].name, in[bare].scene.copy()};
        synthesis::add_lettering(result.scene, options_);
        out.emit(lettered, std::move(result));
    }

  private:
    Parameters options_;
};

const Registered<DrawLettering> registered("draw_lettering");

}  // namespace
}  // namespace figurant::stages
