#pragma once
// Models and checkpoints: configuration and arrays in one HDF5 file. See weights.md.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/named_array.h"

namespace figurant::data_formats {

/// The whole file's bytes; the same arrays give the same bytes. Error(Cause::internal) when an array breaks
/// its invariant or two have one name; Error(Cause::limit) when HDF5 finds no memory.
std::string encode_weights(const WeightsFile& weights);

/// encode_weights under `path`, whole or not at all.
void write_weights(const std::filesystem::path& path, const WeightsFile& weights);

/// Reads a file that encode_weights made; arrays in their order there. `kind`: what it must hold ("model" or
/// "checkpoint"); empty: any. Error(Cause::model) naming the file (and the array): missing, damaged in any
/// bit, cut short, of another kind or a newer format, or not of ours at all. Never takes memory for more than
/// the file holds.
WeightsFile read_weights(const std::filesystem::path& path, std::string_view kind = {});

/// The same from memory, for an embedded model; `name` stands for the file in messages.
WeightsFile parse_weights(std::span<const std::byte> bytes, const std::string& name,
                          std::string_view kind = {});

}  // namespace figurant::data_formats
