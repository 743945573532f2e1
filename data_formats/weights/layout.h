#pragma once
// Names inside the HDF5 part of a weights file, for its reader and its writer. See weights.md.

#include <string>
#include <string_view>

namespace figurant::data_formats::weights_layout {

inline constexpr const char* kind_attribute = "kind";
inline constexpr const char* config_dataset = "config";
inline constexpr const char* arrays_group = "arrays";

/// HDF5 links cannot hold a slash, and groups cannot be arrays too ("a" beside "a/b"): so one flat group.
inline std::string link_name(std::string name) {
    for (char& c : name)
        if (c == '/') c = ':';
    return name;
}

inline std::string array_name(std::string link) {
    for (char& c : link)
        if (c == ':') c = '/';
    return link;
}

}  // namespace figurant::data_formats::weights_layout
