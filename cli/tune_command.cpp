#include <algorithm>
#include <cmath>
#include <iostream>
#include <utility>

#include "cli/bench_report.h"
#include "cli/signals.h"
#include "cli/tune_axes.h"
#include "cli/tuning.h"
#include "pipeline/report_text.h"

namespace figurant::cli {

namespace {

struct TuneArguments {
    std::int64_t trials = 0;
    std::int64_t repetitions = 3;
    std::vector<std::string> vary;
    static const ParameterList<TuneArguments>& parameters() {
        static const auto list =
            ParameterList<TuneArguments>{}
                .add(
                    "trials", &TuneArguments::trials,
                    "what may be spent, as settings that are run `repetitions` times each; 0: a tenth of all "
                    "settings, but at least 8 and at most 100",
                    range(0, 10'000))
                .add("repetitions", &TuneArguments::repetitions,
                     "runs of a setting, in the mean: most run once, the best again and again, and the "
                     "median counts",
                     range(1, 100))
                .add("vary", &TuneArguments::vary,
                     "KEY=VALUE,VALUE,...: a key to vary, the first value being where to begin; without it "
                     "the "
                     "parameters that are declared as worth it (the tile size), and the concurrency and "
                     "batch of "
                     "the stages that take the time");
        return list;
    }
};

/// Measures settings, and tells of each.
class Measurer {
  public:
    Measurer(const MeasuredGraph& measured, const std::atomic<int>& stop)
        : measured_(measured), stop_(stop) {}

    /// Of one run; infinite for a setting under which the graph fails.
    double seconds_of(const Setting& setting) {
        last_ = {setting, {}, {}, {}, 0};
        // What the first run finds cold (files, memory) must not count against its setting.
        if (!std::exchange(warm_, true)) run_once(measured_, last_, false, &stop_);
        run_once(measured_, last_, true, &stop_);
        const bool useless = last_.runs.empty() || !last_.failure.empty();
        const double seconds = useless ? INFINITY : spread_of(last_).least;
        std::cerr << (setting.empty() ? "as it is" : pipeline::in_one_line(setting_text(setting))) << ": "
                  << (useless ? pipeline::in_lines(last_.failure) : seconds_text(seconds)) << "\n";
        return seconds;
    }
    const Trial& last() const { return last_; }

  private:
    const MeasuredGraph& measured_;
    const std::atomic<int>& stop_;
    Trial last_;
    bool warm_ = false;
};

std::vector<Axis> axes_asked(const std::vector<Sweep>& sweeps, const MeasuredGraph& measured,
                             const Trial& as_it_is) {
    if (sweeps.empty()) return axes_of(measured, as_it_is.plan, as_it_is.runs.front());
    std::vector<Axis> axes;
    for (const auto& sweep : sweeps) axes.push_back(axis_of(sweep, as_it_is.plan));
    return axes;
}

std::size_t grid_size(const std::vector<Axis>& axes) {
    std::size_t size = 1;
    for (const auto& axis : axes) size *= axis.sweep.values.size();
    return size;
}

Setting setting_at(const std::vector<Axis>& axes, const GridPoint& point) {
    Setting setting;
    for (std::size_t i = 0; i < axes.size(); ++i)
        setting.emplace_back(axes[i].sweep.key, axes[i].sweep.values[point[i]]);
    return setting;
}

void print_found(const MeasuredGraph& measured, const std::vector<Axis>& axes, const Found& found,
                 double as_it_is, bool asked) {
    std::cout << found.points << " of " << grid_size(axes) << " settings tried in " << found.measurements
              << " runs; ";
    const double before = asked ? as_it_is : found.at_start;
    const auto changes = asked ? setting_at(axes, found.best) : changes_of(axes, found.best);
    if (changes.empty() || found.cost >= before) {
        std::cout << "none is faster than the graph as it is: " << seconds_text(before) << "\n";
        return;
    }
    std::cout << "the fastest takes " << seconds_text(found.cost) << ", where the graph as it is takes "
              << seconds_text(before) << "\n\n"
              << settings_to_paste(measured, changes);
    std::string other;
    for (std::size_t i = 0; i < axes.size(); ++i)
        if (axes[i].changes_results && (asked || found.best[i] != axes[i].usual))
            other += (other.empty() ? "" : ", ") + axes[i].sweep.key;
    if (!other.empty())
        std::cout << "\n"
                  << other << " may change the results, not only the time: compare them before you keep it\n";
}

int tuned(const MeasuringWords& read, const TuneArguments& arguments, const std::vector<Sweep>& sweeps) {
    CaughtSignals signals;
    Measurer measurer(read.measured, signals.stop());
    const double before = measurer.seconds_of({});
    if (signals.first() > 0) return 128 + signals.first();
    if (!std::isfinite(before))
        throw Error(Cause::input, "a run that fails is no measurement: " + measurer.last().failure,
                    "mend it first: figurant run " + read.measured.graph.name);
    const auto axes = axes_asked(sweeps, read.measured, measurer.last());
    if (axes.empty()) {
        std::cout
            << "nothing to tune: no stage has a choice of concurrency or batch, or a parameter that is worth "
               "it\n";
        return 0;
    }
    std::vector<std::size_t> sizes;
    GridPoint start;
    for (const auto& axis : axes) {
        sizes.push_back(axis.sweep.values.size());
        start.push_back(axis.usual);
    }
    const auto tenth = std::clamp<std::size_t>((grid_size(axes) + 9) / 10, 8, 100);
    const auto trials = arguments.trials > 0 ? static_cast<std::size_t>(arguments.trials) : tenth;
    const auto runs = trials * static_cast<std::size_t>(arguments.repetitions);
    bool begun = !sweeps.empty();
    const auto found = search_grid(sizes, start, runs, [&](const GridPoint& point) {
        if (signals.first() > 0) return static_cast<double>(INFINITY);
        // The run that showed the axes is the search's first.
        return std::exchange(begun, true) ? measurer.seconds_of(setting_at(axes, point)) : before;
    });
    if (signals.first() > 0) return 128 + signals.first();
    print_found(read.measured, axes, found, before, !sweeps.empty());
    return 0;
}

}  // namespace

std::vector<ParameterDeclaration> tune_options() {
    auto options = TuneArguments::parameters().declarations();
    const auto of_run = measuring_options();
    options.insert(options.end(), of_run.begin(), of_run.end());
    return options;
}

int tune_command(Words words) {
    const auto& list = TuneArguments::parameters();
    const bool only_help = words.size() == 1 && (words[0] == "--help" || words[0] == "-h");
    MeasuringWords read;
    if (!only_help) read = read_measuring_words(words, "tune", list.declarations());
    if (only_help || read.help) {
        std::cout << measuring_help(
            "figurant tune GRAPH --PARAM VALUE... : the fastest settings, found by measuring",
            list.declarations());
        return 0;
    }
    const TuneArguments arguments = list.bind(read.own);
    const auto sweeps = parse_sweeps("--vary", arguments.vary, read.problems);
    check_settings(read.measured, grid_of(sweeps), "--vary", read.problems);
    return tuned(read, arguments, sweeps);
}

}  // namespace figurant::cli
