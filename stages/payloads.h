#pragma once
// The types that flow between the stages, as the framework needs to know them: a name, and the bytes that
// they keep alive.

#include <cstddef>
#include <opencv2/core/version.hpp>

#include "figures/example.h"
#include "figures/figure.h"
#include "figures/map.h"
#include "figures/merging.h"
#include "pipeline/abi_note.h"
#include "pipeline/payload.h"

namespace figurant::stages {

// Pixels are OpenCV's: a library of stages and the program must have the same, as far as OpenCV counts its
// binary interface (major.minor, as in the names of its libraries).
FIGURANT_NOTE(opencv, library, "OpenCV: " FIGURANT_TEXT(CV_VERSION_MAJOR) "." FIGURANT_TEXT(CV_VERSION_MINOR))

/// What the network found on one tile, in the coordinates of its map.
struct FoundOnTile {
    figures::MapInfo map;
    figures::TileFigures found;
};

}  // namespace figurant::stages

namespace figurant::pipeline {

template <>
struct PayloadTraits<figures::MapHandle> {
    static constexpr std::string_view name = "map";
    static std::size_t bytes(const figures::MapHandle& map) { return sizeof(map) + map->bytes(); }
};

template <>
struct PayloadTraits<figures::Tile> {
    static constexpr std::string_view name = "tile";
    static std::size_t bytes(const figures::Tile& tile) { return tile.bytes(); }
};

template <>
struct PayloadTraits<stages::FoundOnTile> {
    static constexpr std::string_view name = "tile_figures";
    static std::size_t bytes(const stages::FoundOnTile& tile) {
        std::size_t sum = sizeof(tile);
        for (const auto& figure : tile.found.figures) sum += figure.bytes();
        return sum;
    }
};

template <>
struct PayloadTraits<figures::Detections> {
    static constexpr std::string_view name = "detections";
    static std::size_t bytes(const figures::Detections& detections) { return detections.bytes(); }
};

template <>
struct PayloadTraits<figures::Example> {
    static constexpr std::string_view name = "example";
    static std::size_t bytes(const figures::Example& example) { return example.bytes(); }
};

}  // namespace figurant::pipeline
