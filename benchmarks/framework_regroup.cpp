// Items to batches of 32, in order, each batch through one more stage, against the same by hand on oneTBB: a
// sequencer and a serial node that collects. Every batch of ours is an item of the run in its own right: it
// succeeds or fails, and is finished, by itself.

#include "framework_bench.h"

namespace figurant::pipeline::bench {
namespace {

constexpr std::uint64_t batch = 32;

/// Folds numbers until it has a batch of them.
class Batching {
  public:
    /// The batch's number, when it is full.
    std::optional<std::uint64_t> add(std::uint64_t number) {
        sum_ = sum_ * 31 + number;
        if (++held_ < batch) return std::nullopt;
        return end();
    }
    std::optional<std::uint64_t> end() {
        if (held_ == 0) return std::nullopt;
        held_ = 0;
        return std::exchange(sum_, 0);
    }

  private:
    std::uint64_t sum_ = 0, held_ = 0;
};

class Batches : public Regroup {
  public:
    static constexpr std::string_view sentence = "Numbers to batches.", type_name = "batches";
    static auto ports() { return std::tuple(value_in, value_out); }
    std::unique_ptr<Stream> begin() const override {
        class Collecting : public Stream {
          public:
            void add(const Inputs& in, Emitter& out, Context&) override {
                if (const auto full = batching_.add(in[value_in].number))
                    out.item().emit(value_out, Value{*full});
            }
            void end(Emitter& out, Context&) override {
                if (const auto rest = batching_.end()) out.item().emit(value_out, Value{*rest});
            }

          private:
            Batching batching_;
        };
        return std::make_unique<Collecting>();
    }
};

std::string ours(std::int64_t items, double microseconds, int threads) {
    test::PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, amount("items", 1));
    const auto split = builder.add<Split>("split", {{source}}, amount("items", items));
    const auto each = builder.add<Step>("each", {{split}}, work(microseconds));
    const auto batches = builder.add<Batches>("batches", {{each}});
    const auto step = builder.add<Step>("step", {{batches}}, work(microseconds));
    builder.add<Last>("last", {{step}});
    return lines(run(builder.plan(), options_of(threads)).printed);
}

std::string by_hand(std::int64_t items, double microseconds, int threads) {
    std::vector<std::string> sums((static_cast<std::size_t>(items) + batch - 1) / batch);
    run_by_hand(threads, [&](flow::graph& graph) {
        Batching batching;
        std::uint64_t made = 0;
        flow::input_node<Message> source(graph, Counting(items));
        flow::function_node<Message, Message> each(graph, flow::unlimited, step_by_hand(microseconds));
        flow::sequencer_node<Message> order(graph, ordinal_of);
        using Collect = flow::multifunction_node<Message, std::tuple<Message>>;
        Collect collect(graph, flow::serial, [&](const Message& message, Collect::output_ports_type& ports) {
            if (const auto full = batching.add(message.second)) std::get<0>(ports).try_put({made++, *full});
        });
        flow::function_node<Message> last(graph, flow::unlimited, [&](const Message& message) {
            sums[message.first] = std::to_string(step(message.second, microseconds));
        });
        flow::make_edge(source, each);
        flow::make_edge(each, order);
        flow::make_edge(order, collect);
        flow::make_edge(flow::output_port<0>(collect), last);
        source.activate();
        graph.wait_for_all();
        if (const auto rest = batching.end()) last.try_put({made, *rest});
        graph.wait_for_all();
    });
    return lines(sums);
}

std::string expected(std::int64_t items) {
    Batching batching;
    std::string all;
    const auto add = [&](const std::optional<std::uint64_t>& full) {
        if (full) all += std::to_string(step(*full, 0)) + "\n";
    };
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(items); ++i) add(batching.add(step(i, 0)));
    add(batching.end());
    return all;
}

}  // namespace
}  // namespace figurant::pipeline::bench

int main() {
    using namespace figurant::pipeline::bench;
    return measure({"batches of 32", 3 + 2.0 / batch, ours, by_hand, expected}, 50'000, 7);
}
