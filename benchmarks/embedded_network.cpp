// The embedded network's Detector against the same network written down plainly in eager LibTorch: contiguous
// features, batch norm unfolded, convolutions after the upsampling. One thread each, the same weights, the
// same 512 x 512 tile. The answers are compared before the times.

#include <torch/types.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>

#include "base/error.h"
#include "base/file_writer.h"
#include "base/random.h"
#include "mask_rcnn/anchors.h"
#include "mask_rcnn/detector.h"
#include "mask_rcnn/images.h"
#include "mask_rcnn/proposals.h"
#include "mask_rcnn/threads.h"
#include "mask_rcnn/trainer.h"

using namespace figurant;
using namespace figurant::mask_rcnn;
using torch::Tensor;

namespace {

constexpr std::int64_t side = 512;

/// The network as one would write it in a notebook.
class EagerNetwork {
  public:
    EagerNetwork(const NetworkConfig& config, const WeightsFile& weights) : config_(config) {
        for (const NamedArray& array : weights.arrays) {
            Tensor value = at::empty(array.shape, at::kFloat);
            std::memcpy(value.data_ptr<float>(), array.bytes.data(), array.bytes.size());
            values_[array.name] = (value.dim() == 4 ? value.permute({3, 2, 0, 1}) : value).contiguous();
        }
    }

    struct Answer {
        std::vector<ScoredBox> boxes;
        Tensor masks;
    };

    Answer detect(const ImageView& image) const {
        const at::NoGradGuard no_grad;
        Tensor pixels = at::empty({1, image.height, image.width, 3}, at::kFloat);
        prepare_image(config_, image, {image.height, image.width}, image.width, pixels.data_ptr<float>());
        Tensor pooled;
        const Tensor features = first_stage(pixels.permute({0, 3, 1, 2}).contiguous(), pooled);
        const auto proposals = propose(features, image);
        const Tensor known = summary(second_stage(cropped(features, proposals.boxes, image)));
        const Tensor codes = dense(known, "BoxEncodingPredictor"), logits = dense(known, "ClassPredictor");
        Answer answer;
        answer.boxes = select_detections(config_, proposals, numbers(codes), numbers(logits), extent(image),
                                         static_cast<float>(config_.detection_score_threshold));
        std::vector<Box> found;
        for (const auto& each : answer.boxes) found.push_back(each.box);
        if (!found.empty())
            answer.masks =
                masks(second_stage(cropped(features, found, image)), detail(features, pooled, found, image));
        return answer;
    }

  private:
    const Tensor& value(const std::string& name) const { return values_.at(name); }

    static std::span<const float> numbers(const Tensor& tensor) {
        return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
    }
    static Extent extent(const ImageView& image) {
        return {static_cast<float>(image.height), static_cast<float>(image.width)};
    }

    Tensor normalized(const Tensor& x, const std::string& name, std::int64_t stride,
                      std::int64_t rate) const {
        const Tensor& weights = value(name + "/weights");
        const std::string norm = name + "/BatchNorm/";
        const Tensor y = at::conv2d(x, weights, {}, stride, rate * (weights.size(2) - 1) / 2, rate);
        return at::batch_norm(y, value(norm + "gamma"), value(norm + "beta"), value(norm + "moving_mean"),
                              value(norm + "moving_variance"), false, 0, config_.normalization_epsilon,
                              false);
    }

    Tensor biased(const Tensor& x, const std::string& name, std::int64_t rate = 1) const {
        const Tensor& weights = value(name + "/weights");
        return at::conv2d(x, weights, value(name + "/biases"), 1, rate * (weights.size(2) - 1) / 2, rate);
    }

    Tensor dense(const Tensor& x, const std::string& name) const {
        const std::string scope = "SecondStageBoxPredictor/" + name;
        return at::addmm(value(scope + "/biases"), x, value(scope + "/weights")).contiguous();
    }

    Tensor unit(const Tensor& x, const std::string& scope, std::int64_t stride, std::int64_t rate) const {
        const std::string name = scope + "/bottleneck_v1/";
        const Tensor shortcut = values_.contains(name + "shortcut/weights")
                                    ? normalized(x, name + "shortcut", stride, 1)
                                    : at::max_pool2d(x, {1, 1}, {stride, stride});
        Tensor y = at::relu(normalized(x, name + "conv1", 1, 1));
        y = at::relu(normalized(y, name + "conv2", stride, rate));
        return at::relu(normalized(y, name + "conv3", 1, 1) + shortcut);
    }

    Tensor first_stage(const Tensor& images, Tensor& pooled) const {
        const std::string scope = "FirstStageFeatureExtractor/" + config_.scope + "/";
        Tensor x = at::relu(normalized(images, scope + "conv1", 2, 1));
        x = at::max_pool2d(at::constant_pad_nd(x, {0, 1, 0, 1}, -INFINITY), {3, 3}, {2, 2});
        pooled = x;
        std::int64_t stride = 4, rate = 1;
        for (std::size_t b = 0; b < config_.block_units.size(); ++b)
            for (std::int64_t u = 1; u <= config_.block_units[b]; ++u) {
                const bool last = u == config_.block_units[b],
                           strided = last && stride < config_.output_stride;
                const std::int64_t wanted = last ? config_.block_strides[b] : 1;
                x = unit(x, scope + "block" + std::to_string(b + 1) + "/unit_" + std::to_string(u),
                         strided ? wanted : 1, rate);
                (stride < config_.output_stride ? stride : rate) *= wanted;
            }
        return x;
    }

    Proposals propose(const Tensor& features, const ImageView& image) const {
        const Tensor x = at::clamp(biased(features, "Conv", config_.rpn_rate), 0, 6);
        const Tensor codes =
            biased(x, "FirstStageBoxPredictor/BoxEncodingPredictor").permute({0, 2, 3, 1}).contiguous();
        const Tensor logits =
            biased(x, "FirstStageBoxPredictor/ClassPredictor").permute({0, 2, 3, 1}).contiguous();
        return select_proposals(config_, grid_anchors(config_, features.size(2), features.size(3)),
                                numbers(codes), numbers(logits), extent(image), Purpose::inference);
    }

    /// Crops by LibTorch's grid sampling, all regions below each other in one tall grid.
    Tensor crop(const Tensor& features, const std::vector<Box>& boxes, const ImageView& image,
                std::int64_t stride, std::int64_t size) const {
        const auto count = static_cast<std::int64_t>(boxes.size());
        const auto spanned = [&](std::int64_t length) {
            const std::int64_t cells = (length + stride - 1) / stride;
            return static_cast<float>(config_.crop_place == "cells" ? (cells - 1) * stride : length);
        };
        const float height = spanned(image.height), width = spanned(image.width);
        Tensor grid = at::empty({1, count * size, size, 2}, at::kFloat);
        float* to = grid.data_ptr<float>();
        for (const Box& box : boxes)
            for (std::int64_t i = 0; i < size; ++i)
                for (std::int64_t j = 0; j < size; ++j) {
                    const float down = static_cast<float>(i) / static_cast<float>(size - 1);
                    const float right = static_cast<float>(j) / static_cast<float>(size - 1);
                    *to++ = 2 * (box.x_min + right * (box.x_max - box.x_min)) / width - 1;
                    *to++ = 2 * (box.y_min + down * (box.y_max - box.y_min)) / height - 1;
                }
        const Tensor inside = (grid.abs() <= 1).all(-1).unsqueeze(1);  // samples beyond the last cells are 0
        const Tensor crops =
            at::grid_sampler(features, grid, /*bilinear*/ 0, /*border*/ 1, /*align_corners=*/true) * inside;
        return crops.view({-1, count, size, size}).transpose(0, 1).contiguous();
    }

    Tensor cropped(const Tensor& features, const std::vector<Box>& boxes, const ImageView& image) const {
        return at::max_pool2d(crop(features, boxes, image, config_.output_stride, config_.crop_size),
                              {config_.crop_pool, config_.crop_pool}, {config_.crop_pool, config_.crop_pool});
    }

    /// What the mask head sees beside the regions, convolved; undefined where it sees none.
    Tensor detail(const Tensor& features, const Tensor& pooled, const std::vector<Box>& boxes,
                  const ImageView& image) const {
        if (config_.mask_detail_depth == 0) return {};
        const std::string name = "SecondStageBoxPredictor/Detail/";
        const Tensor coarse =
            crop(biased(features, name + "Coarse"), boxes, image, config_.output_stride, config_.mask_size);
        const Tensor fine = crop(biased(pooled, name + "Fine"), boxes, image, 4, config_.mask_size);
        return biased(at::relu(coarse + fine), name + "Conv");
    }

    Tensor second_stage(Tensor x) const {
        const std::string block = std::to_string(config_.block_units.size() + 1);
        for (std::int64_t u = 1; u <= config_.second_stage_units; ++u)
            x = unit(x,
                     "SecondStageFeatureExtractor/" + config_.scope + "/block" + block + "/unit_" +
                         std::to_string(u),
                     1, 1);
        return x;
    }

    Tensor summary(const Tensor& region_features) const {
        if (config_.box_head_depth == 0) return region_features.mean({2, 3});
        const Tensor reduced = at::relu(biased(region_features, "SecondStageBoxPredictor/Reduction"));
        return at::relu(dense(reduced.permute({0, 2, 3, 1}).reshape({reduced.size(0), -1}), "Hidden"));
    }

    Tensor masks(const Tensor& region_features, const Tensor& detail) const {
        Tensor x = at::upsample_bilinear2d(region_features, {config_.mask_size, config_.mask_size}, true);
        for (std::int64_t i = 0; i < config_.mask_convs; ++i) {
            x = biased(x, "SecondStageBoxPredictor/Conv" + (i ? "_" + std::to_string(i) : ""));
            if (i == 0 && detail.defined()) x = x + detail;
            if (i + 1 < config_.mask_convs) x = at::relu(x);
        }
        return at::sigmoid(x).contiguous();
    }

    NetworkConfig config_;
    std::map<std::string, Tensor> values_;
};

/// Largest difference of box coordinates, scores and mask pixels; infinite where the lists differ.
double largest_difference(const Detections& ours, const EagerNetwork::Answer& plain) {
    if (ours.size() != plain.boxes.size()) return INFINITY;
    double largest = 0;
    for (std::size_t i = 0; i < ours.size(); ++i) {
        const Box& box = plain.boxes[i].box;
        const float pairs[][2] = {{ours[i].y_min, box.y_min},
                                  {ours[i].x_min, box.x_min},
                                  {ours[i].y_max, box.y_max},
                                  {ours[i].x_max, box.x_max},
                                  {ours[i].score, plain.boxes[i].score}};
        for (const auto& [a, b] : pairs) largest = std::max(largest, std::abs(static_cast<double>(a) - b));
        const float* mask = plain.masks.data_ptr<float>() + i * ours[i].mask.size();
        for (std::size_t k = 0; k < ours[i].mask.size(); ++k)
            largest = std::max(largest, std::abs(static_cast<double>(ours[i].mask[k]) - mask[k]));
    }
    return largest;
}

template <class Body>
double best_seconds(int repetitions, const Body& body) {
    double best = INFINITY;
    for (int i = 0; i < repetitions; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        body();
        best =
            std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    return best;
}

std::vector<std::uint8_t> noisy_tile() {
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(side * side * 3));
    Random random(4);
    for (std::size_t i = 0; i < pixels.size(); ++i)
        pixels[i] = static_cast<std::uint8_t>(90 + random.below(40) +
                                              (i / 3 % 512 / 64 + i / (3 * 512 * 64)) % 2 * 90);
    return pixels;
}

}  // namespace

int main(int count, char** arguments) {
    const std::string path = count > 1 ? arguments[1] : "configs/figures_small.toml";
    try {
        Config config = parse_config(read_file(path), path);
        // Random weights find something everywhere: as many figures as a full tile has.
        config.network.detection_score_threshold = 0;
        config.network.detections = 12;
        const WeightsFile model = Trainer(config.network, config.training).inference_model();
        const Detector detector(model);
        DetectorOptions narrow;
        narrow.precision = "bfloat16";
        const Detector in_bfloat16(model, narrow);
        const EagerNetwork plain(config.network, model);
        const auto pixels = noisy_tile();
        const ImageView tile{pixels.data(), side, side, 0};

        const ThreadTeam one(1);
        const double difference = largest_difference(detector.detect(tile), plain.detect(tile));
        std::printf("largest difference of boxes (pixels), scores and masks: %.2g\n", difference);
        if (!(difference < 0.05)) {
            std::printf("the answers differ: no ratio\n");
            return 1;
        }
        const double eager = best_seconds(7, [&] { plain.detect(tile); });
        const double ours = best_seconds(7, [&] { detector.detect(tile); });
        std::printf("eager, contiguous, unfolded: %.1f ms a tile; Detector: %.1f ms a tile; one thread\n",
                    eager * 1e3, ours * 1e3);
        std::printf("ratio: %.2f\n", eager / ours);
        const double rounded = best_seconds(7, [&] { in_bfloat16.detect(tile); });
        std::printf("bfloat16: %.1f ms a tile; %.2f times float32\n", rounded * 1e3, ours / rounded);
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n%s\n", error.what(), error.next_step().c_str());
        return exit_code(error.cause());
    }
    return 0;
}
