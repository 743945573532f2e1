// Broken graph files and the exact messages they get: tests/error_gallery/NAME.toml and NAME.txt (NAME.set:
// --set arguments, one a line). With FIGURANT_WRITE_GALLERY set, the .txt files are written instead.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "base/file_writer.h"
#include "pipeline/graph_file.h"
#include "tests/pipeline/graph_test_stages.h"

using namespace figurant;
using namespace figurant::pipeline;

namespace {

const std::filesystem::path gallery = "tests/error_gallery";

std::vector<std::filesystem::path> broken_graphs() {
    std::vector<std::filesystem::path> files;
    for (const auto& each : std::filesystem::directory_iterator(gallery))
        if (each.path().extension() == ".toml") files.push_back(each.path());
    std::sort(files.begin(), files.end());
    return files;
}

std::vector<Override> overrides_for(std::filesystem::path graph) {
    std::vector<Override> overrides;
    if (!std::filesystem::exists(graph.replace_extension(".set"))) return overrides;
    std::istringstream lines(read_file(graph));
    for (std::string line; std::getline(lines, line);) overrides.push_back({line});
    return overrides;
}

/// The messages, with the names of files relative to the gallery.
std::string messages_of(const std::filesystem::path& graph) {
    try {
        check_graph(graph, {}, overrides_for(graph), {});
    } catch (const GraphError& error) {
        std::string text = std::string(error.what()) + "\n";
        const std::string folder = gallery.string() + "/";
        for (std::size_t at; (at = text.find(folder)) != std::string::npos;) text.erase(at, folder.size());
        return text;
    }
    return "no problems\n";
}

}  // namespace

TEST_CASE("each broken graph of the gallery gets exactly its messages") {
    test::link_graph_test_stages();
    const auto graphs = broken_graphs();
    CHECK(graphs.size() >= 71);
    for (auto file : graphs) {
        CAPTURE(file);
        const std::string messages = messages_of(file);
        file.replace_extension(".txt");
        if (std::getenv("FIGURANT_WRITE_GALLERY"))
            write_file(file, messages);
        else
            CHECK(messages == read_file(file));
    }
}
