#pragma once
// Images meet their ground truth, and maps their images, by file name.

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace figurant::data_formats {

/// Which of many names another one means: the same (the first of several), else the only one with the same
/// last component, components parted by '/' or '\'.
class NameIndex {
  public:
    /// A name, and what stands for it: an id, or a place.
    void add(const std::string& name, std::int64_t value);
    /// What stands for the name that is meant; nothing where it is none, or cannot be told.
    std::optional<std::int64_t> find(const std::string& name) const;

  private:
    std::unordered_map<std::string, std::int64_t> whole_;
    std::unordered_map<std::string, std::optional<std::int64_t>> last_;
};

}  // namespace figurant::data_formats
