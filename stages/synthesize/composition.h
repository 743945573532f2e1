#pragma once
// What flows while maps are composed.

#include <cstdint>
#include <string>

#include "pipeline/payload.h"
#include "synthesis/scene.h"

namespace figurant::stages {

/// A map to be composed.
struct Composition {
    std::string name;  ///< of its files, without extension
    std::uint64_t seed = 0;
};

/// A map in the making under its name.
struct NamedScene {
    std::string name;
    synthesis::Scene scene;
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
struct PayloadTraits<stages::NamedScene> {
    static constexpr std::string_view name = "map_in_the_making";
    static std::size_t bytes(const stages::NamedScene& named) { return sizeof(named) + named.scene.bytes(); }
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
