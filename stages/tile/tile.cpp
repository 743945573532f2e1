// tile: a map as overlapping windows at several scales, down to the whole map in one tile.
//
//     [stages.tiles]
//     type = "tile"
//     from = "maps"
//     size = 512
//     scales = [1.0]

#include "figures/tiling.h"
#include "pipeline/registry.h"
#include "stages/payloads.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

struct TileParameters {
    std::string tiling = "scales";
    std::int64_t size = 512;
    double overlap = 0.25;
    std::vector<double> scales = {1.0};
    bool pyramid = true;
};

figures::TilingOptions options_of(const TileParameters& parameters) {
    figures::TilingOptions options;
    options.tiled = parameters.tiling == "scales";
    options.tile_size = parameters.size;
    options.overlap = parameters.overlap;
    options.scales = parameters.scales;
    options.pyramid = parameters.pyramid;
    return options;
}

class Tile : public Expand {
  public:
    static constexpr std::string_view sentence =
        "Cuts a map into overlapping tiles at several scales, so that a figure of any size is seen whole by "
        "some tile.";
    static constexpr In<figures::MapHandle> map{"map", "the map to cut up"};
    static constexpr Out<figures::Tile> tile{"tile", "one window of the map, resampled"};
    static auto ports() { return std::tuple(map, tile); }

    using Parameters = TileParameters;
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}
                .add("tiling", &Parameters::tiling,
                     "\"scales\": overlapping tiles at several scales; \"none\": the whole map at its full "
                     "size, once",
                     choices({"scales", "none"}))
                .add("size", &Parameters::size, "greatest side of a tile, in pixels as the network sees them",
                     range(64, 8192), tune_around())
                .add("overlap", &Parameters::overlap,
                     "least share of a tile's side that neighbours have in common", range(0, 0.9))
                .add("scales", &Parameters::scales, "enlargement of the map for each level of tiles",
                     range(0.001, 16))
                .add("pyramid", &Parameters::pyramid,
                     "go on halving the least scale until the whole map fits into one tile; otherwise only "
                     "that last "
                     "tile is added");
        return list;
    }
    explicit Tile(Parameters parameters) : options_(options_of(parameters)) {
        // A map of one pixel: what is wrong with the options shows now, not at the first map.
        figures::TilePlan(1, 1, options_);
    }

    std::unique_ptr<Cursor> open(const Inputs& in, Context&) const override {
        return std::make_unique<Tiles>(in[map], options_);
    }

  private:
    class Tiles : public Cursor {
      public:
        Tiles(figures::MapHandle map_to_cut, const figures::TilingOptions& options)
            : map_(std::move(map_to_cut)), plan_(map_->info().width, map_->info().height, options) {}

        std::size_t next_bytes() const override {
            if (next_ >= plan_.count()) return 0;
            const auto window = plan_.at(next_);
            const auto area =
                static_cast<std::size_t>(window.size.width) * static_cast<std::size_t>(window.size.height);
            return sizeof(figures::Tile) + area * 3 + map_->workspace(window.window, window.size);
        }
        bool next(Outputs& out, Context&) override {
            if (next_ >= plan_.count()) return false;
            const auto window = plan_.at(next_++);
            cv::Mat pixels = map_->read(window.window, window.size);
            out.emit(tile, figures::Tile{map_->info(), window.window, std::move(pixels), window.whole});
            return true;
        }
        std::optional<std::uint64_t> count() const override {
            return static_cast<std::uint64_t>(plan_.count());
        }

      private:
        figures::MapHandle map_;
        figures::TilePlan plan_;
        std::int64_t next_ = 0;
    };

    figures::TilingOptions options_;
};

const Registered<Tile> registered("tile");

}  // namespace
}  // namespace figurant::stages
