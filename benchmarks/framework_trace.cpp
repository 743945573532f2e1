// What a trace costs: of a run whose calls take 10 us, in processor time and in wall time, and of a run with
// no work, in nanoseconds a call. Wanted: at most 3 % of a run of 10 us calls.

#include <array>

#include "framework_bench.h"

namespace figurant::pipeline::bench {
namespace {

struct Times {
    double processor = 0, wall = 0;
};

/// A chain that is run without and with a trace in turn, each trace in a file that is not there before: to
/// empty a large old one would be counted as the trace's.
class Traced {
  public:
    Traced(std::int64_t items, int steps, double microseconds, std::filesystem::path file)
        : chain_(1, items, steps, microseconds),
          file_(std::move(file)),
          calls_(static_cast<double>(items * (steps + 2))),
          expected_(std::to_string(expected_fold(items, steps))) {}

    void turn(int threads) {
        std::array<Times, 2> times;
        for (const bool traced : {false, true}) times[traced] = time(threads, traced);
        bytes_ = static_cast<double>(std::filesystem::file_size(file_)) / calls_;
        std::filesystem::remove(file_);
        extra_.push_back(1e9 * (times[1].processor - times[0].processor) / calls_);
        processor_.push_back(times[1].processor / times[0].processor);
        wall_.push_back(times[1].wall / times[0].wall);
    }
    double bytes() const { return bytes_; }                              ///< a call
    double extra() const { return median(extra_); }                      ///< nanoseconds of processor a call
    double processor() const { return 100 * (median(processor_) - 1); }  ///< percent
    double wall() const { return 100 * (median(wall_) - 1); }
    bool right() const { return right_; }

  private:
    Times time(int threads, bool traced) {
        Times times;
        const double before = processor_seconds();
        times.wall = seconds_of([&] {
            const auto report = chain_.run(threads, traced ? file_ : std::filesystem::path());
            right_ = right_ && report.printed == std::vector{expected_};
        });
        times.processor = processor_seconds() - before;
        return times;
    }
    static double median(std::vector<double> values) {
        std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
        return values[values.size() / 2];
    }

    Chain chain_;
    std::filesystem::path file_;
    double calls_, bytes_ = 0;
    std::string expected_;
    std::vector<double> extra_, processor_, wall_;
    bool right_ = true;
};

int measure_trace(std::int64_t items, int steps, int turns) {
    const auto file = std::filesystem::temp_directory_path() / "figurant_benchmark_trace.json";
    std::filesystem::remove(file);
    bool right = true;
    for (const int threads : {1, 2}) {
        Traced idle(items, steps, 0, file), working(items, steps, 10, file);
        for (int i = 0; i < turns; ++i) {
            idle.turn(threads);
            working.turn(threads);
        }
        std::printf(
            "trace, %d thread%s: %.0f ns of processor and %.0f bytes a call with no work; run of 10 us "
            "calls: "
            "wall time %+.1f %%, processor %+.1f %% (wanted: at most 3), medians of %d turns\n",
            threads, threads == 1 ? " " : "s", idle.extra(), idle.bytes(), working.wall(),
            working.processor(), turns);
        std::fflush(stdout);
        right = right && idle.right() && working.right();
    }
    std::printf(right ? "answers right\n" : "ANSWERS WRONG\n");
    return right ? 0 : 1;
}

}  // namespace
}  // namespace figurant::pipeline::bench

int main() { return figurant::pipeline::bench::measure_trace(5'000, 8, 15); }
