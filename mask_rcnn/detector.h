#pragma once
// Mask R-CNN as a function from pixels to figures. No LibTorch header is needed to use it.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/named_array.h"
#include "mask_rcnn/config.h"

namespace figurant::mask_rcnn {

/// RGB pixels that someone else keeps: height rows of width x 3 bytes, `row_bytes` apart (0: dense).
struct ImageView {
    const std::uint8_t* pixels = nullptr;
    std::int64_t height = 0, width = 0, row_bytes = 0;
};

struct DetectorOptions {
    std::string device = "cpu";         ///< "cpu", "cuda" or "cuda:N"
    std::string precision = "float32";  ///< "float32", "bfloat16", or "auto": what the processor is built for
    std::optional<double> score_threshold;  ///< instead of the configuration's; detections score above it
    int team = 1;                           ///< threads of one call on the CPU; part of what decides its bits
};

/// What happens to an image before the network sees it.
enum class Resize {
    keep,  ///< nothing
    fit    ///< to the configuration's dimensions, aspect ratio kept, as the original does
};

struct Detection {
    float y_min = 0, x_min = 0, y_max = 0, x_max = 0;  ///< pixels of the image that was given, inside it
    float score = 0;                                   ///< 0 to 1
    std::int32_t category = 1;                         ///< 1 to classes
    std::vector<float>
        mask;  ///< mask_size x mask_size probabilities over the box, row by row; corners are samples
};

/// By falling score.
using Detections = std::vector<Detection>;

/// What a detector does, for those who load this library when they first need it (library.h).
/// Const and thread-safe: calls may run side by side, each computes with `team` threads, and its answer does
/// not depend on the others.
class AbstractDetector {
  public:
    virtual ~AbstractDetector() = default;

    virtual const NetworkConfig& config() const = 0;
    /// "cpu float32", "cuda:0 bfloat16", …
    virtual std::string description() const = 0;

    /// Images of less than 1 or more than 32768 pixels a side: Error(Cause::input).
    virtual Detections detect(const ImageView& image, Resize resize = Resize::keep) const = 0;
    /// A batch, for devices that like them; all images are padded to the largest. On the CPU the same as one
    /// by one.
    virtual std::vector<Detections> detect(std::span<const ImageView> images,
                                           Resize resize = Resize::keep) const = 0;

    /// An upper bound of the memory that one call takes for an image of this size, in bytes, without the
    /// weights.
    virtual std::size_t workspace_bytes(std::int64_t height, std::int64_t width,
                                        Resize resize = Resize::keep) const = 0;
};

/// A network ready for inference: batch norm folded, channels-last, masks only where something was found.
class Detector final : public AbstractDetector {
  public:
    /// Weights of kind "model" or "checkpoint". Error(Cause::model) naming what is missing or misshapen when
    /// the weights do not fit their configuration, Error(Cause::configuration) for options this machine
    /// cannot fulfil.
    explicit Detector(const WeightsFile& weights, const DetectorOptions& options = {});
    ~Detector() override;
    Detector(Detector&&) noexcept;
    Detector& operator=(Detector&&) noexcept;

    const NetworkConfig& config() const override;
    std::string description() const override;
    Detections detect(const ImageView& image, Resize resize = Resize::keep) const override;
    std::vector<Detections> detect(std::span<const ImageView> images,
                                   Resize resize = Resize::keep) const override;
    std::size_t workspace_bytes(std::int64_t height, std::int64_t width,
                                Resize resize = Resize::keep) const override;

  private:
    struct Body;
    std::unique_ptr<const Body> body_;
};

}  // namespace figurant::mask_rcnn
