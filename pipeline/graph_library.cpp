#include <algorithm>

#include "pipeline/graph_file.h"
#include "pipeline/problems.h"

namespace figurant::pipeline {

namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

std::vector<fs::path> graph_files(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code failed;
    for (fs::directory_iterator each(folder, failed), end; !failed && each != end; each.increment(failed))
        if (each->path().extension() == ".toml" && is_file(each->path())) files.push_back(each->path());
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

fs::path GraphLibrary::find(std::string_view name_or_file) const {
    const fs::path path(name_or_file);
    const bool bare = !path.has_parent_path() && !path.is_absolute();
    const bool named_file = path.extension() == ".toml";
    if (!bare || named_file) {
        if (is_file(path)) return path;
        if (!named_file && is_file(fs::path(path) += ".toml")) return fs::path(path) += ".toml";
    }
    if (bare) {
        for (const auto& folder : folders)
            for (const auto& candidate : {folder / path, fs::path(folder / path) += ".toml"})
                if (candidate.extension() == ".toml" && is_file(candidate)) return candidate;
        if (is_file(path)) return path;
    }
    std::error_code ignored;
    if (fs::is_directory(path, ignored))
        throw Error(Cause::configuration, in_quotes(name_or_file) + " is a folder, not a graph",
                    "name a .toml file in it, or a shipped graph (figurant graphs lists them)");
    std::vector<std::string> names;
    for (const auto& folder : folders)
        for (const auto& file : graph_files(folder)) names.push_back(file.stem().string());
    const auto near = nearest_name(path.stem().string(), names);
    throw Error(Cause::configuration,
                "there is no graph " + in_quotes(name_or_file) +
                    (near ? "; did you mean " + in_quotes(*near) + "?" : ""),
                "figurant graphs lists the shipped ones; a graph of your own is given as a file");
}

std::vector<GraphHeader> GraphLibrary::all() const {
    std::vector<GraphHeader> headers;
    for (const auto& folder : folders)
        for (const auto& file : graph_files(folder)) {
            const bool shadowed = std::any_of(headers.begin(), headers.end(), [&](const GraphHeader& header) {
                return header.name == file.stem().string();
            });
            if (!shadowed) headers.push_back(read_graph_header(file));
        }
    std::sort(headers.begin(), headers.end(),
              [](const GraphHeader& a, const GraphHeader& b) { return a.name < b.name; });
    return headers;
}

}  // namespace figurant::pipeline
