#pragma once
// Looking at a run's folder from outside.

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/file_writer.h"

namespace figurant::pipeline::test {
namespace fs = std::filesystem;

/// A folder for a test, in memory where the system has such a place: these tests flush thousands of files.
struct QuickFolder {
    explicit QuickFolder(const std::string& name) {
        const fs::path memory = "/dev/shm";
        const fs::path base = ::access(memory.c_str(), W_OK) == 0 ? memory : fs::temp_directory_path();
        path = base / ("figurant_" + name + "_" + std::to_string(::getpid()));
        fs::remove_all(path);
        fs::create_directories(path);
    }
    ~QuickFolder() { fs::remove_all(path); }
    QuickFolder(const QuickFolder&) = delete;
    QuickFolder& operator=(const QuickFolder&) = delete;
    fs::path path;
};

/// All files below `folder` outside .figurant/, by relative path; folders as "name/".
inline std::map<std::string, std::string> results(const fs::path& folder) {
    std::map<std::string, std::string> all;
    if (!fs::exists(folder)) return all;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        const auto name = entry.path().lexically_relative(folder).generic_string();
        if (("/" + name + "/").find("/.figurant/") != std::string::npos) continue;
        all[name + (entry.is_directory() ? "/" : "")] = entry.is_directory() ? "" : read_file(entry.path());
    }
    return all;
}

/// "" or what differs first.
inline std::string difference(const std::map<std::string, std::string>& wanted,
                              const std::map<std::string, std::string>& found) {
    for (const auto& [name, bytes] : wanted) {
        const auto other = found.find(name);
        if (other == found.end()) return name + " is missing";
        if (other->second != bytes)
            return name + " differs: \"" + other->second + "\" instead of \"" + bytes + "\"";
    }
    for (const auto& [name, bytes] : found)
        if (!wanted.contains(name)) return name + " should not be there";
    return "";
}

inline std::vector<std::string> whole_lines(const fs::path& file) {
    std::vector<std::string> lines;
    if (!fs::exists(file)) return lines;
    const std::string text = read_file(file);
    std::size_t at = 0;
    for (auto end = text.find('\n'); end != std::string::npos; at = end + 1, end = text.find('\n', at))
        lines.push_back(text.substr(at, end - at));
    return lines;
}

/// The inputs that done.jsonl names.
inline std::set<std::string> done_inputs(const fs::path& output) {
    std::set<std::string> names;
    const std::string before = "{\"input\": \"";
    for (const auto& line : whole_lines(output / ".figurant/done.jsonl"))
        if (line.starts_with(before) && line.ends_with("}"))
            names.insert(line.substr(before.size(), line.find('"', before.size()) - before.size()));
    return names;
}

}  // namespace figurant::pipeline::test
