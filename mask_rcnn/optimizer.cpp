#include "mask_rcnn/optimizer.h"

#include <cmath>

#include "base/error.h"
#include "mask_rcnn/weights.h"

namespace figurant::mask_rcnn {

using torch::Tensor;

Optimizer::Optimizer(const TrainingConfig& config, const Network& network, const Values& values)
    : config_(config), variables_(network.variables()) {
    slot_suffixes_ =
        adam() ? std::vector<std::string>{"/Adam", "/Adam_1"} : std::vector<std::string>{"/Momentum"};
    slots_.resize(variables_.size());
    for (std::size_t i = 0; i < variables_.size(); ++i)
        for (std::size_t s = 0; variables_[i].trained && s < slot_suffixes_.size(); ++s)
            slots_[i].push_back(at::zeros_like(values[i]));
}

double Optimizer::clip_factor(double variable_norm, double global_norm) const {
    if (config_.gradient_clip == "none") return 1;
    const double norm = config_.gradient_clip == "global" ? global_norm : variable_norm;
    return norm > config_.gradient_clip_norm ? config_.gradient_clip_norm / norm : 1;
}

void Optimizer::update(std::size_t place, Tensor& value, const Tensor& gradient, double factor,
                       std::int64_t step) {
    const double rate = config_.learning_rate_at(step);
    const Role role = variables_[place].role;
    const double decay = role == Role::convolution || role == Role::dense ? config_.weight_decay : 0;
    if (!adam()) {
        Tensor& kept = slots_[place][0];
        kept.mul_(config_.momentum).add_(gradient, factor);
        if (decay > 0) kept.add_(value, decay);
        value.add_(kept, -rate);
        return;
    }
    Tensor& mean = slots_[place][0];
    Tensor& square = slots_[place][1];
    mean.mul_(config_.adam_beta1).add_(gradient, factor * (1 - config_.adam_beta1));
    square.mul_(config_.adam_beta2).addcmul_(gradient, gradient, factor * factor * (1 - config_.adam_beta2));
    const double done = static_cast<double>(step + 1);
    const double mean_correction = 1 - std::pow(config_.adam_beta1, done);
    const double square_correction = 1 - std::pow(config_.adam_beta2, done);
    const Tensor root = square.sqrt().mul_(1 / std::sqrt(square_correction)).add_(config_.adam_epsilon);
    if (decay > 0) value.mul_(1 - rate * decay);
    value.addcdiv_(mean, root, -rate / mean_correction);
}

void Optimizer::save(std::vector<NamedArray>& arrays) const {
    for (std::size_t i = 0; i < variables_.size(); ++i)
        for (std::size_t s = 0; s < slots_[i].size(); ++s)
            arrays.push_back(
                to_array(variables_[i].name + slot_suffixes_[s], variables_[i].role, slots_[i][s]));
}

void Optimizer::load(const WeightsFile& checkpoint) {
    for (std::size_t i = 0; i < variables_.size(); ++i)
        for (std::size_t s = 0; s < slots_[i].size(); ++s) {
            const std::string name = variables_[i].name + slot_suffixes_[s];
            const NamedArray* array = find_array(checkpoint, name);
            if (!array)
                throw Error(Cause::model, "the checkpoint has no \"" + name + "\"",
                            "resume with the optimizer that the checkpoint was written with");
            slots_[i][s].copy_(from_array(*array, variables_[i]));
        }
}

}  // namespace figurant::mask_rcnn
