#pragma once
// Training of Mask R-CNN, step by step. No LibTorch header is needed to use it.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/named_array.h"
#include "mask_rcnn/config.h"

namespace figurant::mask_rcnn {

/// One true figure of an example.
struct TrueFigure {
    float y_min = 0, x_min = 0, y_max = 0, x_max = 0;  ///< pixels of the example; the maximum is exclusive
    std::int32_t category = 1;                         ///< 1 to classes
    /// The figure's pixels: a window of mask_height x mask_width at (mask_y, mask_x) on the example, row by
    /// row, above 0 is inside; outside the window there is nothing of the figure.
    std::vector<std::uint8_t> mask;
    std::int64_t mask_y = 0, mask_x = 0, mask_height = 0, mask_width = 0;
};

/// An image to learn from, augmented already.
struct TrainingExample {
    std::int64_t height = 0, width = 0;
    std::vector<std::uint8_t> rgb;  ///< height x width x 3
    std::vector<TrueFigure> figures;
};

/// Runs body(0), …, body(n - 1), in any order and side by side as it likes, and returns when all are done.
using ParallelFor = std::function<void(std::size_t n, const std::function<void(std::size_t)>& body)>;

/// One after the other, in the calling thread.
void serial_for(std::size_t n, const std::function<void(std::size_t)>& body);

/// The losses of one step, weighted, as mean over the batch; the names are those of `names()`.
struct StepLosses {
    double rpn_localization = 0, rpn_objectness = 0, localization = 0, classification = 0, mask = 0;
    double total() const { return rpn_localization + rpn_objectness + localization + classification + mask; }
    double learning_rate = 0;
    double gradient_norm = 0;  ///< of all gradients together, before clipping
    std::int64_t step = 0;     ///< which step this was, counted from 0

    /// The original's names, in the members' order: "Loss/RPNLoss/localization_loss", …
    static const std::vector<std::string>& names();
    std::vector<double> values() const {
        return {rpn_localization, rpn_objectness, localization, classification, mask};
    }
};

/// Makes the anchors of a model that no image of height x width holds wholly propose nothing: training drops
/// anchors that leave the image, so these were never trained if the examples were no larger, and what they
/// say is random. Does nothing where the configuration has clipped anchors learned from. Error(Cause::model)
/// when the model's configuration or region proposal variables are not
/// there.
void silence_unfit_anchors(WeightsFile& model, std::int64_t height, std::int64_t width);

struct TrainerOptions {
    std::string device = "cpu";
};

/// What a trainer does, for those who load this library when they first need it (library.h).
/// The result of any number of steps depends on the configuration, the seed and the examples alone, never on
/// how ParallelFor runs. Not thread-safe.
class AbstractTrainer {
  public:
    virtual ~AbstractTrainer() = default;

    virtual const NetworkConfig& network() const = 0;
    virtual const TrainingConfig& training() const = 0;

    enum class Taken { extractors, all };
    /// Takes those variables (of the two feature extractors, or all) that `weights` has under the same name
    /// and shape; the rest stays as it is. With `all`, weights of a narrower network (widening.h) become the
    /// first channels of this one, which then does what that one did. Returns how many were taken; none:
    /// Error(Cause::model).
    virtual std::size_t start_from(const WeightsFile& weights, Taken taken = Taken::extractors) = 0;

    /// Learns from one batch, split into microbatches of the configured size that run side by side by
    /// `parallel`. Error(Cause::input) for an example that is not what it claims; Error(Cause::divergence)
    /// naming step and loss when a loss or gradient is not finite (the weights are left as they were before
    /// the step).
    virtual StepLosses step(std::span<const TrainingExample> batch,
                            const ParallelFor& parallel = serial_for) = 0;

    /// Steps done so far.
    virtual std::int64_t steps() const = 0;

    /// Everything needed to go on.
    virtual WeightsFile checkpoint() const = 0;
    /// What a Detector needs: the weights' moving average, where one is kept. Anchors that none of the
    /// examples could hold are silenced, see
    /// silence_unfit_anchors.
    virtual WeightsFile inference_model() const = 0;
};

/// A network in training.
class Trainer final : public AbstractTrainer {
  public:
    /// Fresh, from the seed.
    Trainer(const NetworkConfig& network, const TrainingConfig& training, const TrainerOptions& options = {});
    /// Goes on exactly where `checkpoint()` was taken. Error(Cause::model) when the weights are no
    /// checkpoint, or do not fit their own configuration.
    explicit Trainer(const WeightsFile& checkpoint, const TrainerOptions& options = {});
    /// Goes on from a checkpoint under another configuration of the training (its length, its learning rate,
    /// its seed). Error(Cause::model) as above, and when the optimizer is another.
    Trainer(const WeightsFile& checkpoint, const TrainingConfig& training,
            const TrainerOptions& options = {});
    ~Trainer() override;
    Trainer(Trainer&&) noexcept;
    Trainer& operator=(Trainer&&) noexcept;

    const NetworkConfig& network() const override;
    const TrainingConfig& training() const override;
    std::size_t start_from(const WeightsFile& weights, Taken taken = Taken::extractors) override;
    StepLosses step(std::span<const TrainingExample> batch,
                    const ParallelFor& parallel = serial_for) override;
    std::int64_t steps() const override;
    WeightsFile checkpoint() const override;
    WeightsFile inference_model() const override;

  private:
    void load(const WeightsFile& checkpoint);

    struct Body;
    std::unique_ptr<Body> body_;
};

}  // namespace figurant::mask_rcnn
