// What the shell offers: from the declarations, in this process; and the script itself in a bash.

#include "cli/completion.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "tests/cli/program_in_process.h"

using namespace figurant;
using namespace figurant::cli;
using test::call;
using test::has;

namespace {

Candidates after(const std::vector<std::string>& before, const std::string& typed = "") {
    return candidates(before, typed);
}

bool offers(const Candidates& found, const std::string& word) {
    return std::find(found.words.begin(), found.words.end(), word) != found.words.end();
}

std::string output_of(const std::string& shell_command) {
    std::string text;
    std::array<char, 512> buffer{};
    FILE* pipe = popen(shell_command.c_str(), "r");
    REQUIRE(pipe);
    while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe)) text += buffer.data();
    CHECK(pclose(pipe) == 0);
    return text;
}

}  // namespace

TEST_CASE("commands, graphs and stages are completed") {
    const test::Home home;
    CHECK(after({}, "ru").words == std::vector<std::string>{"run"});
    CHECK(offers(after({}), "completion"));
    CHECK(after({"run"}, "su").words == std::vector<std::string>{"sums"});
    CHECK(after({"run"}, "su").files);
    CHECK(after({"stages"}, "split_n").words == std::vector<std::string>{"split_number"});
    CHECK(after({"completion"}).words.front() == "bash");
    for (const char* command : {"stages", "schema"}) CHECK(offers(after({command}), "--plugin"));
    CHECK(after({"nonsense"}).words.empty());
}

TEST_CASE("options come from the graph's declarations and the command's, those that were given left out") {
    const test::Home home;
    const auto all = after({"run", "sums"});
    for (const char* word : {"--maps", "--output", "--times", "--memory", "--help"}) CHECK(offers(all, word));
    CHECK(after({"run", "sums"}, "--ti").words == std::vector<std::string>{"--times"});
    CHECK(!offers(after({"run", "sums", "--times", "3"}), "--times"));
    CHECK(offers(after({"run", "sums", "--maps", "a"}), "--maps"));  // takes several
    CHECK(offers(after({"bench", "sums"}), "--sweep"));
    CHECK(offers(after({"show", "sums"}), "--format"));
    CHECK(!offers(after({"run", "none"}), "--maps"));
}

TEST_CASE("values are completed by what they may be") {
    const test::Home home;
    CHECK(after({"show", "sums", "--format"}).words ==
          std::vector<std::string>{"text", "mermaid", "dot", "svg"});
    CHECK(after({"run", "sums", "--maps"}).files);
    CHECK(after({"run", "sums", "--maps", "a"}).files);
    CHECK(!after({"run", "sums", "--times"}).files);
    CHECK(after({"run", "sums", "--times"}).words.empty());
    const auto keys = after({"run", "sums", "--set"}, "parts.p");
    CHECK(keys.words == std::vector<std::string>{"parts.parts="});
    CHECK(keys.open);
    CHECK(offers(after({"run", "sums", "--set"}), "scaled.execution.batch="));
    CHECK(after({"bench", "sums", "--sweep"}, "thr").words == std::vector<std::string>{"threads="});
}

TEST_CASE("the script is bash, and completes what the program answers") {
    const test::Home home;
    const auto script = home.path / "completion.sh";
    write_file(script, call({"completion", "bash"}).out);
    // A program that answers as the real one does: what it was asked goes to a file.
    const auto program = home.path / "figurant";
    write_file(program, "#!/bin/bash\nprintf '%s\\n' \"$@\" > \"" + (home.path / "asked").string() +
                            "\"\nprintf '%s\\n' files '--maps' 'a $(touch broken) b'\n");
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    write_file(home.path / "folder/xy z.toml", "");
    const std::string shell = "cd '" + (home.path / "folder").string() + "' && bash -c '. " +
                              script.string() + "; COMP_WORDS=(" + program.string() +
                              " run sums xy); COMP_CWORD=3; _figurant; printf \"%s\\n\" \"${COMPREPLY[@]}\"'";
    CHECK(output_of(shell) == "--maps\na $(touch broken) b\nxy z.toml\n");
    CHECK(read_file(home.path / "asked") == "completion\ncandidates\nxy\nrun\nsums\n");
    CHECK(!std::filesystem::exists(home.path / "folder/broken"));
    CHECK(call({"completion", "candidates", "ru"}).out == "words\nrun\n");
    CHECK(call({"completion", "candidates"}).code == 0);
}
