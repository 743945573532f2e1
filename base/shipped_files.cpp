#include "base/shipped_files.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/parameters.h"

namespace figurant {
namespace fs = std::filesystem;

fs::path shipped_folder(std::string_view kind) {
    std::vector<fs::path> places;
    if (const char* share = std::getenv("FIGURANT_SHARE")) places.emplace_back(fs::path(share) / kind);
    std::error_code failed;
    const fs::path program = fs::read_symlink("/proc/self/exe", failed);
    // Programs of a build lie in its top folder or one below (benchmarks/, the tests' folders).
    for (fs::path folder = program.parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
        places.push_back(folder / kind);
        places.push_back(folder / "share" / "figurant" / kind);
    }
    for (const auto& place : places)
        if (fs::is_directory(place, failed) && !fs::exists(place / "CMakeLists.txt", failed)) return place;
    throw Error(Cause::configuration,
                "the program's own " + std::string(kind) + " were not found near " + program.string(),
                "set FIGURANT_SHARE to the folder that holds " + std::string(kind) + "/");
}

fs::path shipped_file(std::string_view kind, const fs::path& name, std::string_view extension) {
    std::error_code failed;
    if (fs::is_regular_file(name, failed)) return name;
    const fs::path folder = shipped_folder(kind);
    for (const auto& candidate : {folder / name, folder / (name.string() + std::string(extension))})
        if (!name.has_parent_path() && fs::is_regular_file(candidate, failed)) return candidate;
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder, failed))
        if (entry.path().extension() == extension) names.push_back(entry.path().stem().string());
    std::sort(names.begin(), names.end());
    std::string message = "there is no file \"" + name.string() + "\", and no shipped one of that name";
    if (const auto near = nearest_name(name.string(), names)) message += "; did you mean \"" + *near + "\"?";
    message += " Shipped " + std::string(kind) + ":";
    for (const auto& each : names) message += " " + each;
    throw Error(Cause::configuration, message);
}

}  // namespace figurant
