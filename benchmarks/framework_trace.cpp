// What a trace costs: in processor time a call, and of a run whose calls take 10 us. Wanted: at most 3 % of
// such a run.

#include "framework_bench.h"

namespace figurant::pipeline::bench {
namespace {

/// Least times of a run without and with a trace.
struct Cost {
    double processor[2] = {1e9, 1e9}, wall[2] = {1e9, 1e9};
    void measure(Chain& chain, int threads, bool traced, const std::filesystem::path& file, bool& right) {
        const double before = processor_seconds();
        const double seconds = seconds_of([&] {
            right = chain.run(threads, traced ? file : std::filesystem::path()).exit_code == 0 && right;
        });
        processor[traced] = std::min(processor[traced], processor_seconds() - before);
        wall[traced] = std::min(wall[traced], seconds);
    }
};

int measure_trace(std::int64_t items, int steps, int tries) {
    const auto file = std::filesystem::temp_directory_path() / "figurant_benchmark_trace.json";
    bool right = true;
    for (const int threads : {1, 2}) {
        Cost idle, working;
        Chain quick(1, items, steps, 0), slow(1, items / 10, steps, 10);
        std::uintmax_t bytes = 0;
        for (int i = 0; i < 2 * tries; ++i) {
            idle.measure(quick, threads, i % 2 == 1, file, right);
            if (i % 2 == 1) bytes = std::filesystem::file_size(file);
            working.measure(slow, threads, i % 2 == 1, file, right);
        }
        const auto calls = static_cast<double>(items * (steps + 2));
        const double cost = 1e9 * (idle.processor[1] - idle.processor[0]) / calls;
        std::printf(
            "trace, %d thread%s: %.0f ns of processor and %.0f bytes a call, %.1f %% of 10 us; run of 10 us "
            "calls: wall time +%.1f %%, processor +%.1f %%\n",
            threads, threads == 1 ? " " : "s", cost, static_cast<double>(bytes) / calls, cost / 100,
            100 * (working.wall[1] / working.wall[0] - 1),
            100 * (working.processor[1] / working.processor[0] - 1));
    }
    std::filesystem::remove(file);
    std::printf(right ? "runs succeeded\n" : "RUNS FAILED\n");
    return right ? 0 : 1;
}

}  // namespace
}  // namespace figurant::pipeline::bench

int main() { return figurant::pipeline::bench::measure_trace(50'000, 8, 7); }
