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
#include "tests/pipeline/plan_builder.h"

namespace figurant::pipeline::bench {

struct Value {
    std::uint64_t number = 0;
};

/// Processor time of this process so far, in seconds: what others do on the machine hardly changes it.
inline double processor_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// So many multiplications, each of which needs the one before.
inline std::uint64_t churned(std::uint64_t number, std::int64_t multiplications) {
    for (std::int64_t i = 0; i < multiplications; ++i)
        number = number * 6364136223846793005ULL + 1442695040888963407ULL;
    return number;
}

/// How many of them the machine does in a microsecond at its fastest.
inline double multiplications_a_microsecond() {
    static const double rate = [] {
        constexpr std::int64_t some = 200'000;
        double least = 1e9;
        for (int i = 0; i < 50; ++i) {
            const double begun = processor_seconds();
            volatile std::uint64_t result = churned(static_cast<std::uint64_t>(i), some);
            static_cast<void>(result);
            least = std::min(least, processor_seconds() - begun);
        }
        return static_cast<double>(some) / (1e6 * least);
    }();
    return rate;
}

/// One step of the chain: a cheap, exact function of the value, after `microseconds` of arithmetic. (As much
/// arithmetic whatever the clock says meanwhile: a thread that is taken off its core has not worked.)
inline std::uint64_t step(std::uint64_t number, double microseconds) {
    if (microseconds > 0) {
        volatile std::uint64_t result =
            churned(number, static_cast<std::int64_t>(microseconds * multiplications_a_microsecond()));
        static_cast<void>(result);
    }
    return churned(number, 1);
}

inline double seconds_of(const std::function<void()>& body) {
    const auto begun = std::chrono::steady_clock::now();
    body();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
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
    static constexpr std::string_view sentence = "Inputs of a benchmark.", type_name = "inputs";
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
    static constexpr std::string_view sentence = "One number to many.", type_name = "split";
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
    static constexpr std::string_view sentence = "A step of the chain.", type_name = "step";
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
    static constexpr std::string_view sentence = "Folds in order.", type_name = "sum";
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
    static constexpr std::string_view sentence = "Prints the sums.", type_name = "last";
    static auto ports() { return std::tuple(value_in); }
    std::string part(const Inputs& in, Context&) const override {
        return std::to_string(in[value_in].number);
    }
    void finish(const std::function<std::optional<FinishPart>()>& next, Context& context) const override {
        while (const auto part = next())
            for (const auto& item : part->items) context.print(item);
    }
};

inline ParameterValues amount(const std::string& name, std::int64_t value) {
    return {{name, ParameterValue(Scalar(value))}};
}
inline ParameterValues work(double microseconds) {
    return {{"microseconds", ParameterValue(Scalar(microseconds))}};
}

inline RunOptions options_of(int threads, std::size_t memory = std::size_t{1} << 30) {
    RunOptions options;
    options.settings.threads = threads;
    options.settings.memory = memory;
    return options;
}

/// source -> expand -> steps -> gather -> finish.
class Chain {
  public:
    Chain(std::int64_t inputs, std::int64_t items, int steps, double microseconds) {
        const auto source = builder_.add<Inputs_>("inputs", {}, amount("items", inputs));
        const auto split = builder_.add<Split>("split", {{source}}, amount("items", items));
        auto at = split;
        for (int i = 0; i < steps; ++i)
            at = builder_.add<Step>("step" + std::to_string(i), {{at}}, work(microseconds));
        at = builder_.close<Sum>("sum", split, {{at}});
        builder_.add<Last>("last", {{at}});
    }
    /// `trace`: a file for the run's trace; empty: none.
    RunReport run(int threads, const std::filesystem::path& trace = {}) {
        RunOptions options = options_of(threads);
        options.trace = trace;
        return pipeline::run(builder_.plan(), options);
    }

  private:
    test::PlanBuilder builder_;
};

/// What `fold` makes of the numbers of one input, each after some steps.
inline std::uint64_t expected_fold(std::int64_t items, int steps) {
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(items); ++i) {
        std::uint64_t number = i;
        for (int s = 0; s < steps; ++s) number = step(number, 0);
        sum = sum * 31 + number;
    }
    return sum;
}

// ---- By hand on oneTBB

namespace flow = tbb::flow;
using Message = std::pair<std::uint64_t, std::uint64_t>;  ///< ordinal, value

/// Builds a graph, lets its source go, and waits, on so many threads.
inline void run_by_hand(int threads, const std::function<void(flow::graph&)>& build_and_run) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                    static_cast<std::size_t>(threads));
    tbb::task_arena arena(threads);
    arena.execute([&] {
        flow::graph graph;
        build_and_run(graph);
    });
}

/// The numbers from 0.
class Counting {
  public:
    explicit Counting(std::int64_t items) : items_(static_cast<std::uint64_t>(items)) {}
    Message operator()(tbb::flow_control& control) {
        if (index_ == items_) {
            control.stop();
            return {};
        }
        const auto next = index_++;
        return {next, next};
    }

  private:
    std::uint64_t items_, index_ = 0;
};

inline auto step_by_hand(double microseconds) {
    return [microseconds](const Message& message) {
        return Message{message.first, step(message.second, microseconds)};
    };
}
inline constexpr auto ordinal_of = [](const Message& message) { return message.first; };

/// The chain by hand: an input node, function nodes, and a sequencer before the serial sum, so that it gives
/// the same answer. (It keeps no budget: its queues are as long as they get.)
inline std::uint64_t chain_by_hand(std::int64_t items, int steps, double microseconds, int threads) {
    std::uint64_t sum = 0;
    run_by_hand(threads, [&](flow::graph& graph) {
        flow::input_node<Message> source(graph, Counting(items));
        std::deque<flow::function_node<Message, Message>> nodes;
        for (int i = 0; i < steps; ++i)
            nodes.emplace_back(graph, flow::unlimited, step_by_hand(microseconds));
        flow::sequencer_node<Message> order(graph, ordinal_of);
        flow::function_node<Message> total(graph, flow::serial,
                                           [&](const Message& message) { sum = sum * 31 + message.second; });
        flow::make_edge(source, nodes.front());
        for (std::size_t i = 1; i < nodes.size(); ++i) flow::make_edge(nodes[i - 1], nodes[i]);
        flow::make_edge(nodes.back(), order);
        flow::make_edge(order, total);
        source.activate();
        graph.wait_for_all();
    });
    return sum;
}

// ---- Measuring

/// Times of two ways to do the same, taken in turn, so that the machine's other business meets both alike.
struct Pair {
    double ours = 0, other = 0;  ///< the least of the tries, in seconds
    double ratio = 0;            ///< of the speeds: the median of the turns
    double ours_processor = 0, other_processor = 0, processor_ratio = 0;  ///< the same of processor time
};
inline Pair in_turn(int tries, const std::function<void()>& ours, const std::function<void()>& other) {
    Pair pair{1e9, 1e9, 0, 1e9, 1e9, 0};
    std::vector<double> ratios, processor_ratios;
    const auto median = [&](std::vector<double>& values) {
        std::nth_element(values.begin(), values.begin() + tries / 2, values.end());
        return values[static_cast<std::size_t>(tries / 2)];
    };
    for (int i = 0; i < tries; ++i) {
        const double begun = processor_seconds(), a = seconds_of(ours);
        const double between = processor_seconds(), b = seconds_of(other);
        const double a_processor = between - begun, b_processor = processor_seconds() - between;
        pair.ours = std::min(pair.ours, a);
        pair.other = std::min(pair.other, b);
        pair.ours_processor = std::min(pair.ours_processor, a_processor);
        pair.other_processor = std::min(pair.other_processor, b_processor);
        ratios.push_back(b / a);
        processor_ratios.push_back(b_processor / a_processor);
    }
    pair.ratio = median(ratios);
    pair.processor_ratio = median(processor_ratios);
    return pair;
}

/// One line: nanoseconds a call of ours and by hand, and how many of the hand-written version's items a
/// second ours has, by the best of the tries and by the median of the turns; then the same of processor time,
/// which a busy machine changes less.
inline void print_pair(const std::string& name, int threads, double microseconds, double calls,
                       const Pair& pair) {
    std::printf(
        "%s, %d thread%s, %2.0f us a step: %6.0f ns an item and stage, by hand %6.0f; ratio %.3f, median "
        "%.3f; of processor %6.0f ns, by hand %6.0f; ratio %.3f, median %.3f\n",
        name.c_str(), threads, threads == 1 ? " " : "s", microseconds, 1e9 * pair.ours / calls,
        1e9 * pair.other / calls, pair.other / pair.ours, pair.ratio, 1e9 * pair.ours_processor / calls,
        1e9 * pair.other_processor / calls, pair.other_processor / pair.ours_processor, pair.processor_ratio);
    std::fflush(stdout);
}

/// A shape on so many items with work of some microseconds a step; both give the answer as text.
struct Shape {
    std::string name;
    double calls_an_item = 1;
    std::function<std::string(std::int64_t items, double microseconds, int threads)> ours, by_hand;
    std::function<std::string(std::int64_t items)> expected;
};
/// With no work and with 10 us a step, on one and two threads; 0 when all answers are right, for main.
inline int measure(const Shape& shape, std::int64_t items, int tries) {
    bool right = true;
    for (const int threads : {1, 2}) {
        for (const double microseconds : {0.0, 10.0}) {
            const std::int64_t some = microseconds > 0 ? std::max<std::int64_t>(items / 10, 1000) : items;
            const std::string expected = shape.expected(some);
            const auto checked = [&](const auto& way) {
                return [&] { right = way(some, microseconds, threads) == expected && right; };
            };
            const Pair pair = in_turn(tries, checked(shape.ours), checked(shape.by_hand));
            print_pair(shape.name, threads, microseconds, static_cast<double>(some) * shape.calls_an_item,
                       pair);
        }
    }
    std::printf(right ? "answers right\n" : "ANSWERS WRONG\n");
    return right ? 0 : 1;
}

inline std::string lines(const std::vector<std::string>& texts) {
    std::string all;
    for (const auto& text : texts) all += text + "\n";
    return all;
}

/// Some inputs, each split to the items and folded again.
inline Shape chain_shape(const std::string& name, std::int64_t inputs, int steps) {
    const auto times = [inputs](const std::string& text) {
        return lines(std::vector(static_cast<std::size_t>(inputs), text));
    };
    return {name, static_cast<double>(inputs * (steps + 2)),
            [=](std::int64_t items, double microseconds, int threads) {
                return lines(Chain(inputs, items, steps, microseconds).run(threads).printed);
            },
            [=](std::int64_t items, double microseconds, int threads) {
                std::string all;
                for (std::int64_t i = 0; i < inputs; ++i)
                    all += std::to_string(chain_by_hand(items, steps, microseconds, threads)) + "\n";
                return all;
            },
            [=](std::int64_t items) { return times(std::to_string(expected_fold(items, steps))); }};
}

}  // namespace figurant::pipeline::bench
