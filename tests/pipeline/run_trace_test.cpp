// The trace: every call on its thread, and arrows from each input through its items to its result.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "pipeline/run.h"
#include "plan_builder.h"
#include "test_stages.h"
#include "tests/data_formats/scratch_folder.h"

using namespace figurant;
using namespace figurant::pipeline;
using namespace figurant::pipeline::test;

namespace {

ParameterValues in_lab(const std::string& name) { return {{"lab", ParameterValue(Scalar(name))}}; }

/// One event, its times in nanoseconds.
struct Event {
    std::string phase, name, item;
    std::int64_t process = 0, thread = 0, begin = 0, end = 0;
    std::string id;                ///< of an arrow that is an event of its own
    std::string bound;             ///< of the arrows of a call
    bool in = false, out = false;  ///< they end there, begin there
};

/// The text of a field of a flat line of JSON; empty without one.
std::string field(const std::string& line, const std::string& name) {
    const auto at = line.find("\"" + name + "\":");
    if (at == std::string::npos) return {};
    auto from = at + name.size() + 3;
    if (line[from] == '"') return line.substr(from + 1, line.find('"', from + 1) - from - 1);
    return line.substr(from, line.find_first_of(",}", from) - from);
}

std::int64_t nanoseconds(const std::string& microseconds) {
    const auto point = microseconds.find('.');
    if (point == std::string::npos) return 0;
    REQUIRE(microseconds.size() == point + 4);  // to the nanosecond
    return std::stoll(microseconds.substr(0, point)) * 1000 + std::stoll(microseconds.substr(point + 1));
}

std::vector<Event> read_trace(const std::filesystem::path& file) {
    std::ifstream stream(file);
    std::string line;
    REQUIRE(std::getline(stream, line));
    CHECK(line == "[");
    std::vector<Event> events;
    std::string last;
    while (std::getline(stream, line) && line != "]") {
        REQUIRE(std::count(line.begin(), line.end(), '{') == std::count(line.begin(), line.end(), '}'));
        REQUIRE(std::count(line.begin(), line.end(), '"') % 2 == 0);
        if (!last.empty()) REQUIRE(last.back() == ',');
        last = line;
        Event event;
        event.phase = field(line, "ph");
        event.name = field(line, "name");
        event.item = field(line, "item");
        event.process = std::stoll(field(line, "pid"));
        if (!field(line, "tid").empty()) event.thread = std::stoll(field(line, "tid"));
        event.begin = nanoseconds(field(line, "ts"));
        event.end = event.begin + nanoseconds(field(line, "dur"));
        event.id = field(line, "id");
        event.bound = field(line, "bind_id");
        event.in = field(line, "flow_in") == "true";
        event.out = field(line, "flow_out") == "true";
        REQUIRE((event.in || event.out) == !event.bound.empty());
        events.push_back(event);
    }
    CHECK(line == "]");
    CHECK(last.back() == '}');
    return events;
}

/// The calls, and which of them an arrow joins: as Perfetto reads them, of whose warnings there is none.
struct Calls {
    std::vector<Event> slices;  ///< by process, thread and time
    std::multimap<std::size_t, std::size_t> arrows;

    explicit Calls(const std::vector<Event>& events) {
        for (const auto& event : events)
            if (event.phase == "X") slices.push_back(event);
        std::sort(slices.begin(), slices.end(), before);
        std::vector<const Event*> in_time;
        for (const auto& event : events) in_time.push_back(&event);
        std::stable_sort(in_time.begin(), in_time.end(),
                         [](const Event* a, const Event* b) { return a->begin < b->begin; });
        for (const Event* event : in_time) {
            if (event->phase == "X") open(*event);
            if (event->phase == "s" || event->phase == "t" || event->phase == "f") {
                const auto slice = last_.find({event->process, event->thread});
                REQUIRE(slice != last_.end());
                const auto& around = slices[slice->second];
                CHECK((event->begin < around.end || event->begin == around.begin));
                // An arrow that is an event gets a number of the viewer's own, the next one.
                const auto number = numbers_.emplace(event->id + event->name, numbers_.size()).first->second;
                join(number, slice->second, event->phase != "s", event->phase != "f");
            }
        }
    }

  private:
    static bool before(const Event& a, const Event& b) {
        return std::tie(a.process, a.thread, a.begin) < std::tie(b.process, b.thread, b.begin);
    }
    void open(const Event& event) {
        const auto slice = static_cast<std::size_t>(
            std::lower_bound(slices.begin(), slices.end(), event, before) - slices.begin());
        last_[{event.process, event.thread}] = slice;
        if (!event.bound.empty()) join(std::stoull(event.bound), slice, event.in, event.out);
    }
    /// An arrow to here from where the last of its number began, and what begins here.
    void join(std::uint64_t number, std::size_t slice, bool in, bool out) {
        const auto from = begun_.find(number);
        if (in) {
            REQUIRE(from != begun_.end());
            arrows.emplace(from->second, slice);
        } else {
            CHECK(from == begun_.end());
        }
        if (out) begun_[number] = slice;
    }
    std::map<std::pair<std::int64_t, std::int64_t>, std::size_t> last_;  ///< slice, by process and thread
    std::map<std::string, std::uint64_t> numbers_;
    std::map<std::uint64_t, std::size_t> begun_;  ///< slice, by number: one table for both kinds of arrows

  public:
    /// The names and items of all calls that arrows lead to from here.
    std::set<std::string> reached(std::size_t from) const {
        std::set<std::size_t> seen{from};
        std::vector<std::size_t> open{from};
        while (!open.empty()) {
            const auto [begin, end] = arrows.equal_range(open.back());
            open.pop_back();
            for (auto at = begin; at != end; ++at)
                if (seen.insert(at->second).second) open.push_back(at->second);
        }
        std::set<std::string> names;
        for (const auto slice : seen) names.insert(slices[slice].name + " " + slices[slice].item);
        return names;
    }
};

class Batched : public Apply {
  public:
    static constexpr std::string_view type_name = "batched";
    using Apply::Apply;
    std::size_t most_in_batch() const override { return 4; }
};

}  // namespace

TEST_CASE("arrows lead from each input through all its items to its merged result, and to no other's") {
    const ScratchFolder folder;
    const std::string name = "traced \"run\"";
    Lab& lab = Lab::named(name);
    lab.inputs = [] { return numbered_inputs(4); };
    PlanBuilder builder;
    const auto source = builder.add<Inputs_>("maps", {}, in_lab(name));
    const auto split = builder.add<Split>("tiles", {{source}}, in_lab(name));
    const auto apply = builder.add<Apply>("detect", {{split}}, in_lab(name));
    const auto refine = builder.add<Apply>("refine", {{apply}}, in_lab(name));
    const auto add = builder.add<Add>("place", {{refine}, {source}}, in_lab(name));
    const auto mix = builder.close<Mix>("merge", split, {{add}}, in_lab(name));
    builder.add<Collect>("write", {{mix}}, in_lab(name));
    builder.plan().title = name;
    RunOptions options;
    options.settings.threads = 3;
    options.trace = folder / "trace.json";
    const auto report = run(builder.plan(), options);
    CHECK(report.done == 4);
    const auto events = read_trace(options.trace);
    const Calls calls(events);
    std::uint64_t ended = 0;
    for (const auto& stage : report.stages) ended += stage.calls;
    CHECK(calls.slices.size() == ended);
    for (std::size_t i = 1; i < calls.slices.size(); ++i) {
        const auto& before = calls.slices[i - 1];
        if (before.thread == calls.slices[i].thread) CHECK(before.end <= calls.slices[i].begin);
    }
    for (std::size_t i = 0; i < calls.slices.size(); ++i) {
        if (calls.slices[i].name != "maps") continue;
        const std::string map = calls.slices[i].item;
        std::set<std::string> expected{"maps " + map, "tiles " + map, "merge " + map, "write " + map};
        for (int tile = 0; tile < 3; ++tile)
            for (const char* stage : {"tiles ", "detect ", "refine ", "place ", "merge "})
                expected.insert(stage + map + "." + std::to_string(tile));
        expected.insert("tiles " + map + ".3");  // the call that said: no more
        CHECK(calls.reached(i) == expected);
    }
    const auto count = [&](const std::string& phase, const std::string& what) {
        return std::count_if(events.begin(), events.end(),
                             [&](const Event& event) { return event.phase == phase && event.name == what; });
    };
    CHECK(count("C", "bytes of payloads") >= 1);
    CHECK(count("C", "waiting: detect") >= 1);
    CHECK(count("M", "process_name") == 1);
    CHECK(count("M", "thread_name") == 3);
    // Whatever an event names is there, or Perfetto would make it up.
    std::set<std::int64_t> processes;
    std::set<std::pair<std::int64_t, std::int64_t>> threads;
    for (const Event& event : events) {
        if (event.phase == "M" && event.name == "process_name") processes.insert(event.process);
        if (event.phase == "M" && event.name == "thread_name") threads.insert({event.process, event.thread});
    }
    for (const Event& event : events) {
        CHECK(processes.contains(event.process));
        if (event.phase != "M") CHECK(threads.contains({event.process, event.thread}));
    }
}

TEST_CASE("a traced run gives what an untraced one gives, in batches, with failures and retries") {
    const ScratchFolder folder;
    std::map<std::string, std::vector<std::int64_t>> committed;
    for (const bool traced : {false, true}) {
        const std::string name = traced ? "batches traced" : "batches";
        Lab& lab = Lab::named(name);
        lab.inputs = [] { return numbered_inputs(20); };
        lab.count = [](const Number& number) { return number.value / 1000; };
        lab.map = [](const Number& number, Context&) {
            if (number.value % 1000 == 7) throw Error(Cause::input, "seven");
            return number;
        };
        PlanBuilder builder;
        const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
        const auto split = builder.add<Split>("split", {{source}}, in_lab(name));
        const auto batched = builder.add<Batched>("batched", {{split}}, in_lab(name));
        builder.execution(batched).on_error = "skip_item";
        const auto mix = builder.close<Mix>("mix", split, {{batched}}, in_lab(name));
        const auto bundle = builder.add<Bundle>("bundle", {{mix}}, in_lab(name));
        builder.add<Collect>("collect", {{bundle}}, in_lab(name));
        RunOptions options;
        options.settings.threads = 4;
        if (traced) options.trace = folder / "trace.json";
        const auto report = run(builder.plan(), options);
        CHECK(report.done == 20);
        CHECK(report.partial == 12);
        if (!traced) committed = lab.committed;
        CHECK(lab.committed == committed);
        std::uint64_t ended = 0;
        for (const auto& stage : report.stages) ended += stage.calls;
        if (traced) CHECK(Calls(read_trace(options.trace)).slices.size() == ended);
    }
}

TEST_CASE("a trace holds whole events while its run goes on, as a killed run would leave it") {
    const ScratchFolder folder;
    const auto file = folder / "trace.json";
    const std::string name = "traced and killed";
    Lab& lab = Lab::named(name);
    lab.inputs = [] { return numbered_inputs(1); };
    lab.count = [](const Number&) { return std::int64_t{4000}; };
    std::atomic<int> calls{0};
    std::string left;
    lab.map = [&](const Number& number, Context&) {
        if (++calls == 4000) {
            std::ifstream stream(file);
            left.assign(std::istreambuf_iterator<char>(stream), {});
        }
        return number;
    };
    PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, in_lab(name));
    const auto split = builder.add<Split>("split", {{source}}, in_lab(name));
    const auto apply = builder.add<Apply>("apply", {{split}}, in_lab(name));
    const auto mix = builder.close<Mix>("mix", split, {{apply}}, in_lab(name));
    builder.add<Collect>("collect", {{mix}}, in_lab(name));
    RunOptions options;
    options.settings.threads = 1;
    options.trace = file;
    CHECK(run(builder.plan(), options).done == 1);
    CHECK(left.starts_with("[\n{"));
    CHECK(left.ends_with("},\n"));
    CHECK(left.size() > 256 << 10);
    CHECK(std::count(left.begin(), left.end(), '\n') > 2000);
}
