#pragma once
// The mean of the weights along a training, younger ones counting more: what a model is made of where the
// configuration says so. The optimizer's steps swing around a minimum; their mean lies nearer to it (Polyak
// and Juditsky 1992).

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/named_array.h"
#include "mask_rcnn/config.h"
#include "mask_rcnn/network.h"

namespace figurant::mask_rcnn {

/// Keeps one mean for each variable, moving statistics of batch normalisation included. Each variable's
/// update touches that variable alone, so that updates of different variables may run side by side.
class MovingAverage {
  public:
    /// Begins with the values themselves. Keeps nothing when the configured decay is 0.
    MovingAverage(const TrainingConfig& config, const Network& network, const Values& values);

    bool kept() const { return config_.moving_average_decay > 0; }

    /// Forgets what it averaged, and begins with these values.
    void restart(const Values& values);
    /// Takes in values[place] after step `step`, counted from 0. The share of the past is the configured
    /// decay, but (1 + step) / (10 + step) at most, as of TensorFlow's ExponentialMovingAverage with
    /// num_updates: the first steps are forgotten soon.
    void update(std::size_t place, const torch::Tensor& value, std::int64_t step);

    const Values& values() const { return averages_; }  ///< by place; empty when none are kept

    void save(std::vector<NamedArray>& arrays) const;
    /// What the checkpoint does not have begins with `values`. Error(Cause::model) when a mean is misshapen
    /// or not finite.
    void load(const WeightsFile& checkpoint, const Values& values);

  private:
    TrainingConfig config_;
    std::vector<Variable> variables_;
    Values averages_;
};

}  // namespace figurant::mask_rcnn
