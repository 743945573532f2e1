// Runs each file of the folders that are given through a fuzzer's function: what every build does with the
// corpora. A crash or an exception that is no Error ends it, after the file's name.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace fs = std::filesystem;

namespace {

std::vector<fs::path> files_below(const fs::path& path) {
    std::vector<fs::path> files;
    if (!fs::is_directory(path)) return {path};
    for (const auto& entry : fs::directory_iterator(path))
        if (entry.is_regular_file()) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

void replay(const fs::path& file) {
    std::cout << file.string() << std::endl;  // flushed: a crash must be seen after its file's name
    std::ifstream in(file, std::ios::binary);
    const std::vector<char> bytes((std::istreambuf_iterator<char>(in)), {});
    // A copy of exactly this size, so that a sanitizer sees every step past its end.
    const std::vector<std::uint8_t> data(bytes.begin(), bytes.end());
    LLVMFuzzerTestOneInput(data.data(), data.size());
}

}  // namespace

int main(int count, char** words) {
    std::size_t files = 0;
    for (int i = 1; i < count; ++i)
        for (const auto& file : files_below(words[i])) {
            replay(file);
            ++files;
        }
    std::cout << files << " files\n";
    return files > 0 ? 0 : 1;
}
