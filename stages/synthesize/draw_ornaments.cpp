// draw_ornaments: what stands on a map beside its figures: symbols, frames, and pictures of other things.
//
//     [stages.ornaments]
//     type = "draw_ornaments"
//     from = "ground"
//     clutter = 1.5

#include "pipeline/registry.h"
#include "stages/synthesize/composition.h"
#include "stages/synthesize/font_shelf.h"
#include "stages/synthesize/picture_shelf.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class DrawOrnaments : public pipeline::Map {
  public:
    static constexpr std::string_view sentence =
        "Draws mountains, forests, towns, ships, animals, portraits, frames and cartouches on a map.";
    static constexpr In<NamedScene> bare{"map", "the map's ground"};
    static constexpr Out<NamedScene> drawn{"map", "the map with its ornaments"};
    static auto ports() { return std::tuple(bare, drawn); }

    using Parameters = WithFonts<WithPictures<synthesis::OrnamentOptions>>;
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            with_fonts(with_pictures(synthesis::ornament_parameters(), "things that are no human figures"));
        return list;
    }
    explicit DrawOrnaments(Parameters parameters) : parameters_(std::move(parameters)) {
        synthesis::check(parameters_);
    }

    void prepare(const RunSettings&) override {
        shelf_.fill(parameters_);
        fonts_.fill(parameters_.fonts);
    }
    std::size_t resident_bytes() const override { return shelf_.bytes() + fonts_.bytes(); }
    Needs needs() const override { return {1, std::size_t{64} << 20, {}}; }
    std::size_t output_bytes(const Inputs& in) const override { return in.at(0).bytes + (1 << 16); }
    void process(const Inputs& in, Outputs& out, Context& context) const override {
        shelf_.tell(context);  // of fonts tells draw_lettering, which has the same
        NamedScene result{in[bare].name, in[bare].scene.copy()};
        synthesis::add_ornaments(result.scene, parameters_, shelf_.pictures(), fonts_.typefaces());
        out.emit(drawn, std::move(result));
    }

  private:
    Parameters parameters_;
    PictureShelf shelf_;
    FontShelf fonts_;
};

const Registered<DrawOrnaments> registered("draw_ornaments");

}  // namespace
}  // namespace figurant::stages
