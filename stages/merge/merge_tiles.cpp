// merge_tiles: what the tiles of a map saw of its figures becomes its figures.
//
//     [stages.merge]
//     type = "merge_tiles"
//     from = "detect"
//     group = "tiles"

#include "figures/merging.h"
#include "pipeline/registry.h"
#include "stages/payloads.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class MergeTiles : public Gather {
  public:
    static constexpr std::string_view sentence =
        "Unites what the tiles of a map saw: parts of one figure become one, doubles go, figures that touch "
        "stay apart.";
    static constexpr In<FoundOnTile> found{"figures", "the figures found on one tile"};
    static constexpr Out<figures::Detections> merged{"figures", "the figures of the map, by falling score"};
    static auto ports() { return std::tuple(found, merged); }

    using Parameters = figures::MergeOptions;
    static const ParameterList<Parameters>& parameters() { return figures::merge_parameters(); }
    explicit MergeTiles(Parameters parameters) : options_(parameters) {}

    std::unique_ptr<Fold> begin() const override { return std::make_unique<Open>(options_); }
    bool any_order() const override { return true; }  // the Merger sorts what it was given

  private:
    class Open : public Fold {
      public:
        explicit Open(const figures::MergeOptions& options) : options_(options) {}
        void add(const Inputs& in, Context&) override {
            const FoundOnTile& tile = in[found];
            if (!merger_) merger_.emplace(tile.map, options_);
            merger_->add(tile.found);
        }
        void end(Outputs& out, Context& context) override {
            figures::Detections detections;
            // No tile at all: every one was skipped. What is known of the map is its name.
            if (merger_)
                detections = merger_->end();
            else
                detections.map = {context.input().name, 0, 0, figures::map_stem(context.input().name)};
            context.count("figures", static_cast<std::int64_t>(detections.figures.size()));
            out.emit(merged, std::move(detections));
        }

      private:
        figures::MergeOptions options_;
        std::optional<figures::Merger> merger_;
    };

    figures::MergeOptions options_;
};

const Registered<MergeTiles> registered("merge_tiles");

}  // namespace
}  // namespace figurant::stages
