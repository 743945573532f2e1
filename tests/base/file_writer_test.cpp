#include "base/file_writer.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "base/error.h"

using namespace figurant;
namespace fs = std::filesystem;

namespace {

struct Folder {
    fs::path path = fs::temp_directory_path() / "figurant_file_writer_test";
    Folder() { fs::remove_all(path); }
    ~Folder() { fs::remove_all(path); }
};

}  // namespace

TEST_CASE("nothing stands under the final name before commit, and nothing stays aside without it") {
    const Folder folder;
    {
        FileWriter writer(folder.path / "a" / "b.txt");
        writer.write("half");
        CHECK_FALSE(fs::exists(folder.path / "a" / "b.txt"));
    }
    CHECK(fs::is_empty(folder.path / "a"));
    write_file(folder.path / "a" / "b.txt", "whole");
    CHECK(read_file(folder.path / "a" / "b.txt") == "whole");
    CHECK(std::distance(fs::directory_iterator(folder.path / "a"), fs::directory_iterator{}) == 1);
}

TEST_CASE("a place that cannot be written is an output error that names the path") {
    const Folder folder;
    write_file(folder.path / "file", "x");
    try {
        FileWriter writer(folder.path / "file" / "below");
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.cause() == Cause::output);
        CHECK(std::string(error.what()).find((folder.path / "file").string()) != std::string::npos);
    }
}

TEST_CASE("reading refuses what is larger than asked for, before taking memory") {
    const Folder folder;
    write_file(folder.path / "file", "12345");
    CHECK(read_file(folder.path / "file", 5) == "12345");
    CHECK_THROWS_AS(read_file(folder.path / "file", 4), Error);
    CHECK_THROWS_AS(read_file(folder.path), Error);
}

TEST_CASE("file names from data never leave the folder and stay distinct") {
    for (const char* name : {"../x", "/etc/passwd", "..", ".", "", "a/b", "a\nb", ".hidden"}) {
        const std::string safe = safe_file_name(name);
        CHECK(safe.find('/') == std::string::npos);
        CHECK(safe.front() != '.');
        CHECK(!safe.empty());
    }
    CHECK(safe_file_name("Karte 1.png") == "Karte 1.png");
    CHECK(safe_file_name("a/b") != safe_file_name("a_b"));
    CHECK(safe_file_name(std::string(300, 'x')).size() <= 200);
}
