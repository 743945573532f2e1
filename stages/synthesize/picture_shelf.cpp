#include "stages/synthesize/picture_shelf.h"

#include <set>
#include <sstream>

#include "base/digest.h"
#include "base/file_writer.h"
#include "data_formats/cut_out/cut_out.h"
#include "data_formats/map_image/map_list.h"

namespace figurant::stages {
namespace fs = std::filesystem;
namespace {

/// The lines of a list, without comments and white space around them.
std::vector<std::string> lines_of(const fs::path& list) {
    std::vector<std::string> lines;
    std::istringstream text(read_file(list, std::size_t{16} << 20));
    for (std::string line; std::getline(text, line);) {
        const auto first = line.find_first_not_of(" \t\r");
        if (first == std::string::npos || line[first] == '#') continue;
        lines.push_back(line.substr(first, line.find_last_not_of(" \t\r") - first + 1));
    }
    return lines;
}

/// The files, and the files below the folders, that the lines name.
std::vector<fs::path> named(const std::vector<fs::path>& folders, const fs::path& list) {
    std::vector<fs::path> found;
    for (const auto& line : lines_of(list)) {
        bool known = false;
        for (const auto& folder : folders)
            if (fs::exists(folder / line)) {
                found.push_back(folder / line);
                known = true;
            }
        if (!known)
            throw Error(Cause::input,
                        list.string() + ": names \"" + line + "\", which is in none of the folders",
                        "give the folder that the list's names are relative to, or remove the line");
    }
    return found;
}

/// What may not be used: the contents (size, hash) of the files of the listed names, in whatever folder.
using Contents = std::set<std::pair<std::uintmax_t, std::uint64_t>>;

Contents contents_of(const std::vector<fs::path>& folders, const std::set<std::string>& names) {
    Contents contents;
    for (const auto& folder : folders) {
        if (!fs::is_directory(folder)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(folder))
            if (names.contains(entry.path().filename().string()) && entry.is_regular_file()) {
                const std::string bytes = read_file(entry.path());
                contents.emplace(bytes.size(), hash64(bytes));
            }
    }
    return contents;
}

/// Of `paths`, those that neither have a listed name (themselves, or where a link leads) nor are a copy.
std::vector<fs::path> without(const std::vector<fs::path>& paths, const std::vector<fs::path>& folders,
                              const fs::path& exclude_list) {
    std::set<std::string> names;
    for (const auto& line : lines_of(exclude_list)) names.insert(fs::path(line).filename().string());
    const Contents contents = contents_of(folders, names);
    std::set<std::uintmax_t> sizes;
    for (const auto& [size, hash] : contents) sizes.insert(size);
    std::vector<fs::path> kept;
    for (const auto& path : paths) {
        if (names.contains(path.filename().string()) ||
            names.contains(fs::canonical(path).filename().string()))
            continue;
        const auto size = fs::file_size(path);
        if (sizes.contains(size) && contents.contains({size, hash64(read_file(path))})) continue;
        kept.push_back(path);
    }
    return kept;
}

}  // namespace

std::vector<fs::path> list_pictures(const PictureParameters& parameters) {
    const auto& folders = parameters.pictures;
    std::vector<fs::path> paths;
    for (const auto& file :
         data_formats::list_maps(parameters.list.empty() ? folders : named(folders, parameters.list)))
        paths.push_back(file.path);
    if (!parameters.exclude_list.empty()) paths = without(paths, folders, parameters.exclude_list);
    if (paths.empty())
        throw Error(Cause::input, "no picture is left under " + folders.front().string(),
                    "give other folders, or other lists");
    return paths;
}

void PictureShelf::fill(const PictureParameters& parameters) {
    if (parameters.pictures.empty()) {
        if (!parameters.list.empty())
            throw Error(Cause::configuration,
                        parameters.list.string() + ": names pictures, but no folder of pictures is given",
                        "give the folder that its names are relative to");
        return;
    }
    data_formats::CutOutLimits limits;
    limits.longest = static_cast<int>(parameters.longest);
    const auto most = static_cast<std::size_t>(parameters.megabytes) << 20;
    for (const auto& path : list_pictures(parameters)) {
        try {
            const cv::Mat rgba = data_formats::read_cut_out(path, limits);
            pictures_.push_back({path.filename().string(), rgba, synthesis::line_drawing_body(rgba)});
        } catch (const Error& error) {
            refused_.add(error);
            continue;
        }
        const auto& [name, rgba, body] = pictures_.back();
        bytes_ += rgba.total() * rgba.elemSize() + body.total();
        if (bytes_ > most)
            throw Error(Cause::limit,
                        path.string() + ": with this picture, those read take " +
                            std::to_string(bytes_ >> 20) + " MB, more than the " +
                            std::to_string(parameters.megabytes) + " of `megabytes`",
                        "give fewer pictures, a smaller `longest`, or more megabytes");
    }
    if (pictures_.empty())
        throw Error(Cause::input,
                    "none of the " + std::to_string(refused_.reasons().size()) +
                        " pictures can be used; the first: " + refused_.reasons().front(),
                    "give PNG files with transparency");
}

}  // namespace figurant::stages
