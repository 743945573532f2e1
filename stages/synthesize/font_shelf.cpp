#include "stages/synthesize/font_shelf.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/file_writer.h"

namespace figurant::stages {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largest_font = std::size_t{64} << 20, most_of_all = std::size_t{512} << 20;

bool is_font(const fs::path& path) {
    static const std::set<std::string> endings = {".ttf", ".otf", ".ttc"};
    std::string ending = path.extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return endings.contains(ending);
}

[[noreturn]] void reject(const fs::path& path, const std::string& why) {
    throw Error(Cause::input, path.string() + ": " + why, "give a folder such as /usr/share/fonts/truetype");
}

void add_fonts_below(const fs::path& folder, std::vector<fs::path>& found) {
    std::error_code failed;
    auto place = fs::recursive_directory_iterator(folder, failed);
    if (failed) reject(folder, "the folder cannot be listed: " + failed.message());
    while (place != fs::recursive_directory_iterator()) {
        std::error_code unknown;
        const fs::path path = place->path();
        if (place->is_regular_file(unknown) && is_font(path)) found.push_back(path);
        place.increment(failed);
        if (failed) reject(path, "cannot be listed: " + failed.message());
    }
}

/// In the order of their names, each file once, however many links lead to it.
std::vector<fs::path> fonts_below(const std::vector<fs::path>& paths) {
    std::vector<fs::path> found;
    for (const auto& path : paths) {
        std::error_code failed;
        const auto status = fs::status(path, failed);
        if (!fs::exists(status)) reject(path, "there is no such font or folder of fonts");
        if (fs::is_directory(status))
            add_fonts_below(path, found);
        else
            found.push_back(path);
    }
    std::sort(found.begin(), found.end());
    std::set<fs::path> seen;
    std::erase_if(found, [&](const fs::path& path) {
        std::error_code failed;
        const fs::path file = fs::canonical(path, failed);
        return !seen.insert(failed ? path : file).second;
    });
    return found;
}

}  // namespace

void FontShelf::fill(const std::vector<fs::path>& paths) {
    if (paths.empty()) return;
    for (const auto& path : fonts_below(paths)) {
        try {
            std::string bytes = read_file(path, largest_font);
            const std::size_t size = bytes.size();
            typefaces_.push_back(
                std::make_shared<const synthesis::Typeface>(path.string(), std::move(bytes)));
            bytes_ += size;
        } catch (const Error& error) {
            refused_.add(error);
        }
        if (bytes_ > most_of_all)
            throw Error(Cause::limit,
                        path.string() + ": with this font, those read take more than " +
                            std::to_string(most_of_all >> 20) + " MB",
                        "give fewer fonts, or a folder further down");
    }
    if (!typefaces_.empty()) return;
    throw Error(Cause::input,
                refused_.reasons().empty()
                    ? "there is no font under " + paths.front().string()
                    : "none of the " + std::to_string(refused_.reasons().size()) +
                          " fonts can be used; the first: " + refused_.reasons().front(),
                "give TrueType or OpenType fonts (*.ttf, *.otf, *.ttc), or folders of them");
}

}  // namespace figurant::stages
