#pragma once
// Frozen graphs of TensorFlow (GraphDef, .pb): the constants, by their nodes' names. See frozen_graph.md.

#include <filesystem>
#include <memory>
#include <string>

#include "data_formats/tensors/tensor_file.h"

namespace figurant::data_formats {

/// Opens one. find() also follows Identity nodes, and takes X for what X/read stands for.
/// Error(Cause::model) naming the file and the byte: missing, damaged, no graph, a constant that contradicts
/// itself; Error(Cause::limit) for files beyond 2 GB, which protobuf does not allow.
std::unique_ptr<TensorFile> open_frozen_graph(const std::filesystem::path& path);

/// The same from memory; `name` stands for the file in messages.
std::unique_ptr<TensorFile> parse_frozen_graph(std::string bytes, const std::string& name);

/// A constant whose last value fills the rest of its shape is not bound by its file; it may have this many
/// bytes.
inline constexpr std::uint64_t most_filled_bytes = std::uint64_t{1} << 26;

}  // namespace figurant::data_formats
