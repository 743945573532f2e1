// Payload bytes that are alive, counted by the payloads themselves, stay within the budget: through nested
// expands, joins, gathers, regroups, batches and sub-runs, with several inputs at once.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>

#include "pipeline/graph_file.h"
#include "pipeline/run.h"
#include "tests/pipeline/graph_test_folder.h"
#include "tests/pipeline/plan_builder.h"

namespace figurant::pipeline::test {
namespace {

/// Counts its bytes while it lives. No memory is taken: the test may claim much.
class Alive {
  public:
    explicit Alive(std::size_t bytes) : bytes_(bytes) {
        const auto here = now += static_cast<std::int64_t>(bytes);
        std::int64_t seen = most;
        while (here > seen && !most.compare_exchange_weak(seen, here)) {
        }
    }
    ~Alive() { now -= static_cast<std::int64_t>(bytes_); }
    Alive(const Alive&) = delete;
    Alive& operator=(const Alive&) = delete;
    std::size_t bytes() const { return bytes_; }

    inline static std::atomic<std::int64_t> now{0}, most{0};

  private:
    std::size_t bytes_;
};

}  // namespace

struct Block {
    std::shared_ptr<const Alive> alive;
    std::int64_t value = 0;
};

}  // namespace figurant::pipeline::test

namespace figurant::pipeline {
template <>
struct PayloadTraits<test::Block> {
    static constexpr std::string_view name = "test_block";
    static std::size_t bytes(const test::Block& block) { return block.alive->bytes(); }
    static ParameterValues values(const test::Block& block) {
        return {{"value", ParameterValue(Scalar(std::to_string(block.value)))}};
    }
};
}  // namespace figurant::pipeline

namespace figurant::pipeline::test {
namespace {

constexpr std::size_t kilobyte = 1024;

struct BlockParameters {
    std::int64_t count = 1;      ///< inputs, or items of a group
    std::int64_t kilobytes = 1;  ///< of what is emitted
    std::string tag;             ///< so that graphs can use a parameter
    static const ParameterList<BlockParameters>& list() {
        static const auto parameters = ParameterList<BlockParameters>{}
                                           .add("count", &BlockParameters::count, "how many")
                                           .add("kilobytes", &BlockParameters::kilobytes, "how large each")
                                           .add("tag", &BlockParameters::tag, "any text");
        return parameters;
    }
};

template <class KindOfStage>
class Blocks : public KindOfStage {
  public:
    static constexpr std::string_view sentence = "Blocks of counted bytes.", type_name = "blocks";
    using Parameters = BlockParameters;
    static const ParameterList<BlockParameters>& parameters() { return BlockParameters::list(); }
    explicit Blocks(BlockParameters given) : given_(std::move(given)) {}

  protected:
    std::size_t size() const { return static_cast<std::size_t>(given_.kilobytes) * kilobyte; }
    Block block(std::int64_t value) const { return {std::make_shared<const Alive>(size()), value}; }
    BlockParameters given_;
};

inline constexpr In<Block> block_in{"block", "a block"}, other_block{"other", "another"};
inline constexpr Out<Block> block_out{"block", "a block"};

class BlockSource : public Blocks<Source> {
  public:
    static auto ports() { return std::tuple(block_out); }
    using Blocks::Blocks;
    std::vector<InputReference> inputs() const override {
        std::vector<InputReference> all(static_cast<std::size_t>(given_.count));
        for (std::size_t i = 0; i < all.size(); ++i) {
            all[i].name = std::to_string(i);
            all[i].bytes = size();
        }
        return all;
    }
    void open(const InputReference& input, Outputs& out, Context&) const override {
        out.emit(block_out, block(static_cast<std::int64_t>(input.place) + 1));
    }
};

class BlockSplit : public Blocks<Expand> {
  public:
    static auto ports() { return std::tuple(block_in, block_out); }
    using Blocks::Blocks;
    std::unique_ptr<Cursor> open(const Inputs& in, Context&) const override {
        class Splitting : public Cursor {
          public:
            Splitting(const BlockSplit& stage, std::int64_t value) : stage_(stage), value_(value) {}
            std::size_t next_bytes() const override { return stage_.size(); }
            bool next(Outputs& out, Context&) override {
                if (index_ == stage_.given_.count) return false;
                out.emit(block_out, stage_.block(value_ * 100 + index_++));
                return true;
            }

          private:
            const BlockSplit& stage_;
            std::int64_t value_, index_ = 0;
        };
        return std::make_unique<Splitting>(*this, in[block_in].value);
    }
};

class BlockMap : public Blocks<Map> {
  public:
    static auto ports() { return std::tuple(block_in, block_out); }
    using Blocks::Blocks;
    std::size_t output_bytes(const Inputs&) const override { return size(); }
    void process(const Inputs& in, Outputs& out, Context&) const override {
        out.emit(block_out, block(in[block_in].value));
    }
};
class BlockBatch : public BlockMap {
  public:
    using BlockMap::BlockMap;
    std::size_t most_in_batch() const override { return 4; }
};
class BlockJoin : public Blocks<Map> {
  public:
    static auto ports() { return std::tuple(block_in, other_block, block_out); }
    using Blocks::Blocks;
    std::size_t output_bytes(const Inputs&) const override { return size(); }
    void process(const Inputs& in, Outputs& out, Context&) const override {
        out.emit(block_out, block(in[block_in].value + 7 * in[other_block].value));
    }
};

class BlockGather : public Blocks<Gather> {
  public:
    static auto ports() { return std::tuple(block_in, block_out); }
    using Blocks::Blocks;
    std::size_t output_bytes() const override { return size(); }
    std::unique_ptr<Fold> begin() const override {
        class Folding : public Fold {
          public:
            explicit Folding(const BlockGather& stage) : stage_(stage) {}
            void add(const Inputs& in, Context&) override { sum_ = sum_ * 31 % 1000003 + in[block_in].value; }
            void end(Outputs& out, Context&) override { out.emit(block_out, stage_.block(sum_)); }

          private:
            const BlockGather& stage_;
            std::int64_t sum_ = 1;
        };
        return std::make_unique<Folding>(*this);
    }
};

class BlockRegroup : public Blocks<Regroup> {
  public:
    static auto ports() { return std::tuple(block_in, block_out); }
    using Blocks::Blocks;
    std::size_t output_bytes() const override { return size(); }
    std::unique_ptr<Stream> begin() const override {
        class Streaming : public Stream {
          public:
            explicit Streaming(const BlockRegroup& stage) : stage_(stage) {}
            void add(const Inputs& in, Emitter& out, Context&) override {
                sum_ = sum_ * 31 % 1000003 + in[block_in].value;
                if (++held_ % 3 == 0) out.item().emit(block_out, stage_.block(sum_));
            }
            void end(Emitter& out, Context&) override { out.item().emit(block_out, stage_.block(sum_)); }

          private:
            const BlockRegroup& stage_;
            std::int64_t sum_ = 1, held_ = 0;
        };
        return std::make_unique<Streaming>(*this);
    }
};

std::mutex written_mutex;
std::map<std::string, std::vector<std::int64_t>> written;

class BlockSink : public Blocks<Sink> {
  public:
    static auto ports() { return std::tuple(block_in); }
    using Blocks::Blocks;
    std::unique_ptr<Part> begin(const InputReference& input) const override {
        class Writing : public Part {
          public:
            explicit Writing(std::string name) : name_(std::move(name)) {}
            void add(const Inputs& in, Context&) override { values_.push_back(in[block_in].value); }
            void flush() override {}
            void commit() override {
                const std::scoped_lock lock(written_mutex);
                written[name_] = values_;
            }

          private:
            std::string name_;
            std::vector<std::int64_t> values_;
        };
        return std::make_unique<Writing>(input.name);
    }
};

class EndOfRuns : public Finish {
  public:
    static constexpr std::string_view sentence = "Takes finished sub-runs.", type_name = "end_of_runs";
    static constexpr In<SubRun> run{"run", "a finished sub-run"};
    static auto ports() { return std::tuple(run); }
    std::string part(const Inputs&, Context&) const override { return {}; }
    void finish(const std::function<std::optional<FinishPart>()>&, Context&) const override {}
};

ParameterValues shape(std::int64_t kilobytes, std::int64_t count = 1) {
    return {{"kilobytes", ParameterValue(Scalar(kilobytes))}, {"count", ParameterValue(Scalar(count))}};
}

/// Maps -> scales -> tiles; each tile meets its map, is worked on alone and in batches; tiles to scales,
/// scales to maps, maps across inputs to groups of three.
class Nested {
  public:
    PlanBuilder builder;
    Nested() {
        const auto maps = builder.add<BlockSource>("maps", {}, shape(64, 6));
        const auto scales = builder.add<BlockSplit>("scales", {{maps}}, shape(256, 3));
        const auto tiles = builder.add<BlockSplit>("tiles", {{scales}}, shape(128, 40));
        const auto met = builder.add<BlockJoin>("met", {{tiles}, {maps}}, shape(96));
        const auto found = builder.add<BlockBatch>("found", {{met}}, shape(32));
        const auto merged = builder.close<BlockGather>("merged", tiles, {{found}}, shape(48));
        const auto whole = builder.close<BlockGather>("whole", scales, {{merged}}, shape(48));
        const auto drawn = builder.add<BlockJoin>("drawn", {{whole}, {maps}}, shape(200));
        builder.add<BlockSink>("write", {{drawn}});
        const auto three = builder.add<BlockRegroup>("three", {{whole}}, shape(80));
        const auto last = builder.add<BlockMap>("last", {{three}}, shape(100));
        builder.add<BlockSink>("write_groups", {{last}});
    }
};

struct Told {
    RunReport report;
    std::map<std::string, std::vector<std::int64_t>> written;
    std::int64_t most = 0;
};

Told run_counted(const Plan& plan, int threads, std::size_t memory, std::uint64_t disturb = 0) {
    REQUIRE(Alive::now == 0);
    Alive::most = 0;
    written.clear();
    RunOptions options;
    options.settings.threads = threads;
    options.settings.memory = memory;
    options.disturb = disturb;
    Told told;
    told.report = run(plan, options);
    told.written = written;
    told.most = Alive::most;
    CHECK(Alive::now == 0);  // nothing is kept beyond the run
    return told;
}

/// "1.5MB", as messages have it, in bytes: "… --memory 300KB or more".
std::size_t memory_asked(const std::string& next_step) {
    const std::string before = "--memory ";
    const auto at = next_step.find(before);
    REQUIRE_MESSAGE(at != std::string::npos, next_step);
    char* unit = nullptr;
    const auto amount = std::strtoull(next_step.c_str() + at + before.size(), &unit, 10);
    const std::string_view rest = unit;
    if (rest.starts_with("GB")) return amount << 30;
    if (rest.starts_with("MB")) return amount << 20;
    if (rest.starts_with("KB")) return amount << 10;
    return amount;
}

}  // namespace
}  // namespace figurant::pipeline::test

using namespace figurant;
using namespace figurant::pipeline;
using namespace figurant::pipeline::test;

TEST_CASE("nested expands, joins, gathers, regroups and batches of several inputs stay within the budget") {
    Nested graph;
    const Plan& plan = graph.builder.plan();
    const auto wide = run_counted(plan, 1, std::size_t{1} << 30);
    REQUIRE(wide.report.done == 6);
    CHECK(wide.written.size() == 6 + 3);
    constexpr std::size_t alone = 544 * kilobyte;  // what one input needs, as the next case finds
    for (const std::size_t memory : {std::size_t{1} << 30, 8000 * kilobyte, 3000 * kilobyte, 1500 * kilobyte})
        for (const int threads : {1, 2, 8, 32})
            for (const std::uint64_t disturb : {0, 5}) {
                CAPTURE(memory);
                CAPTURE(threads);
                CAPTURE(disturb);
                const auto told = run_counted(plan, threads, memory, disturb);
                CHECK(told.report.done == 6);
                CHECK(told.written == wide.written);
                // The oldest input may always go on: with what it needs by itself, if others hold the rest.
                CHECK(told.most <= static_cast<std::int64_t>(memory + alone));
                CHECK(told.report.peak_credits <= memory + alone);
            }
}

TEST_CASE("a budget too small names the smallest that would do; that one does, and one below does not") {
    Nested graph;
    const Plan& plan = graph.builder.plan();
    const auto wide = run_counted(plan, 2, std::size_t{1} << 30);
    std::size_t memory = 40 * kilobyte, refusals = 0;
    for (;; ++refusals) {
        CAPTURE(memory);
        REQUIRE(refusals < 20);
        const auto told = run_counted(plan, 2, memory);
        if (told.report.failures.empty()) {
            CHECK(told.written == wide.written);
            CHECK(told.most <= 2 * static_cast<std::int64_t>(memory));
            break;
        }
        // Every input says so, with what it needs at the place where it stood.
        std::size_t asked = 0;
        for (const auto& failure : told.report.failures) {
            CHECK(failure.cause == Cause::limit);
            asked = std::max(asked, memory_asked(failure.next_step));
        }
        REQUIRE(asked > memory);
        memory = asked;
    }
    // A map, a scale, a tile, and what was joined to it.
    CHECK(memory == (64 + 256 + 128 + 96) * kilobyte);
    const auto below = run_counted(plan, 2, memory - kilobyte);
    CHECK(below.report.failed == 6);
    MESSAGE("smallest budget: ", memory / kilobyte, " KB, found after ", refusals, " refusals");
}

TEST_CASE("sub-runs share the budget of the run around them") {
    const GraphFolder folder("bounded_sub_runs");
    static const Registered<BlockSource> source("test_block_source");
    static const Registered<BlockSplit> split("test_block_split");
    static const Registered<BlockMap> map("test_block_map");
    static const Registered<BlockGather> gather("test_block_gather");
    static const Registered<BlockSink> sink("test_block_sink");
    static const Registered<EndOfRuns> end("test_end_of_runs");
    folder.add("inner.toml", R"(
[params.value]
type = "string"
[params.output]
type = "string"
[stages.maps]
type = "test_block_source"
tag = "${value}"
count = 3
kilobytes = 64
[stages.tiles]
type = "test_block_split"
from = "maps"
count = 50
kilobytes = 128
[stages.found]
type = "test_block_map"
from = "tiles"
kilobytes = 32
[stages.merged]
type = "test_block_gather"
from = "found"
group = "tiles"
kilobytes = 16
[stages.write]
type = "test_block_sink"
from = "merged"
tag = "${output}"
)");
    const auto outer = folder.add("outer.toml", R"(
[params.output]
type = "path"
[stages.runs]
type = "test_block_source"
count = 4
kilobytes = 32
[stages.each]
type = "for_each_graph"
file = "inner.toml"
from = "runs"
value = "${item.value}"
output = "${output}/${item.value}"
execution = { concurrency = 2 }
[stages.end]
type = "test_end_of_runs"
from = "each"
)");
    const Plan plan = plan_graph(outer, {{"output", text_value((folder.path / "out").string())}}, {}, {});
    for (const std::size_t memory : {std::size_t{1} << 30, 4000 * kilobyte, 2000 * kilobyte})
        for (const int threads : {1, 2, 8}) {
            CAPTURE(memory);
            CAPTURE(threads);
            const auto told = run_counted(plan, threads, memory);
            CHECK(told.report.done == 4);
            CHECK(told.most <= static_cast<std::int64_t>(memory));
        }
}
