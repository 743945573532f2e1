// Nothing grows with a run: the resident memory when a tenth of it is done, and at its end.
#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>

#include "pipeline/run.h"
#include "plan_builder.h"
#include "sanitized.h"
#include "test_stages.h"
#include "tests/data_formats/scratch_folder.h"

using namespace figurant;
using namespace figurant::pipeline;
using namespace figurant::pipeline::test;

namespace {

ParameterValues in_lab(const std::string& name) { return {{"lab", ParameterValue(Scalar(name))}}; }

/// What the allocator's arenas and the threads' stacks may still come to.
constexpr std::int64_t allowed = std::int64_t{3} << 20;

/// Looks at the resident memory when a tenth of the items has come by, and when all have.
class Growth {
  public:
    explicit Growth(std::int64_t items) : items_(items) {}
    void count() {
        const auto now = ++seen_;
        if (now == items_ / 10) early_ = resident();
        if (now == items_) late_ = resident();
    }
    /// From a tenth to the end. Sanitizers keep books of their own on what was freed, which are not looked
    /// at.
    void check() const {
        REQUIRE(seen_ == items_);
        MESSAGE(items_, " items, resident memory grew by ", (late_ - early_) >> 10, " KB");
        if (!sanitized) CHECK(late_ - early_ < allowed);
    }

  private:
    static std::int64_t resident() {
        std::ifstream file("/proc/self/statm");
        std::int64_t all = 0, pages = 0;
        file >> all >> pages;
        REQUIRE(pages > 0);
        return pages * ::sysconf(_SC_PAGESIZE);
    }
    std::int64_t items_;
    std::atomic<std::int64_t> seen_{0}, early_{0}, late_{0};
};

/// Takes numbers and keeps nothing.
class Drop : public InLab<Sink> {
  public:
    static constexpr std::string_view sentence = "Keeps nothing.", type_name = "drop";
    static auto ports() { return std::tuple(number_in); }
    using InLab::InLab;
    std::unique_ptr<Part> begin(const InputReference&) const override {
        class Dropping : public Part {
            void add(const Inputs&, Context&) override {}
            void flush() override {}
            void commit() override {}
        };
        return std::make_unique<Dropping>();
    }
};

/// A lab whose map counts the items, with so many inputs of so many items each.
Lab& counting_lab(const std::string& name, Growth& growth, std::size_t inputs, std::int64_t each) {
    Lab& lab = Lab::named(name);
    lab.inputs = [inputs] { return numbered_inputs(inputs); };
    lab.count = [each](const Number&) { return each; };
    lab.map = [&growth](const Number& number, Context&) {
        growth.count();
        return number;
    };
    return lab;
}

std::uint64_t done_with(const Plan& plan, const std::filesystem::path& trace = {}) {
    RunOptions options;
    options.settings.threads = 2;
    options.settings.memory = std::size_t{1} << 28;
    options.trace = trace;
    return run(plan, options).done;
}

}  // namespace

TEST_CASE("1,000,000 items through expand, map, gather and sink leave the resident memory flat") {
    Growth growth(scaled(1'000'000));
    const std::string name = "growth of items";
    counting_lab(name, growth, 4, scaled(250'000));
    PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
    const auto split = builder.add<Split>("split", {{source}}, in_lab(name));
    const auto apply = builder.add<Apply>("apply", {{split}}, in_lab(name));
    const auto mix = builder.close<Mix>("mix", split, {{apply}}, in_lab(name));
    builder.add<Drop>("drop", {{mix}}, in_lab(name));
    CHECK(done_with(builder.plan()) == 4);
    growth.check();
}

TEST_CASE("items that meet others, and a trace of it all, leave the resident memory flat") {
    const ScratchFolder folder;
    Growth growth(scaled(150'000));
    const std::string name = "growth of a join";
    counting_lab(name, growth, 3, scaled(50'000));
    PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
    const auto split = builder.add<Split>("split", {{source}}, in_lab(name));
    const auto apply = builder.add<Apply>("apply", {{split}}, in_lab(name));
    const auto add = builder.add<Add>("add", {{apply}, {source}}, in_lab(name));
    const auto again = builder.add<Add>("again", {{add}, {split}}, in_lab(name));
    const auto mix = builder.close<Mix>("mix", split, {{again}}, in_lab(name));
    builder.add<Drop>("drop", {{mix}}, in_lab(name));
    CHECK(done_with(builder.plan(), folder / "trace.json") == 3);
    CHECK(std::filesystem::file_size(folder / "trace.json") > scaled(std::uintmax_t{50} << 20));
    growth.check();
}

TEST_CASE("100,000 inputs, each with a group of its own, leave the resident memory flat") {
    Growth growth(scaled(200'000));
    const std::string name = "growth of inputs";
    counting_lab(name, growth, scaled(100'000), 2);
    PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
    const auto split = builder.add<Split>("split", {{source}}, in_lab(name));
    const auto apply = builder.add<Apply>("apply", {{split}}, in_lab(name));
    const auto mix = builder.close<Mix>("mix", split, {{apply}}, in_lab(name));
    builder.add<Drop>("drop", {{mix}}, in_lab(name));
    CHECK(done_with(builder.plan()) == scaled(100'000U));
    growth.check();
}

TEST_CASE("300,000 items regrouped, each batch with an end of its own, leave the resident memory flat") {
    Growth growth(scaled(150'000));
    const std::string name = "growth of a regroup";
    counting_lab(name, growth, 3, scaled(100'000));
    PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
    const auto split = builder.add<Split>("split", {{source}}, in_lab(name));
    const auto bundle = builder.add<Bundle>("bundle", {{split}}, in_lab(name));
    const auto apply = builder.add<Apply>("apply", {{bundle}}, in_lab(name));
    builder.add<Drop>("drop", {{apply}}, in_lab(name));
    CHECK(done_with(builder.plan()) == 3);
    growth.check();
}
