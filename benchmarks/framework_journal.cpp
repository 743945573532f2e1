// What the run folder costs an input: its journal's line, on the disk before the input counts as done.
// Against writing and flushing as many lines by hand, and against the same run without a folder.

#include <fcntl.h>
#include <unistd.h>

#include <fstream>

#include "framework_bench.h"

namespace figurant::pipeline::bench {
namespace {

/// A sink that writes no file, so that the journal's cost stands alone.
class Drop : public Sink {
  public:
    static constexpr std::string_view sentence = "Takes numbers.", type_name = "drop";
    static auto ports() { return std::tuple(value_in); }
    std::unique_ptr<Part> begin(const InputReference&) const override {
        class Dropping : public Part {
            void add(const Inputs&, Context&) override {}
            void flush() override {}
            void commit() override {}
        };
        return std::make_unique<Dropping>();
    }
};

RunReport run_inputs(std::int64_t inputs, int threads, const std::filesystem::path& output) {
    test::PlanBuilder builder;
    const auto source = builder.add<Inputs_>("inputs", {}, amount("items", inputs));
    const auto step = builder.add<Step>("step", {{source}}, work(0));
    builder.add<Drop>("drop", {{step}});
    builder.plan().output = output;
    return run(builder.plan(), options_of(threads));
}

void journal_by_hand(std::int64_t lines, const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    const std::string line(100, '.');
    for (std::int64_t i = 0; i < lines; ++i)
        if (::write(descriptor, (line + "\n").data(), line.size() + 1) < 0 || ::fsync(descriptor) != 0) break;
    ::close(descriptor);
}

std::int64_t lines_of(const std::filesystem::path& file) {
    std::ifstream stream(file);
    std::int64_t count = 0;
    for (std::string line; std::getline(stream, line);) ++count;
    return count;
}

int measure_journal(std::int64_t inputs, int tries) {
    const auto folder = std::filesystem::temp_directory_path() / "figurant_benchmark_journal";
    std::filesystem::create_directories(folder);
    bool right = true;
    for (const int threads : {1, 2}) {
        const auto ours = [&] {
            const auto report = run_inputs(inputs, threads, folder / "run");
            right = report.done == static_cast<std::uint64_t>(inputs) && report.exit_code == 0 &&
                    lines_of(folder / "run/.figurant/done.jsonl") == inputs && right;
        };
        const Pair pair = in_turn(tries, ours, [&] { journal_by_hand(inputs, folder / "by_hand.jsonl"); });
        const double without = seconds_of([&] { run_inputs(inputs, threads, {}); });
        const auto each = [&](double seconds) { return 1e6 * seconds / static_cast<double>(inputs); };
        std::printf(
            "journal, %d thread%s: %.1f us an input in a run with a folder, %.1f us without; a line written "
            "and "
            "flushed by hand %.1f us; ratio %.3f, median %.3f\n",
            threads, threads == 1 ? " " : "s", each(pair.ours), each(without), each(pair.other),
            pair.other / pair.ours, pair.ratio);
    }
    std::filesystem::remove_all(folder);
    std::printf(right ? "answers right\n" : "ANSWERS WRONG\n");
    return right ? 0 : 1;
}

}  // namespace
}  // namespace figurant::pipeline::bench

int main() { return figurant::pipeline::bench::measure_journal(1'000, 5); }
