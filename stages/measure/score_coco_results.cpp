// score_coco_results: COCO's twelve figures of results against ground truth.
//
//     [stages.score]
//     type = "score_coco_results"
//     from = "pair"

#include "pipeline/registry.h"
#include "stages/measure/coco_pair.h"
#include "stages/measure/measurement.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class ScoreCocoResults : public Measurement {
  public:
    static constexpr std::string_view sentence =
        "Scores results against ground truth: COCO's twelve figures, for boxes and for masks.";
    static constexpr In<CocoPair> pair{"pair", "ground truth and results"};
    static constexpr Out<metrics::CocoMetrics> scores{"metrics",
                                                      "the twelve figures, for boxes and for masks"};
    static auto ports() { return std::tuple(pair, scores); }

    void process(const Inputs& in, Outputs& out, Context& context) const override {
        const CocoPair& compared = in[pair];
        auto result = metrics::evaluate_coco(compared.truth, compared.results, threads_of(context));
        for (const auto& warning : result.warnings) context.warn(warning);
        context.print(metrics::to_table(result));
        out.emit(scores, std::move(result));
    }
};

const Registered<ScoreCocoResults> registered("score_coco_results");

}  // namespace
}  // namespace figurant::stages
