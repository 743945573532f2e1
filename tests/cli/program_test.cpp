// The program as its user meets it, in this process. The stages are those of
// tests/pipeline/graph_test_stages.h, and one that takes its time.

#include <doctest/doctest.h>

#include <csignal>
#include <thread>

#include "pipeline/registry.h"
#include "tests/cli/program_in_process.h"

using namespace figurant;
using test::call;
using test::has;

namespace {

struct Dot {};

}  // namespace

template <>
struct figurant::pipeline::PayloadTraits<Dot> {
    static constexpr std::string_view name = "dot";
    static std::size_t bytes(const Dot&) { return 1; }
};

namespace {

class SlowDots : public pipeline::Source {
  public:
    static constexpr std::string_view sentence = "Gives a thousand dots, one after the other.";
    static constexpr pipeline::Out<Dot> dot{"dot", "a dot"};
    static auto ports() { return std::tuple(dot); }
    std::vector<pipeline::InputReference> inputs() const override {
        std::vector<pipeline::InputReference> all;
        for (int i = 0; i < 1000; ++i) all.push_back({std::to_string(i), "", 1, 0});
        return all;
    }
    void open(const pipeline::InputReference&, pipeline::Outputs& out, pipeline::Context&) const override {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        out.emit(dot, Dot{});
    }
};
class CountDots : public pipeline::Finish {
  public:
    static constexpr std::string_view sentence = "Counts the dots.";
    static constexpr pipeline::In<Dot> dot{"dot", "a dot"};
    static auto ports() { return std::tuple(dot); }
    struct Parameters {
        std::filesystem::path folder;
    };
    static const ParameterList<Parameters>& parameters();
    explicit CountDots(Parameters) {}
    std::string part(const pipeline::Inputs&, pipeline::Context&) const override { return "1"; }
    void finish(const std::function<std::optional<pipeline::FinishPart>()>& next,
                pipeline::Context&) const override {
        while (next()) {
        }
    }
};
const ParameterList<CountDots::Parameters>& CountDots::parameters() {
    static const auto list = ParameterList<Parameters>{}.add("folder", &Parameters::folder, "unused");
    return list;
}
/// What a name with a line feed in it might make of a message.
const std::string full = "out/x\x1b[2J\nfigurant: all is well: no space left";
class FullDisk : public CountDots {
  public:
    using CountDots::CountDots;
    std::string part(const pipeline::Inputs&, pipeline::Context&) const override {
        throw Error(Cause::output, full, "free some");
    }
};
class MissingDots : public pipeline::Source {
  public:
    static constexpr std::string_view sentence = "Finds no dots.";
    static constexpr pipeline::Out<Dot> dot{"dot", "a dot"};
    static auto ports() { return std::tuple(dot); }
    struct Parameters {
        std::vector<std::filesystem::path> paths;
    };
    static const ParameterList<Parameters>& parameters();
    explicit MissingDots(Parameters parameters) : paths_(std::move(parameters.paths)) {}
    std::vector<pipeline::InputReference> inputs() const override {
        throw Error(Cause::input, paths_.back().string() + ": does not exist", "check the path");
    }
    void open(const pipeline::InputReference&, pipeline::Outputs&, pipeline::Context&) const override {}

  private:
    std::vector<std::filesystem::path> paths_;
};
const ParameterList<MissingDots::Parameters>& MissingDots::parameters() {
    static const auto list = ParameterList<Parameters>{}.add("paths", &Parameters::paths, "where they are");
    return list;
}
const pipeline::Registered<FullDisk> full_disk("full_disk");
const pipeline::Registered<MissingDots> missing_dots("missing_dots");
const pipeline::Registered<SlowDots> slow_dots("slow_dots");
const pipeline::Registered<CountDots> count_dots("count_dots");

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

/// With some graphs more.
struct Home : test::Home {
    Home() {
        add_graph("dots",
                  "title = \"Dots\"\n[stages.dots]\ntype = \"slow_dots\"\n"
                  "[stages.count]\ntype = \"count_dots\"\nfrom = \"dots\"\n");
        const std::string output = "[params.output]\ntype = \"path\"\n";
        add_graph("kept", output +
                              "[stages.dots]\ntype = \"slow_dots\"\n[stages.count]\ntype = \"count_dots\"\n"
                              "from = \"dots\"\nfolder = \"${output}\"\n");
        add_graph("full", output +
                              "[stages.dots]\ntype = \"slow_dots\"\n[stages.count]\ntype = \"full_disk\"\n"
                              "from = \"dots\"\nfolder = \"${output}\"\n");
        add_graph("gone",
                  "[params.maps]\ntype = \"path\"\nmany = true\n[stages.dots]\ntype = \"missing_dots\"\n"
                  "paths = \"${maps}\"\n[stages.count]\ntype = \"count_dots\"\nfrom = \"dots\"\n");
        add_graph("total",
                  "title = \"Totals\"\n[params.maps]\ntype = \"path\"\nmany = true\n[params.output]\ntype = "
                  "\"path\"\n"
                  "default = \"\"\nhelp = \"unused by the sum\"\n[stages.maps]\ntype = \"read_numbers\"\n"
                  "paths = [\"${maps}\", \"${output}x\"]\n[stages.total]\ntype = \"total_numbers\"\nfrom = "
                  "\"maps\"\n");
    }
};

}  // namespace

TEST_CASE("help, versions and lists go to standard output") {
    const Home home;
    CHECK(has(call({"--help"}).out, "figurant run evaluate --maps scans/"));
    CHECK(call({}).out == call({"--help"}).out);
    const auto version = call({"--version"});
    CHECK(version.code == 0);
    CHECK(version.out.starts_with("figurant 0."));
    CHECK(has(version.out, "\noneTBB "));
    CHECK(has(version.out, "\ntoml++ "));
    CHECK(has(call({"graphs"}).out, "sums   Sums of the parts of numbers\n"));
    CHECK(has(call({"stages"}).out, "split_number"));
    CHECK(has(call({"stages", "split_number"}).out, "how many"));
    CHECK(has(call({"stages", "--markdown"}).out, "### `split_number`"));
    CHECK(has(call({"graphs", "--markdown"}).out, "| `--maps` | a list of path, required | what to read |"));
}

TEST_CASE("a graph's help has its parameters, then the options of every run") {
    const Home home;
    const auto help = call({"run", "sums", "--help"});
    CHECK(help.code == 0);
    CHECK(
        help.out.starts_with("sums: Sums of the parts of numbers\n\n"
                             "  figurant run sums --maps PATH... --output PATH ...\n\n"
                             "Parameters\n"
                             "  --maps PATH...  what to read (required)\n"
                             "  --output PATH   the folder for the results (required)\n"
                             "  --times INT     the factor (0 to 100; default 2)\n"));
    CHECK(has(help.out, "  --memory "));
}

TEST_CASE("check and show name problems on standard error, and end with 2") {
    const Home home;
    CHECK(call({"check", "sums"}).code == 0);
    CHECK(has(call({"show", "sums"}).out, "┌ for each part of parts"));
    CHECK(has(call({"show", "sums", "--format=dot"}).out, "digraph"));
    CHECK(has(call({"show", "sums", "--format", "svg", "--set", "parts.parts=4"}).out, "<svg"));
    const auto broken = call({"check", "tests/error_gallery/unused_stage.toml"});
    CHECK(broken.code == 2);
    CHECK(has(broken.err, "unused_stage.toml:10:9: error: nothing uses what"));
    CHECK(call({"show", "sums", "--format", "png"}).code == 2);
}

TEST_CASE("a wrong word is told with the right one, and ends with 2") {
    const Home home;
    const auto expect = [](const std::vector<std::string>& words, const std::string& part) {
        const auto outcome = call(words);
        CHECK(outcome.code == 2);
        CHECK(outcome.out == "");
        INFO(outcome.err);
        CHECK(has(outcome.err, part));
    };
    expect({"rnu", "sums"}, "there is no command \"rnu\"\n  did you mean figurant run?");
    expect({"run"}, "which graph?");
    expect({"run", "smus"}, "there is no graph \"smus\"; did you mean \"sums\"?");
    expect({"run", "sums", "more"}, "\"more\" belongs to no option, and one graph is enough");
    expect({"run", "sums", "--times", "2", "1.5"}, "\"1.5\" belongs to no option, and one graph is enough");
    expect({"run", "sums", "b.jpg"}, "\"b.jpg\" belongs to no option; put --maps before it");
    expect({"check", "sums", "more"}, "figurant check sums --help lists the options");
    expect({"run", "sums", "--mpas", "a"}, "--mpas: error: there is no such option; did you mean --maps?");
    expect({"run", "sums", "--maps", "a"}, "the parameter \"output\" is not given; add --output");
    expect({"run", "sums", "--maps", "a", "--output", "o", "--times", "101"},
           "--times: error: \"times\" takes int, 0 to 100; found 101");
    expect({"run", "sums", "--maps", "a", "--output", "o", "--memory", "much"},
           "\"much\" is no amount of memory");
    expect({"run", "sums", "--maps", "a", "--output", "o", "--set", "parts.prats=3"},
           "--set parts.prats=3: error: \"parts\" (split_number) has no parameter \"prats\"; did you mean "
           "\"parts\"?");
    expect({"stages", "split_numbre"}, "did you mean split_number?");
}

TEST_CASE("a run prints results to standard output, the table to standard error, the report to its file") {
    const Home home;
    const auto outcome =
        call({"run", "total", "--maps", "a", "b", "c", "--output", (home.path / "out").string(), "--report",
              (home.path / "report.json").string()});
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.out == "total 10\n");  // 1 + 2 + 3 + 4
    CHECK(has(outcome.err, "4 of 4 inputs"));
    CHECK(has(read_file(home.path / "report.json"), "\"inputs\""));
}

TEST_CASE("a report that cannot be written ends with 4") {
    const Home home;
    write_file(home.path / "file", "x");
    CHECK(call({"run", "total", "--maps", "a", "--output", (home.path / "out").string(), "--report",
                (home.path / "file/report.json").string()})
              .code == 4);
}

TEST_CASE("a signal drains the run, and its number is in the exit code; how to go on is told once") {
    const Home home;
    const auto interrupted = [](int number, std::vector<std::string> words) {
        std::thread sender([number] {
            std::this_thread::sleep_for(std::chrono::milliseconds(300));
            kill(getpid(), number);
        });
        const auto outcome = call(words);
        sender.join();
        INFO(outcome.err);
        CHECK(outcome.code == 128 + number);
        CHECK(count_of(outcome.err, "the run was asked to end") == 1);
        return outcome.err;
    };
    for (const int number : {SIGINT, SIGTERM}) {
        // Nothing is kept of it that it could go on with.
        CHECK(
            interrupted(number, {"run", "dots", "--threads", "1"}).ends_with("\nthe run was asked to end\n"));
        CHECK(
            interrupted(number, {"run", "kept", "--threads", "1", "--output", (home.path / "kept").string()})
                .ends_with("\nthe run was asked to end\n"
                           "  to go on with it, give the same command with --resume\n"));
    }
}

TEST_CASE("what ended the run is told once, and no name in it commands the terminal or looks like a line") {
    const Home home;
    const auto outcome = call(
        {"run", "full", "--threads", "1", "--progress", "none", "--output", (home.path / "full").string()});
    INFO(outcome.err);
    CHECK(outcome.code == 4);
    CHECK(outcome.err.starts_with("failed: 0 (count): see below\n  free some\n"));
    CHECK(count_of(outcome.err, "no space left") == 1);
    CHECK(has(outcome.err,
              "so the run ended early: out/x\\x1b[2J\n  figurant: all is well: no space left\n"
              "  when that is mended"));
    CHECK_FALSE(has(outcome.err, "\x1b"));
}

TEST_CASE("a path that is refused is told with its option") {
    const Home home;
    CHECK(call({"run", "gone", "--maps", "a.png", "b.png"}).err ==
          "figurant: --maps b.png: does not exist\n  check the path\n");
}
