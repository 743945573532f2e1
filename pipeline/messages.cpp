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
    explicit Message(const Call& call) : letter_(new Letter{call}) {
        letter_->sent.store(true, std::memory_order_release);
    }
    /// Once.
    Call call() const {
        const std::unique_ptr<Letter> letter(received());
        while (!letter->sent.load(std::memory_order_acquire)) {
        }
        return letter->call;
    }

  private:
    struct Letter {
        Call call;
        std::atomic<bool> sent{false};
    };
    /// All that is read of what oneTBB has copied.
    __attribute__((no_sanitize("thread"), noinline)) Letter* received() const { return letter_; }

    Letter* letter_ = nullptr;
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
                                       // Received before anything else is looked at.
                                       const Call& call = message.call();
                                       all->run(call);
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
