// 1 -> 10,000 items of 4 MB with a consumer ten times slower than the producer, and a budget of 512 MB:
// the process's peak resident memory stays within it. An argument gives another number of items.

#include <cstdlib>
#include <fstream>

#include "base/allocator.h"
#include "framework_bench.h"

namespace figurant::pipeline::bench {

struct Block {
    std::vector<std::uint8_t> bytes;
};

}  // namespace figurant::pipeline::bench

namespace figurant::pipeline {
template <>
struct PayloadTraits<bench::Block> {
    static constexpr std::string_view name = "bench_block";
    static std::size_t bytes(const bench::Block& block) { return block.bytes.size(); }
};
}  // namespace figurant::pipeline

namespace figurant::pipeline::bench {
namespace {

constexpr std::size_t block_bytes = std::size_t{4} << 20;
constexpr In<Block> block_in{"block", "4 MB"};
constexpr Out<Block> block_out{"block", "4 MB"};

class Blocks : public Expand {
  public:
    static constexpr std::string_view sentence = "Blocks of 4 MB.", type_name = "blocks";
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
                out.emit(block_out,
                         Block{std::vector<std::uint8_t>(block_bytes, static_cast<std::uint8_t>(index_++))});
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

class SlowSum : public Map {
  public:
    static constexpr std::string_view sentence = "Reads a block, slowly.", type_name = "slow_sum";
    static auto ports() { return std::tuple(block_in, value_out); }
    static const ParameterList<Amounts>& parameters() { return Amounts::list(); }
    explicit SlowSum(Amounts amounts) : amounts_(amounts) {}
    void process(const Inputs& in, Outputs& out, Context&) const override {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < block_bytes; i += 4096) sum += in[block_in].bytes[i];
        step(sum, amounts_.microseconds);
        out.emit(value_out, Value{sum});
    }

  private:
    Amounts amounts_;
};

std::size_t peak_resident() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) * 1024;
    return 0;
}

bool measure_memory(std::int64_t items, int threads) {
    double making = 1;
    for (int i = 0; i < 20; ++i)
        making = std::min(making, seconds_of([] { std::vector<std::uint8_t> block(block_bytes, 1); }));
    test::PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, amount("items", 1));
    const auto blocks = builder.add<Blocks>("blocks", {{source}}, amount("items", items));
    const auto slow = builder.add<SlowSum>("slow", {{blocks}}, work(1e7 * making));
    builder.execution(slow).concurrency = 1;  // so that the producer could run away from it
    const auto sum = builder.close<Sum>("sum", blocks, {{slow}});
    builder.add<Last>("last", {{sum}});
    const auto report = run(builder.plan(), options_of(threads, std::size_t{512} << 20));
    std::uint64_t expected = 0;
    for (std::int64_t i = 0; i < items; ++i)
        expected = expected * 31 + static_cast<std::uint8_t>(i) * std::uint64_t{block_bytes / 4096};
    const bool right = report.printed == std::vector{std::to_string(expected)};
    const double peak = static_cast<double>(peak_resident()) / (1 << 20);
    std::printf(
        "%lld items of 4 MB, %d threads, consumer 10 x slower (%.2f ms): peak resident %.0f of 512 MB, ratio "
        "%.2f, "
        "payloads %zu MB, %.1f s\n",
        static_cast<long long>(items), threads, 1e4 * making, peak, peak / 512, report.peak_credits >> 20,
        report.seconds);
    std::printf(right ? "answer right\n" : "ANSWER WRONG\n");
    return right && peak <= 512;
}

}  // namespace
}  // namespace figurant::pipeline::bench

int main(int count, char** arguments) {
    figurant::keep_freed_memory();
    const long items = count > 1 ? std::strtol(arguments[1], nullptr, 10) : 10'000;
    return figurant::pipeline::bench::measure_memory(items, 2) ? 0 : 1;
}
