// Random graphs of all kinds of stages, with failures, budgets and jitter, against a plain serial
// interpreter.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <set>
#include <thread>

#include "base/digest.h"
#include "pipeline/layout.h"
#include "pipeline/run.h"
#include "plan_builder.h"
#include "sanitized.h"

namespace figurant::pipeline::test {

struct Token {
    std::uint64_t value = 0;
    std::size_t size = 0;
};

}  // namespace figurant::pipeline::test

namespace figurant::pipeline {
template <>
struct PayloadTraits<test::Token> {
    static constexpr std::string_view name = "random_graph_token";
    static std::size_t bytes(const test::Token& token) { return token.size; }
};
}  // namespace figurant::pipeline

namespace figurant::pipeline::test {
namespace {

using Lines = std::vector<std::uint64_t>;

/// A small generator of its own, so that a seed means the same everywhere.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : state_(seed) {}
    std::uint64_t roll() { return mix(state_++, 0x5eed); }
    std::size_t below(std::size_t n) { return roll() % n; }
    bool chance(unsigned percent) { return below(100) < percent; }

  private:
    std::uint64_t state_;
};

struct Spec {
    std::uint64_t seed = 0;
    unsigned fault_permille = 0;  ///< of executions that throw
    bool recovers = false;        ///< with the policy retry: only the first try throws
    OnError policy = OnError::fail_input;
    std::size_t most_children = 4;
    std::size_t first = 0;  ///< expand: the ordinal of its first child
    bool bounded = false;
    bool jitter = false;
    int threads = 1;       ///< that a call takes
    bool shares = false;   ///< a resource, with all others that do
    bool batched = false;  ///< a batch that fails is run again one by one
};

/// Everything that the stages of one run share.
struct World {
    std::vector<Spec> specs;
    std::size_t inputs = 0;
    std::mutex mutex;
    std::map<std::pair<std::size_t, std::string>, int> tries, successes;
    std::map<std::pair<std::size_t, std::string>, Lines> committed;  ///< by sink and part
    std::map<std::size_t, std::vector<std::pair<bool, std::vector<std::string>>>> finished;
};

World* world = nullptr;  // of the run under way; runs of this test never overlap

struct Fault : std::runtime_error {
    using runtime_error::runtime_error;
};

bool has_fault(const Spec& spec, std::uint64_t value) {
    return mix(spec.seed ^ 0xfa17, value) % 1000 < spec.fault_permille;
}
Token result(const Spec& spec, std::uint64_t value) {
    const std::uint64_t mixed = mix(spec.seed, value);
    return {mixed, 16 + mixed % 97};
}
std::uint64_t combine(const std::vector<std::uint64_t>& values) {
    std::uint64_t sum = values.size();
    for (const auto value : values) sum = mix(sum, value);
    return sum;
}
std::size_t children(const Spec& spec, std::uint64_t value) {
    return mix(spec.seed ^ 0xc417d, value) % (spec.most_children + 1);
}

void jitter() {
    thread_local Dice dice(std::hash<std::thread::id>()(std::this_thread::get_id()));
    const auto kind = dice.below(20);
    if (kind == 0) std::this_thread::sleep_for(std::chrono::microseconds(dice.below(200)));
    if (kind < 4) std::this_thread::yield();
}

/// Called by every body with what it got: throws where the interpreter would let it fail.
void meet(std::size_t stage, std::uint64_t value, const std::string& where) {
    const Spec& spec = world->specs[stage];
    if (spec.jitter) jitter();
    const std::scoped_lock lock(world->mutex);
    const int tried = ++world->tries[{stage, where}];
    if (has_fault(spec, value) && !(spec.recovers && tried > 1))
        throw Fault(std::to_string(stage) + " at " + where);
    if (!spec.batched) ++world->successes[{stage, where}];
}

struct Settings {
    std::int64_t index = 0;
    static const ParameterList<Settings>& list() {
        static const auto parameters =
            ParameterList<Settings>{}.add("index", &Settings::index, "which of the world's stages this is");
        return parameters;
    }
};

inline constexpr In<Token> in0{"a", "a token"}, in1{"b", "a token"}, in2{"c", "a token"};
inline constexpr Out<Token> out0{"x", "a token"}, out1{"y", "a token"};

template <class KindOfStage>
class Random : public KindOfStage {
  public:
    static constexpr std::string_view sentence = "A stage of a random graph.", type_name = "random";
    static const ParameterList<Settings>& parameters() { return Settings::list(); }
    explicit Random(Settings settings) : index_(static_cast<std::size_t>(settings.index)) {}
    Needs needs() const override {
        Needs needs;
        needs.threads = spec().threads;
        if (spec().shares) needs.resources = {"shared"};
        return needs;
    }

  protected:
    const Spec& spec() const { return world->specs[index_]; }
    std::uint64_t meet_all(const std::vector<std::uint64_t>& values, const Context& context) const {
        const auto value = combine(values);
        meet(index_, value, context.lineage().text());
        return value;
    }
    std::size_t index_;
};

class Start : public Random<Source> {
  public:
    static auto ports() { return std::tuple(out0); }
    using Random::Random;
    std::vector<InputReference> inputs() const override {
        std::vector<InputReference> all(world->inputs);
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i] = {std::to_string(i), "", spec().bounded ? 113U : 0U, 0};
        return all;
    }
    void open(const InputReference& input, Outputs& out, Context& context) const override {
        out.emit(out0, result(spec(), meet_all({input.place}, context)));
    }
};

class Map1 : public Random<Map> {
  public:
    static auto ports() { return std::tuple(in0, out0); }
    using Random::Random;
    std::size_t output_bytes(const Inputs&) const override { return spec().bounded ? 113 : 0; }
    void process(const Inputs& in, Outputs& out, Context& context) const override {
        out.emit(out0, result(spec(), meet_all({in[in0].value}, context)));
    }
};
class Map1Batch : public Map1 {
  public:
    using Map1::Map1;
    std::size_t most_in_batch() const override { return 3; }
};
class Map2 : public Random<Map> {
  public:
    static auto ports() { return std::tuple(in0, in1, out0); }
    using Random::Random;
    void process(const Inputs& in, Outputs& out, Context& context) const override {
        out.emit(out0, result(spec(), meet_all({in[in0].value, in[in1].value}, context)));
    }
};
class Map3 : public Random<Map> {
  public:
    static auto ports() { return std::tuple(in0, in1, in2, out0, out1); }
    using Random::Random;
    void process(const Inputs& in, Outputs& out, Context& context) const override {
        const auto value = meet_all({in[in0].value, in[in1].value, in[in2].value}, context);
        out.emit(out0, result(spec(), value));
        out.emit(out1, result(spec(), value + 1));
    }
};

class Split1 : public Random<Expand> {
  public:
    static auto ports() { return std::tuple(in0, out0); }
    using Random::Random;
    std::unique_ptr<Cursor> open(const Inputs& in, Context& context) const override {
        class Splitting : public Cursor {
          public:
            Splitting(std::size_t index, std::uint64_t value)
                : index_(index), value_(value), left_(children(world->specs[index], value)) {}
            std::size_t next_bytes() const override { return world->specs[index_].bounded ? 113 : 0; }
            std::uint32_t first() const override {
                return static_cast<std::uint32_t>(world->specs[index_].first);
            }
            bool next(Outputs& out, Context& here) override {
                if (left_ == 0) return false;
                value_ = combine({value_, left_--});
                meet(index_, value_, "next " + here.lineage().text());
                out.emit(out0, result(world->specs[index_], value_));
                return true;
            }

          private:
            std::size_t index_;
            std::uint64_t value_;
            std::uint64_t left_;
        };
        return std::make_unique<Splitting>(index_, meet_all({in[in0].value}, context));
    }
};

template <bool any>
class Gather1 : public Random<Gather> {
  public:
    static auto ports() { return std::tuple(in0, out0); }
    using Random<Gather>::Random;
    bool any_order() const override { return any; }
    std::unique_ptr<Fold> begin() const override {
        class Folding : public Fold {
          public:
            explicit Folding(std::size_t index) : index_(index) {}
            void add(const Inputs& in, Context& context) override {
                const auto value = combine({in[in0].value});
                meet(index_, value, "add " + context.lineage().text());
                sum_ = any ? sum_ + value : mix(sum_, value);
            }
            void end(Outputs& out, Context& context) override {
                meet(index_, sum_, "end " + context.lineage().text());
                out.emit(out0, result(world->specs[index_], sum_));
            }

          private:
            std::size_t index_;
            std::uint64_t sum_ = 1;
        };
        return std::make_unique<Folding>(this->index_);
    }
};
using GatherAny = Gather1<true>;
using GatherInOrder = Gather1<false>;

class Regroup1 : public Random<Regroup> {
  public:
    static auto ports() { return std::tuple(in0, out0); }
    using Random::Random;
    std::unique_ptr<Stream> begin() const override {
        class Streaming : public Stream {
          public:
            explicit Streaming(std::size_t index) : index_(index) {}
            void add(const Inputs& in, Emitter& out, Context& context) override {
                const auto value = combine({in[in0].value});
                meet(index_, value, context.lineage().text());
                sum_ = mix(sum_, value);
                if (++held_ >= 1 + world->specs[index_].most_children) give(out);
            }
            void end(Emitter& out, Context&) override {
                if (held_ > 0) give(out);
            }

          private:
            void give(Emitter& out) {
                out.item().emit(out0, result(world->specs[index_], sum_));
                if (sum_ % 3 == 0) out.item().emit(out0, result(world->specs[index_], sum_ + 1));
                sum_ = held_ = 0;
            }
            std::size_t index_;
            std::uint64_t sum_ = 0, held_ = 0;
        };
        return std::make_unique<Streaming>(index_);
    }
};

class Sink1 : public Random<Sink> {
  public:
    static auto ports() { return std::tuple(in0); }
    using Random::Random;
    std::unique_ptr<Part> begin(const InputReference& input) const override {
        class Writing : public Part {
          public:
            Writing(std::size_t index, std::string name) : index_(index), name_(std::move(name)) {}
            void add(const Inputs& in, Context& context) override {
                meet(index_, combine({in[in0].value}), context.lineage().text());
                values_.push_back(in[in0].value);
            }
            void flush() override {}
            void commit() override {
                const std::scoped_lock lock(world->mutex);
                world->committed[{index_, name_}] = values_;
            }

          private:
            std::size_t index_;
            std::string name_;
            Lines values_;
        };
        return std::make_unique<Writing>(index_, input.name);
    }
};

class Finish1 : public Random<Finish> {
  public:
    static auto ports() { return std::tuple(in0); }
    using Random::Random;
    std::string part(const Inputs& in, Context& context) const override {
        meet_all({in[in0].value}, context);
        return std::to_string(in[in0].value);
    }
    void finish(const std::function<std::optional<FinishPart>()>& next, Context&) const override {
        while (auto part = next()) world->finished[index_].emplace_back(part->partial, part->items);
    }
};

// ---- A random plan

struct Graph {
    PlanBuilder builder;
    std::vector<Spec> specs;
    std::size_t inputs = 1;
    std::vector<std::string> description;

    struct Port {
        std::size_t stage, port;
        std::vector<std::size_t> scope;
        std::optional<std::size_t> regroup;
        bool used = false;
    };
    std::vector<Port> ports;

    template <class S>
    std::size_t add(const std::vector<std::size_t>& from, std::size_t outputs, const std::string& what,
                    std::optional<std::size_t> group = {}) {
        std::vector<PlanBuilder::From> sources;
        std::string line = std::to_string(specs.size()) + " " + what + " <-";
        for (const auto each : from) {
            ports[each].used = true;
            sources.push_back({ports[each].stage, ports[each].port});
            line += " " + std::to_string(ports[each].stage) + "." + std::to_string(ports[each].port);
        }
        const ParameterValues values{
            {"index", ParameterValue(Scalar(static_cast<std::int64_t>(specs.size())))}};
        const std::string name = "s" + std::to_string(specs.size());
        const auto index =
            group ? builder.close<S>(name, *group, sources, values) : builder.add<S>(name, sources, values);
        specs.emplace_back();
        if (group) line += " closes " + std::to_string(*group);
        description.push_back(line);
        const auto& planned = builder.plan().stages[index];
        for (std::size_t port = 0; port < outputs; ++port)
            ports.push_back({index, port, planned.scope, planned.regroup});
        return index;
    }
};

bool related(const Graph::Port& a, const Graph::Port& b) {
    if (a.regroup != b.regroup) return false;
    const auto& shorter = a.scope.size() < b.scope.size() ? a.scope : b.scope;
    const auto& longer = a.scope.size() < b.scope.size() ? b.scope : a.scope;
    return std::equal(shorter.begin(), shorter.end(), longer.begin());
}

/// Ports that may meet `first`, itself left out.
std::optional<std::size_t> partner(const Graph& graph, const std::vector<std::size_t>& with, Dice& dice) {
    std::vector<std::size_t> fitting;
    for (std::size_t i = 0; i < graph.ports.size(); ++i) {
        bool fits = true;
        for (const auto other : with)
            fits = fits && i != other && related(graph.ports[i], graph.ports[other]);
        if (fits) fitting.push_back(i);
    }
    if (fitting.empty()) return std::nullopt;
    return fitting[dice.below(fitting.size())];
}

void grow(Graph& graph, Dice& dice) {
    const std::size_t at = dice.below(graph.ports.size());
    const auto port = graph.ports[at];
    switch (dice.below(12)) {
        case 0:
        case 1:
            graph.add<Map1>({at}, 1, "map");
            break;
        case 2:
            graph.specs[graph.add<Map1Batch>({at}, 1, "batch map")].batched = true;
            break;
        case 3:
        case 4:
            if (const auto other = partner(graph, {at}, dice)) graph.add<Map2>({at, *other}, 1, "join");
            break;
        case 5:
            if (const auto other = partner(graph, {at}, dice))
                if (const auto third = partner(graph, {at, *other}, dice))
                    graph.add<Map3>({at, *other, *third}, 2, "join of three");
            break;
        case 6:
        case 7:
            if (port.scope.size() < 3) graph.add<Split1>({at}, 1, "expand");
            break;
        case 8:
        case 9:
            if (port.scope.empty()) break;
            if (dice.chance(50))
                graph.add<GatherAny>({at}, 1, "gather any", port.scope[dice.below(port.scope.size())]);
            else
                graph.add<GatherInOrder>({at}, 1, "gather", port.scope.back());
            break;
        case 10:
            graph.add<Sink1>({at}, 0, "sink");
            break;
        case 11:
            graph.add<Finish1>({at}, 0, "finish");
            break;
    }
}

/// All stages that lead to `stage`, and itself.
std::set<std::size_t> ancestors(const Plan& plan, std::size_t stage) {
    std::set<std::size_t> all{stage};
    for (const auto& input : plan.stages[stage].inputs) all.merge(ancestors(plan, input.stage));
    return all;
}

/// One expand of many children at most along any path: two or three would make millions of items.
void limit_children(Graph& graph) {
    constexpr std::size_t few = 4;
    const Plan& plan = graph.builder.plan();
    const auto many = [&](std::size_t i) {
        return plan.stages[i].type->kind == Kind::expand && graph.specs[i].most_children > few;
    };
    for (std::size_t i = 0; i < plan.stages.size(); ++i)  // a stage comes after those that it is fed by
        if (many(i))
            for (const std::size_t above : ancestors(plan, i))
                if (above != i && many(above)) graph.specs[i].most_children = few;
}

void choose_policies(Graph& graph, Dice& dice) {
    Plan& plan = graph.builder.plan();
    // Before a regroup an input fails only in what leads there: how much of it the regroup has met when
    // another branch fails depends on timing.
    std::map<std::optional<std::size_t>, std::set<std::size_t>> leads;
    for (std::size_t i = 0; i < plan.stages.size(); ++i)
        if (plan.stages[i].type->kind == Kind::regroup)
            leads[plan.stages[plan.stages[i].inputs[0].stage].regroup] = ancestors(plan, i);
    const bool faults = dice.chance(70), wide = dice.chance(25);
    for (std::size_t i = 0; i < plan.stages.size(); ++i) {
        auto& spec = graph.specs[i];
        auto& execution = plan.stages[i].execution;
        const Kind kind = plan.stages[i].type->kind;
        spec.seed = dice.roll();
        spec.bounded = dice.chance(60);
        spec.jitter = dice.chance(40);
        spec.most_children = dice.chance(10) ? 40 : dice.below(5);
        if (dice.chance(15)) spec.first = dice.below(6);
        if (dice.chance(20)) execution.concurrency = 1 + static_cast<std::int64_t>(dice.below(3));
        if (dice.chance(15)) execution.ordered = true;
        if (wide && dice.chance(40)) spec.threads = 2 + static_cast<int>(dice.below(3));
        spec.shares = dice.chance(10);
        if (!faults || !dice.chance(35)) continue;
        spec.fault_permille = static_cast<unsigned>(5 + dice.below(120));
        const bool repeatable = kind == Kind::map || kind == Kind::finish;
        switch (dice.below(3)) {
            case 0:
                execution.on_error = "skip_item";
                break;
            case 1:
                if (repeatable) {
                    execution.on_error = "retry";
                    spec.recovers = dice.chance(50);
                }
                break;
            default:
                break;
        }
        const auto domain =
            kind == Kind::regroup || plan.stages[i].inputs.empty()
                ? (plan.stages[i].inputs.empty() ? std::nullopt
                                                 : plan.stages[plan.stages[i].inputs[0].stage].regroup)
                : plan.stages[i].regroup;
        const bool led = leads.count(domain) == 0 || leads[domain].count(i) > 0;
        if (!led && execution.on_error != "skip_item") {
            if (kind == Kind::source)
                spec.fault_permille = 0;
            else
                execution.on_error = "skip_item";
        }
        spec.policy = execution.policy();
        spec.recovers = spec.recovers && spec.policy == OnError::retry;
    }
}

void make_graph(Graph& graph, std::uint64_t seed) {
    Dice dice(seed * 1000003);
    graph.inputs = 1 + dice.below(dice.chance(20) ? 40 : 8);
    graph.add<Start>({}, 1, "source");
    const std::size_t size = 2 + dice.below(10);
    const int regroups = dice.chance(40) ? static_cast<int>(1 + dice.below(2)) : 0;
    for (int domain = 0; domain <= regroups; ++domain) {
        const std::size_t first = domain == 0 ? 0 : graph.ports.size() - 1;
        if (domain > 0) {
            // Only what comes after the regroup grows on; what came before keeps its ports for sinks.
            std::vector<Graph::Port> before(graph.ports.begin(),
                                            graph.ports.begin() + static_cast<std::ptrdiff_t>(first));
            Graph& all = graph;
            std::vector<Graph::Port> after{graph.ports.back()};
            std::swap(all.ports, after);
            for (std::size_t i = 0; i < size; ++i) grow(graph, dice);
            before.insert(before.end(), all.ports.begin(), all.ports.end());
            if (domain < regroups) {
                const std::size_t at = dice.below(all.ports.size());
                all.ports[at].used = true;
                const std::size_t offset = before.size() - all.ports.size();
                all.ports = before;
                graph.add<Regroup1>({offset + at}, 1, "regroup");
            } else {
                all.ports = before;
            }
        } else {
            for (std::size_t i = 0; i < size; ++i) grow(graph, dice);
            if (regroups > 0) graph.add<Regroup1>({dice.below(graph.ports.size())}, 1, "regroup");
        }
    }
    for (std::size_t i = 0; i < graph.ports.size(); ++i)
        if (!graph.ports[i].used) graph.add<Sink1>({i}, 0, "sink");
    choose_policies(graph, dice);
    limit_children(graph);
}

// ---- The interpreter: stage by stage, everything, in order

struct Expected {
    struct RootState {
        bool failed = false, partial = false;
        std::vector<std::size_t> owners;  ///< roots of the domain before
    };
    std::map<std::optional<std::size_t>, std::vector<RootState>> roots;  ///< by regroup
    std::map<std::optional<std::size_t>, std::vector<std::size_t>> first_input;
    std::vector<std::vector<std::map<Lineage, Token>>> outputs;
    std::map<std::pair<std::size_t, std::string>, Lines> committed;
    std::map<std::size_t, std::vector<std::pair<bool, std::vector<std::string>>>> finished;
};

class Interpreter {
  public:
    explicit Interpreter(Graph& graph) : graph_(graph), plan_(graph.builder.plan()) {}

    Expected run() {
        expected_.outputs.resize(plan_.stages.size());
        opened_.resize(plan_.stages.size());
        failures_.resize(plan_.stages.size());
        expected_.roots[std::nullopt].resize(graph_.inputs);
        for (std::size_t i = 0; i < graph_.inputs; ++i) expected_.first_input[std::nullopt].push_back(i);
        for (std::size_t i = 0; i < plan_.stages.size(); ++i) {
            expected_.outputs[i].resize(plan_.stages[i].type->outputs.size());
            stage(i);
        }
        pass_failures_on();
        collect();
        return std::move(expected_);
    }

  private:
    const Spec& spec(std::size_t i) const { return graph_.specs[i]; }
    std::optional<std::size_t> domain_of(std::size_t i) const {
        const auto& inputs = plan_.stages[i].inputs;
        return inputs.empty() ? std::nullopt : plan_.stages[inputs[0].stage].regroup;
    }
    /// Whether the execution succeeds; notes what follows if not.
    bool meets(std::size_t i, std::uint64_t value, const Lineage& lineage) {
        if (!has_fault(spec(i), value) || spec(i).recovers) return true;
        auto& root = expected_.roots[domain_of(i)][lineage.root()];
        if (spec(i).policy == OnError::skip_item && plan_.stages[i].type->kind != Kind::source) {
            root.partial = true;
        } else {
            root.failed = true;
            failures_[i].push_back(lineage);
        }
        return false;
    }

    /// The values that meet, by lineage.
    std::map<Lineage, std::vector<std::uint64_t>> joined(std::size_t i) {
        const auto& inputs = plan_.stages[i].inputs;
        std::map<Lineage, std::vector<std::uint64_t>> met;
        std::size_t deepest = 0;
        for (std::size_t p = 0; p < inputs.size(); ++p)
            if (plan_.stages[inputs[p].stage].scope.size() > plan_.stages[inputs[deepest].stage].scope.size())
                deepest = p;
        const auto items = [&](std::size_t p) -> auto& {
            return expected_.outputs[inputs[p].stage][inputs[p].port];
        };
        for (const auto& [lineage, token] : items(deepest)) {
            std::vector<std::uint64_t> values;
            for (std::size_t p = 0; p < inputs.size(); ++p) {
                const auto found = items(p).find(lineage.prefix(plan_.stages[inputs[p].stage].scope.size()));
                if (found == items(p).end()) break;
                values.push_back(found->second.value);
            }
            if (values.size() == inputs.size()) met[lineage] = values;
        }
        return met;
    }

    void stage(std::size_t i) {
        const auto& planned = plan_.stages[i];
        auto& out = expected_.outputs[i];
        switch (planned.type->kind) {
            case Kind::source:
                for (std::uint32_t r = 0; r < graph_.inputs; ++r) {
                    const auto value = combine({r});
                    if (meets(i, value, Lineage(r))) out[0][Lineage(r)] = result(spec(i), value);
                }
                break;
            case Kind::map:
                for (const auto& [lineage, values] : joined(i)) {
                    const auto value = combine(values);
                    if (!meets(i, value, lineage)) continue;
                    for (std::size_t port = 0; port < out.size(); ++port)
                        out[port][lineage] = result(spec(i), value + port);
                }
                break;
            case Kind::expand:
                for (const auto& [lineage, values] : joined(i)) expand(i, combine(values), lineage);
                break;
            case Kind::gather:
                gather(i);
                break;
            case Kind::regroup:
                regroup(i);
                break;
            default:
                for (const auto& [lineage, values] : joined(i)) {
                    reached_[i].insert(lineage.root());
                    if (meets(i, combine({values[0]}), lineage)) kept_[i][lineage] = values[0];
                }
                break;
        }
    }

    void expand(std::size_t i, std::uint64_t value, const Lineage& lineage) {
        if (!meets(i, value, lineage)) return;
        opened_[i].insert(lineage);
        auto ordinal = static_cast<std::uint32_t>(spec(i).first);
        for (std::uint64_t left = children(spec(i), value); left > 0; --left) {
            value = combine({value, left});
            if (!meets(i, value, lineage.child(ordinal))) return;
            expected_.outputs[i][0][lineage.child(ordinal++)] = result(spec(i), value);
        }
    }

    /// What comes before a failure is what a serial run does before it. Lineages alone do not tell: an item
    /// that has met what a gather made of its group comes after all of that group.
    Moment moment_of(std::size_t i, const Lineage& lineage) const {
        const auto& stage = layout_.stages[i];
        return lineage.depth() == stage.depth ? layout_.moment(stage, lineage)
                                              : layout_.output_moment(stage, lineage);
    }

    static bool below(const Lineage& lineage, const Lineage& prefix) {
        return lineage.depth() >= prefix.depth() && lineage.prefix(prefix.depth()) == prefix;
    }

    void gather(std::size_t i) {
        const auto& planned = plan_.stages[i];
        const bool any = dynamic_cast<const Gather&>(*planned.type->make(planned.values)).any_order();
        const auto before = ancestors(plan_, i);
        const auto items = joined(i);
        for (const auto& prefix : opened_[*planned.group]) {
            std::uint64_t sum = 1;
            for (auto at = items.lower_bound(prefix); at != items.end() && below(at->first, prefix); ++at) {
                const auto value = combine({at->second[0]});
                if (meets(i, value, at->first)) sum = any ? sum + value : mix(sum, value);
            }
            bool failed = false;
            for (const auto each : before)
                for (const auto& lineage : failures_[each])
                    failed = failed || (domain_of(each) == domain_of(i) && below(lineage, prefix));
            if (!failed && meets(i, sum, prefix)) expected_.outputs[i][0][prefix] = result(spec(i), sum);
        }
    }

    void regroup(std::size_t i) {
        const auto before = ancestors(plan_, i);
        auto& roots = expected_.roots[i];
        auto& firsts = expected_.first_input[i];
        std::uint64_t sum = 0, held = 0;
        std::vector<std::size_t> owners;
        bool used = false;
        const auto give = [&] {
            for (std::uint64_t extra = 0; extra <= (sum % 3 == 0 ? 1U : 0U); ++extra) {
                const Lineage lineage(static_cast<std::uint32_t>(roots.size()));
                expected_.outputs[i][0][lineage] = result(spec(i), sum + extra);
                roots.push_back({false, false, owners});
                firsts.push_back(expected_.first_input[domain_of(i)][owners.front()]);
            }
            sum = held = 0;
            used = true;
        };
        for (const auto& [lineage, values] : joined(i)) {
            bool left_out = false;
            for (const auto each : before)
                if (domain_of(each) == domain_of(i))
                    for (const auto& failed : failures_[each])
                        left_out = left_out || (failed.root() == lineage.root() &&
                                                moment_of(each, failed) <= moment_of(i, lineage));
            if (left_out) continue;
            if (used) owners.clear();
            used = false;
            if (owners.empty() || owners.back() != lineage.root()) owners.push_back(lineage.root());
            const auto value = combine({values[0]});
            if (!meets(i, value, lineage)) continue;
            sum = mix(sum, value);
            if (++held >= 1 + spec(i).most_children) give();
        }
        if (held > 0) give();
    }

    void pass_failures_on() {
        for (auto at = plan_.stages.size(); at-- > 0;) {
            if (plan_.stages[at].type->kind != Kind::regroup) continue;
            for (const auto& root : expected_.roots[at])
                for (const auto owner : root.owners) {
                    auto& state = expected_.roots[domain_of(at)][owner];
                    state.failed = state.failed || root.failed;
                    state.partial = state.partial || root.partial;
                }
        }
    }

    void collect() {
        for (std::size_t i = 0; i < plan_.stages.size(); ++i) {
            const Kind kind = plan_.stages[i].type->kind;
            if (kind != Kind::sink && kind != Kind::finish) continue;
            const auto domain = domain_of(i);
            const auto& roots = expected_.roots[domain];
            std::vector<Lines> values(roots.size());
            for (const auto& [lineage, value] : kept_[i]) values[lineage.root()].push_back(value);
            for (std::size_t r = 0; r < roots.size(); ++r) {
                std::string name = std::to_string(expected_.first_input[domain][r]);
                if (domain) name += "#" + std::to_string(r);
                if (kind == Kind::sink && !roots[r].failed &&
                    reached_[i].count(static_cast<std::uint32_t>(r)))
                    expected_.committed[{i, name}] = values[r];
                if (kind == Kind::sink) continue;
                std::vector<std::string> texts;
                if (!roots[r].failed)
                    for (const auto value : values[r]) texts.push_back(std::to_string(value));
                expected_.finished[i].emplace_back(roots[r].partial, texts);
            }
        }
    }

    Graph& graph_;
    const Plan& plan_;
    const Layout layout_{plan_};
    Expected expected_;
    std::vector<std::set<Lineage>> opened_;
    std::vector<std::vector<Lineage>> failures_;
    std::map<std::size_t, std::map<Lineage, std::uint64_t>> kept_;
    std::map<std::size_t, std::set<std::uint32_t>>
        reached_;  ///< by sink: roots with an item, even if skipped
};

// ---- The test

/// Ends the program with the seed when a run stands still.
class Watchdog {
  public:
    explicit Watchdog(std::string what) : what_(std::move(what)), thread_([this] { watch(); }) {}
    ~Watchdog() {
        {
            const std::scoped_lock lock(mutex_);
            done_ = true;
        }
        signal_.notify_one();
        thread_.join();
    }

  private:
    void watch() {
        std::unique_lock lock(mutex_);
        // In short pieces: a machine that sleeps, or a process that is stopped, is no run that stands still.
        for (int second = 0; second < 60; ++second)
            if (signal_.wait_for(lock, std::chrono::seconds(1), [this] { return done_; })) return;
        std::fprintf(stderr, "stands still: %s\n", what_.c_str());
        std::abort();
    }
    std::string what_;
    std::mutex mutex_;
    std::condition_variable signal_;
    bool done_ = false;
    std::thread thread_;
};

std::string describe_graph(Graph& graph) {
    std::string text;
    for (std::size_t i = 0; i < graph.description.size(); ++i) {
        const auto& execution = graph.builder.plan().stages[i].execution;
        text += graph.description[i] + " | " + execution.on_error + " fault " +
                std::to_string(graph.specs[i].fault_permille) + (graph.specs[i].recovers ? " recovers" : "") +
                " concurrency " + std::to_string(execution.concurrency) +
                (execution.ordered ? " ordered" : "") + " threads " + std::to_string(graph.specs[i].threads) +
                (graph.specs[i].shares ? " shares" : "") + "\n";
    }
    return text;
}

using Parts = std::map<std::pair<std::size_t, std::string>, Lines>;

std::string differences(const Parts& got, const Parts& wanted) {
    std::string text;
    const auto tell = [&](const char* what, const Parts::value_type& part) {
        text += std::string(what) + " stage " + std::to_string(part.first.first) + " part " +
                part.first.second + " of " + std::to_string(part.second.size()) + "; ";
    };
    for (const auto& part : got)
        if (!wanted.count(part.first)) tell("too much:", part);
    for (const auto& part : wanted) {
        const auto found = got.find(part.first);
        if (found == got.end())
            tell("missing:", part);
        else if (found->second != part.second)
            tell("other values:", part);
    }
    return text;
}

void check_totals(const RunReport& report, const Expected& expected, std::size_t inputs) {
    CHECK(report.inputs == inputs);
    CHECK(report.done + report.failed + report.not_started == report.inputs);
    CHECK(report.not_started == 0);
    std::uint64_t failed = 0, partial = 0;
    for (const auto& root : expected.roots.at(std::nullopt)) {
        failed += root.failed ? 1 : 0;
        partial += root.partial && !root.failed ? 1 : 0;
    }
    CHECK(report.failed == failed);
    CHECK(report.partial == partial);
    CHECK(report.exit_code == (failed > 0 ? 3 : 0));
}

/// `failures` is what an earlier run of the same graph told, or empty.
void check_run(Graph& graph, const Expected& expected, std::uint64_t seed, int threads, std::size_t memory,
               std::string& failures, std::uint64_t disturb = 0) {
    World here;
    here.specs = graph.specs;
    here.inputs = graph.inputs;
    world = &here;
    RunOptions options;
    options.settings.threads = threads;
    options.settings.memory = memory;
    options.disturb = disturb;
    const std::string what = "seed " + std::to_string(seed) + ", threads " + std::to_string(threads) +
                             ", memory " + std::to_string(memory) + "\n" + describe_graph(graph);
    INFO(what);
    const Watchdog watchdog(what);
    const RunReport report = run(graph.builder.plan(), options);
    std::string texts;
    for (const auto& failure : report.failures)
        texts += failure.input + ": " + failure.stage + ": " + failure.reason + "\n";
    INFO(texts);
    check_totals(report, expected, graph.inputs);
    CHECK(differences(here.committed, expected.committed) == "");
    for (const auto& [stage, parts] : expected.finished) {
        const auto& got = here.finished[stage];
        REQUIRE(got.size() == parts.size());
        for (std::size_t i = 0; i < parts.size(); ++i) CHECK(got[i].second == parts[i].second);
    }
    bool once = true;
    for (const auto& [place, times] : here.successes) once = once && times == 1;
    CHECK(once);
    if (failures.empty()) failures = texts;
    CHECK(failures == texts);
}

}  // namespace
}  // namespace figurant::pipeline::test

TEST_CASE(
    "random graphs give what a plain interpreter gives: with 1, 2, 8 and 32 threads, any budget and delays") {
    using namespace figurant::pipeline::test;
    const char* only = std::getenv("FIGURANT_SEED");
    const char* many = std::getenv("FIGURANT_GRAPHS");
    const std::uint64_t first = only ? std::strtoull(only, nullptr, 10) : 1;
    const std::uint64_t count = many ? std::strtoull(many, nullptr, 10) : only ? 1 : scaled(2000);
    MESSAGE("seeds " << first << " to " << first + count - 1);
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        Graph graph;
        make_graph(graph, seed);
        const Expected expected = Interpreter(graph).run();
        std::string failures;
        const std::size_t large = std::size_t{1} << 30;
        check_run(graph, expected, seed, 1, large, failures);
        check_run(graph, expected, seed, 2, large, failures);
        check_run(graph, expected, seed, 8, 40000, failures);
        // Where every source, expand and sink may have to wait although there is room.
        check_run(graph, expected, seed, seed % 4 == 0 ? 32 : 1 + static_cast<int>(seed % 3), 16000, failures,
                  seed);
    }
}
