#include "mask_rcnn/moving_average.h"

#include <algorithm>

#include "base/error.h"
#include "mask_rcnn/variables.h"
#include "mask_rcnn/weights.h"

namespace figurant::mask_rcnn {

namespace {

torch::Tensor finite(torch::Tensor value, const std::string& name) {
    if (!at::isfinite(value).all().item<bool>())
        throw Error(Cause::model, "\"" + name + "\" holds numbers that are not finite");
    return value;
}

}  // namespace

MovingAverage::MovingAverage(const TrainingConfig& config, const Network& network, const Values& values)
    : config_(config), variables_(network.variables()) {
    restart(values);
}

void MovingAverage::restart(const Values& values) {
    averages_.clear();
    if (!kept()) return;
    for (const auto& value : values) averages_.push_back(value.detach().clone());
}

void MovingAverage::update(std::size_t place, const torch::Tensor& value, std::int64_t step) {
    const auto n = static_cast<double>(step);
    const double past = std::min(config_.moving_average_decay, (1 + n) / (10 + n));
    averages_[place].lerp_(value, 1 - past);  // exact where nothing moves
}

void MovingAverage::save(std::vector<NamedArray>& arrays) const {
    for (std::size_t i = 0; i < averages_.size(); ++i)
        arrays.push_back(to_array(variables_[i].name + std::string(moving_average_suffix), variables_[i].role,
                                  averages_[i]));
}

void MovingAverage::load(const WeightsFile& checkpoint, const Values& values) {
    restart(values);
    for (std::size_t i = 0; i < averages_.size(); ++i)
        if (const auto* array =
                find_array(checkpoint, variables_[i].name + std::string(moving_average_suffix)))
            averages_[i].copy_(finite(from_array(*array, variables_[i]), array->name));
}

}  // namespace figurant::mask_rcnn
