// find_mistakes: the mistakes in results by kind, and what each kind costs.
//
//     [stages.mistakes]
//     type = "find_mistakes"
//     from = "pair"

#include "pipeline/registry.h"
#include "stages/measure/coco_pair.h"
#include "stages/measure/measurement.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class FindMistakes : public Measurement {
  public:
    static constexpr std::string_view sentence =
        "Says why average precision is not 1: the mistakes in results by kind, and what each kind costs "
        "(TIDE, Bolya et al. 2020), for boxes and for masks.";
    static constexpr In<CocoPair> pair{"pair", "ground truth and results"};
    static constexpr Out<metrics::Mistakes> mistakes{
        "mistakes", "count and cost of each kind of mistake, for boxes and for masks"};
    static auto ports() { return std::tuple(pair, mistakes); }

    void process(const Inputs& in, Outputs& out, Context& context) const override {
        const CocoPair& compared = in[pair];
        auto result = metrics::find_mistakes(compared.truth, compared.results, threads_of(context));
        for (const auto& warning : result.warnings) context.warn(warning);
        context.print(metrics::to_table(result));
        out.emit(mistakes, std::move(result));
    }
};

const Registered<FindMistakes> registered("find_mistakes");

}  // namespace
}  // namespace figurant::stages
