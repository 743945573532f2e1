// What happens when something goes wrong in a stage.
#include <doctest/doctest.h>

#include "pipeline/run.h"
#include "plan_builder.h"
#include "test_stages.h"

using namespace figurant;
using namespace figurant::pipeline;
using namespace figurant::pipeline::test;

namespace {

/// inputs -> split -> apply -> mix -> collect, in a lab of its own.
struct Line {
    explicit Line(const std::string& name) : lab(Lab::named(name)) {
        lab.inputs = [] { return numbered_inputs(4); };
        const ParameterValues values{{"lab", ParameterValue(Scalar(name))}};
        source = builder.add<Inputs_>("inputs", {}, values);
        split = builder.add<Split>("split", {{source}}, values);
        apply = builder.add<Apply>("apply", {{split}}, values);
        mix = builder.close<Mix>("mix", split, {{apply}}, values);
        collect = builder.add<Collect>("collect", {{mix}}, values);
        items = builder.add<Collect>("items", {{apply}}, values);
    }
    RunReport run(int threads = 2) {
        RunOptions options;
        options.settings.threads = threads;
        options.settings.memory = std::size_t{1} << 28;
        return pipeline::run(builder.plan(), options);
    }
    Lab& lab;
    PlanBuilder builder;
    std::size_t source = 0, split = 0, apply = 0, mix = 0, collect = 0, items = 0;
};

}  // namespace

TEST_CASE("skip_item leaves the item out, completes its gather and marks the input partial") {
    Line line("skip");
    line.lab.map = [](const Number& number, Context&) {
        if (number.value == 1001) throw Error(Cause::input, "bad");
        return number;
    };
    line.builder.execution(line.apply).on_error = "skip_item";
    const auto report = line.run();
    CHECK(report.done == 4);
    CHECK(report.partial == 1);
    CHECK(report.exit_code == 0);
    CHECK(report.stages[line.apply].skipped == 1);
    // Two sinks write under the same name: the group's result, or its items.
    const auto& kept = line.lab.committed["1"];
    CHECK((kept.size() == 1 || kept == std::vector<std::int64_t>{1000, 1002}));
}

TEST_CASE("retry tries again, then fails the input") {
    Line line("retry");
    std::atomic<int> tries{0}, hopeless{0};
    line.lab.map = [&](const Number& number, Context&) {
        if (number.value == 1001 && ++tries < 3) throw Error(Cause::input, "not yet");
        if (number.value == 2001 && ++hopeless > 0) throw Error(Cause::input, "never");
        return number;
    };
    line.builder.execution(line.apply).on_error = "retry";
    line.builder.execution(line.apply).retries = 2;
    const auto report = line.run();
    CHECK(report.done == 3);
    CHECK(tries == 3);
    CHECK(hopeless == 3);
    CHECK(report.stages[line.apply].retried == 4);
    REQUIRE(report.failures.size() == 1);
    CHECK(report.failures[0].input == "2");
}

TEST_CASE("retry is refused for whatever has given, written or taken in something of an item that failed") {
    Line line("retry refused");
    line.builder.execution(line.split).on_error = "retry";
    CHECK_THROWS_WITH_AS(line.run(), doctest::Contains("is not for an expand"), Error);
    for (const auto kind : {Kind::source, Kind::expand, Kind::gather, Kind::regroup, Kind::sink})
        CHECK_FALSE(can_retry(kind));
    for (const auto kind : {Kind::map, Kind::finish, Kind::for_each_graph}) CHECK(can_retry(kind));
}

TEST_CASE("fail_input stops the input's expand and undoes its parts") {
    Line line("stops");
    std::atomic<std::int64_t> furthest{0};
    line.lab.inputs = [] { return numbered_inputs(1); };
    line.lab.count = [](const Number&) { return std::int64_t{100000}; };
    line.lab.pulled = [&](std::int64_t index, Context&) { furthest = index; };
    line.lab.map = [](const Number& number, Context&) {
        if (number.value == 10) throw Error(Cause::input, "bad");
        return number;
    };
    const auto report = line.run();
    CHECK(report.failed == 1);
    CHECK(furthest < 2000);
    CHECK(line.lab.committed.empty());
    CHECK(line.lab.events == std::vector<std::string>{"undo 0"});
}

TEST_CASE("stop drains: what was not begun is counted, and the reason is told") {
    Line line("stop");
    line.lab.inputs = [] { return numbered_inputs(500); };
    line.lab.map = [](const Number& number, Context&) {
        if (number.value == 3000) throw Error(Cause::input, "bad");
        return number;
    };
    line.builder.execution(line.apply).on_error = "stop";
    const auto report = line.run();
    CHECK(report.failed == 1);
    CHECK(report.not_started > 0);
    CHECK(report.done + report.failed + report.not_started == 500);
    CHECK(report.exit_code == 3);
    CHECK(report.message.find("apply") != std::string::npos);
}

TEST_CASE("an exception of any type is an outcome") {
    Line line("types");
    line.lab.map = [](const Number& number, Context&) -> Number {
        switch (number.value) {
            case 0:
                throw std::bad_alloc();
            case 1000:
                throw std::out_of_range("out of range");
            case 2000:
                throw 5;
            case 3000:
                throw Error(Cause::divergence, "the loss is not finite", "lower the rate");
            default:
                return number;
        }
    };
    const auto report = line.run();
    REQUIRE(report.failures.size() == 4);
    CHECK(report.failures[0].cause == Cause::limit);
    CHECK(report.failures[1].cause == Cause::internal);
    CHECK(report.failures[1].reason == "out of range");
    CHECK(report.failures[2].cause == Cause::internal);
    CHECK(report.failures[3].cause == Cause::divergence);
    CHECK(report.exit_code == 6);
}

TEST_CASE("sinks of an input are all flushed before the first is committed") {
    Line line("flush");
    line.lab.inputs = [] { return numbered_inputs(1); };
    const auto report = line.run();
    CHECK(report.done == 1);
    CHECK(line.lab.events == std::vector<std::string>{"flush 0", "flush 0", "commit 0", "commit 0"});
}

TEST_CASE("a flush that cannot write ends the run with exit code 4, other results kept whole") {
    Line line("disk full");
    line.lab.inputs = [] { return numbered_inputs(200); };
    line.lab.flush = [](const std::string& name) {
        if (name == "5") throw Error(Cause::output, "no space left", "free some");
    };
    const auto report = line.run();
    CHECK(report.exit_code == 4);
    CHECK(report.failed >= 1);
    CHECK(report.not_started > 0);
    CHECK(report.done + report.failed + report.not_started == 200);
    CHECK(line.lab.committed.count("5") == 0);
    CHECK(line.lab.committed.size() == report.done);
}

TEST_CASE("a raised stop flag drains, and the exit code tells the signal") {
    for (const int signal : {2, 15}) {
        Line line("drain" + std::to_string(signal));
        std::atomic<int> stop{0};
        line.lab.inputs = [] { return numbered_inputs(1000); };
        line.lab.map = [&](const Number& number, Context& context) {
            if (number.value == 20000) stop = 1;
            if (stop) CHECK(context.stopping());
            return number;
        };
        RunOptions options;
        options.settings.threads = 2;
        options.settings.memory = std::size_t{1} << 28;
        options.stop = &stop;
        options.signal = signal;
        const auto report = run(line.builder.plan(), options);
        CHECK(report.exit_code == 128 + signal);
        CHECK(report.failed == 0);
        CHECK(report.not_started > 900);
        CHECK(report.done + report.not_started == 1000);
        CHECK(line.lab.committed.size() == report.done);
    }
}

TEST_CASE("a second signal drops what is in flight") {
    Line line("abort");
    std::atomic<int> stop{0};
    line.lab.inputs = [] { return numbered_inputs(100); };
    line.lab.map = [&](const Number& number, Context&) {
        if (number.value == 2001) stop = 2;
        return number;
    };
    RunOptions options;
    options.settings.threads = 1;
    options.settings.memory = std::size_t{1} << 28;
    options.stop = &stop;
    const auto report = run(line.builder.plan(), options);
    CHECK(report.exit_code == 130);
    CHECK(report.done <= 4);
    CHECK(report.done + report.not_started == 100);
}

namespace {

/// Three at once; the batch fails when one of its items is bad.
class InBatches : public Apply {
  public:
    static constexpr std::string_view type_name = "in_batches";
    using Apply::Apply;
    std::size_t most_in_batch() const override { return 3; }
    void process_batch(std::span<BatchItem> items) const override {
        lab_.event("batch of " + std::to_string(items.size()));
        for (auto& item : items) item.out.emit(number_out, lab_.map(item.in[number_in], item.context));
    }
};

}  // namespace

TEST_CASE("items are batched across inputs, and a batch that fails is run again one by one") {
    Lab& lab = Lab::named("batch");
    lab.inputs = [] { return numbered_inputs(12); };
    lab.map = [](const Number& number, Context& context) {
        context.count("mapped", 1);
        if (number.value == 4000) throw Error(Cause::input, "bad");
        return number;
    };
    const ParameterValues values{{"lab", ParameterValue(Scalar(std::string("batch")))}};
    PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, values);
    const auto apply = builder.add<InBatches>("apply", {{source}}, values);
    builder.add<Collect>("collect", {{apply}}, values);
    RunOptions options;
    options.settings.threads = 1;
    options.settings.memory = std::size_t{1} << 28;
    const auto report = run(builder.plan(), options);
    CHECK(report.done == 11);
    REQUIRE(report.failures.size() == 1);
    CHECK(report.failures[0].input == "4");
    CHECK(lab.committed.size() == 11);
    CHECK(report.counts.at("mapped") == 11);
    CHECK(std::count(lab.events.begin(), lab.events.end(), "batch of 3") == 4);
}

TEST_CASE("an ordered stage meets the whole run in lineage order") {
    for (const int threads : {1, 2, 8, 32}) {
        const std::string name = "ordered" + std::to_string(threads);
        Lab& lab = Lab::named(name);
        lab.inputs = [] { return numbered_inputs(30); };
        std::vector<std::string> seen;
        lab.sink = [&](const Number&, Context& context) { seen.push_back(context.lineage().text()); };
        const ParameterValues values{{"lab", ParameterValue(Scalar(name))}};
        PlanBuilder builder;
        const auto source = builder.add<Inputs_>("inputs", {}, values);
        const auto split = builder.add<Split>("split", {{source}}, values);
        const auto apply = builder.add<Apply>("apply", {{split}}, values);
        const auto collect = builder.add<Collect>("collect", {{apply}}, values);
        builder.execution(collect).ordered = true;
        RunOptions options;
        options.settings.threads = threads;
        options.settings.memory = std::size_t{1} << 28;
        const auto report = run(builder.plan(), options);
        CHECK(report.done == 30);
        std::vector<std::string> expected;
        for (int input = 0; input < 30; ++input)
            for (int item = 0; item < 3; ++item)
                expected.push_back(std::to_string(input) + "." + std::to_string(item));
        CHECK(seen == expected);
    }
}
