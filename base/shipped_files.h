#pragma once
// Where the files lie that come with the program: graphs, configurations.

#include <filesystem>
#include <string_view>

namespace figurant {

/// The folder of shipped files of a kind ("graphs", "configs"): below $FIGURANT_SHARE, beside the program's
/// build folder, or in share/figurant of the installation. Error(Cause::configuration) when there is none.
std::filesystem::path shipped_folder(std::string_view kind);

/// A file as the user names it: as a path where such a file exists, else a shipped one, with or without
/// `extension`. Error(Cause::configuration) that lists what is shipped, the nearest name first.
std::filesystem::path shipped_file(std::string_view kind, const std::filesystem::path& name,
                                   std::string_view extension);

}  // namespace figurant
