// What bench says holds a run up, on graphs of which it is known: stages that sleep, so that the machine's
// cores do not count, and payloads that only claim to be large.

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "pipeline/registry.h"
#include "tests/cli/program_in_process.h"

using namespace figurant;
using test::call;
using test::has;

namespace {

struct Load {
    std::size_t bytes = 0;
};

}  // namespace

template <>
struct figurant::pipeline::PayloadTraits<Load> {
    static constexpr std::string_view name = "load";
    static std::size_t bytes(const Load& load) { return load.bytes; }
};

namespace {

inline constexpr pipeline::In<Load> load_in{"load", "what is carried"};
inline constexpr pipeline::Out<Load> load_out{"load", "what is carried"};

/// How many times as long the stages sleep as their lines say. A busy machine wakes them some milliseconds
/// late, which counts the less the longer they sleep: what holds at any pace holds.
int pace_factor = 1;

struct Pace {
    std::int64_t ms = 0, megabytes = 0, count = 40;
    bool takes_disk = false;
    static const ParameterList<Pace>& parameters() {
        static const auto list = ParameterList<Pace>{}
                                     .add("ms", &Pace::ms, "how long a call sleeps")
                                     .add("megabytes", &Pace::megabytes, "what it emits claims to be")
                                     .add("count", &Pace::count, "inputs")
                                     .add("takes_disk", &Pace::takes_disk, "one call at a time has the disk");
        return list;
    }
    void sleep() const { std::this_thread::sleep_for(pace_factor * std::chrono::milliseconds(ms)); }
    std::size_t bytes() const { return static_cast<std::size_t>(megabytes) << 20; }
    pipeline::Needs needs() const {
        return {1, 0, takes_disk ? std::vector<std::string>{"disk"} : std::vector<std::string>{}};
    }
};

class Quarry : public pipeline::Source {
  public:
    static constexpr std::string_view sentence = "Gives loads.";
    static auto ports() { return std::tuple(load_out); }
    using Parameters = Pace;
    static const ParameterList<Pace>& parameters() { return Pace::parameters(); }
    explicit Quarry(Pace pace) : pace_(pace) {}
    std::vector<pipeline::InputReference> inputs() const override {
        std::vector<pipeline::InputReference> all(static_cast<std::size_t>(pace_.count));
        for (std::size_t i = 0; i < all.size(); ++i) {
            all[i].name = std::to_string(i);
            all[i].bytes = pace_.bytes();
        }
        return all;
    }
    void open(const pipeline::InputReference&, pipeline::Outputs& out, pipeline::Context&) const override {
        pace_.sleep();
        out.emit(load_out, Load{pace_.bytes()});
    }

  private:
    Pace pace_;
};

class Carry : public pipeline::Map {
  public:
    static constexpr std::string_view sentence = "Carries a load.";
    static auto ports() { return std::tuple(load_in, load_out); }
    using Parameters = Pace;
    static const ParameterList<Pace>& parameters() { return Pace::parameters(); }
    explicit Carry(Pace pace) : pace_(pace) {}
    pipeline::Needs needs() const override { return pace_.needs(); }
    std::size_t output_bytes(const pipeline::Inputs&) const override { return pace_.bytes(); }
    void process(const pipeline::Inputs&, pipeline::Outputs& out, pipeline::Context&) const override {
        pace_.sleep();
        out.emit(load_out, Load{pace_.bytes()});
    }

  private:
    Pace pace_;
};

class Heap : public pipeline::Sink {
  public:
    static constexpr std::string_view sentence = "Keeps loads.";
    static auto ports() { return std::tuple(load_in); }
    using Parameters = Pace;
    static const ParameterList<Pace>& parameters() { return Pace::parameters(); }
    explicit Heap(Pace pace) : pace_(pace) {}
    std::unique_ptr<pipeline::Part> begin(const pipeline::InputReference&) const override {
        struct Kept : pipeline::Part {
            void add(const pipeline::Inputs&, pipeline::Context&) override {}
            void flush() override { pace.sleep(); }
            void commit() override {}
            Pace pace;
        };
        auto kept = std::make_unique<Kept>();
        kept->pace = pace_;
        return kept;
    }

  private:
    Pace pace_;
};

const pipeline::Registered<Quarry> quarry("bottleneck_quarry");
const pipeline::Registered<Carry> carry("bottleneck_carry");
const pipeline::Registered<Heap> heap("bottleneck_heap");

/// quarry -> first -> second -> heap, each with its lines; eight threads.
std::string verdict(const std::string& quarry_lines, const std::string& first, const std::string& second,
                    const std::string& heap_lines, const std::string& memory = "4GB") {
    const test::Home home;
    home.add_graph("loads", "[stages.quarry]\ntype = \"bottleneck_quarry\"\n" + quarry_lines +
                                "\n[stages.first]\ntype = \"bottleneck_carry\"\nfrom = \"quarry\"\n" + first +
                                "\n[stages.second]\ntype = \"bottleneck_carry\"\nfrom = \"first\"\n" +
                                second + "\n[stages.heap]\ntype = \"bottleneck_heap\"\nfrom = \"second\"\n" +
                                heap_lines + "\n");
    const auto outcome = call(
        {"bench", "loads", "--threads", "8", "--memory", memory, "--repetitions", "1", "--warm-up", "0"});
    CHECK_MESSAGE(outcome.code == 0, outcome.err);
    const auto at = outcome.out.find("bottleneck: ");
    INFO(outcome.out);
    REQUIRE(at != std::string::npos);
    return outcome.out.substr(at + 12);
}

/// That the verdict begins with `beginning` and has `part` in it, at one of three paces.
template <class... Lines>
void check_verdict(const std::string& beginning, const std::string& part, const Lines&... lines) {
    std::string said;
    bool holds = false;
    for (const int factor : {1, 4, 16}) {
        pace_factor = factor;
        said = verdict(lines...);
        holds = said.starts_with(beginning) && has(said, part);
        if (holds) break;
    }
    pace_factor = 1;
    CHECK_MESSAGE(holds, said);
}

}  // namespace

TEST_CASE("threads that are busy all the time are the limit, and the heaviest stage is named") {
    check_verdict("second: it takes ", "the 8 threads are busy", "", "ms = 4", "ms = 25", "");
}

TEST_CASE("a source that is slow to open is the limit") {
    check_verdict("quarry: ", "", "ms = 20", "ms = 1", "", "");
}

TEST_CASE("a stage that may do one call at a time is the limit, wherever it stands") {
    const std::string narrow = "ms = 8\nexecution = { concurrency = 1 }";
    check_verdict("first: it may do 1 call at once", "", "", narrow, "ms = 8", "");
    check_verdict("second: it may do 1 call at once", "", "", "ms = 8", narrow, "");
}

TEST_CASE("a sink that is slow to flush, one input at a time, is the limit") {
    check_verdict("heap: it may do 1 call at once", "", "", "ms = 2", "ms = 2",
                  "ms = 10\nexecution = { concurrency = 1 }");
}

TEST_CASE("a resource that two stages take in turn is the limit, though neither is busy all the time") {
    check_verdict("second: only one call at a time has the resource \"disk\"", "", "",
                  "ms = 4\ntakes_disk = true", "ms = 5\ntakes_disk = true", "");
}

TEST_CASE("memory is the limit where the budget is used up, and only there") {
    check_verdict("", "wait for room in memory", "megabytes = 300", "ms = 10\nmegabytes = 300",
                  "ms = 10\nmegabytes = 300", "", "1GB");
    check_verdict("", "more --memory", "megabytes = 300", "ms = 10\nmegabytes = 300",
                  "ms = 10\nmegabytes = 300", "", "1GB");
    // Here the source waits for room as well, but since those behind it have enough to do.
    check_verdict("second: it may do 2 calls at once", "", "count = 300", "ms = 4",
                  "ms = 4\nexecution = { concurrency = 2 }", "", "4GB");
}

TEST_CASE("few inputs one after the other leave threads without work") {
    check_verdict("second: it is the heaviest", "not enough side by side", "count = 2", "ms = 30", "ms = 40",
                  "");
}
