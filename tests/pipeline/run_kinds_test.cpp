// Every kind of stage, run once.
#include <doctest/doctest.h>

#include "pipeline/run.h"
#include "plan_builder.h"
#include "test_stages.h"

using namespace figurant;
using namespace figurant::pipeline;
using namespace figurant::pipeline::test;

namespace {

ParameterValues in_lab(const std::string& name, std::int64_t amount = 2) {
    return {{"lab", ParameterValue(Scalar(name))}, {"amount", ParameterValue(Scalar(amount))}};
}

RunReport run_with(const Plan& plan, int threads, std::size_t memory = std::size_t{1} << 30) {
    RunOptions options;
    options.settings.threads = threads;
    options.settings.memory = memory;
    return run(plan, options);
}

std::int64_t mixed(const std::vector<std::int64_t>& values, std::int64_t first) {
    for (const auto value : values) first = first * 31 % 1000000007 + value;
    return first;
}

}  // namespace

TEST_CASE("a map goes through source, map, expand, gather, sink and finish") {
    for (const int threads : {1, 2, 8, 32}) {
        CAPTURE(threads);
        const std::string name = "kinds" + std::to_string(threads);
        Lab& lab = Lab::named(name);
        lab.inputs = [] { return numbered_inputs(5); };
        lab.map = [](const Number& number, Context&) { return Number{number.value * 2 + 1}; };
        PlanBuilder builder;
        const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
        const auto first = builder.add<Apply>("first", {{source}}, in_lab(name));
        const auto split = builder.add<Split>("split", {{first}}, in_lab(name));
        const auto inner = builder.add<Apply>("inner", {{split}}, in_lab(name));
        const auto sum = builder.add<Add>("sum", {{inner}, {first}}, in_lab(name));
        const auto mix = builder.close<Mix>("mix", split, {{sum}}, in_lab(name));
        builder.add<Collect>("collect", {{mix}}, in_lab(name));
        builder.add<Keep>("keep", {{mix}}, in_lab(name));
        const auto report = run_with(builder.plan(), threads);
        CHECK(report.done == 5);
        CHECK(report.exit_code == 0);
        REQUIRE(lab.finished.size() == 5);
        for (std::int64_t i = 0; i < 5; ++i) {
            const std::int64_t outer = 2000 * i + 1;
            const auto expected =
                mixed({outer * 2 + 1 + outer, outer * 2 + 3 + outer, outer * 2 + 5 + outer}, 7);
            CHECK(lab.committed[std::to_string(i)] == std::vector{expected});
            CHECK(lab.finished[static_cast<std::size_t>(i)].second == std::vector{std::to_string(expected)});
        }
    }
}

TEST_CASE("a regroup makes batches across inputs in their order, and what is left at the end") {
    for (const int threads : {1, 2, 8, 32}) {
        const std::string name = "regroup" + std::to_string(threads);
        Lab& lab = Lab::named(name);
        lab.inputs = [] { return numbered_inputs(5); };
        PlanBuilder builder;
        const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
        const auto split = builder.add<Split>("split", {{source}}, in_lab(name));
        const auto bundle = builder.add<Bundle>("bundle", {{split}}, in_lab(name, 4));
        builder.add<Collect>("collect", {{bundle}}, in_lab(name));
        const auto report = run_with(builder.plan(), threads);
        CHECK(report.done == 5);
        REQUIRE(lab.committed.size() == 4);
        CHECK(lab.committed["0#0"] == std::vector{mixed({0, 1, 2, 1000}, 0)});
        CHECK(lab.committed["1#1"] == std::vector{mixed({1001, 1002, 2000, 2001}, 0)});
        CHECK(lab.committed["4#3"] == std::vector{mixed({4000, 4001, 4002}, 0)});
    }
}

TEST_CASE("an input that fails leaves the others as they are, and its reason is told") {
    for (const int threads : {1, 2, 8, 32}) {
        const std::string name = "failing" + std::to_string(threads);
        Lab& lab = Lab::named(name);
        lab.inputs = [] { return numbered_inputs(6); };
        lab.map = [](const Number& number, Context&) {
            if (number.value / 1000 == 2 && number.value % 1000 >= 1)
                throw Error(Cause::input, "number " + std::to_string(number.value) + " is bad", "mend it");
            if (number.value == 4000) throw 17;
            return number;
        };
        PlanBuilder builder;
        const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
        const auto split = builder.add<Split>("split", {{source}}, in_lab(name));
        const auto apply = builder.add<Apply>("apply", {{split}}, in_lab(name));
        builder.add<Collect>("items", {{apply}}, in_lab(name));
        const auto mix = builder.close<Mix>("mix", split, {{apply}}, in_lab(name));
        builder.add<Keep>("keep", {{mix}}, in_lab(name));
        const auto report = run_with(builder.plan(), threads);
        CHECK(report.done == 4);
        CHECK(report.failed == 2);
        CHECK(report.exit_code == 3);
        REQUIRE(report.failures.size() == 2);
        CHECK(report.failures[0].input == "2");
        CHECK(report.failures[0].stage == "apply");
        CHECK(report.failures[0].reason == "number 2001 is bad");
        CHECK(report.failures[0].next_step == "mend it");
        CHECK(report.failures[1].cause == Cause::internal);
        CHECK(lab.committed.size() == 4);
        CHECK(lab.committed["1"] == std::vector<std::int64_t>{1000, 1001, 1002});
        REQUIRE(lab.finished.size() == 6);
        CHECK(lab.finished[2].second.empty());
        CHECK(lab.finished[3].second.size() == 1);
    }
}
