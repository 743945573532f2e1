#include "data_formats/map_image/map_list.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <fstream>
#include <map>
#include <set>
#include <string_view>

#include "base/digest.h"
#include "base/error.h"

namespace figurant::data_formats {
namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 16> map_extensions = {
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".gtiff",
    ".jp2", ".j2k",  ".jpx", ".jpf",  ".j2c", ".jpc", ".webp", ".gtif"};

[[noreturn]] void reject(const fs::path& path, const std::string& why, const std::string& next_step) {
    throw Error(Cause::input, path.string() + ": " + why, next_step);
}

bool hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

/// Whether both are there, and the same.
bool same_file(const fs::path& a, const fs::path& b) {
    std::error_code failed;
    return fs::equivalent(a, b, failed) && !failed;
}

/// Empty where the folder can be listed.
std::string why_not_listed(const fs::path& folder) {
    std::error_code failed;
    const fs::directory_iterator probe(folder, failed);
    return failed ? "the folder cannot be listed: " + failed.message() : "";
}

/// Whether it is the folder of a run: the pictures in it are what the run made.
bool holds_a_run(const fs::path& folder) {
    std::error_code failed;
    return fs::is_directory(folder / ".figurant", failed);
}

/// `results`: left out.
void search_folder(const fs::path& folder, const fs::path& results, FoundMaps& found) {
    if (same_file(folder, results))
        reject(folder,
               "holds the maps, and results are to be written to it: they would be taken for maps, or "
               "replace them",
               "write them to another folder, such as " + (folder / "figures").string());
    if (const auto trouble = why_not_listed(folder); !trouble.empty())
        reject(folder, trouble, "check its permissions");
    std::error_code failed;
    auto place =
        fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied, failed);
    while (place != fs::recursive_directory_iterator()) {
        const auto& entry = *place;
        const auto name = entry.path().lexically_relative(folder).generic_string();
        std::error_code unknown;
        if (hidden(entry.path())) {
            place.disable_recursion_pending();
        } else if (entry.is_directory(unknown)) {
            if (const bool ours = same_file(entry.path(), results); ours || holds_a_run(entry.path())) {
                place.disable_recursion_pending();
                if (!ours) found.others.push_back(name + "/");
            } else if (const auto trouble = why_not_listed(entry.path()); !trouble.empty()) {
                found.maps.push_back({entry.path(), name, trouble});
            }
        } else if (has_map_extension(entry.path()) && entry.is_regular_file(unknown)) {
            found.maps.push_back({entry.path(), name});
        } else if (has_map_extension(entry.path()) && !entry.exists(unknown)) {
            found.maps.push_back({entry.path(), name, "is a link that leads nowhere"});
        } else {
            found.others.push_back(name);
        }
        const fs::path last = entry.path();
        place.increment(failed);
        if (failed) reject(last, "cannot be listed: " + failed.message(), "check its permissions");
    }
}

/// " (there is a.bmp, and 3 more)", or nothing.
std::string about_others(const std::vector<std::string>& others) {
    if (others.empty()) return "";
    return " (there is " + others.front() +
           (others.size() > 1 ? ", and " + std::to_string(others.size() - 1) + " more" : "") + ")";
}

/// The folder's own name, also for "maps/" and ".".
std::string folder_name(const fs::path& root) {
    std::error_code failed;
    fs::path whole = fs::canonical(root, failed);
    if (failed) whole = root;
    return whole.filename().string();
}

struct Candidate {
    MapFile file;
    fs::path root;  ///< the folder it was found in
};

void tell_apart(std::vector<Candidate>& candidates) {
    std::map<std::string, int> uses;
    for (const auto& each : candidates) ++uses[each.file.name];
    for (auto& each : candidates)
        if (uses[each.file.name] > 1) each.file.name = folder_name(each.root) + "/" + each.file.name;
    std::map<std::string, fs::path> taken;
    for (const auto& each : candidates) {
        const auto [other, fresh] = taken.emplace(each.file.name, each.file.path);
        if (!fresh)
            reject(each.file.path, "has the same name in the results as " + other->second.string(),
                   "give one folder above both, or run them one after the other");
    }
}

}  // namespace

bool has_map_extension(const fs::path& path) {
    std::string extension = path.extension().string();
    for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return std::find(map_extensions.begin(), map_extensions.end(), extension) != map_extensions.end();
}

std::vector<MapFile> list_maps(const std::vector<fs::path>& paths, const fs::path& results) {
    return find_maps(paths, results).maps;
}

FoundMaps find_maps(const std::vector<fs::path>& paths, const fs::path& results) {
    std::vector<Candidate> candidates;
    std::vector<std::string> others;
    std::set<fs::path> seen;
    for (const auto& path : paths) {
        std::error_code failed;
        const auto status = fs::status(path, failed);
        if (!fs::exists(status)) reject(path, "does not exist", "check the path");
        FoundMaps found;
        if (fs::is_directory(status))
            search_folder(path, results, found);
        else
            found.maps.push_back({path, path.filename().string()});
        const fs::path root = fs::is_directory(status) ? path : fs::absolute(path).parent_path();
        others.insert(others.end(), found.others.begin(), found.others.end());
        for (auto& file : found.maps)
            if (seen.insert(fs::weakly_canonical(file.path)).second)
                candidates.push_back({std::move(file), root});
    }
    if (candidates.empty())
        throw Error(Cause::input,
                    paths.empty() ? "no map was given"
                                  : paths.front().string() + ": no map in it" + about_others(others),
                    "give image files (JPEG, PNG, TIFF, JPEG 2000, WebP), or folders that hold some");
    tell_apart(candidates);
    FoundMaps all{{}, std::move(others)};
    for (auto& each : candidates) all.maps.push_back(std::move(each.file));
    std::sort(all.maps.begin(), all.maps.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    std::sort(all.others.begin(), all.others.end());
    return all;
}

std::string input_digest(const fs::path& path) {
    constexpr std::uintmax_t piece = 64 << 10;
    std::error_code failed;
    const std::uintmax_t size = fs::file_size(path, failed);
    if (failed) reject(path, "cannot be read: " + failed.message(), "check the path and its permissions");
    const auto changed = fs::last_write_time(path, failed).time_since_epoch();
    std::ifstream file(path, std::ios::binary);
    std::string bytes(static_cast<std::size_t>(std::min(size, piece)), '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    std::uint64_t hash = hash64(bytes);
    file.seekg(static_cast<std::streamoff>(size - bytes.size()));
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!file) reject(path, "reading failed", "check the disk and the file's permissions");
    hash = hash64(bytes, hash);
    const auto ticks = std::chrono::duration_cast<std::chrono::nanoseconds>(changed).count();
    const std::string facts = std::to_string(size) + "-" + std::to_string(ticks) + "-" + std::to_string(hash);
    return std::to_string(size) + "-" + hex_digest(facts);
}

}  // namespace figurant::data_formats
