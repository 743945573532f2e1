// The full network (ResNet-101, features of stride 8, 300 proposals, 100 detections) on images of 800 x 1365,
// all cores busy: images a second, and the arithmetic as a share of the best large convolution on as many
// cores.
//
//     build/benchmarks/full_network [--config FILE] [--precision float32|bfloat16] [--rounds N]
//                                   [--peer PYTHON] [--memory HEIGHTxWIDTH]
//
// Each thread detects on an image of its own with a team of one, as the pipeline does. Limit and network are
// measured in turn, as the machine's speed drifts. Two counts are told: direct (what convolutions by their
// definition would take, the mask head's first one before its upsampling) and done (3x3 convolutions by
// Winograd's method multiply less). Random weights. The answer is checked: features against those of oneDNN's
// convolutions, and every thread's detections against those of a call alone. What one inference takes of
// memory is measured in a process of its own for each size (--memory does that alone). With --peer the shapes
// are also timed in torchvision, by that Python. Goals: 2.5 x torchvision's images a second in float32, 5 x
// in bfloat16; at least 0.75 of the limit.

#include <malloc.h>
#include <torch/types.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/file_writer.h"
#include "base/random.h"
#include "mask_rcnn/detector.h"
#include "mask_rcnn/network.h"
#include "mask_rcnn/threads.h"
#include "mask_rcnn/trainer.h"
#include "mask_rcnn/weights.h"

using namespace figurant;
using namespace figurant::mask_rcnn;
using torch::Tensor;

namespace {

struct Options {
    std::string config = "configs/mask_rcnn_resnet101_atrous.toml", precision = "float32", peer;
    int rounds = 2;
    long memory_height = 0, memory_width = 0;  ///< only the memory of an image of this size is measured
};

Options parse(int count, char** arguments) {
    Options options;
    for (int i = 1; i < count; i += 2) {
        const std::string name = arguments[i], value = i + 1 < count ? arguments[i + 1] : "";
        if (name == "--config" && !value.empty())
            options.config = value;
        else if (name == "--precision" && !value.empty())
            options.precision = value;
        else if (name == "--peer" && !value.empty())
            options.peer = value;
        else if (name == "--rounds" && std::atoi(value.c_str()) > 0)
            options.rounds = std::atoi(value.c_str());
        else if (name == "--memory" &&
                 std::sscanf(value.c_str(), "%ldx%ld", &options.memory_height, &options.memory_width) == 2)
            continue;
        else
            throw Error(Cause::configuration, "unknown option or no value: " + name,
                        "--config FILE, --precision NAME, --rounds N, --peer PYTHON, --memory HEIGHTxWIDTH");
    }
    return options;
}

/// Multiplications of one inference, in pairs with their additions.
struct Operations {
    double direct = 0, done = 0;
};

/// Counts by the rules of PreparedConvolution: stride 1 and 3x3 goes by tiles of 4x4.
class Counter {
  public:
    void convolution(double images, std::int64_t height, std::int64_t width, std::int64_t in,
                     std::int64_t out, std::int64_t kernel, std::int64_t stride, std::int64_t rate) {
        const std::int64_t rows = (height + stride - 1) / stride, columns = (width + stride - 1) / stride;
        const double channels = static_cast<double>(in) * static_cast<double>(out) * images;
        const double direct = channels * static_cast<double>(rows * columns * kernel * kernel);
        const auto tiles = [&](std::int64_t cells) { return ((cells + rate - 1) / rate + 3) / 4 * rate; };
        const bool winograd = kernel == 3 && stride == 1 && in >= 24;
        operations_.direct += direct;
        operations_.done +=
            winograd ? channels * static_cast<double>(36 * tiles(height) * tiles(width)) : direct;
    }
    void unit(double images, std::int64_t& height, std::int64_t& width, std::int64_t in, std::int64_t inner,
              std::int64_t out, std::int64_t stride, std::int64_t rate) {
        if (in != out) convolution(images, height, width, in, out, 1, stride, 1);
        convolution(images, height, width, in, inner, 1, 1, 1);
        convolution(images, height, width, inner, inner, 3, stride, rate);
        height = (height + stride - 1) / stride;
        width = (width + stride - 1) / stride;
        convolution(images, height, width, inner, out, 1, 1, 1);
    }
    const Operations& operations() const { return operations_; }

  private:
    Operations operations_;
};

Operations count_operations(const NetworkConfig& c, std::int64_t height, std::int64_t width, double proposals,
                            double detections) {
    Counter counter;
    counter.convolution(1, height, width, 3, c.conv1_depth, 7, 2, 1);
    std::int64_t h = (height + 3) / 4, w = (width + 3) / 4, in = c.conv1_depth, stride = 4, rate = 1;
    for (std::size_t b = 0; b < c.block_units.size(); ++b)
        for (std::int64_t u = 1; u <= c.block_units[b]; ++u) {
            const std::int64_t wanted = u == c.block_units[b] ? c.block_strides[b] : 1;
            const bool reached = stride == c.output_stride;
            counter.unit(1, h, w, in, c.block_bottleneck_depths[b], c.block_depths[b], reached ? 1 : wanted,
                         rate);
            (reached ? rate : stride) *= wanted;
            in = c.block_depths[b];
        }
    counter.convolution(1, h, w, in, c.rpn_depth, 3, 1, c.rpn_rate);
    counter.convolution(1, h, w, c.rpn_depth, 6 * c.anchors_per_cell(), 1, 1, 1);
    const std::int64_t features = in;
    std::int64_t roi = c.roi_size();
    for (const double regions : {proposals, detections}) {
        in = features;
        for (std::int64_t u = 0; u < c.second_stage_units; ++u) {
            counter.unit(regions, roi, roi, in, c.second_stage_bottleneck_depth, c.second_stage_depth, 1, 1);
            in = c.second_stage_depth;
        }
    }
    counter.convolution(detections, roi, roi, in, 9 * c.mask_depth(), 1, 1, 1);
    for (std::int64_t i = 1; i < c.mask_convs; ++i)
        counter.convolution(detections, c.mask_size, c.mask_size, c.mask_depth(),
                            i + 1 < c.mask_convs ? c.mask_depth() : c.classes, 3, 1, 1);
    return counter.operations();
}

/// Weights whose features neither vanish nor overflow: each unit adds a little to what it was given.
WeightsFile random_model(const Config& config) {
    WeightsFile model = Trainer(config.network, config.training).inference_model();
    for (NamedArray& array : model.arrays)
        if (array.name.ends_with("conv3/BatchNorm/gamma"))
            for (std::size_t i = 0; i < array.bytes.size(); i += sizeof(float)) {
                const float gamma = 0.2F;
                std::memcpy(array.bytes.data() + i, &gamma, sizeof(float));
            }
    return model;
}

std::vector<std::uint8_t> picture(std::int64_t height, std::int64_t width, std::uint64_t seed) {
    std::vector<std::uint8_t> pixels;
    Random random(seed);
    for (std::int64_t y = 0; y < height; ++y)
        for (std::int64_t x = 0; x < width * 3; ++x)
            pixels.push_back(static_cast<std::uint8_t>(90 + random.below(40) + (x / 192 + y / 64) % 2 * 90));
    return pixels;
}

double seconds_of(int threads, const std::function<void(int)>& body) {
    const auto begin = std::chrono::steady_clock::now();
    {
        std::vector<std::jthread> workers;
        for (int t = 0; t < threads; ++t) workers.emplace_back([&, t] { body(t); });
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Operations (two for each multiplication) a second of the best large convolution of oneDNN, a copy on each
/// thread.
double convolution_limit(int threads, at::ScalarType type) {
    double best = 0;
    struct Shape {
        std::int64_t in, out, kernel;
    };
    for (const Shape& shape :
         {Shape{256, 256, 3}, Shape{512, 512, 3}, Shape{1024, 256, 1}, Shape{256, 1024, 1}})
        for (const auto format : {at::MemoryFormat::ChannelsLast, at::MemoryFormat::Contiguous}) {
            std::vector<Tensor> x, weights;
            for (int t = 0; t < threads; ++t) {
                x.push_back(at::randn({1, shape.in, 100, 171}).to(type).contiguous(format));
                weights.push_back(
                    at::randn({shape.out, shape.in, shape.kernel, shape.kernel}).to(type).contiguous(format));
            }
            const std::int64_t padding = shape.kernel / 2;
            const auto once = [&](int t) {
                const at::NoGradGuard no_grad;
                const ThreadTeam one(1);
                const auto at = static_cast<std::size_t>(t);
                at::mkldnn_convolution(x[at], weights[at], {}, {padding, padding}, {1, 1}, {1, 1}, 1);
            };
            const double operations = 2.0 * threads * 100 * 171 *
                                      static_cast<double>(shape.in * shape.out * shape.kernel * shape.kernel);
            for (int i = 0; i < 3; ++i) best = std::max(best, operations / seconds_of(threads, once));
        }
    return best;
}

double status_megabytes(const std::string& key) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(key + ":")) return std::atof(line.c_str() + key.size() + 1) / 1024;
    return NAN;
}

/// The original's network on 300 proposals and 100 detections.
Config benchmark_config(const Options& options) {
    Config config = parse_config(read_file(options.config), options.config);
    config.network.proposals = 300;
    config.network.detections = 100;
    config.network.detection_score_threshold = 0;
    config.network.detection_nms_iou = 1;  // random weights would lose too many to each other
    return config;
}

DetectorOptions detector_options(const Options& options) {
    DetectorOptions made;
    made.precision = options.precision;
    return made;
}

/// Prints what the first call of this process adds to its resident memory at its peak.
int measure_memory(const Options& options) {
    const std::int64_t height = options.memory_height, width = options.memory_width;
    const Detector detector(random_model(benchmark_config(options)), detector_options(options));
    const auto pixels = picture(height, width, 9);
    malloc_trim(0);  // what making the model left behind would serve the call, uncounted
    std::ofstream("/proc/self/clear_refs") << "5";  // the peak begins anew
    const double before = status_megabytes("VmRSS");
    const auto found = detector.detect({pixels.data(), height, width, 0});
    std::printf(
        "%ld x %ld: one inference takes %.0f MB (declared %.0f) beside %.0f MB for program and model; "
        "%zu detections\n",
        static_cast<long>(height), static_cast<long>(width), status_megabytes("VmHWM") - before,
        static_cast<double>(detector.workspace_bytes(height, width)) / 1048576, before, found.size());
    return 0;
}

/// The same in a process of its own.
void measure_memory_apart(const std::string& program, const Options& options, const std::string& size) {
    const std::string command = "\"" + program + "\" --config \"" + options.config + "\" --precision " +
                                options.precision + " --memory " + size;
    if (std::system(command.c_str()) != 0)
        throw Error(Cause::internal, "the memory could not be measured: " + command);
}

bool same(const Detections& a, const Detections& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Detection& x, const Detection& y) {
        return x.y_min == y.y_min && x.x_min == y.x_min && x.y_max == y.y_max && x.x_max == y.x_max &&
               x.score == y.score && x.category == y.category && x.mask == y.mask;
    });
}

/// Largest difference of the features from those of oneDNN's convolutions in float32, as a share of the
/// largest feature.
double features_difference(const WeightsFile& model, std::int64_t height, std::int64_t width,
                           Factors factors) {
    const at::NoGradGuard no_grad;
    const Network network(weights_config(model).network);
    const Values values = load_values(network, model, Purpose::inference);
    const Folded folded = network.fold(values);
    const Prepared prepared = network.prepare(folded, factors);
    Pass plain{values, &folded}, fast{values, nullptr, &prepared};
    const Tensor image = at::randn({1, 3, height, width}) * 60;
    const Tensor wanted = network.features(image, plain).cells;
    return ((network.features(image, fast).cells - wanted).abs().max() / wanted.abs().max()).item<double>();
}

/// The best time of an image that the peer's script prints.
double peer_seconds(const Options& options, const NetworkConfig& config) {
    const std::string command = options.peer + " benchmarks/peers/full_network.py --classes " +
                                std::to_string(config.classes) + " --mask-depth " +
                                std::to_string(config.mask_depth());
    FILE* output = popen(command.c_str(), "r");
    double best = INFINITY;
    char line[256];
    while (output && std::fgets(line, sizeof line, output)) {
        std::printf("torchvision: %s", line);
        best = std::min(best, std::atof(line));
    }
    if (!output || pclose(output) != 0)
        throw Error(Cause::configuration, "the peer failed: " + command,
                    "install python3-torchvision, and name a Python that has it");
    return best;
}

int measure(const std::string& program, const Options& options) {
    constexpr std::int64_t height = 800, width = 1365;
    const Factors factors = options.precision == "bfloat16" ? Factors::bfloat16 : Factors::float32;
    const bool narrow = factors == Factors::bfloat16 && multiplies_bfloat16();
    if (factors == Factors::bfloat16 && !narrow)
        std::puts(
            "this processor has no bfloat16: it is computed in float32, and its speed is not bfloat16's");
    const Config config = benchmark_config(options);
    const WeightsFile model = random_model(config);
    const Detector detector(model, detector_options(options));
    const int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    const auto pixels = picture(height, width, 4);
    const ImageView image{pixels.data(), height, width, 0};
    const Detections alone = detector.detect(image);
    const double difference = features_difference(model, 200, 341, factors);
    std::printf("%zu detections; features differ from oneDNN's in float32 by %.1e\n", alone.size(),
                difference);
    if (alone.size() != 100 || !(difference < (factors == Factors::float32 ? 1e-4 : 0.05)))
        return std::puts("the answer is wrong: no figures"), 1;

    const auto operations = count_operations(config.network, height, width, 300, 100);
    double best = INFINITY, best_limit = 0;
    bool right = true;
    for (int round = 0; round < options.rounds; ++round) {
        best_limit = std::max(best_limit, convolution_limit(threads, narrow ? at::kBFloat16 : at::kFloat));
        std::vector<Detections> found(static_cast<std::size_t>(threads));
        const double seconds =
            seconds_of(threads, [&](int t) { found[static_cast<std::size_t>(t)] = detector.detect(image); });
        for (const Detections& each : found) right = right && same(each, alone);
        best = std::min(best, seconds / threads);
    }
    if (!right) return std::puts("threads disagree: no figures"), 1;
    const double done = 2 * operations.done / best, direct = 2 * operations.direct / best;
    std::printf("%s, %d threads: %.3f s an image, %.3f images a second\n", options.precision.c_str(), threads,
                best, 1 / best);
    std::printf(
        "%.0f GFLOP an image direct, %.0f done: %.0f and %.0f GFLOP/s; best convolution %.0f GFLOP/s\n",
        2e-9 * operations.direct, 2e-9 * operations.done, 1e-9 * direct, 1e-9 * done, 1e-9 * best_limit);
    std::printf("share of the limit: %.2f direct, %.2f done (goal 0.75)\n", direct / best_limit,
                done / best_limit);
    for (const char* size : {"800x1365", "1365x1365"}) measure_memory_apart(program, options, size);
    if (!options.peer.empty()) {
        const double peer = peer_seconds(options, config.network);
        std::printf("torchvision: %.3f s an image; ratio %.2f (goal 2.5 in float32, 5 in bfloat16)\n", peer,
                    peer / best);
    }
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    try {
        std::setvbuf(stdout, nullptr, _IOLBF, 0);
        const Options options = parse(count, arguments);
        return options.memory_height > 0 ? measure_memory(options) : measure(arguments[0], options);
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n%s\n", error.what(), error.next_step().c_str());
        return exit_code(error.cause());
    }
}
