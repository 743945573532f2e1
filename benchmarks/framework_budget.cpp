// Blocks of 16 KB under a budget for 64 of them, against the same by hand on oneTBB: a limiter node that lets
// 32 items go at once, each of which is two blocks while it is worked on.

#include "base/allocator.h"
#include "framework_bench.h"

namespace figurant::pipeline::bench {
namespace {

constexpr std::size_t block_bytes = 16 << 10, budget = 64 * block_bytes;

struct Block {
    std::vector<std::uint64_t> numbers = std::vector<std::uint64_t>(block_bytes / sizeof(std::uint64_t));
};
Block block_of(std::uint64_t number) {
    Block block;
    block.numbers.back() = number;
    return block;
}

}  // namespace
}  // namespace figurant::pipeline::bench

namespace figurant::pipeline {
template <>
struct PayloadTraits<bench::Block> {
    static constexpr std::string_view name = "bench_block";
    static std::size_t bytes(const bench::Block&) { return bench::block_bytes; }
};
}  // namespace figurant::pipeline

namespace figurant::pipeline::bench {
namespace {

constexpr In<Block> block_in{"block", "16 KB"};
constexpr Out<Block> block_out{"block", "16 KB"};

class Blocks : public Expand {
  public:
    static constexpr std::string_view sentence = "Blocks of 16 KB.", type_name = "blocks";
    static auto ports() { return std::tuple(value_in, block_out); }
    static const ParameterList<Amounts>& parameters() { return Amounts::list(); }
    explicit Blocks(Amounts amounts) : amounts_(amounts) {}
    std::unique_ptr<Cursor> open(const Inputs&, Context&) const override {
        class Making : public Cursor {
          public:
            explicit Making(std::int64_t items) : items_(items) {}
            std::size_t next_bytes() const override { return block_bytes; }
            bool next(Outputs& out, Context&) override {
                if (index_ == items_) return false;
                out.emit(block_out, block_of(static_cast<std::uint64_t>(index_++)));
                return true;
            }

          private:
            std::int64_t items_, index_ = 0;
        };
        return std::make_unique<Making>(amounts_.items);
    }

  private:
    Amounts amounts_;
};

class StepBlock : public Map {
  public:
    static constexpr std::string_view sentence = "A block to a block.", type_name = "step_block";
    static auto ports() { return std::tuple(block_in, block_out); }
    static const ParameterList<Amounts>& parameters() { return Amounts::list(); }
    explicit StepBlock(Amounts amounts) : amounts_(amounts) {}
    std::size_t output_bytes(const Inputs&) const override { return block_bytes; }
    void process(const Inputs& in, Outputs& out, Context&) const override {
        out.emit(block_out, block_of(step(in[block_in].numbers.back(), amounts_.microseconds)));
    }

  private:
    Amounts amounts_;
};

class SumBlocks : public Gather {
  public:
    static constexpr std::string_view sentence = "Folds in order.", type_name = "sum_blocks";
    static auto ports() { return std::tuple(block_in, value_out); }
    std::unique_ptr<Fold> begin() const override {
        class Folding : public Fold {
          public:
            void add(const Inputs& in, Context&) override { sum_ = sum_ * 31 + in[block_in].numbers.back(); }
            void end(Outputs& out, Context&) override { out.emit(value_out, Value{sum_}); }

          private:
            std::uint64_t sum_ = 0;
        };
        return std::make_unique<Folding>();
    }
};

std::string ours(std::int64_t items, double microseconds, int threads) {
    test::PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, amount("items", 1));
    const auto blocks = builder.add<Blocks>("blocks", {{source}}, amount("items", items));
    const auto step = builder.add<StepBlock>("step", {{blocks}}, work(microseconds));
    const auto sum = builder.close<SumBlocks>("sum", blocks, {{step}});
    builder.add<Last>("last", {{sum}});
    const auto report = run(builder.plan(), options_of(threads, budget));
    return report.peak_credits <= budget ? lines(report.printed) : "more than the budget";
}

std::string by_hand(std::int64_t items, double microseconds, int threads) {
    using Held = std::pair<std::uint64_t, std::shared_ptr<const Block>>;
    std::uint64_t sum = 0;
    run_by_hand(threads, [&](flow::graph& graph) {
        Counting counting(items);
        flow::input_node<Held> source(graph, [&](tbb::flow_control& control) -> Held {
            const auto message = counting(control);
            return {message.first, std::make_shared<const Block>(block_of(message.second))};
        });
        flow::limiter_node<Held> limit(graph, budget / block_bytes / 2);
        flow::function_node<Held, Held> each(graph, flow::unlimited, [microseconds](const Held& held) {
            const auto number = step(held.second->numbers.back(), microseconds);
            return Held{held.first, std::make_shared<const Block>(block_of(number))};
        });
        flow::sequencer_node<Held> order(graph, [](const Held& held) { return held.first; });
        flow::function_node<Held, flow::continue_msg> total(graph, flow::serial, [&](const Held& held) {
            sum = sum * 31 + held.second->numbers.back();
            return flow::continue_msg();
        });
        flow::make_edge(source, limit);
        flow::make_edge(limit, each);
        flow::make_edge(each, order);
        flow::make_edge(order, total);
        flow::make_edge(total, limit.decrementer());
        source.activate();
        graph.wait_for_all();
    });
    return std::to_string(sum) + "\n";
}

std::string expected(std::int64_t items) { return std::to_string(expected_fold(items, 1)) + "\n"; }

}  // namespace
}  // namespace figurant::pipeline::bench

int main() {
    using namespace figurant::pipeline::bench;
    figurant::keep_freed_memory();  // as the program does
    return measure({"budget of 64 blocks", 3, ours, by_hand, expected}, 20'000, 7);
}
