// train_network: a training step for each batch, and the network's state at each eval step.
//
//     [stages.train]
//     type = "train_network"
//     from = "batches"
//     config = "${config}"
//     eval_steps = "${eval_steps}"
//
// A training that was stopped goes on when its run is resumed (training_state.h).

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "base/file_writer.h"
#include "base/shipped_files.h"
#include "data_formats/weights/weights.h"
#include "pipeline/registry.h"
#include "stages/convert/tensors.h"
#include "stages/detect/network.h"
#include "stages/train/batch.h"
#include "stages/train/training_example.h"
#include "stages/train/training_state.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

struct TrainParameters {
    std::filesystem::path config = "figures_small";
    std::vector<std::int64_t> eval_steps = {2000};
    std::int64_t seed = 1;
    std::filesystem::path initial;
    double save_seconds = 120;
};

/// The configuration with what the graph decides put in: where the schedule ends, and the seed.
mask_rcnn::Config resolved_config(const TrainParameters& parameters) {
    const auto file = shipped_file("configs", parameters.config, ".toml");
    auto config = mask_rcnn::parse_config(read_file(file, std::size_t{1} << 20), file.string());
    config.training.total_steps = parameters.eval_steps.back();
    config.training.seed = parameters.seed;
    return config;
}

/// A trainer that has learned nothing here yet: fresh, or as `initial` says. What it took of a model is added
/// to `told`.
std::unique_ptr<mask_rcnn::AbstractTrainer> initial_trainer(const mask_rcnn::Config& config,
                                                            const WeightsFile& initial,
                                                            const std::string& device, std::string& told) {
    if (initial.kind == "checkpoint") return network().trainer_from(initial, config.training, {device});
    auto trainer = network().trainer(config.network, config.training, {device});
    if (initial.kind.empty()) return trainer;
    const auto taken = trainer->start_from(initial, mask_rcnn::AbstractTrainer::Taken::all);
    if (told.empty())
        told = "Training starts from a model: " + std::to_string(taken) + " of the network's " +
               std::to_string(network().file_variables(config.network).size()) + " variables come from it";
    return trainer;
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
                .add("eval_steps", &Parameters::eval_steps,
                     "after which steps a checkpoint is given; the last ends training", at_least(1))
                .add("seed", &Parameters::seed, "seed of the weights and of the sampling", at_least(0))
                .add("initial", &Parameters::initial,
                     "what training starts from: a checkpoint, whose steps, optimizer and place in the data "
                     "it goes on with; a model, whose weights it takes (one with fewer channels, or "
                     "fewer units in its last block, is what the network then begins as); a TensorFlow "
                     "checkpoint or frozen graph, whose feature extractors it takes; empty: from the seed")
                .add("save_seconds", &Parameters::save_seconds,
                     "how often the state is kept from which the training goes on when its run is resumed",
                     at_least(0), neutral);
        return list;
    }
    explicit TrainNetwork(Parameters parameters) : parameters_(std::move(parameters)) {
        auto& steps = parameters_.eval_steps;
        if (steps.empty())
            throw Error(Cause::configuration, "train_network: \"eval_steps\" needs one step at least");
        std::sort(steps.begin(), steps.end());
    }

    void prepare(const RunSettings& settings) override {
        network();  // what cannot be loaded ends the run before it begins
        config_ = resolved_config(parameters_);
        if (!parameters_.initial.empty()) take_initial();
        settings_ = settings;
        threads_ = std::max(1, settings.threads);
    }
    Needs needs() const override { return {threads_, 0, {}}; }
    std::unique_ptr<Stream> begin() const override {
        return std::make_unique<Training>(config_, initial_, told_, parameters_, settings_.device);
    }

  private:
    void take_initial() {
        const auto opened = data_formats::open_tensors(parameters_.initial);
        if (opened->kind() != "model" && opened->kind() != "checkpoint") {
            auto [weights, summary] =
                read_initial_weights(*opened, parameters_.initial.string(), config_.network);
            initial_ = std::move(weights);
            told_ = "Training starts from given weights:\n" + summary;
            return;
        }
        initial_ = data_formats::read_weights(parameters_.initial);
        if (initial_.kind != "checkpoint") return;
        const std::string file = parameters_.initial.string();
        const auto theirs = mask_rcnn::parse_config(initial_.config, file).network;
        if (mask_rcnn::config_text(theirs) != mask_rcnn::config_text(config_.network))
            throw Error(Cause::configuration,
                        file + " is a checkpoint of another network than \"config\" has",
                        "train with the configuration of that network, or start from a model");
        const auto done = place_of(initial_, {}).step;
        if (done >= parameters_.eval_steps.back())
            throw Error(Cause::configuration,
                        file + " has learned for " + std::to_string(done) +
                            " steps, and training is to end at " +
                            std::to_string(parameters_.eval_steps.back()),
                        "give a greater last step (eval_steps counts from the first session on)");
    }

    class Training : public Stream {
      public:
        Training(const mask_rcnn::Config& config, const WeightsFile& initial, std::string told,
                 const TrainParameters& parameters, std::string device)
            : told_(std::move(told)),
              trainer_(initial_trainer(config, initial, device, told_)),
              initial_steps_(trainer_->steps()),
              eval_steps_(parameters.eval_steps),
              save_seconds_(parameters.save_seconds),
              device_(std::move(device)) {}

        void add(const Inputs& in, Emitter& out, Context& context) override {
            go_on(out, context);
            if (ended_ || trainer_->steps() >= eval_steps_.back()) return;
            ended_ = true;  // unless the step goes well: no training goes on past a failed step
            std::vector<mask_rcnn::TrainingExample> examples;
            for (const auto& example : in[batch].examples) examples.push_back(training_example(*example));
            const auto losses =
                trainer_->step(examples, [&](std::size_t n, const std::function<void(std::size_t)>& body) {
                    context.parallel(n, body);
                });
            ended_ = false;
            next_example_ = in[batch].next_example;
            keep(losses);
            tell(losses, context);
            if (std::binary_search(eval_steps_.begin(), eval_steps_.end(), trainer_->steps()))
                emit(out, context);
            else
                save(context);
        }
        void end(Emitter& out, Context& context) override {
            go_on(out, context);
            // Fewer examples than the last eval step asks for: what was learned is not lost.
            if (!rows_.empty()) emit(out, context);
        }

      private:
        /// Once, when the run has begun: where the run that is resumed had come to.
        void go_on(Emitter& out, Context& context) {
            if (std::exchange(begun_, true)) return;
            if (!told_.empty()) context.print(told_);
            saved_at_ = std::chrono::steady_clock::now();
            auto state = latest_state(context.settings(), context.input().digest);
            if (!state) {
                if (forget_states(context.settings()))
                    context.warn("what the training had come to was on other data: it begins anew");
                return;
            }
            trainer_ = network().trainer_from(state->checkpoint, trainer_->training(), {device_});
            rows_ = std::move(state->losses);
            next_example_ = state->place.next_example;
            context.count("steps", trainer_->steps() - initial_steps_);
            for (auto& saved : saved_steps(context.settings())) {
                emitted_ = saved.step;
                Checkpoint again{saved.step, nullptr, nullptr, {}, {}, nullptr};
                again.saved = std::make_shared<const SavedModel>(std::move(saved));
                out.item().emit(checkpoint, std::move(again));
            }
        }

        /// Keeps the state if it is time, and nothing that was given before waits to be written: what is kept
        /// must not be ahead of it.
        void save(const Context& context) {
            const auto& settings = context.settings();
            const auto now = std::chrono::steady_clock::now();
            const double passed = std::chrono::duration<double>(now - saved_at_).count();
            if (settings.state.empty() || (passed < save_seconds_ && !context.stopping())) return;
            if (emitted_ > 0 && !is_saved(settings, emitted_)) return;
            keep_state(settings, {{trainer_->steps(), next_example_}, placed_checkpoint(context), rows_});
            saved_at_ = now;
        }

        WeightsFile placed_checkpoint(const Context& context) const {
            WeightsFile file = trainer_->checkpoint();
            add_place(file, {trainer_->steps(), next_example_}, context.input().digest);
            return file;
        }

        void keep(const mask_rcnn::StepLosses& losses) {
            LossRow row{trainer_->steps(), losses.learning_rate, losses.values()};
            row.losses.push_back(losses.total());
            rows_.push_back(std::move(row));
        }
        void tell(const mask_rcnn::StepLosses& losses, Context& context) {
            mean_ = mean_ ? 0.98 * *mean_ + 0.02 * losses.total() : losses.total();
            char text[160];
            std::snprintf(text, sizeof text,
                          "step %lld of %lld, loss %.3f (rpn %.3f + %.3f, box %.3f + %.3f, mask %.3f)",
                          static_cast<long long>(trainer_->steps()),
                          static_cast<long long>(eval_steps_.back()), *mean_, losses.rpn_localization,
                          losses.rpn_objectness, losses.localization, losses.classification, losses.mask);
            context.note(text);
            context.count("steps", 1);
        }
        void emit(Emitter& out, const Context& context) {
            Checkpoint state;
            state.step = emitted_ = trainer_->steps();
            state.checkpoint = std::make_shared<const WeightsFile>(placed_checkpoint(context));
            state.model = std::make_shared<const WeightsFile>(trainer_->inference_model());
            state.loss_names = network().loss_names();
            state.loss_names.push_back("Loss/total");
            state.losses = std::move(rows_);
            rows_.clear();
            out.item().emit(checkpoint, std::move(state));
        }

        std::string told_;
        std::unique_ptr<mask_rcnn::AbstractTrainer> trainer_;
        std::int64_t initial_steps_;
        std::vector<std::int64_t> eval_steps_;
        double save_seconds_;
        std::string device_;
        std::vector<LossRow> rows_;
        std::int64_t next_example_ = 0, emitted_ = 0;  // emitted_: the step given last
        bool begun_ = false, ended_ = false;
        std::chrono::steady_clock::time_point saved_at_;
        std::optional<double> mean_;  // of the total, over some fifty steps: single ones jump about
    };

    Parameters parameters_;
    mask_rcnn::Config config_;
    WeightsFile initial_;
    std::string told_;  ///< of the initial weights, when training begins
    RunSettings settings_;
    int threads_ = 1;
};

const Registered<TrainNetwork> registered("train_network");

}  // namespace
}  // namespace figurant::stages
