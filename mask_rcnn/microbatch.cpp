#include "mask_rcnn/microbatch.h"

#include <torch/autograd.h>

#include <algorithm>

#include "base/digest.h"
#include "base/random.h"
#include "mask_rcnn/anchors.h"
#include "mask_rcnn/images.h"
#include "mask_rcnn/losses.h"
#include "mask_rcnn/proposals.h"
#include "mask_rcnn/targets.h"

namespace figurant::mask_rcnn {

namespace {

using torch::Tensor;

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

    MicrobatchOutcome run() {
        prepare();
        Pass pass{values_};
        if (training_.precision == "bfloat16") pass.factors = Factors::bfloat16;
        if (normalizes_by_batch(config_)) pass.statistics = &outcome_.statistics;
        const Network::Features features = network_.features(images_, pass);
        const auto rpn = network_.rpn(features.cells, pass);
        place_anchors(features.cells.size(2), features.cells.size(3));
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

    void learn_detections(const Network::Features& features, const Network::Rpn& rpn, const Pass& pass) {
        const Tensor codes = rpn.codes.detach().to(at::kCPU).contiguous();
        const Tensor logits = rpn.logits.detach().to(at::kCPU).contiguous();
        for (std::size_t i = 0; i < examples_.size(); ++i) {
            const auto image = static_cast<std::int64_t>(i);
            const Tensor image_codes = codes.select(0, image), image_logits = logits.select(0, image);
            auto proposals = select_proposals(config_, anchors_[i], numbers_of(image_codes),
                                              numbers_of(image_logits), extent(i), Purpose::training)
                                 .boxes;
            if (config_.learn_from_true_boxes)
                proposals.insert(proposals.end(), truth_[i].begin(), truth_[i].end());
            sample_image(i, proposals);
        }
        if (regions_.empty()) return;
        const Tensor region_features = network_.region_features(features.cells, regions_, pass);
        const auto boxes = network_.boxes(region_features, pass);
        add_class_loss(3, config_.classification_weight, boxes.logits, samples_);
        if (samples_.positives() == 0) return;
        const Tensor positive = to_tensor(samples_.positive_indices, device_);
        const Tensor rows = at::arange(samples_.positives(), positive.options());
        const Tensor classes = to_tensor(samples_.positive_classes, device_);
        add_box_loss(2, config_.localization_weight,
                     boxes.codes.index_select(0, positive).index({rows, classes}), samples_);
        std::vector<Region> figures;
        for (const auto index : samples_.positive_indices)
            figures.push_back(regions_[static_cast<std::size_t>(index)]);
        const Tensor masks = network_.masks(region_features.index_select(0, positive),
                                            network_.mask_detail(features, figures), pass);
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
    MicrobatchOutcome outcome_;
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

MicrobatchOutcome run_microbatch(const Network& network, const TrainingConfig& training, const Values& values,
                                 std::span<const TrainingExample> examples, std::size_t batch_size,
                                 std::uint64_t seed, const torch::Device& device) {
    return Microbatch(network, training, values, examples, batch_size, seed, device).run();
}

}  // namespace figurant::mask_rcnn
