// Every file in tests/corrupt gives the error that tests/corrupt/messages.txt says, word by word. Where the
// words are a library's, which may change with its version, "…" stands for them.

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <sstream>

#include "base/error.h"
#include "base/file_writer.h"
#include "data_formats/coco_json/coco_json.h"
#include "data_formats/example_set/example_set.h"
#include "data_formats/map_image/map_image.h"
#include "data_formats/weights/weights.h"

using namespace figurant;
using namespace figurant::data_formats;
namespace fs = std::filesystem;

namespace {

const fs::path folder = "tests/corrupt";

void open(const fs::path& file) {
    const auto extension = file.extension();
    if (extension == ".json") {
        read_coco_truth(file);
    } else if (extension == ".record") {
        open_example_set(file)->read(0);
    } else if (extension == ".h5" || extension == ".pt") {
        read_weights(file, "model");
    } else {
        const auto map = open_map(file, file.filename().string());
        map->read({0, 0, static_cast<int>(std::min<std::int64_t>(100, map->info().width)),
                   static_cast<int>(std::min<std::int64_t>(100, map->info().height))});
    }
}

/// "cause: message | next step", the folder left out.
std::string error_of(const fs::path& file) {
    try {
        open(file);
    } catch (const Error& error) {
        std::string text =
            std::string(cause_name(error.cause())) + ": " + error.what() + " | " + error.next_step();
        for (auto at = text.find("tests/corrupt/"); at != std::string::npos; at = text.find("tests/corrupt/"))
            text.erase(at, 14);
        return text;
    }
    return "no error";
}

bool matches(const std::string& text, const std::string& pattern) {
    const auto gap = pattern.find("…");
    if (gap == std::string::npos) return text == pattern;
    const std::string before = pattern.substr(0, gap), after = pattern.substr(gap + std::string("…").size());
    return text.size() > before.size() + after.size() && text.starts_with(before) && text.ends_with(after);
}

}  // namespace

TEST_CASE("every corrupt file gives its message") {
    std::map<std::string, std::string> expected;
    std::istringstream lines(read_file(folder / "messages.txt"));
    for (std::string line; std::getline(lines, line);)
        if (const auto tab = line.find('\t'); tab != std::string::npos)
            expected[line.substr(0, tab)] = line.substr(tab + 1);
    std::size_t files = 0;
    for (const auto& each : fs::directory_iterator(folder)) {
        const std::string name = each.path().filename().string();
        if (name == "messages.txt" || name == "README.md") continue;
        ++files;
        const std::string found = error_of(each.path());
        CHECK_MESSAGE(matches(found, expected[name]), name, "\t", found);
    }
    CHECK(files == expected.size());
}
