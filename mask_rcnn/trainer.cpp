#include "mask_rcnn/trainer.h"

#include <torch/autograd.h>
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
#include "mask_rcnn/losses.h"
#include "mask_rcnn/moving_average.h"
#include "mask_rcnn/network.h"
#include "mask_rcnn/optimizer.h"
#include "mask_rcnn/proposals.h"
#include "mask_rcnn/targets.h"
#include "mask_rcnn/threads.h"
#include "mask_rcnn/weights.h"

namespace figurant::mask_rcnn {

namespace {

using torch::Tensor;

constexpr std::size_t loss_count = 5;
constexpr std::int64_t most_pixels = 32768;  // a side of an image

/// What one microbatch gives back.
struct Outcome {
    std::vector<Tensor> gradients;  ///< by place; undefined where the variable took no part
    BatchStatistics statistics;
    std::array<double, loss_count> losses{};
};

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

Tensor to_tensor(const std::vector<float>& numbers, at::IntArrayRef shape, const torch::Device& device) {
    auto tensor = at::empty(shape, at::kFloat);
    std::copy(numbers.begin(), numbers.end(), tensor.data_ptr<float>());
    return tensor.to(device);
}

Tensor to_tensor(const std::vector<std::int64_t>& numbers, const torch::Device& device) {
    auto tensor = at::empty({static_cast<std::int64_t>(numbers.size())}, at::kLong);
    std::copy(numbers.begin(), numbers.end(), tensor.data_ptr<std::int64_t>());
    return tensor.to(device);
}

std::span<const float> numbers_of(const Tensor& tensor) {
    return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

/// One loss's samples as they are collected over the images of a microbatch.
struct BoxSamples {
    std::vector<std::int64_t> indices, labels;            ///< of all samples
    std::vector<float> weights;                           ///< of all samples
    std::vector<std::int64_t> positive_indices;           ///< of the matched ones
    std::vector<std::int64_t> positive_classes;           ///< 0 to classes - 1
    std::vector<float> positive_codes, positive_weights;  ///< 4 and 1 for each

    void add(std::int64_t index, std::int64_t label, float weight) {
        indices.push_back(index);
        labels.push_back(label);
        weights.push_back(weight);
    }
    void add_positive(std::int64_t index, std::int64_t category, const BoxCode& code, float weight) {
        positive_indices.push_back(index);
        positive_classes.push_back(category);
        positive_codes.insert(positive_codes.end(), code.begin(), code.end());
        positive_weights.push_back(weight);
    }
    std::int64_t count() const { return static_cast<std::int64_t>(indices.size()); }
    std::int64_t positives() const { return static_cast<std::int64_t>(positive_indices.size()); }
};

/// The forward and backward pass of a few examples on their own graph.
class Microbatch {
  public:
    Microbatch(const Network& network, const TrainingConfig& training, const Values& shared,
               std::span<const TrainingExample> examples, std::size_t batch_size, std::uint64_t seed,
               const torch::Device& device)
        : network_(network),
          config_(network.config()),
          training_(training),
          examples_(examples),
          share_(1.0F / static_cast<float>(batch_size)),
          seed_(seed),
          device_(device) {
        for (std::size_t i = 0; i < shared.size(); ++i)
            values_.push_back(shared[i].detach().requires_grad_(network.variables()[i].trained));
        outcome_.statistics.resize(shared.size());
    }

    Outcome run() {
        prepare();
        Pass pass{values_};
        if (normalizes_by_batch(config_)) pass.statistics = &outcome_.statistics;
        const Tensor features = network_.features(images_, pass);
        const auto rpn = network_.rpn(features, pass);
        place_anchors(features.size(2), features.size(3));
        learn_proposals(rpn);
        learn_detections(features, rpn, pass);
        differentiate();
        return std::move(outcome_);
    }

  private:
    /// Resizes and pads the examples into one tensor, and scales their boxes along.
    void prepare() {
        for (const TrainingExample& example : examples_) {
            const Size original{example.height, example.width};
            sizes_.push_back(training_.resize == "fit" ? fitted_size(config_, original) : original);
            height_ = std::max(height_, sizes_.back().height);
            width_ = std::max(width_, sizes_.back().width);
        }
        const auto count = static_cast<std::int64_t>(examples_.size());
        auto pixels = at::zeros({count, height_, width_, 3}, at::kFloat);
        for (std::size_t i = 0; i < examples_.size(); ++i) {
            const TrainingExample& example = examples_[i];
            prepare_image(config_, {example.rgb.data(), example.height, example.width, 0}, sizes_[i], width_,
                          pixels.data_ptr<float>() + static_cast<std::int64_t>(i) * height_ * width_ * 3);
            const float y = static_cast<float>(sizes_[i].height) / static_cast<float>(example.height);
            const float x = static_cast<float>(sizes_[i].width) / static_cast<float>(example.width);
            std::vector<Box> truth;
            for (const TrueFigure& each : example.figures)
                truth.push_back({each.y_min * y, each.x_min * x, each.y_max * y, each.x_max * x});
            truth_.push_back(std::move(truth));
        }
        images_ = pixels.permute({0, 3, 1, 2}).to(device_);
    }

    Extent extent(std::size_t image) const {
        return {static_cast<float>(sizes_[image].height), static_cast<float>(sizes_[image].width)};
    }

    Random random(std::size_t image, std::uint64_t purpose) const {
        return Random(mix(mix(seed_, image), purpose));
    }

    void add_loss(std::size_t which, double weight, const Tensor& loss) {
        const Tensor weighted = loss * weight;
        outcome_.losses[which] += weighted.item<double>();
        total_ = total_.defined() ? total_ + weighted : weighted;
    }

    void add_box_loss(std::size_t which, double weight, const Tensor& codes, const BoxSamples& samples) {
        if (samples.positives() == 0) return;
        add_loss(
            which, weight,
            localization_loss(codes, to_tensor(samples.positive_codes, {samples.positives(), 4}, device_),
                              to_tensor(samples.positive_weights, {samples.positives()}, device_)));
    }

    void add_class_loss(std::size_t which, double weight, const Tensor& logits, const BoxSamples& samples) {
        if (samples.count() == 0) return;
        add_loss(which, weight,
                 classification_loss(logits, to_tensor(samples.labels, device_),
                                     to_tensor(samples.weights, {samples.count()}, device_)));
    }

    /// The anchors of each image. Those that lie on nothing but its padding stay outside, and are dropped.
    void place_anchors(std::int64_t rows, std::int64_t columns) {
        anchors_.assign(examples_.size(), grid_anchors(config_, rows, columns));
        if (!config_.learn_from_clipped_anchors) return;
        for (std::size_t i = 0; i < examples_.size(); ++i)
            for (Box& anchor : anchors_[i]) {
                const Box clipped = clip(anchor, extent(i).height, extent(i).width);
                if (area(clipped) > 0) anchor = clipped;
            }
    }

    void learn_proposals(const Network::Rpn& rpn) {
        BoxSamples all;
        for (std::size_t i = 0; i < examples_.size(); ++i) {
            Random numbers = random(i, 1);
            const auto samples =
                rpn_samples(config_, anchors_[i], truth_[i], extent(i).height, extent(i).width, numbers);
            const float weight = share_ / static_cast<float>(std::max<std::size_t>(1, samples.size()));
            for (const Sample& each : samples) {
                const auto index = static_cast<std::int64_t>(i * anchors_[i].size()) + each.box;
                all.add(index, each.truth >= 0 ? 1 : 0, weight);
                if (each.truth >= 0)
                    all.add_positive(index, 0,
                                     encode(truth_[i][static_cast<std::size_t>(each.truth)],
                                            anchors_[i][static_cast<std::size_t>(each.box)]),
                                     weight);
            }
        }
        const auto codes = rpn.codes.reshape({-1, 4}), logits = rpn.logits.reshape({-1, 2});
        add_box_loss(0, config_.rpn_localization_weight,
                     codes.index_select(0, to_tensor(all.positive_indices, device_)), all);
        add_class_loss(1, config_.rpn_objectness_weight,
                       logits.index_select(0, to_tensor(all.indices, device_)), all);
    }

    /// Samples the image's proposals: regions to look at, and what they should give.
    void sample_image(std::size_t i, std::span<const Box> proposals) {
        Random numbers = random(i, 2);
        const auto samples = proposal_samples(config_, proposals, truth_[i], numbers);
        const float weight = share_ / static_cast<float>(std::max<std::size_t>(1, samples.size()));
        const auto positives =
            std::count_if(samples.begin(), samples.end(), [](const Sample& each) { return each.truth >= 0; });
        const auto pixels = static_cast<float>(config_.mask_size * config_.mask_size);
        for (const Sample& each : samples) {
            const Box& box = proposals[static_cast<std::size_t>(each.box)];
            regions_.push_back(network_.region(box, static_cast<std::int64_t>(i), height_, width_));
            const auto index = static_cast<std::int64_t>(regions_.size()) - 1;
            if (each.truth < 0) {
                samples_.add(index, 0, weight);
                continue;
            }
            const auto t = static_cast<std::size_t>(each.truth);
            const TrueFigure& figure = examples_[i].figures[t];
            samples_.add(index, figure.category, weight);
            samples_.add_positive(index, figure.category - 1, encode(truth_[i][t], box), weight);
            mask_weights_.push_back(share_ / (static_cast<float>(positives) * pixels));
            mask_targets_.resize(mask_targets_.size() +
                                 static_cast<std::size_t>(config_.mask_size * config_.mask_size));
            mask_target(figure, {examples_[i].height, examples_[i].width}, sizes_[i], box, config_.mask_size,
                        mask_targets_.data() + mask_targets_.size() - config_.mask_size * config_.mask_size);
        }
    }

    void learn_detections(const Tensor& features, const Network::Rpn& rpn, const Pass& pass) {
        const Tensor codes = rpn.codes.detach().to(at::kCPU).contiguous();
        const Tensor logits = rpn.logits.detach().to(at::kCPU).contiguous();
        for (std::size_t i = 0; i < examples_.size(); ++i) {
            const auto image = static_cast<std::int64_t>(i);
            const Tensor image_codes = codes.select(0, image), image_logits = logits.select(0, image);
            auto proposals = select_proposals(config_, anchors_[i], numbers_of(image_codes),
                                              numbers_of(image_logits), extent(i), Purpose::training);
            if (config_.learn_from_true_boxes)
                proposals.insert(proposals.end(), truth_[i].begin(), truth_[i].end());
            sample_image(i, proposals);
        }
        if (regions_.empty()) return;
        const Tensor region_features = network_.region_features(features, regions_, pass);
        const auto boxes = network_.boxes(region_features, pass);
        add_class_loss(3, config_.classification_weight, boxes.logits, samples_);
        if (samples_.positives() == 0) return;
        const Tensor positive = to_tensor(samples_.positive_indices, device_);
        const Tensor rows = at::arange(samples_.positives(), positive.options());
        const Tensor classes = to_tensor(samples_.positive_classes, device_);
        add_box_loss(2, config_.localization_weight,
                     boxes.codes.index_select(0, positive).index({rows, classes}), samples_);
        const Tensor masks = network_.masks(region_features.index_select(0, positive), pass);
        const Tensor targets =
            to_tensor(mask_targets_, {samples_.positives(), config_.mask_size, config_.mask_size}, device_);
        add_loss(4, config_.mask_weight,
                 mask_loss(masks.index({rows, classes}), targets,
                           to_tensor(mask_weights_, {samples_.positives()}, device_)));
    }

    void differentiate() {
        outcome_.gradients.resize(values_.size());
        if (!total_.defined()) return;
        std::vector<Tensor> trained;
        std::vector<std::size_t> places;
        for (std::size_t i = 0; i < values_.size(); ++i) {
            if (!values_[i].requires_grad()) continue;
            trained.push_back(values_[i]);
            places.push_back(i);
        }
        const auto gradients =
            torch::autograd::grad({total_}, trained, {}, false, false, /*allow_unused=*/true);
        for (std::size_t i = 0; i < places.size(); ++i) outcome_.gradients[places[i]] = gradients[i];
    }

    const Network& network_;
    const NetworkConfig& config_;
    const TrainingConfig& training_;
    std::span<const TrainingExample> examples_;
    float share_;
    std::uint64_t seed_;
    torch::Device device_;
    Values values_;
    Outcome outcome_;
    std::vector<Size> sizes_;
    std::int64_t height_ = 0, width_ = 0;
    std::vector<std::vector<Box>> truth_;
    Tensor images_, total_;
    std::vector<std::vector<Box>> anchors_;  ///< of each example
    std::vector<Region> regions_;
    BoxSamples samples_;
    std::vector<float> mask_targets_, mask_weights_;
};

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

    std::vector<Outcome> compute(std::span<const TrainingExample> batch, const ParallelFor& parallel) {
        const auto size = static_cast<std::size_t>(training.microbatch);
        std::vector<Outcome> outcomes((batch.size() + size - 1) / size);
        std::vector<std::exception_ptr> failures(outcomes.size());
        const auto step_seed =
            mix(static_cast<std::uint64_t>(training.seed), static_cast<std::uint64_t>(step));
        parallel(outcomes.size(), [&](std::size_t m) {
            const ThreadTeam team(1);
            const auto examples = batch.subspan(m * size, std::min(size, batch.size() - m * size));
            try {
                outcomes[m] =
                    Microbatch(network, training, values, examples, batch.size(), mix(step_seed, m), device)
                        .run();
            } catch (...) {
                failures[m] = std::current_exception();
            }
        });
        for (const auto& failure : failures)
            if (failure) std::rethrow_exception(failure);
        return outcomes;
    }

    StepLosses summed_losses(const std::vector<Outcome>& outcomes) const {
        std::array<double, loss_count> sums{};
        for (const Outcome& outcome : outcomes)
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
    std::vector<double> sum_gradients(std::vector<Outcome>& outcomes, const ParallelFor& parallel) const {
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

    void update(const std::vector<Outcome>& outcomes, const std::vector<double>& norms, double global_norm,
                const ParallelFor& parallel) {
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
    void update_statistics(const std::vector<Outcome>& outcomes) {
        const at::NoGradGuard no_grad;
        const double share = 1 - network.config().batch_norm_decay;
        for (std::size_t i = 0; i < values.size(); ++i) {
            Tensor mean, variance;
            double count = 0;
            for (const Outcome& outcome : outcomes) {
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
    for (std::size_t i = 0; i < variables.size(); ++i) {
        const bool wanted = what == Taken::all || variables[i].extractor;
        const NamedArray* array = wanted ? find_array(weights, variables[i].name) : nullptr;
        if (!array) continue;
        try {
            body_->values[i].copy_(from_array(*array, variables[i]));
            ++taken;
        } catch (const Error&) {
            // Another shape: the variable starts fresh, as the promise says.
        }
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
    WeightsFile weights = body_->file("checkpoint", config_text(Config{network(), training()}), body_->values);
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
    if (steps() > 0)
        silence_unfit_anchors(model, body_->largest.height, body_->largest.width);
    return model;
}

}  // namespace figurant::mask_rcnn
