#include <algorithm>
#include <map>

#include "base/error.h"
#include "data_formats/data_folder/data_folder.h"
#include "data_formats/map_image/map_list.h"

namespace figurant::data_formats {
namespace fs = std::filesystem;

namespace {

[[noreturn]] void reject(const fs::path& path, const std::string& why) {
    throw Error(Cause::input, path.string() + ": " + why,
                "a data folder holds images/NAME.jpg, masks/NAME.png and keypoints/NAME.json");
}

/// The file that goes with an image in a folder beside images/.
fs::path beside(const fs::path& folder, const std::string& name, const char* extension) {
    return (folder / name).replace_extension(extension);
}

}  // namespace

std::vector<DataFolderEntry> list_entries(const fs::path& folder) {
    std::error_code failed;
    if (!fs::is_directory(folder, failed))
        reject(folder, fs::exists(folder, failed) ? "is no folder" : "does not exist");
    if (!fs::is_directory(folder / "images", failed)) reject(folder, "has no folder \"images\" in it");
    std::vector<DataFolderEntry> entries;
    std::map<fs::path, std::string> masks;  // and whose they are
    for (auto& image : list_maps({folder / "images"})) {
        DataFolderEntry entry{image.name, image.path, beside(folder / "masks", image.name, ".png"),
                              beside(folder / "keypoints", image.name, ".json")};
        if (!fs::exists(entry.keypoints, failed)) entry.keypoints.clear();
        const auto [other, fresh] = masks.emplace(entry.mask, entry.name);
        if (!fresh) reject(entry.mask, "is the mask of both " + other->second + " and " + entry.name);
        entries.push_back(std::move(entry));
    }
    return entries;
}

void check_mask(const DataFolderEntry& entry) {
    std::error_code failed;
    if (fs::is_regular_file(entry.mask, failed)) return;
    for (const char* extension : {".jpg", ".jpeg", ".JPG"})
        if (const auto other = fs::path(entry.mask).replace_extension(extension); fs::exists(other, failed))
            throw Error(Cause::input,
                        other.string() +
                            ": is a JPEG, which smears the numbers of a mask: which figure a pixel "
                            "belongs to cannot be told",
                        "write the mask again from its source, as " + entry.mask.filename().string());
    reject(entry.mask, "is missing, the mask of " + entry.image.string());
}

std::vector<DataFolderEntry> list_examples(const fs::path& folder) {
    auto entries = list_entries(folder);
    for (const auto& entry : entries) check_mask(entry);
    return entries;
}

}  // namespace figurant::data_formats
