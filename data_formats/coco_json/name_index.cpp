#include "data_formats/coco_json/name_index.h"

namespace figurant::data_formats {

namespace {

std::string last_component(const std::string& name) {
    const auto slash = name.find_last_of("/\\");
    return slash == std::string::npos ? name : name.substr(slash + 1);
}

}  // namespace

void NameIndex::add(const std::string& name) {
    const std::size_t place = count_++;
    whole_.emplace(name, place);
    const auto [other, fresh] = last_.emplace(last_component(name), place);
    if (!fresh) other->second = std::nullopt;
}

std::optional<std::size_t> NameIndex::find_whole(const std::string& name) const {
    const auto found = whole_.find(name);
    return found == whole_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::size_t> NameIndex::find(const std::string& name) const {
    if (const auto whole = find_whole(name)) return whole;
    const auto found = last_.find(last_component(name));
    return found == last_.end() ? std::nullopt : found->second;
}

}  // namespace figurant::data_formats
