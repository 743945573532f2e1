// A run can be asked how it stands, and says so by itself when nothing goes on.
#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <thread>

#include "pipeline/run.h"
#include "plan_builder.h"
#include "test_stages.h"
#include "tests/data_formats/scratch_folder.h"

using namespace figurant;
using namespace figurant::pipeline;
using namespace figurant::pipeline::test;

namespace {

ParameterValues in_lab(const std::string& name) { return {{"lab", ParameterValue(Scalar(name))}}; }

/// Opened once; whoever comes before waits.
class Door {
  public:
    void open() {
        {
            const std::scoped_lock lock(mutex_);
            open_ = true;
        }
        opened_.notify_all();
    }
    void pass() {
        std::unique_lock lock(mutex_);
        opened_.wait(lock, [this] { return open_; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable opened_;
    bool open_ = false;
};

class Taped : public Apply {
  public:
    static constexpr std::string_view type_name = "taped";
    using Apply::Apply;
    Needs needs() const override { return {1, 0, {"tape"}}; }
};

std::string contents(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

bool contains(const std::string& text, const std::string& piece) {
    return text.find(piece) != std::string::npos;
}

/// inputs -> first and second, which share a tape -> a sink each.
struct Sharing {
    PlanBuilder builder;
    explicit Sharing(const std::string& name) {
        const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
        const auto first = builder.add<Taped>("first", {{source}}, in_lab(name));
        const auto second = builder.add<Taped>("second", {{first}}, in_lab(name));
        builder.add<Collect>("collect", {{second}}, in_lab(name));
    }
};

}  // namespace

TEST_CASE("a call that takes long is named as running, those that wait with what they wait for") {
    const std::string name = "watched";
    Lab& lab = Lab::named(name);
    Door told;
    std::string said;
    lab.inputs = [] { return numbered_inputs(6); };
    lab.map = [&](const Number& number, Context&) {
        told.pass();
        return number;
    };
    Sharing graph(name);
    RunOptions options;
    options.settings.threads = 3;
    options.settings.memory = 1 << 28;
    options.patience = 0.5;
    int times = 0;
    options.on_standstill = [&](const std::string& text) {
        // On a busy machine others may still be on their way to where they wait.
        said = text;
        if (contains(said, " at its gate") || ++times == 6) told.open();
    };
    const auto report = run(graph.builder.plan(), options);
    CHECK(report.done == 6);  // a warning, not an end
    CHECK(report.exit_code == 0);
    CAPTURE(said);
    CHECK(contains(said, "no call has come to its end for "));
    CHECK(contains(said, "stage \"first\" runs since "));
    CHECK(contains(said, "; stage \"first\": "));
    CHECK(contains(said, " at its gate, 1 under way; it waits for a resource"));
    CHECK_FALSE(contains(said, "stage \"collect\""));
}

TEST_CASE("a run that goes on is left in peace, however long it takes") {
    const std::string name = "goes on";
    Lab& lab = Lab::named(name);
    int told = 0;
    lab.inputs = [] { return numbered_inputs(50); };
    PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
    builder.add<Collect>("collect", {{source}}, in_lab(name));
    RunOptions options;
    options.settings.threads = 1;
    options.patience = 3600;
    options.on_standstill = [&](const std::string&) { ++told; };
    CHECK(run(builder.plan(), options).done == 50);
    CHECK(told == 0);
}

TEST_CASE("who asks is told how the run stands, with the call that is under way as busy") {
    const std::string name = "asked";
    Lab& lab = Lab::named(name);
    Door answered;
    std::atomic<int> asked{7};  // whatever was asked before the run is not its business
    RunReport standing;
    std::atomic<int> answers{0};
    lab.inputs = [] { return numbered_inputs(3); };
    lab.map = [&](const Number& number, Context&) {
        if (number.value == 1000) {
            ++asked;
            answered.pass();
        }
        return number;
    };
    PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
    const auto apply = builder.add<Apply>("apply", {{source}}, in_lab(name));
    builder.execution(apply).ordered = true;
    builder.add<Collect>("collect", {{apply}}, in_lab(name));
    RunOptions options;
    options.settings.threads = 2;
    options.asked = &asked;
    options.on_asked = [&](const RunReport& report) {
        if (++answers == 1) standing = report;
        answered.open();
    };
    const auto report = run(builder.plan(), options);
    CHECK(report.done == 3);
    CHECK(answers == 1);
    CHECK(standing.inputs == 3);
    CHECK(standing.done <= 1);
    REQUIRE(standing.stages.size() == 3);
    const auto& stage = standing.stages[apply];
    CHECK(stage.calls == 1);
    CHECK(stage.busy > 0);
    CHECK(stage.busy + stage.waiting_for_input + stage.waiting_for_room + stage.waiting_for_resource +
              stage.waiting_for_batch + stage.waiting_for_thread ==
          doctest::Approx(stage.wall));
    CHECK(contains(report_table(standing), "apply"));
}

TEST_CASE("the status file says that the run goes on, and at last that it has ended") {
    const ScratchFolder folder;
    const std::string name = "status";
    Lab& lab = Lab::named(name);
    lab.inputs = [] { return numbered_inputs(2); };
    std::string during;
    lab.map = [&](const Number& number, Context&) {
        if (number.value == 0) during = contents(folder / "status.json");
        return number;
    };
    PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
    const auto apply = builder.add<Apply>("apply", {{source}}, in_lab(name));
    builder.add<Collect>("collect", {{apply}}, in_lab(name));
    RunOptions options;
    options.settings.threads = 1;
    options.status = folder / "status.json";
    CHECK(run(builder.plan(), options).done == 2);
    CHECK(contains(during, "\"state\": \"running\""));
    CHECK(contains(during, "\"inputs\": 2"));
    const std::string after = contents(folder / "status.json");
    CHECK(contains(after, "\"state\": \"ended\""));
    CHECK(contains(after, "\"done\": 2"));
    CHECK_FALSE(std::filesystem::exists(folder / "status.json.part"));
}

TEST_CASE("a status or trace file that cannot be written ends the run before it begins") {
    const std::string name = "no place";
    Lab& lab = Lab::named(name);
    lab.inputs = [] { return numbered_inputs(2); };
    PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
    builder.add<Collect>("collect", {{source}}, in_lab(name));
    for (const bool trace : {false, true}) {
        RunOptions options;
        (trace ? options.trace : options.status) = "/proc/nowhere/file.json";
        try {
            run(builder.plan(), options);
            FAIL("was not refused");
        } catch (const Error& error) {
            CHECK(error.cause() == Cause::output);
            CHECK(contains(error.what(), "/proc/nowhere"));
        }
    }
    CHECK(lab.committed.empty());
}
