// score_coco_results: COCO's twelve figures of results against ground truth.
//
//     [stages.score]
//     type = "score_coco_results"
//     from = "pair"

#include <algorithm>

#include "pipeline/registry.h"
#include "stages/measure/coco_pair.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class ScoreCocoResults : public pipeline::Map {
  public:
    static constexpr std::string_view sentence =
        "Scores results against ground truth: COCO's twelve figures, for boxes and for masks.";
    static constexpr In<CocoPair> pair{"pair", "ground truth and results"};
    static constexpr Out<metrics::CocoMetrics> scores{"metrics",
                                                      "the twelve figures, for boxes and for masks"};
    static auto ports() { return std::tuple(pair, scores); }

    void prepare(const RunSettings& settings) override { threads_ = std::max(1, settings.threads); }
    Needs needs() const override { return {threads_, 0, {}}; }
    void process(const Inputs& in, Outputs& out, Context& context) const override {
        const CocoPair& compared = in[pair];
        auto result = metrics::evaluate_coco(
            compared.truth, compared.results,
            [&](std::size_t n, const std::function<void(std::size_t)>& body) { context.parallel(n, body); });
        for (const auto& warning : result.warnings) context.warn(warning);
        context.print(metrics::to_table(result));
        out.emit(scores, std::move(result));
    }

  private:
    int threads_ = 1;
};

const Registered<ScoreCocoResults> registered("score_coco_results");

}  // namespace
}  // namespace figurant::stages
