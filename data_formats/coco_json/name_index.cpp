#include "data_formats/coco_json/name_index.h"

namespace figurant::data_formats {

namespace {

std::string last_component(const std::string& name) {
    const auto slash = name.find_last_of("/\\");
    return slash == std::string::npos ? name : name.substr(slash + 1);
}

}  // namespace

void NameIndex::add(const std::string& name, std::int64_t value) {
    whole_.emplace(name, value);
    const auto [other, fresh] = last_.emplace(last_component(name), value);
    if (!fresh) other->second = std::nullopt;
}

std::optional<std::int64_t> NameIndex::find(const std::string& name) const {
    if (const auto whole = whole_.find(name); whole != whole_.end()) return whole->second;
    const auto last = last_.find(last_component(name));
    return last == last_.end() ? std::nullopt : last->second;
}

}  // namespace figurant::data_formats
