#include "cli/bench_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>

namespace figurant::cli {

namespace {

using pipeline::Plan;
using pipeline::RunReport;
using pipeline::StageReport;

using Row = std::vector<std::string>;

/// A stage that is at work for this share of what it may have sets the pace.
constexpr double busy_all_the_time = 0.85;
/// Threads that compute for this share of a run are its limit.
constexpr double threads_in_use = 0.7;
/// A stage that waits for one thing for this share of the time of its places is held up by it.
constexpr double waits_long = 0.25;

std::string format(const char* pattern, double value) {
    char text[64];
    std::snprintf(text, sizeof text, pattern, value);
    return text;
}

/// Three digits that count: 1.23, 12.3, 1234.
std::string number_text(double value) {
    if (value == 0) return "0";
    const double size = std::abs(value);
    return format(size < 0.01 ? "%.2g" : size < 10 ? "%.2f" : size < 100 ? "%.1f" : "%.0f", value);
}

std::string percent_text(double share) { return format("%.0f %%", 100 * share); }

std::string bytes_rate_text(double bytes) {
    if (bytes < 1e3) return number_text(bytes) + " B/s";
    if (bytes < 1e6) return number_text(bytes / 1e3) + " kB/s";
    if (bytes < 1e9) return number_text(bytes / 1e6) + " MB/s";
    return number_text(bytes / 1e9) + " GB/s";
}

/// Columns to the width of what they hold: the first `left` to the left, the others to the right.
std::string aligned(const std::vector<Row>& rows, std::size_t left) {
    std::vector<std::size_t> widths(rows.front().size());
    for (const auto& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    std::string text;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string space(widths[i] - row[i].size(), ' ');
            line += i < left || i + 1 == row.size() ? "  " + row[i] + space : "  " + space + row[i];
        }
        text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return text;
}

double rate(double amount, double seconds) { return seconds > 0 ? amount / seconds : 0; }

std::uint64_t items_of(const StageReport& stage) { return std::max(stage.items_in, stage.items_out); }

const StageReport& busiest_by_items(const RunReport& report) {
    return *std::max_element(
        report.stages.begin(), report.stages.end(),
        [](const StageReport& a, const StageReport& b) { return items_of(a) < items_of(b); });
}

std::uint64_t bytes_of(const RunReport& report) {
    std::uint64_t bytes = 0;
    for (const auto& stage : report.stages) bytes += stage.bytes_out;
    return bytes;
}

double busy_of(const RunReport& report) {
    double busy = 0;
    for (const auto& stage : report.stages) busy += stage.busy;
    return busy;
}

/// The share of the time of its places in which the stage was at work.
double share_of_limit(const StageReport& stage, const RunReport& report) {
    return rate(stage.busy, report.seconds * stage.places);
}

const StageReport& largest(const RunReport& report, double StageReport::*time) {
    return *std::max_element(
        report.stages.begin(), report.stages.end(),
        [time](const StageReport& a, const StageReport& b) { return a.*time < b.*time; });
}

std::string calls_text(int calls) { return std::to_string(calls) + (calls == 1 ? " call" : " calls"); }

/// One thing of which there is one, and calls have it all the time: of which stage most.
std::optional<Bottleneck> held_by_resource(const Plan& plan, const RunReport& report) {
    struct Use {
        double busy = 0;
        const StageReport* most = nullptr;
    };
    std::map<std::string, Use> uses;
    for (std::size_t i = 0; i < plan.stages.size() && i < report.stages.size(); ++i) {
        if (!plan.stages[i].type->make) continue;
        const auto& stage = report.stages[i];
        for (const auto& name : plan.stages[i].type->make(plan.stages[i].values)->needs().resources) {
            auto& use = uses[name];
            use.busy += stage.busy;
            if (!use.most || stage.busy > use.most->busy) use.most = &stage;
        }
    }
    for (const auto& [name, use] : uses)
        if (use.busy >= busy_all_the_time * report.seconds && report.threads > 1)
            return Bottleneck{use.most->name,
                              "only one call at a time has the resource \"" + name + "\", and one does for " +
                                  percent_text(rate(use.busy, report.seconds)) + " of the time",
                              "less work in the stages that take \"" + name + "\""};
    return std::nullopt;
}

/// A stage that may do few calls at once, and does them all the time.
std::optional<Bottleneck> held_by_few_places(const RunReport& report) {
    const auto& narrow = *std::max_element(report.stages.begin(), report.stages.end(),
                                           [&](const StageReport& a, const StageReport& b) {
                                               return share_of_limit(a, report) < share_of_limit(b, report);
                                           });
    const double share = share_of_limit(narrow, report);
    if (narrow.places >= report.threads || share < busy_all_the_time) return std::nullopt;
    return Bottleneck{
        narrow.name,
        "it may do " + calls_text(narrow.places) + " at once, and does so for " + percent_text(share) +
            " of the time",
        "more calls at once (execution.concurrency), where it is not ordered, or less work in it"};
}

double bytes_of_item(const StageReport& stage) {
    return rate(static_cast<double>(stage.bytes_out), static_cast<double>(stage.items_out));
}

/// Items wait for room, and it is the budget that has none: what they wait for may as well be that those
/// behind them have enough to do.
std::optional<Bottleneck> held_by_memory(const RunReport& report, const std::string& but) {
    const auto& crowded = largest(report, &StageReport::waiting_for_room);
    const double waits = rate(crowded.waiting_for_room, report.seconds * crowded.places);
    double largest_item = 0;
    for (const auto& stage : report.stages) largest_item = std::max(largest_item, bytes_of_item(stage));
    const double left = static_cast<double>(report.credits) - static_cast<double>(report.peak_credits);
    const bool used_up = left < std::max(largest_item, 0.1 * static_cast<double>(report.credits));
    if (waits < waits_long || !used_up) return std::nullopt;
    return Bottleneck{crowded.name,
                      "its items wait for room in memory for " + percent_text(waits) + " of the time" + but,
                      "more --memory"};
}

std::optional<Bottleneck> held_by_batches(const RunReport& report, const std::string& but) {
    const auto& gathers = largest(report, &StageReport::waiting_for_batch);
    const double waits = rate(gathers.waiting_for_batch, report.seconds * gathers.places);
    if (waits < waits_long) return std::nullopt;
    return Bottleneck{
        gathers.name,
        "its items wait for others to make a batch for " + percent_text(waits) + " of the time" + but,
        "a smaller execution.batch"};
}

std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

std::string csv_line(const Row& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += (i ? "," : "") + csv_field(row[i]);
    return line + "\n";
}

std::string exact(double value) { return format("%.9g", value); }

std::vector<Row> stage_rows(const RunReport& report) {
    std::vector<Row> rows{{"stage", "calls", "items", "items/s", "payload", "busy", "share", "of its limit"}};
    const double all = busy_of(report);
    for (const auto& stage : report.stages)
        rows.push_back({stage.name, std::to_string(stage.calls), std::to_string(items_of(stage)),
                        number_text(rate(static_cast<double>(items_of(stage)), report.seconds)),
                        bytes_rate_text(rate(static_cast<double>(stage.bytes_out), report.seconds)),
                        seconds_text(stage.busy), percent_text(rate(stage.busy, all)),
                        percent_text(share_of_limit(stage, report))});
    return rows;
}

std::string throughput_text(const RunReport& report, double seconds) {
    const auto& items = busiest_by_items(report);
    std::string text = "  throughput  " + number_text(rate(static_cast<double>(report.inputs), seconds)) +
                       " inputs/s, " + number_text(rate(static_cast<double>(items_of(items)), seconds)) +
                       " items/s (" + items.name + ")";
    if (const auto bytes = bytes_of(report); bytes > 0)
        text += ", " + bytes_rate_text(rate(static_cast<double>(bytes), seconds)) + " of payloads";
    return text + "\n";
}

}  // namespace

std::string seconds_text(double seconds) {
    if (seconds < 0.001) return number_text(seconds * 1e6) + " us";
    if (seconds < 1) return number_text(seconds * 1e3) + " ms";
    return number_text(seconds) + " s";
}

double Spread::relative() const { return rate(most - least, median); }

Spread spread_of(std::vector<double> seconds) {
    std::sort(seconds.begin(), seconds.end());
    const std::size_t middle = seconds.size() / 2;
    const double median = seconds.size() % 2 ? seconds[middle] : (seconds[middle - 1] + seconds[middle]) / 2;
    return {median, seconds.front(), seconds.back()};
}

Spread spread_of(const Trial& trial) {
    std::vector<double> seconds;
    for (const auto& run : trial.runs) seconds.push_back(run.seconds);
    return spread_of(std::move(seconds));
}

const RunReport& middle_run(const Trial& trial) {
    const double median = spread_of(trial).median;
    return *std::min_element(trial.runs.begin(), trial.runs.end(),
                             [median](const RunReport& a, const RunReport& b) {
                                 return std::abs(a.seconds - median) < std::abs(b.seconds - median);
                             });
}

Bottleneck bottleneck_of(const Plan& plan, const RunReport& report) {
    if (auto found = held_by_resource(plan, report)) return *found;
    if (auto found = held_by_few_places(report)) return *found;
    const double all = busy_of(report);
    const double in_use = rate(all, report.seconds * report.threads);
    const auto& heaviest = largest(report, &StageReport::busy);
    if (in_use >= threads_in_use)
        return {heaviest.name,
                "it takes " + percent_text(rate(heaviest.busy, all)) + " of the computing time, and " +
                    (report.threads == 1 ? "the thread is"
                                         : "the " + std::to_string(report.threads) + " threads are") +
                    " busy for " + percent_text(in_use) + " of the time",
                "more --threads where the machine has them, or less work in this stage"};
    const std::string but = ", while threads are busy for only " + percent_text(in_use) + " of the time";
    if (auto found = held_by_memory(report, but)) return *found;
    if (auto found = held_by_batches(report, but)) return *found;
    return {heaviest.name,
            "it is the heaviest, but threads are busy for only " + percent_text(in_use) +
                " of the time: there is not enough side by side",
            "more inputs at once, or smaller items"};
}

std::string trial_text(const std::string& title, const Trial& trial) {
    const auto spread = spread_of(trial);
    const auto& run = middle_run(trial);
    const auto count = trial.runs.size();
    std::string text = title + ": " + std::to_string(count) + (count == 1 ? " run" : " runs") + " of " +
                       std::to_string(run.inputs) + (run.inputs == 1 ? " input" : " inputs") + ", " +
                       std::to_string(run.threads) + (run.threads == 1 ? " thread" : " threads") + "\n";
    text += "  time        median " + seconds_text(spread.median) + ", " + seconds_text(spread.least) +
            " to " + seconds_text(spread.most) + " (spread " + percent_text(spread.relative()) + ")\n";
    text += throughput_text(run, spread.median);
    text += "\n" + aligned(stage_rows(run), 1);
    const auto bottleneck = bottleneck_of(trial.plan, run);
    return text + "\nbottleneck: " + bottleneck.stage + ": " + bottleneck.why + "\n  " +
           bottleneck.next_step + "\n";
}

std::string trials_table(const std::vector<Trial>& trials) {
    std::vector<Row> rows(1);
    for (const auto& [key, value] : trials.front().setting) rows.front().push_back(key);
    for (const char* name : {"median", "least", "most", "inputs/s", "items/s", "payload", "", "bottleneck"})
        rows.front().emplace_back(name);
    double best = INFINITY;
    for (const auto& trial : trials)
        if (trial.failure.empty()) best = std::min(best, spread_of(trial).median);
    for (std::size_t i = 0; i < trials.size(); ++i) {
        Row row;
        for (const auto& [key, value] : trials[i].setting) row.push_back(value);
        if (!trials[i].failure.empty()) {
            row.resize(rows.front().size() - 1, "-");
            row[row.size() - 1] = "";
            row.push_back(trials[i].failure);
        } else {
            const auto spread = spread_of(trials[i]);
            const auto& run = middle_run(trials[i]);
            const double items = static_cast<double>(items_of(busiest_by_items(run)));
            row.insert(row.end(),
                       {seconds_text(spread.median), seconds_text(spread.least), seconds_text(spread.most),
                        number_text(rate(static_cast<double>(run.inputs), spread.median)),
                        number_text(rate(items, spread.median)),
                        bytes_rate_text(rate(static_cast<double>(bytes_of(run)), spread.median)),
                        spread.median == best ? "*" : "", bottleneck_of(trials[i].plan, run).stage});
        }
        rows.push_back(std::move(row));
    }
    return aligned(rows, trials.front().setting.size());
}

std::string trials_csv(const std::vector<Trial>& trials) {
    Row head;
    for (const auto& [key, value] : trials.front().setting) head.push_back(key);
    for (const char* name : {"runs", "seconds_median", "seconds_least", "seconds_most", "inputs_per_second",
                             "items_per_second", "bytes_per_second", "bottleneck", "failure"})
        head.emplace_back(name);
    std::string text = csv_line(head);
    for (std::size_t i = 0; i < trials.size(); ++i) {
        Row row;
        for (const auto& [key, value] : trials[i].setting) row.push_back(value);
        if (!trials[i].failure.empty()) {
            row.push_back("0");
            row.resize(head.size() - 1);
            row.push_back(trials[i].failure);
        } else {
            const auto spread = spread_of(trials[i]);
            const auto& run = middle_run(trials[i]);
            const double items = static_cast<double>(items_of(busiest_by_items(run)));
            row.insert(row.end(),
                       {std::to_string(trials[i].runs.size()), exact(spread.median), exact(spread.least),
                        exact(spread.most), exact(rate(static_cast<double>(run.inputs), spread.median)),
                        exact(rate(items, spread.median)),
                        exact(rate(static_cast<double>(bytes_of(run)), spread.median)),
                        bottleneck_of(trials[i].plan, run).stage, ""});
        }
        text += csv_line(row);
    }
    return text;
}

}  // namespace figurant::cli
