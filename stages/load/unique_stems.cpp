#include "stages/load/unique_stems.h"

#include <filesystem>
#include <map>
#include <set>

#include "figures/map.h"

namespace figurant::stages {

std::vector<std::string> unique_stems(const std::vector<std::string>& names) {
    std::map<std::string, std::size_t> uses;
    for (const auto& name : names) ++uses[figures::map_stem(name)];
    std::set<std::string> taken;
    std::vector<std::string> stems;
    for (const auto& name : names) {
        std::string stem = figures::map_stem(name);
        if (uses[stem] > 1) {
            stem += "_" + std::filesystem::path(name).extension().string().erase(0, 1);
            while (uses.contains(stem) || taken.contains(stem)) stem += "_";
        }
        taken.insert(stem);
        stems.push_back(stem);
    }
    return stems;
}

}  // namespace figurant::stages
