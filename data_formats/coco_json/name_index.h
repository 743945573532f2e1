#pragma once
// Images meet their ground truth, and maps their images, by file name.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace figurant::data_formats {

/// Which of many names another one means: the same (the first of several), else the only one with the same
/// last component, components parted by '/' or '\'.
class NameIndex {
  public:
    /// The next name; the first has the place 0.
    void add(const std::string& name);
    /// The place of the name that is meant; nothing where it is none, or cannot be told.
    std::optional<std::size_t> find(const std::string& name) const;
    /// The same, of equal names alone.
    std::optional<std::size_t> find_whole(const std::string& name) const;

  private:
    std::size_t count_ = 0;
    std::unordered_map<std::string, std::size_t> whole_;
    std::unordered_map<std::string, std::optional<std::size_t>> last_;
};

}  // namespace figurant::data_formats
