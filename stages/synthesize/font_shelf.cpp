#include "stages/synthesize/font_shelf.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/file_writer.h"

namespace figurant::stages {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largest_font = std::size_t{64} << 20;

bool is_font(const fs::path& path) {
    static const std::set<std::string> endings = {".ttf", ".otf", ".ttc"};
    std::string ending = path.extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return endings.contains(ending);
}

std::vector<fs::path> fonts_below(const std::vector<fs::path>& paths) {
    std::vector<fs::path> found;
    for (const auto& path : paths) {
        if (!fs::exists(path))
            throw Error(Cause::input, path.string() + ": there is no such font or folder of fonts",
                        "give a folder such as /usr/share/fonts/truetype");
        if (!fs::is_directory(path)) {
            found.push_back(path);
            continue;
        }
        for (const auto& entry : fs::recursive_directory_iterator(path))
            if (entry.is_regular_file() && is_font(entry.path())) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
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
            if (error.cause() != Cause::input && error.cause() != Cause::limit) throw;
            refused_.push_back(std::string(error.what()) + "; left out");
        }
    }
    if (!typefaces_.empty()) return;
    throw Error(Cause::input,
                refused_.empty() ? "there is no font under " + paths.front().string()
                                 : "none of the " + std::to_string(refused_.size()) +
                                       " fonts can be used; the first: " + refused_.front(),
                "give TrueType or OpenType fonts (*.ttf, *.otf, *.ttc), or folders of them");
}

void FontShelf::tell(pipeline::Context& context) const {
    if (refused_.empty() || told_.exchange(true)) return;
    for (const auto& each : refused_) context.warn(each);
}

}  // namespace figurant::stages
