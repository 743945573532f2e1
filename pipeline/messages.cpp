// The one file that sees oneTBB's flow graph.

#include <tbb/flow_graph.h>

#include <deque>

#include "pipeline/scheduler.h"

namespace figurant::pipeline {

namespace {

/// oneTBB is not built for the thread sanitizer, which therefore does not see that sending happens before
/// running, and running before the end of a wait. Nothing in other builds.
struct SanitizerOrder {
#if defined(__SANITIZE_THREAD__)
    // Static: that the graph itself was made before is not seen either.
    static inline std::atomic<int> order{0};
    void touch() { order.fetch_add(1); }
#else
    void touch() {}
#endif
};

}  // namespace

struct Messages::Graph {
    explicit Graph(std::function<void(const Call&)> body) : run(std::move(body)) {}
    std::function<void(const Call&)> run;
    SanitizerOrder order;
    tbb::flow::graph graph;
    std::deque<tbb::flow::function_node<Call>> nodes;
};

Messages::Messages(std::size_t stages, std::function<void(const Call&)> run)
    : graph_(std::make_unique<Graph>(std::move(run))) {
    // Unlimited: how many calls a stage may have at once is the gates' business, and nothing is ever queued
    // here that could not run.
    for (std::size_t i = 0; i < stages; ++i)
        graph_->nodes.emplace_back(graph_->graph, tbb::flow::unlimited,
                                   [all = graph_.get()](const Call& call) {
                                       all->order.touch();
                                       all->run(call);
                                       all->order.touch();
                                   });
}

Messages::~Messages() = default;

void Messages::send(const Call& call) {
    graph_->order.touch();
    graph_->nodes[call.stage].try_put(call);
}

void Messages::wait() {
    graph_->graph.wait_for_all();
    graph_->order.touch();
}

}  // namespace figurant::pipeline
