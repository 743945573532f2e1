#pragma once
// Which maps a run reads: files and folders to a sorted list, and what identifies each file.

#include <filesystem>
#include <string>
#include <vector>

namespace figurant::data_formats {

struct MapFile {
    std::filesystem::path path;
    std::string
        name;  ///< relative to the folder that was given, '/' separated; of a file given directly, its name
    std::string trouble{};  ///< why it cannot be read, where that is known: a link that leads nowhere, a
                            ///< folder that cannot be listed
};

struct FoundMaps {
    std::vector<MapFile> maps;
    std::vector<std::string>
        others;  ///< names of what else is in the folders, sorted: other files, folders of runs
};

/// Folders are searched to any depth for files with the extension of a map (any case; hidden entries are left
/// out); a file given directly is taken whatever its name. Sorted by name, bytewise; a file reached twice is
/// listed once. Two files that would have one name get the name of their folder in front. `results`: a folder
/// that is written to; met in a search it is left out, and so are folders of other runs, lest their pictures
/// be taken for maps. A folder in one that was given, which cannot be listed, is listed as a map, with its
/// trouble. Error(Cause::input) for a path that does not exist, or a folder given that cannot be listed or is
/// `results` itself, and when there is no map at all.
FoundMaps find_maps(const std::vector<std::filesystem::path>& paths,
                    const std::filesystem::path& results = {});
/// The maps alone.
std::vector<MapFile> list_maps(const std::vector<std::filesystem::path>& paths,
                               const std::filesystem::path& results = {});

/// True for the extensions that list_maps looks for in folders.
bool has_map_extension(const std::filesystem::path& path);

/// Size, time of the last change, and a hash of head and tail: differs when a file was changed, without
/// reading all of it. Error(Cause::input) when it cannot be read.
std::string input_digest(const std::filesystem::path& path);

}  // namespace figurant::data_formats
