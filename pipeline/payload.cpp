#include "pipeline/payload.h"

#include "base/digest.h"

namespace figurant::pipeline {

std::uint64_t Lineage::seed(std::uint64_t stage_seed) const {
    std::uint64_t seed = mix(stage_seed, root_);
    for (std::size_t level = 0; level < depth_; ++level) seed = mix(seed, ordinals_[level]);
    return mix(seed, depth_);
}

std::string Lineage::text() const {
    std::string text = std::to_string(root_);
    for (std::size_t level = 0; level < depth_; ++level) text += "." + std::to_string(ordinals_[level]);
    return text;
}

}  // namespace figurant::pipeline
