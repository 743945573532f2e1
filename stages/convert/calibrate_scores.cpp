// calibrate_scores: a model whose scores say how likely a find is right, by results that it gave.
//
//     [stages.model]
//     type = "calibrate_scores"
//     from = "pair"
//     model = "log/model.h5"

#include <algorithm>
#include <cmath>
#include <memory>

#include "metrics/calibration_fit.h"
#include "pipeline/registry.h"
#include "stages/convert/tensors.h"
#include "stages/detect/model_file.h"
#include "stages/measure/coco_pair.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

/// To as many digits as a few thousand finds tell.
double rounded(double value) { return std::round(value * 1e4) / 1e4; }

class CalibrateScores : public pipeline::Map {
  public:
    static constexpr std::string_view sentence =
        "Makes of a model one whose scores say how likely a find is right: a logistic regression on score "
        "and size of its finds in results that are compared with ground truth.";
    static constexpr In<CocoPair> pair{"pair", "ground truth, and what the model found"};
    static constexpr Out<ConvertedModel> calibrated{"model", "the model with its scores calibrated"};
    static auto ports() { return std::tuple(pair, calibrated); }

    struct Parameters {
        std::filesystem::path model = "embedded";
        double scale = 1.5, score_threshold = 0.5;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}
                .add("model", &Parameters::model, "the model that gave the results")
                .add("scale", &Parameters::scale,
                     "the greatest enlargement that it saw the maps in; of maps looked at whole (tiling "
                     "none) there is none",
                     range(0.01, 64))
                .add("score_threshold", &Parameters::score_threshold,
                     "the calibrated score above which the new model keeps finds", range(0, 1));
        return list;
    }
    explicit CalibrateScores(Parameters parameters) : parameters_(std::move(parameters)) {}

    void prepare(const RunSettings& settings) override {
        threads_ = std::max(1, settings.threads);
        model_ = std::make_shared<const WeightsFile>(read_model(parameters_.model));
    }
    Needs needs() const override { return {threads_, 0, {}}; }
    std::size_t output_bytes(const Inputs&) const override {
        std::size_t sum = model_->config.size() + 4096;
        for (const auto& array : model_->arrays) sum += sizeof(array) + array.bytes.size();
        return sum;
    }
    void process(const Inputs& in, Outputs& out, Context& context) const override {
        const auto fit = metrics::fit_calibration(
            in[pair].truth, in[pair].results, parameters_.scale,
            [&](std::size_t n, const std::function<void(std::size_t)>& body) { context.parallel(n, body); });
        for (const auto& warning : fit.warnings) context.warn(warning);
        if (!(fit.calibration.slope > 0))
            throw Error(Cause::input, "finds of higher scores are not more often right than others",
                        "check that the results are this model's, on the maps of the truth");
        auto config = mask_rcnn::parse_config(model_->config, parameters_.model.string()).network;
        ScoreCalibration before;
        if (const auto& theirs = config.score_calibration; !theirs.empty())
            before = {theirs[0], theirs[1], theirs[2]};
        const auto now = fit.calibration.after(before);
        config.score_calibration = {rounded(now.offset), rounded(now.slope), rounded(now.per_doubling)};
        config.detection_score_threshold = parameters_.score_threshold;

        WeightsFile weights{model_->kind, mask_rcnn::config_text(config), model_->arrays};
        context.print(metrics::to_table(fit));
        out.emit(calibrated,
                 {parameters_.model.string(), std::make_shared<const WeightsFile>(std::move(weights)), {}});
    }

  private:
    Parameters parameters_;
    int threads_ = 1;
    std::shared_ptr<const WeightsFile> model_;
};

const Registered<CalibrateScores> registered("calibrate_scores");

}  // namespace
}  // namespace figurant::stages
