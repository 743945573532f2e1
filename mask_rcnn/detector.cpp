#include "mask_rcnn/detector.h"

#include <torch/types.h>

#include <algorithm>

#include "base/error.h"
#include "mask_rcnn/anchors.h"
#include "mask_rcnn/feature_memory.h"
#include "mask_rcnn/images.h"
#include "mask_rcnn/network.h"
#include "mask_rcnn/proposals.h"
#include "mask_rcnn/threads.h"
#include "mask_rcnn/weights.h"

namespace figurant::mask_rcnn {

namespace {

using torch::Tensor;

// Regions that pass the second stage together on the CPU: enough for its kernels, and few enough that their
// features stay small beside the image's.
constexpr std::size_t regions_together = 48;

Factors chosen_factors(const std::string& precision, const torch::Device& device) {
    if (precision == "float32") return Factors::float32;
    if (precision == "bfloat16") return Factors::bfloat16;
    if (precision != "auto")
        throw Error(Cause::configuration, "there is no precision \"" + precision + "\"",
                    "use float32, bfloat16 or auto");
    // Where the processor multiplies bfloat16, the embedded network takes 0.7 of the time that it
    // takes in float32, the original's 0.6; elsewhere rounding only costs.
    return device.is_cuda() || multiplies_bfloat16() ? Factors::bfloat16 : Factors::float32;
}

NetworkConfig detection_config(const WeightsFile& weights, const DetectorOptions& options) {
    NetworkConfig config = weights_config(weights).network;
    if (options.score_threshold) config.detection_score_threshold = *options.score_threshold;
    return config;
}

}  // namespace

struct Detector::Body {
    torch::Device device;
    Factors factors;
    int team;
    Network network;
    Values values;
    Folded folded;                 ///< empty where there is `prepared`
    Prepared prepared;             ///< empty elsewhere than on the CPU
    mutable FeatureMemory memory;  ///< of the calls on the CPU

    Body(const WeightsFile& weights, const DetectorOptions& options)
        : device(parse_device(options.device)),
          factors(chosen_factors(options.precision, device)),
          team(options.team),
          network(detection_config(weights, options)) {
        if (team < 1) throw Error(Cause::configuration, "a detector's team has at least one thread");
        const Values loaded = load_values(network, weights, Purpose::inference);
        const Folded plain = network.fold(loaded);
        if (device.is_cpu()) {
            prepared = network.prepare(plain, factors);
            for (std::size_t i = 0; i < loaded.size(); ++i)
                values.push_back(network.variables()[i].role == Role::convolution ? Tensor() : loaded[i]);
            return;
        }
        const auto place = [&](const Tensor& tensor) {
            if (!tensor.defined()) return tensor;
            const auto format =
                tensor.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
            return tensor.to(device, type()).contiguous(format);
        };
        for (const Tensor& each : loaded) values.push_back(place(each));
        for (const Tensor& each : plain.weights) folded.weights.push_back(place(each));
        for (const Tensor& each : plain.biases) folded.biases.push_back(place(each));
    }

    const NetworkConfig& config() const { return network.config(); }

    /// Of features and values: on the CPU products alone are rounded.
    at::ScalarType type() const {
        return device.is_cpu() || factors == Factors::float32 ? at::kFloat : at::kBFloat16;
    }

    Pass pass() const {
        Pass made{values};
        if (prepared.empty())
            made.folded = &folded;
        else
            made.prepared = &prepared;
        return made;
    }

    Size network_size(const ImageView& image, Resize resize) const {
        const Size size{image.height, image.width};
        return resize == Resize::fit ? fitted_size(config(), size) : size;
    }

    Tensor pixels_of(std::span<const ImageView> images, std::span<const Size> sizes, Size padded) const {
        auto pixels =
            at::zeros({static_cast<std::int64_t>(images.size()), padded.height, padded.width, 3}, at::kFloat);
        for (std::size_t i = 0; i < images.size(); ++i)
            prepare_image(
                config(), images[i], sizes[i], padded.width,
                pixels.data_ptr<float>() + static_cast<std::int64_t>(i) * padded.height * padded.width * 3);
        return pixels.permute({0, 3, 1, 2}).to(device, type());
    }

    void add_regions(const std::vector<Box>& boxes, std::size_t image, Size padded,
                     std::vector<Region>& regions) const {
        for (const Box& box : boxes)
            regions.push_back(
                network.region(box, static_cast<std::int64_t>(image), padded.height, padded.width));
    }

    static Tensor plain(const Tensor& tensor) { return tensor.to(at::kCPU, at::kFloat).contiguous(); }

    static std::span<const float> rows(const Tensor& tensor, std::int64_t first, std::int64_t count) {
        const auto length = tensor.size(0) ? tensor.numel() / tensor.size(0) : 0;
        return {tensor.data_ptr<float>() + first * length, static_cast<std::size_t>(count * length)};
    }

    std::vector<Proposals> propose(const Tensor& cells, std::span<const Size> sizes, const Pass& pass) const {
        const auto rpn = network.rpn(cells, pass);
        const Tensor codes = plain(rpn.codes), logits = plain(rpn.logits);
        const auto anchors = grid_anchors(config(), cells.size(2), cells.size(3));
        std::vector<Proposals> proposals;
        for (std::size_t i = 0; i < sizes.size(); ++i) {
            const auto image = static_cast<std::int64_t>(i);
            proposals.push_back(select_proposals(config(), anchors, rows(codes, image, 1),
                                                 rows(logits, image, 1), extent(sizes[i]),
                                                 Purpose::inference));
        }
        return proposals;
    }

    static Extent extent(Size size) {
        return {static_cast<float>(size.height), static_cast<float>(size.width)};
    }

    std::vector<std::vector<ScoredBox>> classify(const Tensor& cells, const std::vector<Proposals>& proposals,
                                                 std::span<const Size> sizes, Size padded,
                                                 const Pass& pass) const {
        std::vector<std::vector<ScoredBox>> found(sizes.size());
        std::vector<Tensor> all_codes, all_logits;
        std::vector<Region> regions;
        for (std::size_t i = 0; i < proposals.size(); ++i)
            add_regions(proposals[i].boxes, i, padded, regions);
        for_each_group(regions, [&](const std::vector<Region>& group, std::size_t) {
            const auto boxes = network.boxes(network.region_features(cells, group, pass), pass);
            all_codes.push_back(plain(boxes.codes));
            all_logits.push_back(plain(boxes.logits));
        });
        if (all_codes.empty()) return found;
        const Tensor codes = at::cat(all_codes), logits = at::cat(all_logits);
        std::int64_t first = 0;
        for (std::size_t i = 0; i < sizes.size(); ++i) {
            const auto count = static_cast<std::int64_t>(proposals[i].boxes.size());
            found[i] = select_detections(config(), proposals[i], rows(codes, first, count),
                                         rows(logits, first, count), extent(sizes[i]),
                                         static_cast<float>(config().detection_score_threshold));
            first += count;
        }
        return found;
    }

    /// Calls body(group, place of its first region) for groups of regions, on a device for all at once.
    template <class Body>
    void for_each_group(const std::vector<Region>& regions, const Body& body) const {
        const std::size_t most = device.is_cpu() ? regions_together : regions.size();
        for (std::size_t first = 0; first < regions.size(); first += most) {
            const auto begin = regions.begin() + static_cast<std::ptrdiff_t>(first);
            const auto count = static_cast<std::ptrdiff_t>(std::min(most, regions.size() - first));
            body(std::vector<Region>(begin, begin + count), first);
        }
    }

    /// Mask probabilities [detections, mask_size, mask_size] of each detection's own class, all images' in
    /// order.
    Tensor draw_masks(const Network::Features& features, const std::vector<std::vector<ScoredBox>>& found,
                      Size padded, const Pass& pass) const {
        std::vector<Region> regions;
        std::vector<std::int64_t> classes;
        for (std::size_t i = 0; i < found.size(); ++i) {
            std::vector<Box> boxes;
            for (const ScoredBox& each : found[i]) {
                boxes.push_back(each.box);
                classes.push_back(each.category - 1);
            }
            add_regions(boxes, i, padded, regions);
        }
        std::vector<Tensor> all;
        for_each_group(regions, [&](const std::vector<Region>& group, std::size_t first) {
            // One after the other: the second stage's memory is free again before the detail takes its own.
            const Tensor cells = network.region_features(features.cells, group, pass);
            const Tensor masks = network.masks(cells, network.mask_detail(features, group), pass);
            auto chosen = at::empty({static_cast<std::int64_t>(group.size())}, at::kLong);
            std::copy_n(classes.begin() + static_cast<std::ptrdiff_t>(first), group.size(),
                        chosen.data_ptr<std::int64_t>());
            chosen = chosen.to(device);
            const Tensor own = masks.index({at::arange(chosen.size(0), chosen.options()), chosen});
            all.push_back(at::sigmoid(own.to(at::kCPU, at::kFloat)));
        });
        return all.empty() ? Tensor() : at::cat(all).contiguous();
    }

    Detections detections(const std::vector<ScoredBox>& found, const Tensor& masks, std::int64_t first,
                          Size size, const ImageView& image) const {
        const float y = static_cast<float>(image.height) / static_cast<float>(size.height);
        const float x = static_cast<float>(image.width) / static_cast<float>(size.width);
        Detections result;
        for (std::size_t i = 0; i < found.size(); ++i) {
            const Box box = clip({found[i].box.y_min * y, found[i].box.x_min * x, found[i].box.y_max * y,
                                  found[i].box.x_max * x},
                                 static_cast<float>(image.height), static_cast<float>(image.width));
            const auto mask = rows(masks, first + static_cast<std::int64_t>(i), 1);
            result.push_back({box.y_min, box.x_min, box.y_max, box.x_max, found[i].score, found[i].category,
                              std::vector<float>(mask.begin(), mask.end())});
        }
        return result;
    }

    std::vector<Detections> detect_batch(std::span<const ImageView> images, Resize resize) const {
        const at::NoGradGuard no_grad;
        std::vector<Size> sizes;
        Size padded{0, 0};
        for (const ImageView& image : images) {
            sizes.push_back(network_size(image, resize));
            padded = {std::max(padded.height, sizes.back().height),
                      std::max(padded.width, sizes.back().width)};
        }
        const Pass pass = this->pass();
        const Network::Features features = network.features(pixels_of(images, sizes, padded), pass);
        const auto found =
            classify(features.cells, propose(features.cells, sizes, pass), sizes, padded, pass);
        const Tensor masks = draw_masks(features, found, padded, pass);
        std::vector<Detections> results;
        std::int64_t first = 0;
        for (std::size_t i = 0; i < images.size(); ++i) {
            results.push_back(detections(found[i], masks, first, sizes[i], images[i]));
            first += static_cast<std::int64_t>(found[i].size());
        }
        return results;
    }
};

Detector::Detector(const WeightsFile& weights, const DetectorOptions& options)
    : body_(std::make_unique<const Body>(weights, options)) {}
Detector::~Detector() = default;
Detector::Detector(Detector&&) noexcept = default;
Detector& Detector::operator=(Detector&&) noexcept = default;

const NetworkConfig& Detector::config() const { return body_->config(); }

std::string Detector::description() const {
    return body_->device.str() + (body_->factors == Factors::float32 ? " float32" : " bfloat16");
}

Detections Detector::detect(const ImageView& image, Resize resize) const {
    return std::move(detect(std::span(&image, 1), resize).front());
}

std::vector<Detections> Detector::detect(std::span<const ImageView> images, Resize resize) const {
    for (const ImageView& image : images)
        if (image.height < 1 || image.width < 1 || image.height > 32768 || image.width > 32768)
            throw Error(Cause::input, "an image of " + std::to_string(image.width) + " x " +
                                          std::to_string(image.height) +
                                          " pixels; 1 to 32768 a side are possible");
    const ThreadTeam team(body_->team);
    if (!body_->device.is_cpu())
        return images.empty() ? std::vector<Detections>{} : body_->detect_batch(images, resize);
    // One by one: a batch would change the order of sums, and with it bits.
    std::vector<Detections> results;
    for (const ImageView& image : images) {
        const FeatureMemory::Lease lease(body_->memory, workspace_bytes(image.height, image.width, resize));
        results.push_back(body_->detect_batch({&image, 1}, resize).front());
    }
    return results;
}

std::size_t Detector::workspace_bytes(std::int64_t height, std::int64_t width, Resize resize) const {
    const Size size = body_->network_size({nullptr, height, width, 0}, resize);
    const bool cpu = body_->device.is_cpu();
    const Network::Workspace how{
        !body_->prepared.empty(),
        cpu ? static_cast<std::int64_t>(regions_together) : std::max(config().proposals, config().detections),
        body_->team};
    return static_cast<std::size_t>(body_->network.workspace_floats(size.height, size.width, how)) *
           sizeof(float);
}

}  // namespace figurant::mask_rcnn
