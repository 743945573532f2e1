// Where the time of a stage goes: told apart exactly, and named rightly.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <thread>

#include "base/random.h"
#include "pipeline/run.h"
#include "pipeline/stage_time.h"
#include "plan_builder.h"
#include "test_stages.h"

using namespace figurant;
using namespace figurant::pipeline;
using namespace figurant::pipeline::test;

namespace {

ParameterValues in_lab(const std::string& name) { return {{"lab", ParameterValue(Scalar(name))}}; }

RunReport run_with(const Plan& plan, int threads, std::size_t memory = std::size_t{1} << 28) {
    RunOptions options;
    options.settings.threads = threads;
    options.settings.memory = memory;
    return run(plan, options);
}

void rest(std::int64_t microseconds) { std::this_thread::sleep_for(std::chrono::microseconds(microseconds)); }

/// Until others have done so much: what a test is about then happens on any machine, however busy. Ends after
/// a minute, lest a defect keep the test for ever.
void wait_for(const std::atomic<std::int64_t>& done, std::int64_t wanted) {
    for (int i = 0; i < 60'000 && done < wanted; ++i) rest(1000);
}

class Taped : public Apply {
  public:
    static constexpr std::string_view type_name = "taped";
    using Apply::Apply;
    Needs needs() const override { return {1, 0, {"tape"}}; }
};
class Batched : public Apply {
  public:
    static constexpr std::string_view type_name = "batched";
    using Apply::Apply;
    std::size_t most_in_batch() const override { return 16; }
};
class Wide : public Apply {
  public:
    static constexpr std::string_view type_name = "wide";
    using Apply::Apply;
    Needs needs() const override { return {2, 0, {}}; }
};

void check_adds_up(const RunReport& report) {
    for (const auto& stage : report.stages) {
        CAPTURE(stage.name);
        const double parts = stage.busy + stage.waiting_for_input + stage.waiting_for_room +
                             stage.waiting_for_resource + stage.waiting_for_batch + stage.waiting_for_thread;
        CHECK(std::abs(parts - stage.wall) <= 0.01 * stage.wall);
        CHECK(std::abs(stage.wall - stage.places * report.seconds) <= 1e-6);
        for (const double part :
             {stage.busy, stage.waiting_for_input, stage.waiting_for_room, stage.waiting_for_resource,
              stage.waiting_for_batch, stage.waiting_for_thread})
            CHECK(part >= 0);
        CHECK(stage.call_times.median <= stage.call_times.p90);
        CHECK(stage.call_times.p90 <= stage.call_times.p99);
    }
}

}  // namespace

TEST_CASE("busy and the waits add up to a stage's time, whatever the threads and the budget") {
    for (const int threads : {1, 2, 3, 8}) {
        for (const std::size_t memory : {std::size_t{1} << 28, std::size_t{6} << 20}) {
            const std::string name = "adds up " + std::to_string(threads) + " " + std::to_string(memory);
            Lab& lab = Lab::named(name);
            lab.inputs = [] { return numbered_inputs(5); };
            lab.count = [](const Number& number) { return 10 + number.value / 100; };
            lab.bound = 1 << 20;
            lab.map = [](const Number& number, Context&) {
                rest(number.value % 7 * 30);
                return Number{number.value, 1 << 20};
            };
            lab.sink = [](const Number&, Context&) { rest(200); };
            PlanBuilder builder;
            const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
            const auto split = builder.add<Split>("split", {{source}}, in_lab(name));
            const auto apply = builder.add<Apply>("apply", {{split}}, in_lab(name));
            const auto taped = builder.add<Taped>("taped", {{apply}}, in_lab(name));
            const auto batched = builder.add<Batched>("batched", {{apply}}, in_lab(name));
            const auto wide = builder.add<Wide>("wide", {{batched}}, in_lab(name));
            const auto add = builder.add<Add>("add", {{taped}, {wide}}, in_lab(name));
            const auto mix = builder.close<Mix>("mix", split, {{add}}, in_lab(name));
            builder.add<Collect>("collect", {{mix}}, in_lab(name));
            builder.add<Collect>("collect_all", {{add}}, in_lab(name + " too"));
            const auto report = run_with(builder.plan(), threads, memory);
            CHECK(report.done == 5);
            check_adds_up(report);
            CHECK(report.stages[split].bytes_out == report.stages[split].items_out << 20);
        }
    }
}

TEST_CASE("a stage that yields more than those behind it can take waits for room, and they are busy") {
    const std::string name = "waits for room";
    Lab& lab = Lab::named(name);
    lab.inputs = [] { return numbered_inputs(1); };
    lab.count = [](const Number&) { return std::int64_t{80}; };
    std::atomic<std::int64_t> pulled{0};
    lab.pulled = [&](std::int64_t, Context&) { ++pulled; };
    lab.map = [&](const Number& number, Context&) {
        // The first takes its time when the others that there is room for, 64, are there.
        if (number.value % 1000 == 0) {
            wait_for(pulled, 60);
            rest(300'000);
        }
        return number;
    };
    PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
    const auto split = builder.add<Split>("split", {{source}}, in_lab(name));
    const auto slow = builder.add<Apply>("slow", {{split}}, in_lab(name));
    builder.execution(slow).concurrency = 1;
    const auto mix = builder.close<Mix>("mix", split, {{slow}}, in_lab(name));
    builder.add<Collect>("collect", {{mix}}, in_lab(name));
    const auto report = run_with(builder.plan(), 3);
    const auto& stages = report.stages;
    check_adds_up(report);
    CAPTURE(report_table(report));
    CHECK(stages[slow].places == 1);
    CHECK(stages[slow].busy >= 0.3);
    CHECK(stages[split].waiting_for_room > 0.1 * stages[split].places);
    CHECK(stages[split].waiting_for_resource + stages[split].waiting_for_batch == 0);
    CHECK(stages[mix].waiting_for_input > 0.1 * stages[mix].places);
    CHECK(stages[slow].call_times.longest >= 0.3);
}

TEST_CASE("who waits for a thing that others have waits for a resource") {
    const std::string name = "waits for a resource";
    Lab& lab = Lab::named(name);
    lab.inputs = [] { return numbered_inputs(6); };
    std::atomic<std::int64_t> opened{0}, begun{0};
    lab.open = [&](const InputReference& input) {
        ++opened;
        return static_cast<std::int64_t>(input.place);
    };
    lab.map = [&](const Number& number, Context&) {
        // The first keeps the tape when there are others to take it.
        if (begun++ == 0) {
            wait_for(opened, 3);
            rest(300'000);
        }
        return number;
    };
    PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
    const auto first = builder.add<Taped>("first", {{source}}, in_lab(name));
    const auto second = builder.add<Taped>("second", {{source}}, in_lab(name));
    builder.add<Collect>("collect", {{first}}, in_lab(name));
    builder.add<Collect>("collect_too", {{second}}, in_lab(name + " too"));
    const auto report = run_with(builder.plan(), 4);
    check_adds_up(report);
    CAPTURE(report_table(report));
    const auto& one = report.stages[first];
    const auto& other = report.stages[second];
    CHECK(one.places == 1);
    CHECK(one.busy + other.busy >= 0.3);
    // What the one has the other waits for.
    CHECK(std::max(one.waiting_for_resource, other.waiting_for_resource) > 0.1);
    CHECK(one.waiting_for_room + one.waiting_for_batch == 0);
}

TEST_CASE("who waits for more items to take at once waits for a batch") {
    const std::string name = "waits for a batch";
    Lab& lab = Lab::named(name);
    lab.inputs = [] { return numbered_inputs(64); };
    lab.open = [](const InputReference& input) {
        rest(1000);
        return static_cast<std::int64_t>(input.place);
    };
    PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
    const auto batched = builder.add<Batched>("batched", {{source}}, in_lab(name));
    builder.add<Collect>("collect", {{batched}}, in_lab(name));
    const auto report = run_with(builder.plan(), 1);  // where another input is always on its way
    check_adds_up(report);
    CAPTURE(report_table(report));
    CHECK(report.stages[batched].calls < 16);
    CHECK(report.stages[batched].waiting_for_batch > 0.5 * report.stages[batched].wall);
}

TEST_CASE("who could go on while the only thread is elsewhere waits for a thread") {
    const std::string name = "waits for a thread";
    Lab& lab = Lab::named(name);
    lab.inputs = [] { return numbered_inputs(20); };
    lab.map = [](const Number& number, Context&) {
        rest(1000);
        return number;
    };
    PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
    const auto apply = builder.add<Apply>("apply", {{source}}, in_lab(name));
    builder.add<Collect>("collect", {{apply}}, in_lab(name));
    const auto report = run_with(builder.plan(), 1);
    check_adds_up(report);
    CHECK(report.stages[source].waiting_for_thread > 0.5 * report.stages[source].wall);
    CHECK(report.stages[apply].busy > 0.5 * report.stages[apply].wall);
}

TEST_CASE("the clocks of what a stage wants give each moment to one want") {
    constexpr std::uint64_t seed = 71;
    MESSAGE("seed " << seed);
    Random random(seed);
    Wants wants;
    std::int64_t now = 1000;
    wants.start(now);
    std::int64_t sent = 0, parked = 0;
    Want gate = Want::input;
    std::array<std::int64_t, want_count> expected{};
    const auto clock = [&] { return now; };
    const auto current = [&] {
        if (gate == Want::resource) return gate;
        if (parked > 0) return Want::room;
        if (gate != Want::input) return gate;
        return sent > 0 ? Want::thread : Want::input;
    };
    for (int i = 0; i < 20'000; ++i) {
        const std::int64_t passed = random.below(std::int64_t{50});
        expected[static_cast<std::size_t>(current())] += passed;
        now += passed;
        const std::int64_t change = random.chance(0.5) ? 1 : -1;
        switch (random.below(3)) {
            case 0:
                wants.change_sent(change, clock);
                sent += change;
                break;
            case 1:
                wants.change_parked(change, clock);
                parked += change;
                break;
            default:
                gate = std::array{Want::input, Want::thread, Want::batch,
                                  Want::resource}[random.below(std::size_t{4})];
                wants.set_gate(gate, 0, clock);
        }
        const auto reading = wants.read();
        REQUIRE(reading.want == current());
        for (std::size_t want = 0; want < want_count; ++want)
            REQUIRE(reading.spent(static_cast<Want>(want), now) == expected[want]);
    }
}

TEST_CASE("call times are kept to 6 percent") {
    for (std::int64_t time = 1; time < std::int64_t{1} << 40; time += 1 + time / 37) {
        const auto bucket = Durations::bucket(time);
        REQUIRE(bucket < Durations::buckets);
        REQUIRE(bucket >= Durations::bucket(time - 1));
        const double middle = Durations::middle(bucket);
        REQUIRE(std::abs(middle - static_cast<double>(time)) <= 0.0626 * static_cast<double>(time));
    }
    CHECK(Durations::bucket(INT64_MAX) == Durations::buckets - 1);
    CHECK(Durations::bucket(-5) == 0);
}
