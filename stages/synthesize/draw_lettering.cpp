// draw_lettering: names and lines over all that is on a map.
//
//     [stages.lettering]
//     type = "draw_lettering"
//     from = "figures"
//     fonts = ["/usr/share/fonts/truetype"]

#include "pipeline/registry.h"
#include "stages/synthesize/composition.h"
#include "stages/synthesize/font_shelf.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class DrawLettering : public pipeline::Map {
  public:
    static constexpr std::string_view sentence = "Writes names and draws grid and rhumb lines over a map.";
    static constexpr In<NamedScene> bare{"map", "the map without names"};
    static constexpr Out<NamedScene> lettered{"map", "the map with its names"};
    static auto ports() { return std::tuple(bare, lettered); }

    using Parameters = WithFonts<synthesis::LetteringOptions>;
    static const ParameterList<Parameters>& parameters() {
        static const auto list = with_fonts(synthesis::lettering_parameters());
        return list;
    }
    explicit DrawLettering(Parameters parameters) : parameters_(std::move(parameters)) {
        synthesis::check(parameters_);
    }

    void prepare(const RunSettings&) override { fonts_.fill(parameters_.fonts); }
    std::size_t resident_bytes() const override { return fonts_.bytes(); }
    Needs needs() const override { return {1, std::size_t{64} << 20, {}}; }
    std::size_t output_bytes(const Inputs& in) const override { return in.at(0).bytes + (1 << 16); }
    void process(const Inputs& in, Outputs& out, Context& context) const override {
        fonts_.tell(context);
        NamedScene result{in[bare].name, in[bare].scene.copy()};
        synthesis::add_lettering(result.scene, parameters_, fonts_.typefaces());
        out.emit(lettered, std::move(result));
    }

  private:
    Parameters parameters_;
    FontShelf fonts_;
};

const Registered<DrawLettering> registered("draw_lettering");

}  // namespace
}  // namespace figurant::stages
