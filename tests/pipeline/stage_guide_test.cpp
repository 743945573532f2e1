// The guide "A stage of your own" shows the code of the examples, which are built and run (tests/package).

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/file_writer.h"

using namespace figurant;

namespace {

namespace fs = std::filesystem;

struct Block {
    std::string language, text;
    std::size_t line = 0;
};

std::vector<Block> blocks_of(const std::string& page) {
    std::vector<Block> blocks;
    std::istringstream in(page);
    bool open = false;
    std::size_t number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (line.starts_with("```")) {
            open = !open;
            if (open) blocks.push_back({line.substr(3), "", number});
        } else if (open) {
            blocks.back().text += line + "\n";
        }
    }
    return blocks;
}

std::map<std::string, std::string> files_of_examples() {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator("examples"))
        if (entry.is_regular_file()) files[entry.path().generic_string()] = "\n" + read_file(entry.path());
    return files;
}

const std::string guide = "docs/guides/a_stage_of_your_own.md";

}  // namespace

TEST_CASE("each piece of code in the guide stands, line for line, in an example") {
    const auto files = files_of_examples();
    std::size_t compared = 0;
    for (const auto& block : blocks_of(read_file(guide))) {
        if (block.language == "console") continue;
        bool found = false;
        for (const auto& [name, text] : files)
            found = found || text.find("\n" + block.text) != std::string::npos;
        CHECK_MESSAGE(found, guide, ":", block.line, ": this is in no file of examples/");
        ++compared;
    }
    CHECK(compared >= 10);
}

TEST_CASE("the first example has at most 40 lines, and the guide shows all of them in order") {
    const std::string page = read_file(guide), code = read_file("examples/hello_stage/hello.cpp");
    std::istringstream in(code);
    std::size_t lines = 0, at = 0;
    for (std::string line; std::getline(in, line); ++lines) {
        if (line.empty()) continue;
        const auto found = page.find("\n" + line + "\n", at);
        CHECK_MESSAGE(found != std::string::npos, "hello.cpp:", lines + 1,
                      " is missing, or stands too early");
        if (found != std::string::npos) at = found + 1;
    }
    CHECK(lines <= 40);
}
