#pragma once
// Files that hold named tensors, whatever their kind: listed first, read one by one.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/named_array.h"

namespace figurant::data_formats {

struct TensorInfo {
    std::string name;  ///< any bytes but none below 0x20
    std::string type;  ///< as stored: "float32", "bfloat16", "string", …
    std::vector<std::int64_t> shape;
    std::string unreadable;  ///< why it is listed only; empty: it can be read
};

/// An open file of tensors. Const and thread-safe.
class TensorFile {
  public:
    virtual ~TensorFile() = default;
    /// "TensorFlow checkpoint", "frozen graph", "model", "checkpoint".
    virtual std::string kind() const = 0;
    /// The network's configuration as TOML text, where the file carries one.
    virtual std::string config() const { return {}; }
    /// Bytes of the file that are kept in memory while it is open.
    virtual std::size_t held_bytes() const { return 0; }
    const std::vector<TensorInfo>& tensors() const { return tensors_; }
    /// The place in tensors() that a name stands for, also by way of other nodes of a graph.
    virtual std::optional<std::size_t> find(std::string_view name) const;
    /// One tensor: real types as float32, whole ones as int64. Error(Cause::model) naming file and tensor
    /// when it is damaged, or listed only.
    virtual NamedArray read(std::size_t place) const = 0;

  protected:
    std::vector<TensorInfo> tensors_;  ///< by rising name, bytewise, each name once
};

/// Opens any kind that is known: a model or checkpoint of this program (.h5), a TensorFlow checkpoint of
/// version 2 (its prefix, or its .index), a frozen graph (.pb). What it is, is told by its content.
/// Error(Cause::model) naming the file: missing, damaged, of no known kind.
std::unique_ptr<TensorFile> open_tensors(const std::filesystem::path& path);

/// Smallest, mean and largest value; nothing for a tensor without elements. A NaN makes all three NaN.
struct TensorSummary {
    double min = 0, mean = 0, max = 0;
};
std::optional<TensorSummary> summarize(const NamedArray& array);

}  // namespace figurant::data_formats
