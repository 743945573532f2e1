// calibrate_scores: a model whose scores say how likely a find is right, by results that it gave.
//
//     [stages.model]
//     type = "calibrate_scores"
//     from = "pair"
//     model = "log/model.h5"

#include <cmath>
#include <memory>

#include "metrics/calibration_fit.h"
#include "pipeline/registry.h"
#include "stages/convert/tensors.h"
#include "stages/detect/model_file.h"
#include "stages/measure/coco_pair.h"
#include "stages/measure/measurement.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

/// To as many digits as a few thousand finds tell.
double rounded(double value) { return std::round(value * 1e4) / 1e4; }

class CalibrateScores : public Measurement {
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
        Measurement::prepare(settings);
        model_ = std::make_shared<const WeightsFile>(read_model(parameters_.model));
    }
    std::size_t resident_bytes() const override { return model_bytes(); }
    std::size_t output_bytes(const Inputs&) const override { return model_bytes() + 4096; }
    void process(const Inputs& in, Outputs& out, Context& context) const override {
        const auto fit = metrics::fit_calibration(in[pair].truth, in[pair].results, parameters_.scale,
                                                  threads_of(context));
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
    std::size_t model_bytes() const { return PayloadTraits<ConvertedModel>::bytes({{}, model_, {}}); }

    Parameters parameters_;
    std::shared_ptr<const WeightsFile> model_;
};

const Registered<CalibrateScores> registered("calibrate_scores");

}  // namespace
}  // namespace figurant::stages
