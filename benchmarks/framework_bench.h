#pragma once
// What the benchmarks of the framework share: work of a known length, small stages, plans by hand, oneTBB by
// hand.

#include <tbb/flow_graph.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <deque>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "pipeline/registry.h"
#include "pipeline/run.h"

namespace figurant::pipeline::bench {

struct Value {
    std::uint64_t number = 0;
};

/// One step of the chain: a cheap, exact function of the value, after `microseconds` of arithmetic.
inline std::uint64_t step(std::uint64_t number, double microseconds) {
    if (microseconds > 0) {
        using clock = std::chrono::steady_clock;
        const auto end = clock::now() + std::chrono::duration<double, std::micro>(microseconds);
        while (clock::now() < end) {
        }
    }
    return number * 6364136223846793005ULL + 1442695040888963407ULL;
}

inline double seconds_of(const std::function<void()>& body) {
    const auto begun = std::chrono::steady_clock::now();
    body();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

/// The least of several tries: the machine's other business only ever adds.
inline double best_of(int tries, const std::function<void()>& body) {
    double best = seconds_of(body);
    for (int i = 1; i < tries; ++i) best = std::min(best, seconds_of(body));
    return best;
}

}  // namespace figurant::pipeline::bench

namespace figurant::pipeline {
template <>
struct PayloadTraits<bench::Value> {
    static constexpr std::string_view name = "bench_value";
    static std::size_t bytes(const bench::Value&) { return sizeof(bench::Value); }
};
}  // namespace figurant::pipeline

namespace figurant::pipeline::bench {

struct Amounts {
    std::int64_t items = 1;
    double microseconds = 0;
    static const ParameterList<Amounts>& list() {
        static const auto parameters = ParameterList<Amounts>{}
                                           .add("items", &Amounts::items, "how many")
                                           .add("microseconds", &Amounts::microseconds, "work of a call");
        return parameters;
    }
};

inline constexpr In<Value> value_in{"value", "a number"};
inline constexpr Out<Value> value_out{"value", "a number"};

class Inputs_ : public Source {
  public:
    static constexpr std::string_view sentence = "Inputs of a benchmark.";
    static auto ports() { return std::tuple(value_out); }
    static const ParameterList<Amounts>& parameters() { return Amounts::list(); }
    explicit Inputs_(Amounts amounts) : amounts_(amounts) {}
    std::vector<InputReference> inputs() const override {
        std::vector<InputReference> all(static_cast<std::size_t>(amounts_.items));
        for (std::size_t i = 0; i < all.size(); ++i) all[i].name = std::to_string(i);
        return all;
    }
    void open(const InputReference& input, Outputs& out, Context&) const override {
        out.emit(value_out, Value{input.place});
    }

  private:
    Amounts amounts_;
};

class Split : public Expand {
  public:
    static constexpr std::string_view sentence = "One number to many.";
    static auto ports() { return std::tuple(value_in, value_out); }
    static const ParameterList<Amounts>& parameters() { return Amounts::list(); }
    explicit Split(Amounts amounts) : amounts_(amounts) {}
    std::unique_ptr<Cursor> open(const Inputs&, Context&) const override {
        class Counting : public Cursor {
          public:
            explicit Counting(std::int64_t items) : items_(items) {}
            bool next(Outputs& out, Context&) override {
                if (index_ == items_) return false;
                out.emit(value_out, Value{static_cast<std::uint64_t>(index_++)});
                return true;
            }

          private:
            std::int64_t items_, index_ = 0;
        };
        return std::make_unique<Counting>(amounts_.items);
    }

  private:
    Amounts amounts_;
};

class Step : public Map {
  public:
    static constexpr std::string_view sentence = "A step of the chain.";
    static auto ports() { return std::tuple(value_in, value_out); }
    static const ParameterList<Amounts>& parameters() { return Amounts::list(); }
    explicit Step(Amounts amounts) : amounts_(amounts) {}
    void process(const Inputs& in, Outputs& out, Context&) const override {
        out.emit(value_out, Value{step(in[value_in].number, amounts_.microseconds)});
    }

  private:
    Amounts amounts_;
};

class Sum : public Gather {
  public:
    static constexpr std::string_view sentence = "Folds in order.";
    static auto ports() { return std::tuple(value_in, value_out); }
    std::unique_ptr<Fold> begin() const override {
        class Folding : public Fold {
          public:
            void add(const Inputs& in, Context&) override { sum_ = sum_ * 31 + in[value_in].number; }
            void end(Outputs& out, Context&) override { out.emit(value_out, Value{sum_}); }

          private:
            std::uint64_t sum_ = 0;
        };
        return std::make_unique<Folding>();
    }
};

class Last : public Finish {
  public:
    static constexpr std::string_view sentence = "Prints the sums.";
    static auto ports() { return std::tuple(value_in); }
    std::string part(const Inputs& in, Context&) const override {
        return std::to_string(in[value_in].number);
    }
    void finish(const std::function<std::optional<FinishPart>()>& next, Context& context) const override {
        while (const auto part = next())
            for (const auto& item : part->items) context.print(item);
    }
};

/// source -> expand -> steps -> gather -> finish.
class Chain {
  public:
    Chain(std::int64_t inputs, std::int64_t items, int steps, double microseconds) {
        types_.reserve(static_cast<std::size_t>(steps) + 4);
        const auto source = add<Inputs_>("inputs", {}, {{"items", ParameterValue(Scalar(inputs))}});
        std::size_t at = add<Split>("split", source, {{"items", ParameterValue(Scalar(items))}});
        const std::size_t split = at;
        const ParameterValues work{{"microseconds", ParameterValue(Scalar(microseconds))}};
        for (int i = 0; i < steps; ++i) at = add<Step>("step" + std::to_string(i), at, work);
        at = add<Sum>("sum", at, {});
        plan_.stages[at].group = split;
        plan_.stages[at].scope.clear();
        add<Last>("last", at, {});
    }
    /// `trace`: a file for the run's trace; empty: none.
    RunReport run(int threads, const std::filesystem::path& trace = {}) const {
        RunOptions options;
        options.trace = trace;
        options.settings.threads = threads;
        options.settings.memory = std::size_t{1} << 30;
        return pipeline::run(plan_, options);
    }

  private:
    template <class S>
    std::size_t add(const std::string& name, std::optional<std::size_t> from, ParameterValues values) {
        types_.push_back(std::make_unique<StageType>(describe<S>(name, __FILE__)));
        PlannedStage stage;
        stage.name = name;
        stage.type = types_.back().get();
        stage.values = std::move(values);
        if (from) {
            stage.inputs = {{*from, 0}};
            stage.scope = plan_.stages[*from].scope;
        }
        if (stage.type->kind == Kind::expand) stage.scope.push_back(plan_.stages.size());
        plan_.stages.push_back(std::move(stage));
        return plan_.stages.size() - 1;
    }
    std::vector<std::unique_ptr<StageType>> types_;
    Plan plan_;
};

/// What the chain gives for one input.
inline std::string expected_sum(std::int64_t items, int steps) {
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(items); ++i) {
        std::uint64_t number = i;
        for (int s = 0; s < steps; ++s) number = step(number, 0);
        sum = sum * 31 + number;
    }
    return std::to_string(sum);
}

/// The same chain by hand on oneTBB: an input node, function nodes, and a sequencer before the serial sum,
/// so that it gives the same answer. (It keeps no budget: its queues are as long as they get.)
inline std::string chain_by_hand(std::int64_t items, int steps, double microseconds, int threads) {
    namespace flow = tbb::flow;
    using Message = std::pair<std::uint64_t, std::uint64_t>;  // ordinal, value
    std::uint64_t sum = 0;
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                    static_cast<std::size_t>(threads));
    tbb::task_arena arena(threads);
    arena.execute([&] {
        flow::graph graph;
        std::uint64_t index = 0;
        flow::input_node<Message> source(graph, [&](tbb::flow_control& control) -> Message {
            if (index == static_cast<std::uint64_t>(items)) {
                control.stop();
                return {};
            }
            const auto next = index++;
            return {next, next};
        });
        std::deque<flow::function_node<Message, Message>> nodes;
        for (int i = 0; i < steps; ++i)
            nodes.emplace_back(graph, flow::unlimited, [microseconds](const Message& message) {
                return Message{message.first, step(message.second, microseconds)};
            });
        flow::sequencer_node<Message> order(graph, [](const Message& message) { return message.first; });
        flow::function_node<Message> total(graph, flow::serial,
                                           [&](const Message& message) { sum = sum * 31 + message.second; });
        flow::make_edge(source, nodes.front());
        for (std::size_t i = 1; i < nodes.size(); ++i) flow::make_edge(nodes[i - 1], nodes[i]);
        flow::make_edge(nodes.back(), order);
        flow::make_edge(order, total);
        source.activate();
        graph.wait_for_all();
    });
    return std::to_string(sum);
}

/// Processor time of this process so far, in seconds: what others do on the machine hardly changes it.
inline double processor_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// What a trace costs: in processor time a call, and of a run whose calls take 10 us.
inline bool measure_trace(std::int64_t items, int steps, int tries) {
    const auto file = std::filesystem::temp_directory_path() / "figurant_benchmark_trace.json";
    const auto calls = static_cast<double>(items * (steps + 2));
    bool right = true;
    for (const int threads : {1, 2}) {
        double processor[2] = {1e9, 1e9}, wall[2] = {1e9, 1e9};
        for (int i = 0; i < 2 * tries; ++i) {
            const bool traced = i % 2 == 1;
            const auto path = traced ? file : std::filesystem::path();
            const double before = processor_seconds();
            right = right && Chain(1, items, steps, 0).run(threads, path).exit_code == 0;
            processor[traced] = std::min(processor[traced], processor_seconds() - before);
            const Chain working(1, items / 10, steps, 10);
            wall[traced] = std::min(wall[traced], seconds_of([&] { working.run(threads, path); }));
        }
        const double cost = 1e9 * (processor[1] - processor[0]) / calls;
        std::printf(
            "trace, %d thread%s: %.0f ns of processor a call, %.1f %% of 10 us; run of 10 us calls: +%.1f "
            "%%\n",
            threads, threads == 1 ? " " : "s", cost, cost / 100, 100 * (wall[1] / wall[0] - 1));
    }
    std::filesystem::remove(file);
    return right;
}

/// Measures one shape and prints its lines; false when an answer is wrong.
inline bool measure(const char* name, std::int64_t inputs, std::int64_t items, int steps, int tries) {
    const std::string expected = expected_sum(items, steps);
    bool right = true;
    for (const int threads : {1, 2}) {
        for (const double microseconds : {0.0, 10.0}) {
            const std::int64_t each = microseconds > 0 ? std::max<std::int64_t>(items / 10, 1000) : items;
            const std::string sum = each == items ? expected : expected_sum(each, steps);
            const Chain chain(inputs, each, steps, microseconds);
            const double ours = best_of(tries, [&] {
                const auto report = chain.run(threads);
                right = right &&
                        report.printed == std::vector<std::string>(static_cast<std::size_t>(inputs), sum);
            });
            const double by_hand = best_of(tries, [&] {
                for (std::int64_t i = 0; i < inputs; ++i)
                    right = right && chain_by_hand(each, steps, microseconds, threads) == sum;
            });
            const auto calls = static_cast<double>(inputs * each * (steps + 2));
            std::printf(
                "%s, %d thread%s, %2.0f us a step: %6.0f ns an item and stage, by hand %6.0f; ratio %.3f\n",
                name, threads, threads == 1 ? " " : "s", microseconds, 1e9 * ours / calls,
                1e9 * by_hand / calls, by_hand / ours);
        }
    }
    std::printf(right ? "answers right\n" : "ANSWERS WRONG\n");
    return right;
}

}  // namespace figurant::pipeline::bench
