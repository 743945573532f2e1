#pragma once
// A data set to learn from.

#include <memory>

#include "data_formats/example_set/example_set.h"
#include "pipeline/payload.h"

namespace figurant::stages {

/// Data sets of any kind; what they hold is read example by example.
struct Dataset {
    std::shared_ptr<const data_formats::ExampleSet> examples;
};

}  // namespace figurant::stages

namespace figurant::pipeline {

template <>
struct PayloadTraits<stages::Dataset> {
    static constexpr std::string_view name = "dataset";
    static std::size_t bytes(const stages::Dataset& dataset) {
        return sizeof(dataset) + dataset.examples->size() * sizeof(std::string);
    }
};

}  // namespace figurant::pipeline
