// place_figures: human figures on a map, drawn by the program or cut out of pictures.
//
//     [stages.figures]
//     type = "place_figures"
//     from = "ornaments"
//     figures_most = 40
//     pictures = ["cut_outs"]

#include "pipeline/registry.h"
#include "stages/synthesize/composition.h"
#include "stages/synthesize/picture_shelf.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class PlaceFigures : public pipeline::Map {
  public:
    static constexpr std::string_view sentence =
        "Puts human figures on a map, alone, in rows and crowds: drawn, or cut out of pictures.";
    static constexpr In<NamedScene> bare{"map", "the map without figures"};
    static constexpr Out<NamedScene> peopled{"map", "the map with its figures"};
    static auto ports() { return std::tuple(bare, peopled); }

    using Parameters = WithPictures<synthesis::FigureOptions>;
    static const ParameterList<Parameters>& parameters() {
        static const auto list = with_pictures(synthesis::figure_parameters(), "whole human figures");
        return list;
    }
    explicit PlaceFigures(Parameters parameters) : parameters_(std::move(parameters)) {
        synthesis::check(parameters_);
    }

    void prepare(const RunSettings&) override { shelf_.fill(parameters_); }
    std::size_t resident_bytes() const override { return shelf_.bytes(); }
    Needs needs() const override {
        // A figure is drawn on a sheet of its own, a rider's about three figures wide and high.
        const auto side = static_cast<std::size_t>(3 * parameters_.largest);
        return {1, side * side * 30 + (1 << 20), {}};
    }
    std::size_t output_bytes(const Inputs& in) const override { return in.at(0).bytes + (1 << 17); }
    void process(const Inputs& in, Outputs& out, Context& context) const override {
        shelf_.tell(context);
        NamedScene result{in[bare].name, in[bare].scene.copy()};
        synthesis::add_figures(result.scene, parameters_, shelf_.pictures());
        context.count("placed", static_cast<std::int64_t>(result.scene.standing.size()));
        out.emit(peopled, std::move(result));
    }

  private:
    Parameters parameters_;
    PictureShelf shelf_;
};

const Registered<PlaceFigures> registered("place_figures");

}  // namespace
}  // namespace figurant::stages
