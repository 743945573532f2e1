// train_network: a training step for each batch, and the network's state at each eval step.
//
//     [stages.train]
//     type = "train_network"
//     from = "batches"
//     config = "${config}"
//     eval_steps = "${eval_steps}"

#include <algorithm>
#include <cstdio>
#include <optional>

#include "base/file_writer.h"
#include "base/shipped_files.h"
#include "mask_rcnn/trainer.h"
#include "pipeline/registry.h"
#include "stages/convert/tensors.h"
#include "stages/train/batch.h"
#include "stages/train/training_example.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

struct TrainParameters {
    std::filesystem::path config = "figures_small";
    std::filesystem::path initial;
    std::vector<std::int64_t> eval_steps = {2000};
    std::int64_t seed = 1;
};

/// The configuration with what the graph decides put in: where the schedule ends, and the seed.
mask_rcnn::Config resolved_config(const TrainParameters& parameters) {
    const auto file = shipped_file("configs", parameters.config, ".toml");
    auto config = mask_rcnn::parse_config(read_file(file, std::size_t{1} << 20), file.string());
    config.training.total_steps = parameters.eval_steps.back();
    config.training.seed = parameters.seed;
    return config;
}

class TrainNetwork : public Regroup {
  public:
    static constexpr std::string_view sentence =
        "Trains the network, a step for each batch, and gives its state at each eval step; the same bytes "
        "from the same "
        "seed, whatever the number of threads.";
    static constexpr In<Batch> batch{"batch", "the examples of one step"};
    static constexpr Out<Checkpoint> checkpoint{"checkpoint",
                                                "the network after an eval step, and the losses until it"};
    static auto ports() { return std::tuple(batch, checkpoint); }

    using Parameters = TrainParameters;
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}
                .add("config", &Parameters::config,
                     "the network and its training, TOML: a file, or the name of a shipped configuration")
                .add("initial", &Parameters::initial,
                     "weights whose feature extractors training starts from: a model, a checkpoint (also "
                     "TensorFlow's), a frozen graph; empty: it starts fresh")
                .add("eval_steps", &Parameters::eval_steps,
                     "after which steps a checkpoint is given; the last ends training", at_least(1))
                .add("seed", &Parameters::seed, "seed of the weights and of the sampling", at_least(0));
        return list;
    }
    explicit TrainNetwork(Parameters parameters) : parameters_(std::move(parameters)) {
        auto& steps = parameters_.eval_steps;
        if (steps.empty())
            throw Error(Cause::configuration, "train_network: \"eval_steps\" needs one step at least");
        std::sort(steps.begin(), steps.end());
    }

    void prepare(const RunSettings& settings) override {
        config_ = resolved_config(parameters_);
        if (!parameters_.initial.empty())
            initial_ = std::make_shared<const InitialWeights>(
                read_initial_weights(parameters_.initial, config_.network));
        settings_ = settings;
        threads_ = std::max(1, settings.threads);
    }
    Needs needs() const override { return {threads_, 0, {}}; }
    std::unique_ptr<Stream> begin() const override {
        return std::make_unique<Training>(config_, parameters_.eval_steps, settings_.device, initial_);
    }

  private:
    class Training : public Stream {
      public:
        Training(const mask_rcnn::Config& config, std::vector<std::int64_t> eval_steps,
                 const std::string& device, std::shared_ptr<const InitialWeights> initial)
            : trainer_(config.network, config.training, {device}),
              eval_steps_(std::move(eval_steps)),
              initial_(std::move(initial)) {
            if (initial_) trainer_.start_from(initial_->weights);
        }

        void add(const Inputs& in, Emitter& out, Context& context) override {
            if (ended_ || trainer_.steps() >= eval_steps_.back()) return;
            if (initial_) context.print("Training starts from given weights:\n" + initial_->summary);
            initial_.reset();  // told, and no longer needed
            ended_ = true;     // unless the step goes well: no training goes on past a failed step
            std::vector<mask_rcnn::TrainingExample> examples;
            for (const auto& example : in[batch].examples) examples.push_back(training_example(*example));
            const auto losses =
                trainer_.step(examples, [&](std::size_t n, const std::function<void(std::size_t)>& body) {
                    context.parallel(n, body);
                });
            ended_ = false;
            keep(losses);
            tell(losses, context);
            if (std::binary_search(eval_steps_.begin(), eval_steps_.end(), trainer_.steps())) emit(out);
        }
        void end(Emitter& out, Context&) override {
            // Fewer examples than the last eval step asks for: what was learned is not lost.
            if (!rows_.empty()) emit(out);
        }

      private:
        void keep(const mask_rcnn::StepLosses& losses) {
            LossRow row{trainer_.steps(), losses.learning_rate, losses.values()};
            row.losses.push_back(losses.total());
            rows_.push_back(std::move(row));
        }
        void tell(const mask_rcnn::StepLosses& losses, Context& context) {
            mean_ = rows_.size() == 1 && trainer_.steps() == 1 ? losses.total()
                                                               : 0.98 * mean_ + 0.02 * losses.total();
            char text[160];
            std::snprintf(text, sizeof text,
                          "step %lld of %lld, loss %.3f (rpn %.3f + %.3f, box %.3f + %.3f, mask %.3f)",
                          static_cast<long long>(trainer_.steps()),
                          static_cast<long long>(eval_steps_.back()), mean_, losses.rpn_localization,
                          losses.rpn_objectness, losses.localization, losses.classification, losses.mask);
            context.note(text);
            context.count("steps", 1);
        }
        void emit(Emitter& out) {
            Checkpoint state;
            state.step = trainer_.steps();
            state.checkpoint = std::make_shared<const WeightsFile>(trainer_.checkpoint());
            state.model = std::make_shared<const WeightsFile>(trainer_.inference_model());
            state.loss_names = mask_rcnn::StepLosses::names();
            state.loss_names.push_back("Loss/total");
            state.losses = std::move(rows_);
            rows_.clear();
            out.item().emit(checkpoint, std::move(state));
        }

        mask_rcnn::Trainer trainer_;
        std::vector<std::int64_t> eval_steps_;
        std::shared_ptr<const InitialWeights> initial_;
        std::vector<LossRow> rows_;
        bool ended_ = false;
        double mean_ = 0;  // of the total, over some fifty steps: single ones jump about
    };

    Parameters parameters_;
    mask_rcnn::Config config_;
    std::shared_ptr<const InitialWeights> initial_;
    RunSettings settings_;
    int threads_ = 1;
};

const Registered<TrainNetwork> registered("train_network");

}  // namespace
}  // namespace figurant::stages
