#pragma once
// A data set, as a list of where its examples are.

#include <filesystem>
#include <vector>

#include "data_formats/data_folder/data_folder.h"
#include "pipeline/payload.h"

namespace figurant::stages {

struct Dataset {
    std::filesystem::path folder;
    std::vector<data_formats::DataFolderEntry> entries;
    data_formats::FirstFigure first_figure = data_formats::FirstFigure::detect;
};

}  // namespace figurant::stages

namespace figurant::pipeline {

template <>
struct PayloadTraits<stages::Dataset> {
    static constexpr std::string_view name = "dataset";
    static std::size_t bytes(const stages::Dataset& dataset) {
        std::size_t sum = sizeof(dataset);
        for (const auto& entry : dataset.entries)
            sum += sizeof(entry) + entry.name.size() + entry.image.native().size() +
                   entry.mask.native().size() + entry.keypoints.native().size();
        return sum;
    }
};

}  // namespace figurant::pipeline
