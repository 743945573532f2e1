// One expand, two maps side by side, and a stage where their items meet again by lineage, against the same by
// hand on oneTBB: a join node that matches keys.

#include "framework_bench.h"

namespace figurant::pipeline::bench {
namespace {

constexpr In<Value> left_in{"left", "a number"};
constexpr In<Value> right_in{"right", "another"};

class Meet : public Map {
  public:
    static constexpr std::string_view sentence = "One number of two.", type_name = "meet";
    static auto ports() { return std::tuple(left_in, right_in, value_out); }
    void process(const Inputs& in, Outputs& out, Context&) const override {
        out.emit(value_out, Value{in[left_in].number + 3 * in[right_in].number});
    }
};

std::string ours(std::int64_t items, double microseconds, int threads) {
    test::PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, amount("items", 1));
    const auto split = builder.add<Split>("split", {{source}}, amount("items", items));
    const auto left = builder.add<Step>("left", {{split}}, work(microseconds));
    const auto right = builder.add<Step>("right", {{split}}, work(microseconds));
    const auto meet = builder.add<Meet>("meet", {{left}, {right}});
    const auto sum = builder.close<Sum>("sum", split, {{meet}});
    builder.add<Last>("last", {{sum}});
    return lines(run(builder.plan(), options_of(threads)).printed);
}

std::string by_hand(std::int64_t items, double microseconds, int threads) {
    std::uint64_t sum = 0;
    run_by_hand(threads, [&](flow::graph& graph) {
        using Both = std::tuple<Message, Message>;
        flow::input_node<Message> source(graph, Counting(items));
        flow::function_node<Message, Message> left(graph, flow::unlimited, step_by_hand(microseconds));
        flow::function_node<Message, Message> right(graph, flow::unlimited, step_by_hand(microseconds));
        flow::join_node<Both, flow::key_matching<std::uint64_t>> join(graph, ordinal_of, ordinal_of);
        flow::function_node<Both, Message> meet(graph, flow::unlimited, [](const Both& both) {
            const auto& [first, second] = both;
            return Message{first.first, first.second + 3 * second.second};
        });
        flow::sequencer_node<Message> order(graph, ordinal_of);
        flow::function_node<Message> total(graph, flow::serial,
                                           [&](const Message& message) { sum = sum * 31 + message.second; });
        flow::make_edge(source, left);
        flow::make_edge(source, right);
        flow::make_edge(left, flow::input_port<0>(join));
        flow::make_edge(right, flow::input_port<1>(join));
        flow::make_edge(join, meet);
        flow::make_edge(meet, order);
        flow::make_edge(order, total);
        source.activate();
        graph.wait_for_all();
    });
    return std::to_string(sum) + "\n";
}

std::string expected(std::int64_t items) {
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(items); ++i) sum = sum * 31 + 4 * step(i, 0);
    return std::to_string(sum) + "\n";
}

}  // namespace
}  // namespace figurant::pipeline::bench

int main() {
    using namespace figurant::pipeline::bench;
    return measure({"join of two", 5, ours, by_hand, expected}, 50'000, 7);
}
