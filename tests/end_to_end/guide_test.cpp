// docs/guides/a_pipeline_of_your_own.md does what it says: its files are written, its commands run, their
// output compared, from top to bottom in one folder.
//
//     ```toml NAME     the whole file NAME             ```console   $ a command, then its output, standard
//     error
//     ```toml +NAME    put before NAME's first stage                too; … stands for anything

#include <algorithm>
#include <array>
#include <cstdio>
#include <sstream>

#include "tests/end_to_end/program.h"

namespace figurant::end_to_end {

namespace {

namespace fs = std::filesystem;

struct Block {
    std::string kind, name, text;
    std::size_t line = 0;
};

std::vector<Block> blocks_of(const fs::path& page) {
    std::vector<Block> blocks;
    bool inside = false;
    std::size_t number = 0;
    std::istringstream text(contents(page));
    for (std::string line; std::getline(text, line);) {
        ++number;
        if (line.starts_with("```")) {
            inside = !inside;
            if (!inside) continue;
            std::istringstream words(line.substr(3));
            Block block;
            block.line = number;
            words >> block.kind >> block.name;
            blocks.push_back(block);
        } else if (inside) {
            blocks.back().text += line + "\n";
        }
    }
    CHECK(!inside);
    return blocks;
}

/// Whether `text` is `pattern`, where … stands for anything. The pieces must come one after the other; the
/// first is at the beginning, the last at the end.
bool is_like(const std::string& text, const std::string& pattern) {
    const std::string anything = "…";
    std::size_t at = 0, from = 0;
    for (;;) {
        const auto gap = pattern.find(anything, from);
        const auto piece = pattern.substr(from, gap == std::string::npos ? gap : gap - from);
        if (gap == std::string::npos)
            return from == 0 ? text == piece : text.size() >= at + piece.size() && text.ends_with(piece);
        const auto found = text.find(piece, at);
        if (found == std::string::npos || (from == 0 && found != 0)) return false;
        at = found + piece.size();
        from = gap + anything.size();
    }
}

class Reader {
  public:
    explicit Reader(const fs::path& folder) : folder_(folder) {
        fs::create_directories(folder_ / "work");
        fs::create_directories(folder_ / "bin");
        fs::create_symlink(fs::absolute(FIGURANT_PROGRAM), folder_ / "bin/figurant");
    }

    void follow(const Block& block) {
        INFO("line ", block.line);
        if (block.kind == "toml") {
            write(block);
        } else {
            REQUIRE(block.kind == "console");
            run_all(block.text);
        }
    }
    std::size_t commands = 0;

  private:
    void write(const Block& block) {
        REQUIRE(!block.name.empty());
        const bool more = block.name.front() == '+';
        const fs::path file = folder_ / "work" / block.name.substr(more ? 1 : 0);
        std::string text = block.text;
        if (more) {
            text = contents(file);
            text.insert(text.find("[stages."), block.text + "\n");
        }
        std::ofstream(file) << text;
    }

    void run_all(const std::string& session) {
        std::istringstream text(session);
        std::string command, expected;
        const auto end = [&] {
            if (!command.empty()) run(command, expected);
            expected.clear();
        };
        for (std::string line; std::getline(text, line);) {
            if (line.starts_with("$ ")) {
                end();
                command = line.substr(2);
            } else {
                expected += line + "\n";
            }
        }
        end();
    }

    void run(const std::string& command, const std::string& expected) {
        ++commands;
        const std::string shell = "cd '" + (folder_ / "work").string() + "' && PATH='" +
                                  (folder_ / "bin").string() + "':$PATH; { " + command + "; } 2>&1";
        std::string said;
        std::array<char, 4096> buffer{};
        FILE* pipe = popen(shell.c_str(), "r");
        REQUIRE(pipe);
        while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe)) said += buffer.data();
        pclose(pipe);
        // A last line with … may be followed by more lines.
        CHECK_MESSAGE(
            is_like(said, expected.ends_with("…\n") ? expected.substr(0, expected.size() - 1) : expected),
            "$ ", command, "\n", said);
    }

    fs::path folder_;
};

}  // namespace

TEST_CASE("what is compared with … is compared") {
    CHECK(is_like("abc\n", "abc\n"));
    CHECK(is_like("abc\n", "a…\n"));
    CHECK(is_like("abc\n", "…c\n"));
    CHECK(is_like("x a y b z", "…a…b…"));
    CHECK(!is_like("abc\n", "ab\n"));
    CHECK(!is_like("abc\n", "b…\n"));
    CHECK(!is_like("abc\n", "…b\n"));
    CHECK(!is_like("x b y a z", "…a…b…"));
    CHECK(!is_like("ab", "ab…b"));
}

TEST_CASE("the guide to a pipeline of your own does what it says") {
    const ScratchFolder scratch;
    Reader reader(fs::absolute(scratch / "guide"));
    for (const auto& block : blocks_of("docs/guides/a_pipeline_of_your_own.md")) reader.follow(block);
    CHECK(reader.commands >= 15);
}

}  // namespace figurant::end_to_end
