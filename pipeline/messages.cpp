// The one file that sees oneTBB's flow graph.

#include <tbb/flow_graph.h>

#include <deque>

#include "pipeline/scheduler.h"

namespace figurant::pipeline {

namespace {

// oneTBB is not built for the thread sanitizer, which therefore does not see that sending a call happens
// before running it, and running it before the end of a wait. There each message says so itself, of its own
// call alone, so that no other order is claimed than what oneTBB promises. Nothing in other builds.
#if defined(__SANITIZE_THREAD__)
class Message {
  public:
    Message() = default;
    explicit Message(const Call& call) : call_(call), sent_(new std::atomic<bool>(false)) {
        sent_->store(true, std::memory_order_release);
    }
    /// Once.
    const Call& call() const {
        while (!sent_->load(std::memory_order_acquire)) {
        }
        delete sent_;
        return call_;
    }

  private:
    Call call_;
    std::atomic<bool>* sent_ = nullptr;
};
struct Ends {
    std::atomic<std::uint64_t> ended{0};
    void one() { ended.fetch_add(1, std::memory_order_release); }
    void all() { ended.load(std::memory_order_acquire); }
};
#else
class Message {
  public:
    Message() = default;
    explicit Message(const Call& call) : call_(call) {}
    const Call& call() const { return call_; }

  private:
    Call call_;
};
struct Ends {
    void one() {}
    void all() {}
};
#endif

}  // namespace

struct Messages::Graph {
    explicit Graph(std::function<void(const Call&)> body) : run(std::move(body)) {}
    std::function<void(const Call&)> run;
    Ends ends;
    tbb::flow::graph graph;
    std::deque<tbb::flow::function_node<Message>> nodes;
};

Messages::Messages(std::size_t stages, std::function<void(const Call&)> run)
    : graph_(std::make_unique<Graph>(std::move(run))) {
    // Unlimited: how many calls a stage may have at once is the gates' business, and nothing is ever queued
    // here that could not run.
    for (std::size_t i = 0; i < stages; ++i)
        graph_->nodes.emplace_back(graph_->graph, tbb::flow::unlimited,
                                   [all = graph_.get()](const Message& message) {
                                       all->run(message.call());
                                       all->ends.one();
                                   });
}

Messages::~Messages() = default;

void Messages::send(const Call& call) { graph_->nodes[call.stage].try_put(Message(call)); }

void Messages::wait() {
    graph_->graph.wait_for_all();
    graph_->ends.all();
}

}  // namespace figurant::pipeline
