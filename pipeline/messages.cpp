// The one file that sees oneTBB's flow graph.

#include <tbb/flow_graph.h>

#include <deque>

#include "pipeline/handover.h"
#include "pipeline/scheduler.h"

namespace figurant::pipeline {

namespace {

#if defined(__SANITIZE_THREAD__)
/// Of its own call alone each message says that sending comes before running it.
class Message {
  public:
    Message() = default;
    explicit Message(const Call& call) : letter_(new Letter{call, {}}) { letter_->sent.give(); }
    /// Once.
    Call call() const {
        const std::unique_ptr<Letter> letter(received());
        letter->sent.take();
        return letter->call;
    }

  private:
    struct Letter {
        Call call;
        Handover sent;
    };
    FIGURANT_RECEIVES Letter* received() const { return letter_; }

    Letter* letter_ = nullptr;
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
#endif

}  // namespace

struct Messages::Graph {
    explicit Graph(std::function<void(const Call&)> body) : run(std::move(body)) {}
    std::function<void(const Call&)> run;
    Handover ends;
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
                                       // Received before anything else is looked at.
                                       const Call& call = message.call();
                                       all->run(call);
                                       all->ends.give();
                                   });
}

Messages::~Messages() = default;

void Messages::send(const Call& call) { graph_->nodes[call.stage].try_put(Message(call)); }

void Messages::wait() {
    graph_->graph.wait_for_all();
    graph_->ends.take();
}

}  // namespace figurant::pipeline
