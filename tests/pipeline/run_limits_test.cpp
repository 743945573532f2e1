// Memory, threads, resources, and what bodies may ask of the run.
#include <doctest/doctest.h>
#include <tbb/parallel_for.h>

#include <chrono>
#include <set>
#include <thread>

#include "pipeline/run.h"
#include "plan_builder.h"
#include "test_stages.h"

using namespace figurant;
using namespace figurant::pipeline;
using namespace figurant::pipeline::test;

namespace {

ParameterValues in_lab(const std::string& name) { return {{"lab", ParameterValue(Scalar(name))}}; }

RunReport run_with(const Plan& plan, int threads, std::size_t memory) {
    RunOptions options;
    options.settings.threads = threads;
    options.settings.memory = memory;
    return run(plan, options);
}

/// Counts how many calls there are at once.
struct Meter {
    std::atomic<int> now{0}, most{0};
    void enter() {
        const int here = ++now;
        int seen = most;
        while (here > seen && !most.compare_exchange_weak(seen, here)) {
        }
    }
    void leave() { --now; }
};

class Needy : public Apply {
  public:
    static constexpr std::string_view type_name = "needy";
    using Apply::Apply;
    Needs needs() const override { return {static_cast<int>(amount_), 0, {}}; }
};
class Sharing : public Apply {
  public:
    static constexpr std::string_view type_name = "sharing";
    using Apply::Apply;
    Needs needs() const override { return {1, 0, {"tape"}}; }
};
class Heavy : public Apply {
  public:
    static constexpr std::string_view type_name = "heavy";
    using Apply::Apply;
    std::size_t resident_bytes() const override { return std::size_t{100} << 20; }
    Needs needs() const override { return {1, std::size_t{50} << 20, {}}; }
};

}  // namespace

TEST_CASE("payloads stay within the budget, however slow the consumer") {
    for (const int threads : {1, 2, 8, 32}) {
        const std::string name = "credits" + std::to_string(threads);
        Lab& lab = Lab::named(name);
        lab.inputs = [] { return numbered_inputs(3); };
        lab.count = [](const Number&) { return std::int64_t{500}; };
        lab.bound = 1 << 20;
        lab.map = [](const Number& number, Context&) {
            std::this_thread::sleep_for(std::chrono::microseconds(20));
            return Number{number.value, 1 << 20};
        };
        PlanBuilder builder;
        const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
        const auto split = builder.add<Split>("split", {{source}}, in_lab(name));
        const auto apply = builder.add<Apply>("apply", {{split}}, in_lab(name));
        const auto mix = builder.close<Mix>("mix", split, {{apply}}, in_lab(name));
        builder.add<Collect>("collect", {{mix}}, in_lab(name));
        const auto report = run_with(builder.plan(), threads, 40 << 20);
        CHECK(report.done == 3);
        CHECK(report.peak_credits <= std::size_t{40} << 20);
        CHECK(report.stages[split].peak_bytes <= std::size_t{40} << 20);
    }
}

TEST_CASE("a budget for hardly more than one item is slow, but gives the same") {
    std::map<std::string, std::vector<std::int64_t>> expected;
    for (const std::size_t memory : {std::size_t{1} << 30, std::size_t{8} << 20, std::size_t{5} << 20}) {
        const std::string name = "narrow" + std::to_string(memory);
        Lab& lab = Lab::named(name);
        lab.inputs = [] { return numbered_inputs(4); };
        lab.count = [](const Number&) { return std::int64_t{40}; };
        lab.bound = 2 << 20;
        lab.map = [](const Number& number, Context&) { return Number{number.value + 1, 2 << 20}; };
        PlanBuilder builder;
        const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
        const auto split = builder.add<Split>("split", {{source}}, in_lab(name));
        const auto apply = builder.add<Apply>("apply", {{split}}, in_lab(name));
        const auto mix = builder.close<Mix>("mix", split, {{apply}}, in_lab(name));
        builder.add<Collect>("collect", {{mix}}, in_lab(name));
        const auto report = run_with(builder.plan(), 4, memory);
        CHECK(report.done == 4);
        if (expected.empty()) expected = lab.committed;
        CHECK(lab.committed == expected);
    }
}

TEST_CASE("an input that cannot fit alone fails with the smallest budget that would do, the others go on") {
    const std::string name = "too large";
    Lab& lab = Lab::named(name);
    lab.inputs = [] {
        auto inputs = numbered_inputs(5);
        inputs[2].bytes = 300 << 20;
        return inputs;
    };
    PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
    builder.add<Collect>("collect", {{source}}, in_lab(name));
    const auto report = run_with(builder.plan(), 2, 100 << 20);
    CHECK(report.done == 4);
    REQUIRE(report.failures.size() == 1);
    CHECK(report.failures[0].input == "2");
    CHECK(report.failures[0].cause == Cause::limit);
    CHECK(report.failures[0].next_step == "run again with --memory 300MB or more");
    CHECK(run_with(builder.plan(), 2, 300 << 20).done == 5);
}

TEST_CASE("a budget too small for models and working memory is refused before anything runs") {
    const std::string name = "models";
    Lab& lab = Lab::named(name);
    lab.inputs = [] { return numbered_inputs(1); };
    PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
    const auto heavy = builder.add<Heavy>("heavy", {{source}}, in_lab(name));
    builder.add<Collect>("collect", {{heavy}}, in_lab(name));
    try {
        run_with(builder.plan(), 2, 200 << 20);
        FAIL("was not refused");
    } catch (const Error& error) {
        CHECK(error.cause() == Cause::limit);
        CHECK(std::string(error.what()).find("heavy") != std::string::npos);
    }
    CHECK(lab.committed.empty());
    const auto report = run_with(builder.plan(), 2, 300 << 20);
    CHECK(report.done == 1);
    CHECK(report.credits == std::size_t{100} << 20);
}

TEST_CASE("a resource is used by one call at a time, also by several stages") {
    const std::string name = "resource";
    Lab& lab = Lab::named(name);
    Meter meter;
    lab.inputs = [] { return numbered_inputs(40); };
    lab.map = [&](const Number& number, Context&) {
        meter.enter();
        std::this_thread::sleep_for(std::chrono::microseconds(100));
        meter.leave();
        return number;
    };
    PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
    const auto first = builder.add<Sharing>("first", {{source}}, in_lab(name));
    const auto second = builder.add<Sharing>("second", {{first}}, in_lab(name));
    builder.add<Collect>("collect", {{second}}, in_lab(name));
    CHECK(run_with(builder.plan(), 8, 1 << 28).done == 40);
    CHECK(meter.most == 1);
}

TEST_CASE("concurrency bounds the calls of a stage") {
    const std::string name = "concurrency";
    Lab& lab = Lab::named(name);
    Meter meter;
    lab.inputs = [] { return numbered_inputs(60); };
    lab.map = [&](const Number& number, Context&) {
        meter.enter();
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        meter.leave();
        return number;
    };
    PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
    const auto apply = builder.add<Apply>("apply", {{source}}, in_lab(name));
    builder.execution(apply).concurrency = 3;
    builder.add<Collect>("collect", {{apply}}, in_lab(name));
    CHECK(run_with(builder.plan(), 8, 1 << 28).done == 60);
    CHECK(meter.most <= 3);  // that it is reached depends on what else the machine does
}

TEST_CASE("calls that take several threads leave the others only what is left") {
    const std::string name = "threads";
    Lab& lab = Lab::named(name);
    Meter meter;
    lab.inputs = [] { return numbered_inputs(20); };
    std::mutex mutex;
    std::set<std::thread::id> helpers;
    lab.map = [&](const Number& number, Context& context) {
        for (int i = 0; i < 3; ++i) meter.enter();
        std::atomic<int> sum{0};
        context.parallel(20, [&](std::size_t i) {
            sum += static_cast<int>(i);
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            const std::scoped_lock lock(mutex);
            helpers.insert(std::this_thread::get_id());
        });
        CHECK(sum == 19 * 20 / 2);
        for (int i = 0; i < 3; ++i) meter.leave();
        return number;
    };
    PlanBuilder builder;
    auto values = in_lab(name);
    values["amount"] = ParameterValue(Scalar(std::int64_t{3}));
    const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
    const auto apply = builder.add<Needy>("apply", {{source}}, values);
    builder.add<Collect>("collect", {{apply}}, in_lab(name));
    CHECK(run_with(builder.plan(), 4, 1 << 28).done == 20);
    CHECK(meter.most == 3);
    CHECK(helpers.size() <= 4);  // how many come to help depends on what else the machine does
}

TEST_CASE("the first index that throws is what parallel throws") {
    const std::string name = "parallel throws";
    Lab& lab = Lab::named(name);
    lab.inputs = [] { return numbered_inputs(10); };
    lab.map = [&](const Number& number, Context& context) {
        context.parallel(40, [](std::size_t i) {
            if (i % 7 == 5) throw Error(Cause::input, "index " + std::to_string(i));
        });
        return number;
    };
    auto values = in_lab(name);
    values["amount"] = ParameterValue(Scalar(std::int64_t{4}));
    PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
    const auto apply = builder.add<Needy>("apply", {{source}}, values);
    builder.add<Collect>("collect", {{apply}}, in_lab(name));
    const auto report = run_with(builder.plan(), 4, 1 << 28);
    CHECK(report.failed == 10);
    for (const auto& failure : report.failures) CHECK(failure.reason == "index 5");
}

TEST_CASE("a body that waits in a parallel loop of its own is not given another body meanwhile") {
    const std::string name = "isolation";
    Lab& lab = Lab::named(name);
    lab.inputs = [] { return numbered_inputs(200); };
    static thread_local int depth = 0;
    std::atomic<int> nested{0};
    lab.map = [&](const Number& number, Context&) {
        if (++depth > 1) ++nested;
        tbb::parallel_for(0, 64, [](int) { std::this_thread::sleep_for(std::chrono::microseconds(2)); });
        --depth;
        return number;
    };
    PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
    const auto apply = builder.add<Apply>("apply", {{source}}, in_lab(name));
    builder.add<Collect>("collect", {{apply}}, in_lab(name));
    CHECK(run_with(builder.plan(), 8, 1 << 28).done == 200);
    CHECK(nested == 0);
}

TEST_CASE(
    "counts, warnings and prints come in source order, those of failed inputs without counts and prints") {
    const std::string name = "telling";
    Lab& lab = Lab::named(name);
    lab.inputs = [] { return numbered_inputs(6); };
    lab.map = [&](const Number& number, Context& context) {
        context.count("figures", 2);
        context.warn("odd colours");
        context.warn("odd colours");
        context.print("printed " + context.input().name);
        if (number.value == 3000) throw Error(Cause::input, "bad");
        return number;
    };
    PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
    const auto apply = builder.add<Apply>("apply", {{source}}, in_lab(name));
    builder.add<Collect>("collect", {{apply}}, in_lab(name));
    const auto report = run_with(builder.plan(), 4, 1 << 28);
    CHECK(report.counts.at("figures") == 10);
    CHECK(report.printed ==
          std::vector<std::string>{"printed 0", "printed 1", "printed 2", "printed 4", "printed 5"});
    REQUIRE(report.warnings.size() == 5);
    CHECK(report.warnings[1] == "1: odd colours");
}
