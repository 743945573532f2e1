#include "base/file_writer.h"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <utility>
#include <vector>

#include "base/disk_steps.h"
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

TEST_CASE("a device or a pipe is written to as it is, never replaced") {
    const Folder folder;
    fs::create_directories(folder.path);
    fs::create_symlink("/dev/null", folder.path / "nowhere");
    write_file(folder.path / "nowhere", "gone");
    CHECK(fs::is_symlink(folder.path / "nowhere"));
    CHECK(fs::is_character_file("/dev/null"));

    const fs::path pipe = folder.path / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
    REQUIRE(reader >= 0);
    write_file(pipe, "through");
    std::array<char, 16> read{};
    CHECK(::read(reader, read.data(), read.size()) == 7);
    CHECK(std::string_view(read.data(), 7) == "through");
    ::close(reader);
    CHECK(fs::is_fifo(pipe));
    { const FileWriter abandoned(folder.path / "nowhere"); }
    CHECK(fs::is_character_file(folder.path / "nowhere"));
    CHECK(std::distance(fs::directory_iterator(folder.path), fs::directory_iterator{}) == 2);
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

namespace {

/// Fails the steps that it is asked to.
class Trouble : public DiskWatcher {
  public:
    explicit Trouble(std::function<Verdict(const DiskAction&)> decide) : decide_(std::move(decide)) {
        watch_disk(this);
    }
    ~Trouble() override { watch_disk(nullptr); }
    Verdict before(const DiskAction& action) override { return decide_(action); }
    void after(const DiskAction& action, bool) override { taken.emplace_back(disk_step_name(action.step)); }
    std::vector<std::string> taken;

  private:
    std::function<Verdict(const DiskAction&)> decide_;
};

std::string failure(const std::function<void()>& what) {
    try {
        what();
        return "";
    } catch (const Error& error) {
        CHECK(error.cause() == Cause::output);
        return error.what();
    }
}

}  // namespace

TEST_CASE(
    "a file is flushed before it is renamed, and its folder after; new folders are flushed as they are "
    "made") {
    const Folder folder;
    Trouble none([](const DiskAction&) { return DiskWatcher::Verdict{}; });
    write_file(folder.path / "new" / "file", "text");
    CHECK(none.taken == std::vector<std::string>{"make_folder", "flush_folder", "make_folder", "flush_folder",
                                                 "open", "write", "flush", "close", "rename",
                                                 "flush_folder"});
}

TEST_CASE("whatever step fails, the old file stays whole, nothing stays aside, and the cause is told") {
    const Folder folder;
    const auto file = folder.path / "file";
    write_file(file, "old");
    for (const auto step :
         {DiskStep::open, DiskStep::write, DiskStep::flush, DiskStep::close, DiskStep::rename}) {
        bool once = false;
        const Trouble trouble([&](const DiskAction& action) -> DiskWatcher::Verdict {
            return {action.step == step && !std::exchange(once, true) ? EIO : 0};
        });
        const auto said = failure([&] { write_file(file, "new"); });
        CHECK(said.find(file.string()) == 0);
        CHECK(said.find("Input/output error") != std::string::npos);
        CHECK(read_file(file) == "old");
        CHECK(std::distance(fs::directory_iterator(folder.path), fs::directory_iterator{}) == 1);
    }
}

TEST_CASE("a write that takes no bytes is an error, not a wait") {
    const Folder folder;
    const Trouble trouble([](const DiskAction&) { return DiskWatcher::Verdict{0, 0}; });
    CHECK(failure([&] { write_file(folder.path / "file", "text"); }).find("No space left") !=
          std::string::npos);
}

TEST_CASE("a journal keeps whole lines only, whatever happens to the one being written") {
    const Folder folder;
    const auto file = folder.path / "lines";
    {
        LineJournal journal(file);
        journal.append("one");
        int writes = 0;
        {
            const Trouble trouble([&](const DiskAction& action) -> DiskWatcher::Verdict {
                if (action.step != DiskStep::write) return {};
                return ++writes == 1 ? DiskWatcher::Verdict{0, 2} : DiskWatcher::Verdict{ENOSPC};
            });
            CHECK(failure([&] { journal.append("two"); }).find("No space left") != std::string::npos);
        }
        CHECK(read_file(file) == "one\n");
        {
            writes = 0;
            const Trouble trouble([&](const DiskAction& action) -> DiskWatcher::Verdict {
                if (action.step == DiskStep::truncate) return {EIO};
                if (action.step != DiskStep::write) return {};
                return ++writes == 1 ? DiskWatcher::Verdict{0, 2} : DiskWatcher::Verdict{ENOSPC};
            });
            CHECK(!failure([&] { journal.append("three"); }).empty());
        }
        journal.append("four");
        {
            writes = 0;
            const Trouble trouble([&](const DiskAction& action) -> DiskWatcher::Verdict {
                if (action.step != DiskStep::write) return {};
                return ++writes == 1 ? DiskWatcher::Verdict{0, 2} : DiskWatcher::Verdict{ENOSPC};
            });
            CHECK(!failure([&] { journal.append("five"); }).empty());
        }
    }
    CHECK(read_file(file) == "one\nth\nfour\n");
    LineJournal(file).append("six");
    CHECK(read_file(file) == "one\nth\nfour\nsix\n");
}
