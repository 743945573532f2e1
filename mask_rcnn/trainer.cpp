#include "mask_rcnn/trainer.h"

#include <torch/types.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <exception>

#include "base/digest.h"
#include "base/error.h"
#include "mask_rcnn/anchors.h"
#include "mask_rcnn/images.h"
#include "mask_rcnn/microbatch.h"
#include "mask_rcnn/moving_average.h"
#include "mask_rcnn/network.h"
#include "mask_rcnn/optimizer.h"
#include "mask_rcnn/threads.h"
#include "mask_rcnn/variables.h"
#include "mask_rcnn/weights.h"
#include "mask_rcnn/widening.h"

namespace figurant::mask_rcnn {

namespace {

using torch::Tensor;

constexpr std::int64_t most_pixels = 32768;  // a side of an image

void check_example(const TrainingExample& example, std::size_t ordinal, std::int64_t classes) {
    const auto reject = [&](const std::string& what) {
        throw Error(Cause::input, "example " + std::to_string(ordinal) + " of the batch " + what);
    };
    if (example.height < 1 || example.width < 1 || example.height > most_pixels ||
        example.width > most_pixels)
        reject("has a side of less than 1 or more than 32768 pixels");
    if (example.rgb.size() != static_cast<std::size_t>(example.height * example.width * 3))
        reject("has " + std::to_string(example.rgb.size()) + " bytes of pixels where " +
               std::to_string(example.height) + " x " + std::to_string(example.width) + " x 3 are needed");
    for (const TrueFigure& figure : example.figures) {
        if (figure.category < 1 || figure.category > classes)
            reject("has a figure of category " + std::to_string(figure.category) + " where there are 1 to " +
                   std::to_string(classes));
        if (!(figure.y_max > figure.y_min) || !(figure.x_max > figure.x_min))
            reject("has a figure with an empty box");
        if (figure.mask_height < 0 || figure.mask_width < 0 ||
            figure.mask.size() != static_cast<std::size_t>(figure.mask_height * figure.mask_width))
            reject("has a mask that is not as large as it claims");
    }
}

}  // namespace

void serial_for(std::size_t n, const std::function<void(std::size_t)>& body) {
    for (std::size_t i = 0; i < n; ++i) body(i);
}

const std::vector<std::string>& StepLosses::names() {
    static const std::vector<std::string> all = {
        "Loss/RPNLoss/localization_loss", "Loss/RPNLoss/objectness_loss",
        "Loss/BoxClassifierLoss/localization_loss", "Loss/BoxClassifierLoss/classification_loss",
        "Loss/BoxClassifierLoss/mask_loss"};
    return all;
}

namespace {

NamedArray& array_of(WeightsFile& weights, const std::string& name, std::int64_t last_extent) {
    for (NamedArray& array : weights.arrays)
        if (array.name == name && array.type == ElementType::float32 && !array.shape.empty() &&
            array.shape.back() == last_extent)
            return array;
    throw Error(Cause::model,
                "the model has no \"" + name + "\" of " + std::to_string(last_extent) + " channels");
}

/// Sets the last axis' channel [channel] to `value` throughout.
void set_channel(NamedArray& array, std::int64_t channel, float value) {
    const auto channels = static_cast<std::size_t>(array.shape.back());
    for (std::size_t at = static_cast<std::size_t>(channel); at * sizeof(float) < array.bytes.size();
         at += channels)
        std::memcpy(array.bytes.data() + at * sizeof(float), &value, sizeof(float));
}

constexpr const char* largest_example_name = "largest_example";

NamedArray integer_array(const std::string& name, std::vector<std::int64_t> shape,
                         const std::vector<std::int64_t>& numbers) {
    NamedArray array{name, ElementType::int64, std::move(shape), {}};
    array.bytes.renew(numbers.size() * sizeof(std::int64_t));
    std::memcpy(array.bytes.data(), numbers.data(), array.bytes.size());
    return array;
}

/// The integers of an array that must be there and hold `count` of them, none negative.
std::vector<std::int64_t> integers_of(const WeightsFile& weights, const std::string& name,
                                      std::size_t count) {
    const NamedArray* array = find_array(weights, name);
    if (!array || array->type != ElementType::int64 || array->bytes.size() != count * sizeof(std::int64_t))
        throw Error(Cause::model, "the checkpoint has no \"" + name + "\"");
    std::vector<std::int64_t> numbers(count);
    std::memcpy(numbers.data(), array->bytes.data(), array->bytes.size());
    for (const auto each : numbers)
        if (each < 0) throw Error(Cause::model, "the checkpoint's \"" + name + "\" is negative");
    return numbers;
}

}  // namespace

void silence_unfit_anchors(WeightsFile& model, std::int64_t height, std::int64_t width) {
    const NetworkConfig config = weights_config(model).network;
    if (config.learn_from_clipped_anchors) return;
    const std::string scope = "FirstStageBoxPredictor/";
    const std::int64_t anchors = config.anchors_per_cell();
    NamedArray& logits = array_of(model, scope + "ClassPredictor/weights", 2 * anchors);
    NamedArray& logit_biases = array_of(model, scope + "ClassPredictor/biases", 2 * anchors);
    NamedArray& codes = array_of(model, scope + "BoxEncodingPredictor/weights", 4 * anchors);
    NamedArray& code_biases = array_of(model, scope + "BoxEncodingPredictor/biases", 4 * anchors);
    const auto fitting = fitting_anchors(config, height, width);
    for (std::int64_t a = 0; a < anchors; ++a) {
        if (fitting[static_cast<std::size_t>(a)]) continue;
        for (std::int64_t c = 0; c < 2; ++c) set_channel(logits, 2 * a + c, 0);
        for (std::int64_t c = 0; c < 4; ++c) set_channel(codes, 4 * a + c, 0);
        for (std::int64_t c = 0; c < 4; ++c) set_channel(code_biases, 4 * a + c, 0);
        // A probability that is 0 in float32: below every threshold, the original's 0 included.
        set_channel(logit_biases, 2 * a, 0);
        set_channel(logit_biases, 2 * a + 1, -200);
    }
}

struct Trainer::Body {
    TrainingConfig training;
    torch::Device device;
    Network network;
    Values values;
    Optimizer optimizer;
    MovingAverage average;
    std::int64_t step = 0;
    Size largest{0, 0};  ///< of the examples so far, at the network's input

    Body(const NetworkConfig& network_config, const TrainingConfig& training_config,
         const TrainerOptions& options)
        : training(training_config),
          device(parse_device(options.device)),
          network(checked(network_config, training_config)),
          values(to_device(initial_values(network, training), device)),
          optimizer(training, network, values),
          average(training, network, values) {}

    static const NetworkConfig& checked(const NetworkConfig& config, const TrainingConfig& training) {
        auto problem = inconsistency(config);
        if (problem.empty()) problem = inconsistency(training);
        if (!problem.empty()) throw Error(Cause::configuration, problem);
        return config;
    }

    std::vector<MicrobatchOutcome> compute(std::span<const TrainingExample> batch,
                                           const ParallelFor& parallel) {
        const auto size = static_cast<std::size_t>(training.microbatch);
        std::vector<MicrobatchOutcome> outcomes((batch.size() + size - 1) / size);
        std::vector<std::exception_ptr> failures(outcomes.size());
        const auto step_seed =
            mix(static_cast<std::uint64_t>(training.seed), static_cast<std::uint64_t>(step));
        parallel(outcomes.size(), [&](std::size_t m) {
            const ThreadTeam team(1);
            const auto examples = batch.subspan(m * size, std::min(size, batch.size() - m * size));
            try {
                outcomes[m] = run_microbatch(network, training, values, examples, batch.size(),
                                             mix(step_seed, m), device);
            } catch (...) {
                failures[m] = std::current_exception();
            }
        });
        for (const auto& failure : failures)
            if (failure) std::rethrow_exception(failure);
        return outcomes;
    }

    StepLosses summed_losses(const std::vector<MicrobatchOutcome>& outcomes) const {
        std::array<double, loss_count> sums{};
        for (const MicrobatchOutcome& outcome : outcomes)
            for (std::size_t i = 0; i < loss_count; ++i) sums[i] += outcome.losses[i];
        for (std::size_t i = 0; i < loss_count; ++i)
            if (!std::isfinite(sums[i]))
                throw Error(
                    Cause::divergence,
                    "step " + std::to_string(step) + ": \"" + StepLosses::names()[i] + "\" is not finite",
                    "lower the learning rate, or clip gradients, and go on from the last checkpoint");
        StepLosses losses{sums[0], sums[1], sums[2], sums[3], sums[4], 0, 0, 0};
        losses.step = step;
        losses.learning_rate = training.learning_rate_at(step);
        return losses;
    }

    /// Sums the microbatches' gradients, each variable's in their order, into the first; returns the norms.
    std::vector<double> sum_gradients(std::vector<MicrobatchOutcome>& outcomes,
                                      const ParallelFor& parallel) const {
        std::vector<double> norms(values.size(), 0);
        parallel(values.size(), [&](std::size_t i) {
            const ThreadTeam team(1);
            const at::NoGradGuard no_grad;
            Tensor& sum = outcomes[0].gradients[i];
            for (std::size_t m = 1; m < outcomes.size(); ++m) {
                const Tensor& other = outcomes[m].gradients[i];
                if (!other.defined()) continue;
                if (sum.defined())
                    sum.add_(other);
                else
                    sum = other;
            }
            if (sum.defined()) norms[i] = sum.norm().item<double>();
        });
        return norms;
    }

    double checked_global_norm(const std::vector<double>& norms) const {
        double squares = 0;
        for (std::size_t i = 0; i < norms.size(); ++i) {
            if (!std::isfinite(norms[i]))
                throw Error(Cause::divergence,
                            "step " + std::to_string(step) + ": the gradient of \"" +
                                network.variables()[i].name + "\" is not finite",
                            "lower the learning rate, and go on from the last checkpoint");
            squares += norms[i] * norms[i];
        }
        return std::sqrt(squares);
    }

    void update(const std::vector<MicrobatchOutcome>& outcomes, const std::vector<double>& norms,
                double global_norm, const ParallelFor& parallel) {
        parallel(values.size(), [&](std::size_t i) {
            const ThreadTeam team(1);
            const at::NoGradGuard no_grad;
            if (!network.variables()[i].trained) return;
            const Tensor& gradient = outcomes[0].gradients[i];
            optimizer.update(i, values[i], gradient.defined() ? gradient : at::zeros_like(values[i]),
                             optimizer.clip_factor(norms[i], global_norm), step);
        });
    }

    /// Moves the moving statistics towards the mean over the microbatches' own, in their order.
    void update_statistics(const std::vector<MicrobatchOutcome>& outcomes) {
        const at::NoGradGuard no_grad;
        const double share = 1 - network.config().batch_norm_decay;
        for (std::size_t i = 0; i < values.size(); ++i) {
            Tensor mean, variance;
            double count = 0;
            for (const MicrobatchOutcome& outcome : outcomes) {
                const auto& [each_mean, each_variance] = outcome.statistics[i];
                if (!each_mean.defined()) continue;
                mean = mean.defined() ? mean + each_mean : each_mean;
                variance = variance.defined() ? variance + each_variance : each_variance;
                ++count;
            }
            if (count == 0) continue;
            // The moving variance is the variable after the moving mean.
            values[i].mul_(1 - share).add_(mean, share / count);
            values[i + 1].mul_(1 - share).add_(variance, share / count);
        }
    }

    void update_average(const ParallelFor& parallel) {
        if (!average.kept()) return;
        parallel(values.size(), [&](std::size_t i) {
            const ThreadTeam team(1);
            const at::NoGradGuard no_grad;
            average.update(i, values[i], step);
        });
    }

    void note_sizes(std::span<const TrainingExample> batch) {
        for (const TrainingExample& each : batch) {
            const Size original{each.height, each.width};
            const Size size = training.resize == "fit" ? fitted_size(network.config(), original) : original;
            largest = {std::max(largest.height, size.height), std::max(largest.width, size.width)};
        }
    }

    WeightsFile file(const std::string& kind, const std::string& config, const Values& given) const {
        WeightsFile weights{kind, config, {}};
        for (std::size_t i = 0; i < given.size(); ++i)
            weights.arrays.push_back(
                to_array(network.variables()[i].name, network.variables()[i].role, given[i]));
        return weights;
    }
};

Trainer::Trainer(const NetworkConfig& network, const TrainingConfig& training, const TrainerOptions& options)
    : body_(std::make_unique<Body>(network, training, options)) {}

namespace {

Config checkpoint_config(const WeightsFile& checkpoint) {
    if (checkpoint.kind != "checkpoint")
        throw Error(Cause::model, "weights of kind \"" + checkpoint.kind +
                                      "\" where a \"checkpoint\" is needed to go on training");
    return weights_config(checkpoint);
}

}  // namespace

Trainer::Trainer(const WeightsFile& checkpoint, const TrainerOptions& options)
    : Trainer(checkpoint, checkpoint_config(checkpoint).training, options) {}

Trainer::Trainer(const WeightsFile& checkpoint, const TrainingConfig& training, const TrainerOptions& options)
    : body_(std::make_unique<Body>(checkpoint_config(checkpoint).network, training, options)) {
    load(checkpoint);
}

void Trainer::load(const WeightsFile& checkpoint) {
    body_->values = to_device(load_values(body_->network, checkpoint, Purpose::training), body_->device);
    body_->optimizer.load(checkpoint);
    body_->average.load(checkpoint, body_->values);
    body_->step = integers_of(checkpoint, "global_step", 1)[0];
    // A converted checkpoint does not know its examples: then no anchor is taken for untrained.
    body_->largest = {most_pixels, most_pixels};
    if (!find_array(checkpoint, largest_example_name)) return;
    const auto largest = integers_of(checkpoint, largest_example_name, 2);
    body_->largest = {largest[0], largest[1]};
}

Trainer::~Trainer() = default;
Trainer::Trainer(Trainer&&) noexcept = default;
Trainer& Trainer::operator=(Trainer&&) noexcept = default;

const NetworkConfig& Trainer::network() const { return body_->network.config(); }
const TrainingConfig& Trainer::training() const { return body_->training; }
std::int64_t Trainer::steps() const { return body_->step; }

std::size_t Trainer::start_from(const WeightsFile& weights, Taken what) {
    std::size_t taken = 0;
    const auto& variables = body_->network.variables();
    if (const auto values =
            what == Taken::all ? widened(body_->network, body_->values, weights) : std::optional<Values>()) {
        for (std::size_t i = 0; i < variables.size(); ++i) body_->values[i].copy_((*values)[i]);
        body_->average.restart(body_->values);
        return file_variables(weights_config(weights).network).size();
    }
    for (std::size_t i = 0; i < variables.size(); ++i) {
        const bool wanted = what == Taken::all || variables[i].extractor;
        const NamedArray* array = wanted ? find_array(weights, variables[i].name) : nullptr;
        if (!array) continue;
        Tensor value;
        try {
            value = from_array(*array, variables[i]);
        } catch (const Error&) {
            continue;  // another shape: the variable starts fresh, as the promise says
        }
        if (!at::isfinite(value).all().item<bool>())
            throw Error(
                Cause::model,
                "the weights to start from: \"" + variables[i].name + "\" holds numbers that are not finite",
                "start from a model of before its training diverged");
        body_->values[i].copy_(value);
        ++taken;
    }
    if (taken == 0)
        throw Error(Cause::model,
                    std::string("none of the ") + (what == Taken::all ? "network's" : "feature extractors'") +
                        " variables is in the weights to start from",
                    "start from a model of the same architecture and scope");
    body_->average.restart(body_->values);
    return taken;
}

StepLosses Trainer::step(std::span<const TrainingExample> batch, const ParallelFor& parallel) {
    if (batch.empty()) throw Error(Cause::input, "a batch of no examples");
    for (std::size_t i = 0; i < batch.size(); ++i) check_example(batch[i], i, network().classes);
    auto outcomes = body_->compute(batch, parallel);
    StepLosses losses = body_->summed_losses(outcomes);
    const auto norms = body_->sum_gradients(outcomes, parallel);
    losses.gradient_norm = body_->checked_global_norm(norms);
    body_->update(outcomes, norms, losses.gradient_norm, parallel);
    body_->update_statistics(outcomes);
    body_->update_average(parallel);
    body_->note_sizes(batch);
    ++body_->step;
    return losses;
}

WeightsFile Trainer::checkpoint() const {
    WeightsFile weights =
        body_->file("checkpoint", config_text(Config{network(), training()}), body_->values);
    body_->optimizer.save(weights.arrays);
    body_->average.save(weights.arrays);
    weights.arrays.push_back(integer_array("global_step", {}, {body_->step}));
    weights.arrays.push_back(
        integer_array(largest_example_name, {2}, {body_->largest.height, body_->largest.width}));
    return weights;
}

WeightsFile Trainer::inference_model() const {
    const Values& given = body_->average.kept() ? body_->average.values() : body_->values;
    WeightsFile model = body_->file("model", config_text(network()), given);
    if (steps() > 0) silence_unfit_anchors(model, body_->largest.height, body_->largest.width);
    return model;
}

}  // namespace figurant::mask_rcnn
