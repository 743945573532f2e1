// measure_precision_recall: what each score threshold keeps, and which figures are found.
//
//     [stages.curves]
//     type = "measure_precision_recall"
//     from = "pair"

#include "pipeline/registry.h"
#include "stages/measure/coco_pair.h"
#include "stages/measure/measurement.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class MeasurePrecisionRecall : public Measurement {
  public:
    static constexpr std::string_view sentence =
        "Says for each score threshold how many finds are right and how many figures are found, all "
        "categories together, and which: by their size and by how crowded they stand, for boxes and for "
        "masks.";
    static constexpr In<CocoPair> pair{"pair", "ground truth and results"};
    static constexpr Out<metrics::PrecisionRecall> curves{
        "precision_recall", "precision and recall by score, and what became of each true figure"};
    static auto ports() { return std::tuple(pair, curves); }

    void process(const Inputs& in, Outputs& out, Context& context) const override {
        const CocoPair& compared = in[pair];
        auto result = metrics::precision_recall(compared.truth, compared.results, threads_of(context));
        for (const auto& warning : result.warnings) context.warn(warning);
        context.print(metrics::to_table(result, compared.truth, compared.results));
        out.emit(curves, std::move(result));
    }
};

const Registered<MeasurePrecisionRecall> registered("measure_precision_recall");

}  // namespace
}  // namespace figurant::stages
