#pragma once
// What flows while maps are composed.

#include <cstdint>
#include <string>

#include "pipeline/payload.h"
#include "synthesis/compose.h"

namespace figurant::stages {

/// A map to be composed.
struct Composition {
    std::string name;  ///< of its files, without extension
    std::uint64_t seed = 0;
};

/// A composed map under its name.
struct NamedComposition {
    std::string name;
    synthesis::ComposedMap map;
};

}  // namespace figurant::stages

namespace figurant::pipeline {

template <>
struct PayloadTraits<stages::Composition> {
    static constexpr std::string_view name = "composition";
    static std::size_t bytes(const stages::Composition& plan) { return sizeof(plan) + plan.name.size(); }
};

template <>
struct PayloadTraits<stages::NamedComposition> {
    static constexpr std::string_view name = "composed_map";
    static std::size_t bytes(const stages::NamedComposition& composed) {
        const auto size = [](const cv::Mat& mat) { return mat.total() * mat.elemSize(); };
        std::size_t sum = sizeof(composed) + size(composed.map.rgb) + size(composed.map.figure_index);
        for (const auto& figure : composed.map.figures)
            sum += sizeof(figure) + size(figure.mask) + size(figure.parts);
        return sum;
    }
};

}  // namespace figurant::pipeline
