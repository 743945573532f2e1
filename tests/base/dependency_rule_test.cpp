// Who may include whom (docs/architecture.md): nothing points upward. Read off the includes of every source
// file.

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

const std::map<std::string, std::set<std::string>> may_include = {
    {"base", {"base"}},
    {"pipeline", {"pipeline", "base"}},
    {"figures", {"figures", "base"}},
    {"data_formats", {"data_formats", "figures", "base"}},
    {"metrics", {"metrics", "figures", "base"}},
    {"synthesis", {"synthesis", "figures", "base"}},
    {"mask_rcnn", {"mask_rcnn", "base"}},
    {"stages",
     {"stages", "pipeline", "figures", "data_formats", "metrics", "synthesis", "mask_rcnn", "base",
      "weights"}},
    {"cli", {"cli", "pipeline", "data_formats", "base"}},
};

/// What an outside header belongs to, by how its name begins.
const std::vector<std::pair<std::string, std::string>> outside = {
    {"torch/", "LibTorch"},   {"ATen/", "LibTorch"},    {"c10/", "LibTorch"}, {"caffe2/", "LibTorch"},
    {"opencv2/", "OpenCV"},   {"oneapi/tbb", "oneTBB"}, {"tbb/", "oneTBB"},   {"toml++/", "toml++"},
    {"hdf5", "HDF5"},         {"gdal", "GDAL"},         {"cpl_", "GDAL"},     {"ogr", "GDAL"},
    {"simdjson", "JSON"},     {"nlohmann/", "JSON"},    {"png.h", "PNG"},     {"google/", "protobuf"},
    {"leveldb/", "leveldb"},  {"snappy", "leveldb"},    {"isa-l", "ISA-L"},   {"ft2build", "FreeType"},
    {"freetype", "FreeType"}, {"hb", "HarfBuzz"},
};

const std::map<std::string, std::set<std::string>> may_use = {
    {"base", {"toml++"}},
    {"pipeline", {"oneTBB", "toml++"}},
    {"figures", {"OpenCV"}},
    {"data_formats", {"OpenCV", "HDF5", "GDAL", "JSON", "PNG", "protobuf", "leveldb", "ISA-L"}},
    {"metrics", {"OpenCV", "JSON"}},
    {"synthesis", {"OpenCV", "FreeType", "HarfBuzz"}},
    {"mask_rcnn", {"LibTorch"}},
    {"stages", {"OpenCV"}},
    {"stages/detect", {"OpenCV", "LibTorch"}},
    {"stages/train", {"OpenCV", "LibTorch"}},
    {"cli", {}},
};

std::vector<std::string> includes_of(const fs::path& file) {
    static const std::regex pattern(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
    std::vector<std::string> names;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        std::smatch match;
        if (std::regex_search(line, match, pattern)) names.push_back(match[1]);
    }
    return names;
}

std::string family_of(const fs::path& file, const std::string& part) {
    const std::string family = part + "/" + file.parent_path().filename().string();
    return may_use.contains(family) ? family : part;
}

}  // namespace

TEST_CASE("dependencies point one way, and each part includes only the libraries that are its own") {
    REQUIRE_MESSAGE(fs::exists("CMakeLists.txt"), "run from the top of the source tree");
    std::size_t files = 0;
    for (const auto& [part, allowed] : may_include) {
        if (!fs::exists(part)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(part)) {
            const auto extension = entry.path().extension();
            if (extension != ".h" && extension != ".cpp") continue;
            ++files;
            for (const auto& name : includes_of(entry.path())) {
                const std::string first = name.substr(0, name.find('/'));
                if (name.find('/') != std::string::npos && may_include.contains(first))
                    CHECK_MESSAGE(allowed.contains(first), entry.path().string(), " includes ", name);
                for (const auto& [prefix, library] : outside)
                    if (name.starts_with(prefix))
                        CHECK_MESSAGE(may_use.at(family_of(entry.path(), part)).contains(library),
                                      entry.path().string(), " includes ", name);
            }
        }
    }
    CHECK(files > 20);
}
