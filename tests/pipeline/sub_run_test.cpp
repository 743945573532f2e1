// Stages that run whole graphs: what they give, that they are resumed, and what a kill leaves of them.
#include <array>

#include "base/random.h"
#include "tests/pipeline/books.h"
#include "tests/pipeline/nested_run.h"
#include "tests/pipeline/run_child.h"

using namespace figurant;
using namespace figurant::pipeline;
using namespace figurant::pipeline::test;

namespace {

using Names = std::vector<std::string>;

Names sorted_lines(const fs::path& file) {
    auto lines = whole_lines(file);
    std::sort(lines.begin(), lines.end());
    return lines;
}

NestedRun nested(const QuickFolder& folder) {
    NestedRun run;
    run.folder = folder.path;
    run.opened = folder.path / "opened";
    fs::remove(run.opened);
    return run;
}

NestedRun resumed(const QuickFolder& folder) {
    NestedRun run = nested(folder);
    run.options.begin = Begin::resume;
    return run;
}

const Names all_opened{"a", "a/x", "a/y", "a/z", "b", "b/x", "b/y", "b/z", "c", "c/x", "c/y", "c/z"};

}  // namespace

TEST_CASE(
    "each item has a run of its own in a folder of its own, whose totals and texts reach the outer run") {
    const QuickFolder folder("nested_plain");
    const auto run = nested(folder);
    const auto report = run.run();
    CHECK(report.exit_code == 0);
    CHECK(sorted_lines(run.opened) == all_opened);
    const auto files = results(run.output());
    CHECK(files.at("runs/b/y") == "b/y one");
    CHECK(files.at("runs/b/list") == "x: [b/x]\ny: [b/y]\nz: [b/z]\n");
    CHECK(files.at("list").starts_with("a: [x: [a/x]\n"));
    CHECK(report.printed == Names{"a\n", "a/x\n", "a/y\n", "a/z\n", "b\n", "b/x\n", "b/y\n", "b/z\n", "c\n",
                                  "c/x\n", "c/y\n", "c/z\n"});
}

TEST_CASE("when a sub-run fails the others are kept, and resumed only what failed is opened again") {
    const QuickFolder folder("nested_failing");
    const auto whole = [&] {
        const QuickFolder other("nested_whole");
        const auto run = nested(other);
        run.run();
        return results(run.output());
    }();
    auto failing = nested(folder);
    failing.failing = "b/y";
    const auto report = failing.run();
    CHECK(report.exit_code == 3);
    CHECK(report.done == 2);
    REQUIRE(report.failures.size() == 1);
    CHECK(report.failures[0].input == "b");
    CHECK(report.failures[0].reason.find("y: it is bad") != std::string::npos);
    CHECK(report.failures[0].next_step == "mend it");
    CHECK(fs::exists(failing.output() / "runs/b/x"));
    const auto again = resumed(folder);
    const auto rest = again.run();
    CHECK(rest.exit_code == 0);
    CHECK(sorted_lines(again.opened) == Names{"b", "b/y"});
    CHECK(difference(whole, results(again.output())) == "");
    CHECK(rest.printed.size() == 12);  // of the earlier sub-runs too
}

TEST_CASE(
    "a run that is resumed under another parameter of its sub-runs is refused by the parameter's name") {
    const QuickFolder folder("nested_refused");
    nested(folder).run();
    auto other = resumed(folder);
    other.mark = "two";
    try {
        other.run();
        FAIL("was not refused");
    } catch (const Error& error) {
        CHECK(std::string(error.what()).find("stage \"each\": mark was \"one\", and is \"two\"") !=
              std::string::npos);
    }
    CHECK(sorted_lines(other.opened).empty());
    // And where the graph of the sub-runs is another.
    std::ofstream(folder.path / "inner.toml", std::ios::app)
        << "[stages.more]\ntype = \"test_write_name_list\"\n"
           "from = \"names\"\nfolder = \"${output}/m\"\n";
    auto changed = resumed(folder);
    try {
        changed.run();
        FAIL("was not refused");
    } catch (const Error& error) {
        CHECK(std::string(error.what()).find("stage \"each\": the graph that it runs was ") !=
              std::string::npos);
    }
}

TEST_CASE("killed at any step on the disk, run and sub-runs are resumed to the same folder") {
    const QuickFolder folder("nested_killed");
    ChildRun child{.output = folder.path, .opened = folder.path / "opened"};
    child.nested = true;
    REQUIRE(run_child(child) == 0);
    const auto out = folder.path / "out";
    const auto whole = results(out);
    std::int64_t steps = 0;
    std::ifstream(child.opened.string() + ".steps") >> steps;
    REQUIRE(steps > 100);
    Random random(31);
    MESSAGE("seed 31, ", steps, " steps");
    int killed = 0;
    constexpr int kills = 60;
    for (int i = 0; i < kills; ++i) {
        for (const auto& left : {out, child.opened, folder.path / "attic"}) fs::remove_all(left);
        child.resume = false;
        child.step = (i * steps + random.below(steps)) / kills;
        child.moment = std::array{"before", "after", "torn"}[static_cast<std::size_t>(i) % 3];
        child.lossy = i % 2 == 1;
        child.seed = random.next();
        CAPTURE(child.step);
        CAPTURE(child.moment);
        CAPTURE(child.lossy);
        CAPTURE(child.seed);
        if (run_child(child) == -1) ++killed;
        std::set<std::string> done;
        for (const auto& name : done_inputs(out)) done.insert(name);
        for (const std::string outer : {"a", "b", "c"})
            for (const auto& name : done_inputs(out / "runs" / outer)) done.insert(outer + "/" + name);
        fs::remove(child.opened);
        fs::remove_all(folder.path / "attic");
        child.step = -1;
        child.lossy = false;
        child.resume = true;
        CHECK(run_child(child) == 0);
        for (const auto& name : whole_lines(child.opened))
            CHECK_MESSAGE(!done.contains(name), name, " was done, and was opened again");
        CHECK(difference(whole, results(out)) == "");
    }
    CHECK(killed >= kills - 3);
}
