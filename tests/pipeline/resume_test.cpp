// --resume and --only-failed: what is run again, what is refused, in one process.
#include "pipeline/run_record.h"
#include "tests/pipeline/books.h"
#include "tests/pipeline/file_run.h"

using namespace figurant;
using namespace figurant::pipeline;
using namespace figurant::pipeline::test;

namespace {

struct Resumed : FileRun {
    explicit Resumed(const QuickFolder& folder) {
        output = folder.path / "out";
        opened = folder.path / ("opened_" + std::to_string(counter()++));
        options.begin = Begin::resume;
    }
    std::vector<std::string> opened_inputs() const {
        auto lines = whole_lines(opened);
        std::sort(lines.begin(), lines.end());
        return lines;
    }
    std::string refused() {
        try {
            run();
            return "";
        } catch (const Error& error) {
            CHECK(exit_code(error.cause()) == 2);
            CHECK(!error.next_step().empty());
            return error.what();
        }
    }

  private:
    static int& counter() {
        static int count = 0;
        return count;
    }
};

struct Fresh : Resumed {
    explicit Fresh(const QuickFolder& folder) : Resumed(folder) { options.begin = Begin::afresh; }
};

bool has(const std::string& text, const std::string& piece) { return text.find(piece) != std::string::npos; }

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a resumed run tries again what failed, and opens nothing that is done") {
    const QuickFolder folder("retry");
    const auto first = Fresh(folder).run();
    CHECK(first.done == 5);
    CHECK(first.failed == 1);
    const auto books = read_file(folder.path / "out/.figurant/done.jsonl");
    const auto before = results(folder.path / "out");
    Resumed again(folder);
    const auto second = again.run();
    CHECK(again.opened_inputs() == Names{"c"});
    CHECK(second.inputs == 6);
    CHECK(second.done == 5);
    CHECK(second.earlier == 5);
    CHECK(second.partial == 1);
    CHECK(second.failed == 1);
    CHECK(second.exit_code == 3);
    CHECK(difference(before, results(folder.path / "out")) == "");
    CHECK(read_file(folder.path / "out/.figurant/done.jsonl") == books);

    Resumed mended(folder);
    mended.failing.clear();
    mended.digests["c"] = "mended";  // what failed may have changed
    CHECK(mended.run().done == 6);
    CHECK(mended.opened_inputs() == Names{"c"});
    Fresh whole(folder);
    whole.failing.clear();
    whole.output = folder.path / "whole";
    whole.run();
    CHECK(difference(results(folder.path / "whole"), results(folder.path / "out")) == "");
    CHECK(!fs::exists(folder.path / "out/failures.jsonl"));
}

TEST_CASE("what differs is named, and nothing is touched") {
    const QuickFolder folder("refused");
    Fresh(folder).run();
    const auto before = results(folder.path / "out");
    const auto books = read_file(folder.path / "out/.figurant/done.jsonl");
    const auto record = read_file(folder.path / "out/.figurant/run.json");
    const auto refusal = [&](const std::function<void(Resumed&)>& change) {
        Resumed run(folder);
        change(run);
        const auto text = run.refused();
        CHECK(run.opened_inputs().empty());
        CHECK(difference(before, results(folder.path / "out")) == "");
        CHECK(read_file(folder.path / "out/.figurant/done.jsonl") == books);
        CHECK(read_file(folder.path / "out/.figurant/run.json") == record);
        CHECK(has(text, (folder.path / "out").string() + ": the run in this folder cannot be resumed:"));
        return text;
    };
    CHECK(has(refusal([](Resumed& run) { run.amount = 20; }), "stage \"split\": amount was 10, and is 20"));
    CHECK(has(refusal([](Resumed& run) { run.bundled = true; }), "stage \"bundle\": type was not there"));
    CHECK(has(refusal([](Resumed& run) { run.options.settings.device = "cuda"; }),
              "--device was cpu, and is cuda"));
    CHECK(has(refusal([](Resumed& run) { run.digests["b"] = "other"; }), "the input b has changed"));
    CHECK(has(refusal([](Resumed& run) {
                  run.names = {"a", "c", "d", "e", "f"};
              }),
              "the input b is not among the inputs any more"));
}

TEST_CASE("threads and memory may differ") {
    const QuickFolder folder("threads");
    Fresh(folder).run();
    Resumed again(folder);
    again.options.settings.threads = 3;
    again.options.settings.memory = std::size_t{1} << 27;
    CHECK(again.refused() == "");
}

TEST_CASE("added inputs are taken, listed, and come after those that were there") {
    const QuickFolder folder("added");
    Fresh first(folder);
    first.names = {"b", "d"};
    first.run();
    Resumed more(folder);
    more.names = {"a", "b", "d"};
    more.failing.clear();
    const auto report = more.run();
    CHECK(more.opened_inputs() == Names{"a"});
    CHECK(report.done == 3);
    REQUIRE(report.warnings.size() == 1);
    CHECK(report.warnings[0] == "1 inputs were added: a");
    const auto lines = whole_lines(folder.path / "out/all.txt");
    REQUIRE(lines.size() == 3);
    CHECK(lines[0].starts_with("b 0: "));
    CHECK(lines[1].starts_with("d 1: "));
    CHECK(lines[2].starts_with("a 2: "));
    Resumed again(folder);
    again.names = {"a", "b", "d"};
    CHECK(again.run().warnings.empty());
    CHECK(again.opened_inputs().empty());
}

TEST_CASE("with nothing to resume all inputs are run, and it is said") {
    const QuickFolder folder("nothing");
    Resumed run(folder);
    const auto report = run.run();
    CHECK(report.done == 5);
    REQUIRE(report.warnings.size() == 1);
    CHECK(has(report.warnings[0], "holds no run yet"));
}

TEST_CASE("an input that was drained is not done, and no failure") {
    const QuickFolder folder("drained");
    Fresh first(folder);
    std::atomic<int> stop{0};
    first.options.stop = &stop;
    first.delay = 500;
    first.options.settings.threads = 1;
    first.options.on_progress = [&](const Progress& progress) {
        if (progress.finished > 0) stop = 1;
    };
    first.names.clear();
    for (char name = 'g'; name <= 'z'; ++name)
        for (int copy = 0; copy < 20; ++copy) first.names.push_back(name + std::to_string(copy));
    const auto report = first.run();
    Resumed again(folder);
    again.names = first.names;
    const auto rest = again.run();
    CHECK(rest.done == first.names.size());
    CHECK(rest.earlier == report.done);
    CHECK(again.opened_inputs().size() == first.names.size() - report.done);
}

TEST_CASE("behind a regroup all is run again, unless all was done") {
    const QuickFolder folder("regroup");
    Fresh first(folder);
    first.bundled = true;
    CHECK(first.run().failed >= 1);
    Resumed again(folder);
    again.bundled = true;
    again.failing.clear();
    CHECK(again.run().failed == 0);
    CHECK(again.opened_inputs().size() == 6);
    const auto before = results(folder.path / "out");
    Resumed done(folder);
    done.bundled = true;
    done.failing.clear();
    const auto report = done.run();
    CHECK(done.opened_inputs().empty());
    CHECK(report.done == 6);
    CHECK(report.exit_code == 0);
    CHECK(difference(before, results(folder.path / "out")) == "");
}

TEST_CASE("only the failed inputs of a run are run, into another folder or its own") {
    const QuickFolder folder("only_failed");
    Fresh first(folder);
    first.failing = {"b", "f"};
    first.run();
    Fresh replay(folder);
    replay.output = folder.path / "replay";
    replay.options.only_failed = folder.path / "out";
    replay.failing = {"f"};
    const auto report = replay.run();
    CHECK(replay.opened_inputs() == Names{"b", "f"});
    CHECK(report.inputs == 2);
    CHECK(report.done == 1);
    CHECK(report.failed == 1);
    const auto lines = whole_lines(folder.path / "replay/all.txt");
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].starts_with("b 1: "));  // the place that it had
    CHECK(lines[1] == "f");

    Fresh in_place(folder);
    in_place.options.only_failed = in_place.output;
    in_place.failing = {"f"};
    const auto rest = in_place.run();
    CHECK(in_place.opened_inputs() == Names{"b", "f"});
    CHECK(rest.inputs == 6);
    CHECK(rest.done == 5);
    CHECK(whole_lines(folder.path / "out/failures.jsonl").size() == 1);

    Fresh nowhere(folder);
    nowhere.options.only_failed = folder.path / "nowhere";
    CHECK(has(nowhere.refused(), "holds no run of figurant"));
}

TEST_CASE("failures that were not tried again stay on the list") {
    const QuickFolder folder("kept_failures");
    Fresh first(folder);
    first.failing = {"b", "f"};
    first.run();
    const auto before = whole_lines(folder.path / "out/failures.jsonl");
    Resumed stopped(folder);
    const std::atomic<int> stop{1};
    stopped.options.stop = &stop;
    stopped.run();
    CHECK(stopped.opened_inputs().empty());
    CHECK(whole_lines(folder.path / "out/failures.jsonl") == before);
}

TEST_CASE("unfinished lines and damaged books are seen as what they are") {
    const QuickFolder folder("damaged");
    Fresh(folder).run();
    const auto books = folder.path / "out/.figurant";
    const auto before = results(folder.path / "out");
    auto text = read_file(books / "done.jsonl");
    text.resize(text.size() - 3);  // the last line lost its end
    write_file(books / "done.jsonl", text);
    write_file(folder.path / "out/lists/a.txt.figurant-part", "half");
    Resumed again(folder);
    again.run();
    CHECK(again.opened_inputs() == Names{"c", "f"});
    CHECK(difference(before, results(folder.path / "out")) == "");
    for (const std::string damage :
         {"", "{", "[1, 2]", "{\"inputs\": [{\"name\": \"a\", \"place\": 1e99}]}"}) {
        write_file(books / "run.json", damage);
        CHECK(has(Resumed(folder).refused(), "run.json: is damaged"));
    }
}

TEST_CASE("names that are not UTF-8 are resumed too, or run again where the books cannot tell them apart") {
    const QuickFolder folder("names");
    const Names names{"a\xff", "b\"\\\n",
                      "c\xfe"
                      "1",
                      "c\xfd"
                      "1",
                      "d\xc3\xa4"};
    Fresh first(folder);
    first.names = names;
    first.run();
    Resumed again(folder);
    again.names = names;
    CHECK(again.run().earlier == 3);
    CHECK(again.opened_inputs().size() == 2);
}

TEST_CASE("a resumed run tells of the whole folder: counts, warnings and what was printed") {
    const QuickFolder folder("totals");
    const auto telling = [](Resumed& run) {
        run.see = [](const std::string& name, Context& context) {
            context.count("numbers", 1);
            context.warn("is \"" + name + "\"");
            if (context.lineage().ordinal(0) == 0) context.print(name + "\n");
        };
    };
    Fresh first(folder);
    telling(first);
    const auto failed = first.run();
    CHECK(failed.counts.at("numbers") == 14);  // c failed, one of e was skipped
    CHECK(failed.printed == Names{"a\n", "b\n", "d\n", "e\n", "f\n"});
    Resumed mended(folder);
    telling(mended);
    mended.failing.clear();
    const auto report = mended.run();
    CHECK(mended.opened_inputs() == Names{"c"});
    CHECK(report.counts.at("numbers") == 17);
    CHECK(report.printed == Names{"a\n", "b\n", "c\n", "d\n", "e\n", "f\n"});
    REQUIRE(report.warnings.size() == 6);
    CHECK(report.warnings[0] == "a: is \"a\"");
    CHECK(report.warnings[2] == "c: is \"c\"");
    Resumed nothing(folder);  // is left, and nothing is told anew
    nothing.failing.clear();
    const auto again = nothing.run();
    CHECK(nothing.opened_inputs().empty());
    CHECK(again.counts == report.counts);
    CHECK(again.printed == report.printed);
    CHECK(again.warnings == report.warnings);
}

TEST_CASE("a complete run behind a regroup, resumed, tells what it told, though nothing is run") {
    const QuickFolder folder("totals_regroup");
    const auto telling = [](Resumed& run) {
        run.bundled = true;
        run.failing.clear();
        run.see = [](const std::string& name, Context& context) {
            context.count("numbers", 1);
            context.warn("is " + name);
            context.print(name);
        };
    };
    Fresh first(folder);
    telling(first);
    const auto report = first.run();
    CHECK(report.counts.at("numbers") == 17);
    for (int times = 0; times < 2; ++times) {
        Resumed again(folder);
        telling(again);
        const auto told = again.run();
        CHECK(again.opened_inputs().empty());
        CHECK(told.counts == report.counts);
        CHECK(told.printed == report.printed);
        CHECK(told.warnings == report.warnings);
    }
}

TEST_CASE("what a stage keeps for itself is there when the run is resumed, and gone afresh or at the end") {
    const QuickFolder folder("state");
    const auto kept = folder.path / "out/.figurant/state/kept";
    std::string found;
    const auto keeping = [&](Resumed& run) {
        run.options.settings.threads = 1;
        run.see = [&](const std::string& name, Context& context) {
            const auto file = context.settings().state / "kept";
            CHECK(file == kept);
            if (fs::exists(file) && found.empty()) found = read_file(file);
            write_file(file, name);
        };
    };
    Fresh first(folder);
    keeping(first);
    first.run();
    CHECK(found != "");  // of the inputs before
    const std::string last = read_file(kept);
    found.clear();
    Resumed again(folder);
    keeping(again);
    again.run();  // c, which fails again
    CHECK(found == last);
    found.clear();
    Fresh afresh(folder);
    keeping(afresh);
    afresh.names = {"c"};
    afresh.failing.clear();
    afresh.run();
    CHECK(found == "c");  // by the item before: nothing of the earlier runs
    CHECK_FALSE(fs::exists(kept));
}

/// A plan of one stage with one path parameter, "model".
struct PathPlan {
    StageType type = describe<Apply>("apply", __FILE__);
    Plan plan;

    PathPlan() {
        ParameterDeclaration declared;
        declared.name = "model";
        declared.type = ParameterType::path;
        type.parameters.push_back(declared);
        plan.stages.resize(1);
        plan.stages[0].name = "detect";
        plan.stages[0].type = &type;
    }
    void set(const std::string& path) {
        plan.stages[0].values["model"] = ParameterValue(Scalar(path));
        plan.facts = plan_facts(plan.stages, {""}, "");
    }
};

TEST_CASE("a changed file that a parameter names is refused by its name, a changed library of stages too") {
    const QuickFolder folder("files");
    const fs::path model = folder.path / "model";
    write_file(model, "weights");
    PathPlan named;
    named.type.plugin = folder.path / "lib.so";
    write_file(named.type.plugin, "code");
    const auto facts = [&] {
        named.set(model.string());
        return run_facts(named.plan, {});
    };
    const auto before = facts();
    CHECK(differences(before, facts()).empty());
    write_file(model, "Weights");
    CHECK(differences(before, facts()) == Names{"the file " + model.string() + " has changed"});
    write_file(model, "weights");
    write_file(named.type.plugin, "Code");
    CHECK(differences(before, facts()) == Names{"the file " + named.type.plugin.string() + " has changed"});
}

TEST_CASE("files of a checkpoint, and a folder's model, that a parameter names are facts") {
    const QuickFolder folder("checkpoints");
    fs::create_directories(folder.path / "log");
    write_file(folder.path / "log/model.h5", "weights");
    const std::string start = (folder.path / "model.ckpt-1").string(), shard = start + ".data-00000-of-00001";
    for (const auto& name : {start + ".index", shard, start + ".meta", start + "2.index"})
        write_file(name, "some");
    PathPlan named;
    const auto changes = [&](const std::string& model, const std::string& file) {
        named.set(model);
        const auto before = run_facts(named.plan, {});
        CHECK(differences(before, run_facts(named.plan, {})).empty());
        write_file(file, read_file(file) + "!");
        return differences(before, run_facts(named.plan, {}));
    };
    CHECK(changes(start, shard) == Names{"the file " + shard + " has changed"});
    CHECK(changes(start, start + ".index") == Names{"the file " + start + ".index has changed"});
    CHECK(changes(start, start + ".meta").empty());
    CHECK(changes(start, start + "2.index").empty());
    const std::string log = (folder.path / "log").string();
    CHECK(changes(log, log + "/model.h5") == Names{"the file " + log + "/model.h5 has changed"});
    write_file(log + "/losses.csv", "");
    CHECK(changes(log, log + "/losses.csv").empty());
    named.type.kind = Kind::sink;  // which wrote it
    CHECK(changes(log, log + "/model.h5").empty());
}

TEST_CASE(
    "a folder that a parameter names is known by names, sizes and times in it, but for the run's output") {
    const QuickFolder folder("folders");
    const fs::path pictures = folder.path / "pictures";
    fs::create_directories(pictures / "deep");
    write_file(pictures / "deep/one.png", "weights");
    PathPlan named;
    named.set(pictures.string());
    Plan& plan = named.plan;
    const auto before = folder_digests(plan);
    REQUIRE(before.contains(pictures.string()));
    CHECK(folder_digests(plan) == before);
    write_file(pictures / "deep/one.png", "Weights");  // as long: its time tells
    const auto changed = folder_digests(plan);
    CHECK(changed != before);
    write_file(pictures / "deep/two.png", "");
    CHECK(folder_digests(plan) != changed);
    plan.output = pictures / "out";
    const auto without = folder_digests(plan);
    fs::create_directories(plan.output);
    write_file(plan.output / "map.png", "");
    CHECK(folder_digests(plan) == without);
    plan.output = pictures;
    CHECK(folder_digests(plan).empty());
    plan.output.clear();
    named.type.kind = Kind::sink;
    CHECK(folder_digests(plan).empty());
}

TEST_CASE("of a run of another graph that is told, and not each stage; a copy is the same graph") {
    const StageType type = describe<Apply>("apply", __FILE__);
    const auto facts = [&](const fs::path& file, const std::string& stage_name, const char* device) {
        Plan plan;
        PlannedStage stage;
        stage.name = stage_name;
        stage.type = &type;
        plan.stages.push_back(stage);
        plan.file = file;
        plan.facts = plan_facts(plan.stages, {""}, "");
        RunSettings settings;
        settings.device = device;
        return run_facts(plan, settings);
    };
    const auto before = facts("graphs/evaluate.toml", "detect", "cpu");
    CHECK(differences(before, facts("graphs/train.toml", "learn", "cuda")) ==
          Names{"it is a run of evaluate, and not of train"});
    CHECK(differences(before, facts("copy.toml", "detect", "cpu")).empty());
    CHECK(differences(before, facts("copy.toml", "detect", "cuda")) ==
          Names{"--device was cpu, and is cuda"});
    CHECK(differences(before, facts("mine/evaluate.toml", "learn", "cpu")).size() == 2);
}
