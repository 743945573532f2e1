// What the program loads: commands that compute nothing do without the libraries that take long to load.

#include <cstdlib>
#include <regex>

#include "tests/end_to_end/program.h"

using namespace figurant;
using namespace figurant::end_to_end;

namespace {

/// The files whose initialisation ran, as the dynamic linker tells them.
std::string loaded_by(int code, const std::vector<Word>& words) {
    const ScratchFolder said;
    setenv("LD_DEBUG", "libs", 1);
    setenv("LD_DEBUG_OUTPUT", (said / "linker").c_str(), 1);
    const auto outcome = program(words);
    unsetenv("LD_DEBUG");
    unsetenv("LD_DEBUG_OUTPUT");
    REQUIRE_MESSAGE(outcome.code == code, outcome.err);
    std::string files;
    static const std::regex initialised("calling init: (.*)");
    for (const auto& file : std::filesystem::directory_iterator(said.path()))
        for (const auto& line : lines(contents(file.path()))) {
            std::smatch match;
            if (std::regex_search(line, match, initialised)) files += match[1].str() + "\n";
        }
    REQUIRE(contains(files, "libfigurant_pipeline"));  // the linker told at all
    return files;
}

const std::vector<std::string> heavy = {
    "libtorch", "libc10", "libgdal", "opencv_imgcodecs", "libfigurant_mask_rcnn", "libfigurant_gdal"};

}  // namespace

TEST_CASE("commands that compute nothing load neither LibTorch nor GDAL") {
    const std::vector<std::pair<int, std::vector<Word>>> commands = {
        {0, {"check", "evaluate"}},
        {0, {"check", "train_and_validate"}},
        {2, {"check", "tests/error_gallery/many_problems.toml"}},
        {2, {"run", "evaluate"}},
        {0, {"run", "evaluate", "--help"}},
        {0, {"show", "detect_figures", "--format", "svg"}},
        {0, {"graphs"}},
        {0, {"stages"}},
        {0, {"stages", "detect"}},
        {0, {"schema"}},
        {0, {"--help"}},
        {0, {"completion", "bash"}}};
    for (const auto& [code, words] : commands) {
        CAPTURE(words.back().text);
        const auto files = loaded_by(code, words);
        for (const auto& library : heavy) CHECK_MESSAGE(!contains(files, library), library);
    }
}

TEST_CASE("a run loads what it needs; the version needs LibTorch only where a GPU may be") {
    const ScratchFolder folder;
    const auto drawing = loaded_by(0, {"run", "synthesize_maps", "--output", folder / "data", "--count", 1,
                                       "--width", 256, "--height", 192, "--largest", 120});
    CHECK(contains(drawing, "opencv_imgcodecs"));
    CHECK(!contains(drawing, "libtorch"));
    const auto version = loaded_by(0, {"--version"});
    CHECK(!contains(version, "libgdal"));
    const bool nvidia = std::filesystem::exists("/dev/nvidiactl"), amd = std::filesystem::exists("/dev/kfd");
    if (!nvidia && !amd && !std::filesystem::exists("/dev/dxg")) CHECK(!contains(version, "libtorch"));
}
