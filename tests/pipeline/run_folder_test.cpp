// The run's folder: its books, its lock, what an earlier run left.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/file_writer.h"
#include "pipeline/run.h"
#include "plan_builder.h"
#include "test_stages.h"

using namespace figurant;
using namespace figurant::pipeline;
using namespace figurant::pipeline::test;
namespace fs = std::filesystem;

namespace {

struct Folder {
    explicit Folder(const std::string& name)
        : path(fs::temp_directory_path() / ("figurant_run_" + name + "_" + std::to_string(::getpid()))) {
        fs::remove_all(path);
        fs::create_directories(path);
    }
    ~Folder() { fs::remove_all(path); }
    fs::path path;
};

struct Line {
    Line(const std::string& name, const fs::path& output) : lab(Lab::named(name)) {
        lab.inputs = [] { return numbered_inputs(5); };
        const ParameterValues values{{"lab", ParameterValue(Scalar(name))}};
        const auto source = builder.add<Inputs_>("inputs", {}, values);
        const auto apply = builder.add<Apply>("apply", {{source}}, values);
        builder.add<Collect>("collect", {{apply}}, values);
        builder.add<Keep>("keep", {{apply}}, values);
        builder.plan().output = output;
        builder.plan().title = "A \"graph\"";
    }
    RunReport run() {
        RunOptions options;
        options.settings.threads = 4;
        options.settings.memory = std::size_t{1} << 28;
        return pipeline::run(builder.plan(), options);
    }
    Lab& lab;
    PlanBuilder builder;
};

}  // namespace

TEST_CASE("done and failed inputs are listed in source order, and finish stages read what was kept") {
    const Folder folder("books");
    Line line("books", folder.path / "out");
    line.lab.map = [](const Number& number, Context&) {
        if (number.value == 3000 || number.value == 1000)
            throw Error(Cause::input, "it is \"bad\"", "mend it");
        return number;
    };
    const auto report = line.run();
    CHECK(report.done == 3);
    CHECK(read_file(folder.path / "out/failures.jsonl") ==
          "{\"input\": \"1\", \"stage\": \"apply\", \"cause\": \"input\", \"reason\": \"it is \\\"bad\\\"\", "
          "\"next_step\": \"mend it\"}\n"
          "{\"input\": \"3\", \"stage\": \"apply\", \"cause\": \"input\", \"reason\": \"it is \\\"bad\\\"\", "
          "\"next_step\": \"mend it\"}\n");
    CHECK(read_file(folder.path / "out/.figurant/done.jsonl") ==
          "{\"input\": \"0\", \"digest\": \"\", \"partial\": false}\n"
          "{\"input\": \"2\", \"digest\": \"\", \"partial\": false}\n"
          "{\"input\": \"4\", \"digest\": \"\", \"partial\": false}\n");
    CHECK(read_file(folder.path / "out/.figurant/run.json").find("\"title\": \"A \\\"graph\\\"\"") !=
          std::string::npos);
    REQUIRE(line.lab.finished.size() == 5);
    CHECK(line.lab.finished[1].second.empty());
    CHECK(line.lab.finished[2].second == std::vector<std::string>{"2000"});
    CHECK(fs::exists(folder.path / "out/.figurant/parts"));
}

TEST_CASE("a run into the folder of an earlier one starts afresh") {
    const Folder folder("again");
    Line first("again1", folder.path);
    first.lab.map = [](const Number&, Context&) -> Number { throw Error(Cause::input, "bad"); };
    first.run();
    CHECK(fs::exists(folder.path / "failures.jsonl"));
    Line second("again2", folder.path);
    CHECK(second.run().done == 5);
    CHECK(!fs::exists(folder.path / "failures.jsonl"));
}

TEST_CASE("an output that is a file is refused at once, and nothing begun") {
    const Folder folder("file");
    write_file(folder.path / "a_file", "text");
    for (const auto& output : {folder.path / "a_file", folder.path / "a_file" / "below"}) {
        Line line("file", output);
        bool asked = false;
        line.lab.inputs = [&] {
            asked = true;
            return numbered_inputs(1);
        };
        try {
            line.run();
            FAIL("was not refused");
        } catch (const Error& error) {
            CHECK(error.cause() == Cause::output);
            CHECK(std::string(error.what()).find("a_file") != std::string::npos);
        }
        CHECK(!asked);
    }
    CHECK(read_file(folder.path / "a_file") == "text");
}

TEST_CASE("no input at all is an error, and no folder is made") {
    const Folder folder("none");
    Line line("none", folder.path / "out");
    line.lab.inputs = []() -> std::vector<InputReference> { return {}; };
    CHECK_THROWS_AS(line.run(), Error);
    CHECK(!fs::exists(folder.path / "out"));
}

TEST_CASE("two runs never share a folder") {
    const Folder folder("lock");
    Line outer("lock", folder.path), inner("lock inner", folder.path);
    std::string refused;
    outer.lab.inputs = [] { return numbered_inputs(1); };
    outer.lab.map = [&](const Number& number, Context&) {
        try {
            inner.run();
        } catch (const Error& error) {
            refused = error.what();
        }
        return number;
    };
    CHECK(outer.run().done == 1);
    CHECK(refused.find("another run is using this folder") != std::string::npos);
    CHECK(inner.run().done == 5);
}
