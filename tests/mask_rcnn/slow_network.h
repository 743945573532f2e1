#pragma once
// The whole network once more, from the definitions, in float64 and plain loops: what the fast one must give.
// Nothing of mask_rcnn's arithmetic is used, and no LibTorch. The definitions are TensorFlow's (padding,
// resizing, cropping) and the Object Detection API's (anchors, box code, suppression).

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/named_array.h"
#include "mask_rcnn/config.h"

namespace figurant::mask_rcnn::slow {

using Index = std::int64_t;

/// [images, height, width, channels].
struct Grid {
    Index images = 0, height = 0, width = 0, channels = 0;
    std::vector<double> numbers;

    Grid(Index n, Index h, Index w, Index c)
        : images(n), height(h), width(w), channels(c), numbers(static_cast<std::size_t>(n * h * w * c)) {}
    double* at(Index n, Index y, Index x) {
        return numbers.data() + ((n * height + y) * width + x) * channels;
    }
    const double* at(Index n, Index y, Index x) const {
        return numbers.data() + ((n * height + y) * width + x) * channels;
    }
    bool has(Index y, Index x) const { return y >= 0 && x >= 0 && y < height && x < width; }
};

/// [kernel, kernel, in, out], as TensorFlow stores it; vectors and dense layers likewise.
struct Array {
    std::vector<Index> shape;
    std::vector<double> numbers;
};

enum class Padding { same, explicit_valid };

/// TensorFlow's conv2d. SAME: ceil(size / stride) results, what is missing split with the odd cell at the
/// end. explicit_valid: slim's conv2d_same, (kernel - 1) * rate zeros split before a VALID convolution.
inline Grid convolve(const Grid& x, const Array& weights, Index stride, Index rate, Padding padding) {
    const Index kernel = weights.shape[0], in = weights.shape[2], out = weights.shape[3];
    const Index reach = (kernel - 1) * rate + 1;
    const auto results = [&](Index size) {
        return padding == Padding::same ? (size + stride - 1) / stride : (size - 1) / stride + 1;
    };
    const auto before = [&](Index size) {
        if (padding == Padding::explicit_valid) return (reach - 1) / 2;
        return std::max<Index>(0, (results(size) - 1) * stride + reach - size) / 2;
    };
    Grid y(x.images, results(x.height), results(x.width), out);
    const Index top = before(x.height), left = before(x.width);
    for (Index n = 0; n < y.images; ++n)
        for (Index i = 0; i < y.height; ++i)
            for (Index j = 0; j < y.width; ++j)
                for (Index ky = 0; ky < kernel; ++ky)
                    for (Index kx = 0; kx < kernel; ++kx) {
                        const Index row = i * stride + ky * rate - top,
                                    column = j * stride + kx * rate - left;
                        if (!x.has(row, column)) continue;
                        const double* from = x.at(n, row, column);
                        const double* w = weights.numbers.data() + (ky * kernel + kx) * in * out;
                        double* to = y.at(n, i, j);
                        for (Index c = 0; c < in; ++c)
                            for (Index o = 0; o < out; ++o) to[o] += from[c] * w[c * out + o];
                    }
    return y;
}

/// TensorFlow's max_pool, SAME.
inline Grid max_pool(const Grid& x, Index kernel, Index stride) {
    Grid y(x.images, (x.height + stride - 1) / stride, (x.width + stride - 1) / stride, x.channels);
    const Index top = std::max<Index>(0, (y.height - 1) * stride + kernel - x.height) / 2;
    const Index left = std::max<Index>(0, (y.width - 1) * stride + kernel - x.width) / 2;
    for (Index n = 0; n < y.images; ++n)
        for (Index i = 0; i < y.height; ++i)
            for (Index j = 0; j < y.width; ++j)
                for (Index c = 0; c < x.channels; ++c) {
                    double most = -INFINITY;
                    for (Index ky = 0; ky < kernel; ++ky)
                        for (Index kx = 0; kx < kernel; ++kx)
                            if (x.has(i * stride + ky - top, j * stride + kx - left))
                                most =
                                    std::max(most, x.at(n, i * stride + ky - top, j * stride + kx - left)[c]);
                    y.at(n, i, j)[c] = most;
                }
    return y;
}

/// Bilinear between the cells around (y, x), which lies on the grid.
inline double sample(const Grid& x, Index n, double row, double column, Index c) {
    const auto top = static_cast<Index>(std::floor(row)), left = static_cast<Index>(std::floor(column));
    const Index bottom = std::min(top + 1, x.height - 1), right = std::min(left + 1, x.width - 1);
    const double down = row - static_cast<double>(top), across = column - static_cast<double>(left);
    return (1 - down) * ((1 - across) * x.at(n, top, left)[c] + across * x.at(n, top, right)[c]) +
           down * ((1 - across) * x.at(n, bottom, left)[c] + across * x.at(n, bottom, right)[c]);
}

/// TensorFlow 1's resize_bilinear.
inline Grid resize(const Grid& x, Index height, Index width, bool align_corners) {
    Grid y(x.images, height, width, x.channels);
    const auto scale = [&](Index from, Index to) {
        return align_corners && to > 1 ? static_cast<double>(from - 1) / static_cast<double>(to - 1)
                                       : static_cast<double>(from) / static_cast<double>(to);
    };
    const double down = scale(x.height, height), across = scale(x.width, width);
    for (Index n = 0; n < y.images; ++n)
        for (Index i = 0; i < height; ++i)
            for (Index j = 0; j < width; ++j)
                for (Index c = 0; c < x.channels; ++c)
                    y.at(n, i, j)[c] = sample(
                        x, n, std::min(static_cast<double>(i) * down, static_cast<double>(x.height - 1)),
                        std::min(static_cast<double>(j) * across, static_cast<double>(x.width - 1)), c);
    return y;
}

/// y_min, x_min, y_max, x_max.
using Box = std::array<double, 4>;

/// A box in TensorFlow's own precision, normalised.
using SingleBox = std::array<float, 4>;

/// Whether TensorFlow's crop_and_resize takes the sample `i` of an axis for one inside the image: computed in
/// float32, in its order. A box that was clipped to the image has its last samples on the border, and
/// rounding decides.
inline bool takes(float low, float high, Index cells, Index size, Index i) {
    const auto last = static_cast<float>(cells - 1);
    if (size == 1) return true;
    const float step = (high - low) * last / static_cast<float>(size - 1);
    const float place = low * last + static_cast<float>(i) * step;
    return place >= 0 && place <= last;
}

/// TensorFlow's crop_and_resize, extrapolating with 0; boxes normalised, all on the first image. Samples
/// within a thousandth of a cell of the border are inside where they are with the box of `singles`, whose
/// rounding decides it; empty: as float64 decides.
inline Grid crop_and_resize(const Grid& x, const std::vector<Box>& boxes, Index size,
                            const std::vector<SingleBox>& singles = {}) {
    Grid y(static_cast<Index>(boxes.size()), size, size, x.channels);
    const auto place = [&](double low, double high, Index cells, Index i) {
        const auto last = static_cast<double>(cells - 1);
        if (size == 1) return 0.5 * (low + high) * last;
        return low * last + static_cast<double>(i) * (high - low) * last / static_cast<double>(size - 1);
    };
    const auto inside = [&](double at, Index cells, std::size_t n, std::size_t axis, Index i) {
        const auto last = static_cast<double>(cells - 1);
        if (!singles.empty() && std::min(std::abs(at), std::abs(at - last)) < 1e-3)
            return takes(singles[n][axis], singles[n][axis + 2], cells, size, i);
        return at >= 0 && at <= last;
    };
    const auto on_grid = [](double at, Index cells) {
        return std::clamp(at, 0.0, static_cast<double>(cells - 1));
    };
    for (Index n = 0; n < y.images; ++n)
        for (Index i = 0; i < size; ++i)
            for (Index j = 0; j < size; ++j) {
                const auto at = static_cast<std::size_t>(n);
                const Box& box = boxes[at];
                const double row = place(box[0], box[2], x.height, i),
                             column = place(box[1], box[3], x.width, j);
                if (!inside(row, x.height, at, 0, i) || !inside(column, x.width, at, 1, j)) continue;
                for (Index c = 0; c < x.channels; ++c)
                    y.at(n, i, j)[c] = sample(x, 0, on_grid(row, x.height), on_grid(column, x.width), c);
            }
    return y;
}

inline double area(const Box& box) { return (box[2] - box[0]) * (box[3] - box[1]); }
inline double overlap(const Box& a, const Box& b) {
    const double height = std::min(a[2], b[2]) - std::max(a[0], b[0]);
    const double width = std::min(a[3], b[3]) - std::max(a[1], b[1]);
    if (height <= 0 || width <= 0) return 0;
    return height * width / (area(a) + area(b) - height * width);
}
inline Box clip(const Box& box, double height, double width) {
    return {std::clamp(box[0], 0.0, height), std::clamp(box[1], 0.0, width), std::clamp(box[2], 0.0, height),
            std::clamp(box[3], 0.0, width)};
}
inline Box decode(const double* code, const Box& anchor) {
    const double height = anchor[2] - anchor[0], width = anchor[3] - anchor[1];
    const double y = code[0] / 10 * height + (anchor[0] + anchor[2]) / 2;
    const double x = code[1] / 10 * width + (anchor[1] + anchor[3]) / 2;
    const double h = std::exp(code[2] / 5) * height / 2, w = std::exp(code[3] / 5) * width / 2;
    return {y - h, x - w, y + h, x + w};
}

/// Places of the boxes that are kept, by falling score, the lower place first on ties.
inline std::vector<std::size_t> suppress(const std::vector<Box>& boxes, const std::vector<double>& scores,
                                         double most_overlap, double least_score, std::size_t most) {
    std::vector<std::size_t> order(boxes.size()), kept;
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return scores[a] > scores[b]; });
    for (const auto i : order)
        if (scores[i] > least_score && kept.size() < most &&
            std::none_of(kept.begin(), kept.end(),
                         [&](auto k) { return overlap(boxes[i], boxes[k]) > most_overlap; }))
            kept.push_back(i);
    return kept;
}

struct Found {
    Box box;  ///< pixels of the network's input
    double score;
    int category;
    std::vector<double> mask;
};

/// The boxes that the network in float32 crops, normalised; only their samples on the image's border matter.
struct CroppedBoxes {
    std::vector<SingleBox> proposals, detections;
};

class Network {
  public:
    Network(const NetworkConfig& config, const WeightsFile& weights) : config_(config) {
        for (const NamedArray& array : weights.arrays) {
            Array made{array.shape, {}};
            for (std::size_t i = 0; i + sizeof(float) <= array.bytes.size(); i += sizeof(float)) {
                float number;
                std::memcpy(&number, array.bytes.data() + i, sizeof(float));
                made.numbers.push_back(static_cast<double>(number));
            }
            arrays_[array.name] = std::move(made);
        }
    }

    /// `pixels`: one resized image of 0 to 255. std::runtime_error when there are not as many boxes as were
    /// cropped elsewhere.
    std::vector<Found> detect(const Grid& pixels, const CroppedBoxes& cropped) const {
        const auto height = static_cast<double>(pixels.height), width = static_cast<double>(pixels.width);
        Grid pooled(0, 0, 0, 0);
        const Grid features = first_stage(pixels, pooled);
        const auto proposals = propose(features, height, width);
        auto found = classify(second_stage(features, proposals, height, width, cropped.proposals), proposals,
                              height, width);
        std::vector<Box> boxes;
        for (const Found& each : found) boxes.push_back(each.box);
        draw(second_stage(features, boxes, height, width, cropped.detections),
             detail(features, pooled, boxes, height, width, cropped.detections), found);
        return found;
    }

  private:
    const Array& array(const std::string& name) const { return arrays_.at(name); }

    Grid normalized(Grid x, const std::string& name) const {
        const auto& gamma = array(name + "/BatchNorm/gamma").numbers;
        const auto& beta = array(name + "/BatchNorm/beta").numbers;
        const auto& mean = array(name + "/BatchNorm/moving_mean").numbers;
        const auto& variance = array(name + "/BatchNorm/moving_variance").numbers;
        for (std::size_t i = 0; i < x.numbers.size(); ++i) {
            const std::size_t c = i % gamma.size();
            x.numbers[i] =
                (x.numbers[i] - mean[c]) / std::sqrt(variance[c] + config_.normalization_epsilon) * gamma[c] +
                beta[c];
        }
        return x;
    }
    static Grid bounded(Grid x, double most = INFINITY) {
        for (double& each : x.numbers) each = std::clamp(each, 0.0, most);
        return x;
    }
    Grid biased(const Grid& x, const std::string& name, Index rate = 1) const {
        Grid y = convolve(x, array(name + "/weights"), 1, rate, Padding::same);
        const auto& biases = array(name + "/biases").numbers;
        for (std::size_t i = 0; i < y.numbers.size(); ++i) y.numbers[i] += biases[i % biases.size()];
        return y;
    }

    Grid unit(const Grid& x, const std::string& scope, Index stride, Index rate) const {
        const std::string name = scope + "/bottleneck_v1/";
        const auto plain = [&](const Grid& grid, const std::string& layer, Index step) {
            return normalized(convolve(grid, array(name + layer + "/weights"), step, 1, Padding::same),
                              name + layer);
        };
        const Grid shortcut = arrays_.contains(name + "shortcut/weights") ? plain(x, "shortcut", stride)
                                                                          : max_pool(x, 1, stride);
        Grid y = bounded(plain(x, "conv1", 1));
        y = convolve(y, array(name + "conv2/weights"), stride, rate,
                     stride > 1 ? Padding::explicit_valid : Padding::same);
        y = plain(bounded(normalized(std::move(y), name + "conv2")), "conv3", 1);
        for (std::size_t i = 0; i < y.numbers.size(); ++i) y.numbers[i] += shortcut.numbers[i];
        return bounded(std::move(y));
    }

    /// `pooled`: becomes what the first convolution's pooling gives.
    Grid first_stage(Grid pixels, Grid& pooled) const {
        for (std::size_t i = 0; i < pixels.numbers.size(); ++i)
            pixels.numbers[i] = (pixels.numbers[i] - config_.pixel_means[i % 3]) * config_.pixel_scale;
        const std::string scope = "FirstStageFeatureExtractor/" + config_.scope + "/";
        Grid x = convolve(pixels, array(scope + "conv1/weights"), 2, 1, Padding::explicit_valid);
        x = max_pool(bounded(normalized(std::move(x), scope + "conv1")), 3, 2);
        pooled = x;
        Index stride = 4, rate = 1;
        for (std::size_t b = 0; b < config_.block_units.size(); ++b)
            for (Index u = 1; u <= config_.block_units[b]; ++u) {
                const Index own = u == config_.block_units[b] ? config_.block_strides[b] : 1;
                const bool reached = stride == config_.output_stride;
                x = unit(x, scope + "block" + std::to_string(b + 1) + "/unit_" + std::to_string(u),
                         reached ? 1 : own, rate);
                (reached ? rate : stride) *= own;
            }
        return x;
    }

    std::vector<Box> propose(const Grid& features, double height, double width) const {
        const Grid hidden = bounded(biased(features, "Conv", config_.rpn_rate), 6);
        const Grid codes = biased(hidden, "FirstStageBoxPredictor/BoxEncodingPredictor");
        const Grid logits = biased(hidden, "FirstStageBoxPredictor/ClassPredictor");
        std::vector<Box> boxes;
        std::vector<double> scores;
        for (Index i = 0; i < features.height; ++i)
            for (Index j = 0; j < features.width; ++j) {
                Index a = 0;
                for (const double ratio : config_.anchor_aspect_ratios)
                    for (const double scale : config_.anchor_scales) {
                        const double h = scale / std::sqrt(ratio) * config_.anchor_base / 2;
                        const double w = scale * std::sqrt(ratio) * config_.anchor_base / 2;
                        const auto y = static_cast<double>(i * config_.output_stride);
                        const auto x = static_cast<double>(j * config_.output_stride);
                        boxes.push_back(decode(codes.at(0, i, j) + 4 * a,
                                               clip({y - h, x - w, y + h, x + w}, height, width)));
                        const double* pair = logits.at(0, i, j) + 2 * a++;
                        scores.push_back(std::exp(pair[1]) / (std::exp(pair[0]) + std::exp(pair[1])));
                    }
            }
        std::vector<Box> kept;
        for (const auto i : suppress(boxes, scores, config_.rpn_nms_iou, config_.rpn_nms_score,
                                     static_cast<std::size_t>(config_.proposals)))
            if (const Box box = clip(boxes[i], height, width); area(box) > 0) kept.push_back(box);
        return kept;
    }

    Grid second_stage(const Grid& features, std::vector<Box> boxes, double height, double width,
                      const std::vector<SingleBox>& cropped) const {
        if (boxes.size() != cropped.size())
            throw std::runtime_error(std::to_string(boxes.size()) + " boxes, elsewhere " +
                                     std::to_string(cropped.size()));
        for (Box& box : boxes) box = {box[0] / height, box[1] / width, box[2] / height, box[3] / width};
        Grid x = max_pool(crop_and_resize(features, boxes, config_.crop_size, cropped), config_.crop_pool,
                          config_.crop_pool);
        const std::string block = std::to_string(config_.block_units.size() + 1);
        for (Index u = 1; u <= config_.second_stage_units; ++u)
            x = unit(x,
                     "SecondStageFeatureExtractor/" + config_.scope + "/block" + block + "/unit_" +
                         std::to_string(u),
                     1, 1);
        return x;
    }

    /// What the mask head sees beside the regions, already convolved; nothing where it sees none.
    Grid detail(const Grid& features, const Grid& pooled, std::vector<Box> boxes, double height, double width,
                const std::vector<SingleBox>& cropped) const {
        if (config_.mask_detail_depth == 0) return Grid(0, 0, 0, 0);
        const std::string name = "SecondStageBoxPredictor/Detail/";
        for (Box& box : boxes) box = {box[0] / height, box[1] / width, box[2] / height, box[3] / width};
        Grid x = crop_and_resize(biased(features, name + "Coarse"), boxes, config_.mask_size, cropped);
        const Grid fine = crop_and_resize(biased(pooled, name + "Fine"), boxes, config_.mask_size, cropped);
        for (std::size_t i = 0; i < x.numbers.size(); ++i) x.numbers[i] += fine.numbers[i];
        return biased(bounded(std::move(x)), name + "Conv");
    }

    /// The mean over a region's cells, through a dense layer.
    std::vector<double> dense(const Grid& x, Index n, const std::string& name) const {
        const auto& weights = array("SecondStageBoxPredictor/" + name + "/weights");
        std::vector<double> result = array("SecondStageBoxPredictor/" + name + "/biases").numbers;
        for (Index c = 0; c < x.channels; ++c) {
            double mean = 0;
            for (Index y = 0; y < x.height; ++y)
                for (Index k = 0; k < x.width; ++k) mean += x.at(n, y, k)[c];
            mean /= static_cast<double>(x.height * x.width);
            for (std::size_t o = 0; o < result.size(); ++o)
                result[o] += mean * weights.numbers[static_cast<std::size_t>(c) * result.size() + o];
        }
        return result;
    }

    std::vector<Found> classify(const Grid& regions, const std::vector<Box>& proposals, double height,
                                double width) const {
        const auto classes = static_cast<std::size_t>(config_.classes);
        std::vector<std::vector<Box>> boxes(classes);
        std::vector<std::vector<double>> scores(classes);
        for (std::size_t p = 0; p < proposals.size(); ++p) {
            const auto codes = dense(regions, static_cast<Index>(p), "BoxEncodingPredictor");
            const auto logits = dense(regions, static_cast<Index>(p), "ClassPredictor");
            double sum = 0;
            for (const double each : logits) sum += std::exp(each);
            for (std::size_t c = 0; c < classes; ++c) {
                boxes[c].push_back(decode(codes.data() + 4 * c, proposals[p]));
                scores[c].push_back(std::exp(logits[c + 1]) / sum);
            }
        }
        std::vector<Found> found;
        for (std::size_t c = 0; c < classes; ++c)
            for (const auto i :
                 suppress(boxes[c], scores[c], config_.detection_nms_iou, config_.detection_score_threshold,
                          static_cast<std::size_t>(config_.detections_per_class)))
                if (const Box box = clip(boxes[c][i], height, width); area(box) > 0)
                    found.push_back({box, scores[c][i], static_cast<int>(c + 1), {}});
        std::stable_sort(found.begin(), found.end(),
                         [](const auto& a, const auto& b) { return a.score > b.score; });
        if (found.size() > static_cast<std::size_t>(config_.detections))
            found.erase(found.begin() + static_cast<std::ptrdiff_t>(config_.detections), found.end());
        return found;
    }

    void draw(const Grid& regions, const Grid& detail, std::vector<Found>& found) const {
        Grid x = resize(regions, config_.mask_size, config_.mask_size, true);
        for (Index i = 0; i < config_.mask_convs; ++i) {
            x = biased(x, "SecondStageBoxPredictor/Conv" + (i ? "_" + std::to_string(i) : ""));
            if (i == 0)
                for (std::size_t k = 0; k < detail.numbers.size(); ++k) x.numbers[k] += detail.numbers[k];
            if (i + 1 < config_.mask_convs) x = bounded(std::move(x));
        }
        for (std::size_t n = 0; n < found.size(); ++n)
            for (Index i = 0; i < config_.mask_size; ++i)
                for (Index j = 0; j < config_.mask_size; ++j)
                    found[n].mask.push_back(
                        1 / (1 + std::exp(-x.at(static_cast<Index>(n), i, j)[found[n].category - 1])));
    }

    NetworkConfig config_;
    std::map<std::string, Array> arrays_;
};

}  // namespace figurant::mask_rcnn::slow
