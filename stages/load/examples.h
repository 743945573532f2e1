#pragma once
// The examples of data sets on their way from one kind of file to another.

#include <memory>
#include <string>

#include "data_formats/example_set/example_set.h"
#include "pipeline/payload.h"

namespace figurant::stages {

/// Where an example is: not read yet.
struct ListedExample {
    std::shared_ptr<const data_formats::ExampleSet> set;
    std::size_t index = 0;
    std::string stem;  ///< what its files are named by, unique in the run, safe below an output folder
};

struct LoadedExample {
    data_formats::StoredExample example;
    std::string stem;
};

}  // namespace figurant::stages

namespace figurant::pipeline {

template <>
struct PayloadTraits<stages::ListedExample> {
    static constexpr std::string_view name = "listed_example";
    static std::size_t bytes(const stages::ListedExample& listed) {
        return sizeof(listed) + listed.stem.capacity();
    }
};

template <>
struct PayloadTraits<stages::LoadedExample> {
    static constexpr std::string_view name = "stored_example";
    static std::size_t bytes(const stages::LoadedExample& loaded) {
        return loaded.example.bytes() + loaded.stem.capacity();
    }
};

}  // namespace figurant::pipeline
