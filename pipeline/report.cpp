#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "pipeline/json_text.h"
#include "pipeline/report_text.h"
#include "pipeline/run.h"
#include "pipeline/run_folder.h"

namespace figurant::pipeline {

std::string bytes_text(std::int64_t bytes) {
    constexpr std::array<std::pair<std::int64_t, const char*>, 3> units{
        {{std::int64_t{1} << 30, "GB"}, {std::int64_t{1} << 20, "MB"}, {std::int64_t{1} << 10, "KB"}}};
    for (const auto& [unit, name] : units) {
        if (bytes < 10 * unit) continue;
        return std::to_string((bytes + unit - 1) / unit) + name;
    }
    return std::to_string(bytes) + "B";
}

namespace {

/// Bytes of the control character at the start of `text`; 0 where there is none. Those of ISO 8859-1 begin a
/// terminal's commands too, in UTF-8 as well.
std::size_t control_length(std::string_view text) {
    const auto first = static_cast<unsigned char>(text.front());
    if (first < 0x20 || first == 0x7f) return 1;
    return first == 0xc2 && text.size() > 1 && (text[1] & 0xe0) == 0x80 ? 2 : 0;
}

std::string escaped(unsigned char byte) {
    if (byte == '\n') return "\\n";
    if (byte == '\t') return "\\t";
    if (byte == '\r') return "\\r";
    constexpr std::string_view digits = "0123456789abcdef";
    return std::string("\\x") + digits[byte >> 4] + digits[byte & 15];
}

}  // namespace

std::string counted(std::int64_t amount, std::string_view what) {
    const bool plural = what.ends_with('s') && !what.ends_with("ss") && what.find(':') == what.npos;
    if (amount == 1 && plural) what.remove_suffix(1);
    return std::to_string(amount) + " " + std::string(what);
}

// Where texts are printed, and not where names enter them: a name reaches a message on many ways, the books
// and reports take it as it is, and this way none is forgotten.
std::string in_one_line(std::string_view text) {
    std::string line;
    while (!text.empty()) {
        const std::size_t controls = control_length(text), taken = std::max<std::size_t>(controls, 1);
        for (std::size_t i = 0; i < taken; ++i)
            line += controls > 0 ? escaped(static_cast<unsigned char>(text[i])) : std::string(1, text[i]);
        text.remove_prefix(taken);
    }
    return line;
}

std::string in_lines(std::string_view text) {
    std::string lines;
    for (;;) {
        const auto end = text.find('\n');
        lines += in_one_line(text.substr(0, end));
        if (end == text.npos || end + 1 == text.size()) return lines;
        text.remove_prefix(end + 1);
        // A name with a line feed may be in it: what follows is not to look like a line of the program's own.
        lines += text.front() == ' ' ? "\n" : "\n  ";
    }
}

namespace {

std::string format(const char* pattern, double value) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), pattern, value);
    return text.data();
}

std::string readable(std::size_t bytes) {
    const auto amount = static_cast<double>(bytes);
    if (amount < 1 << 10) return format("%.0f bytes", amount);
    if (amount < 1 << 20) return format("%.0f KB", amount / (1 << 10));
    if (amount < 1 << 30) return format("%.0f MB", amount / (1 << 20));
    return format("%.1f GB", amount / (1 << 30));
}

std::string seconds_text(double seconds) {
    if (seconds < 60) return format(seconds < 10 ? "%.2f s" : "%.1f s", seconds);
    const auto whole = static_cast<std::int64_t>(std::llround(seconds));
    if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
    return std::to_string(whole / 3600) + " h " + std::to_string(whole / 60 % 60) + " min";
}

template <class Values>
std::string json_list(const Values& values) {
    std::string json = "[";
    for (const auto& value : values) json += (json.size() > 1 ? ", " : "") + json_string(value);
    return json + "]";
}

std::string json_stage(const StageReport& stage) {
    std::string json = "{\"name\": " + json_string(stage.name) + ", \"type\": " + json_string(stage.type);
    const auto count = [&](const char* name, auto value) {
        json += ", \"" + std::string(name) + "\": " + std::to_string(value);
    };
    const auto time = [&](const char* name, double value) {
        json += ", \"" + std::string(name) + "\": " + json_number(value);
    };
    count("calls", stage.calls);
    count("items_in", stage.items_in);
    count("items_out", stage.items_out);
    count("bytes_out", stage.bytes_out);
    count("skipped", stage.skipped);
    count("retried", stage.retried);
    count("places", stage.places);
    time("wall", stage.wall);
    time("busy", stage.busy);
    time("waiting_for_input", stage.waiting_for_input);
    time("waiting_for_room", stage.waiting_for_room);
    time("waiting_for_resource", stage.waiting_for_resource);
    time("waiting_for_batch", stage.waiting_for_batch);
    time("waiting_for_thread", stage.waiting_for_thread);
    json += ", \"call_times\": {\"median\": " + json_number(stage.call_times.median);
    time("p90", stage.call_times.p90);
    time("p99", stage.call_times.p99);
    time("longest", stage.call_times.longest);
    json += "}";
    count("peak_bytes", stage.peak_bytes);
    return json + "}";
}

std::string json_stages(const RunReport& report) {
    std::string json = "[";
    for (std::size_t i = 0; i < report.stages.size(); ++i)
        json += std::string(i ? "," : "") + "\n    " + json_stage(report.stages[i]);
    return json + "\n  ]";
}

std::string json_counts(const RunReport& report) {
    std::string json = "{";
    for (const auto& [what, amount] : report.counts)
        json += (json.size() > 1 ? ", " : "") + json_string(what) + ": " + std::to_string(amount);
    return json + "}";
}

/// The fields that say which run it is, how many inputs it has done, and what it took of the machine.
std::string json_totals(const Plan& plan, const RunReport& report) {
    std::string json = "\"title\": " + json_string(plan.title) +
                       ",\n  \"graph\": " + json_string(plan.file.string()) +
                       ",\n  \"digest\": " + json_string(plan.digest) +
                       ",\n  \"exit_code\": " + std::to_string(report.exit_code) +
                       ",\n  \"message\": " + json_string(report.message);
    const auto number = [&](const char* name, auto value) {
        json += ",\n  \"" + std::string(name) + "\": " + std::to_string(value);
    };
    number("inputs", report.inputs);
    number("done", report.done);
    number("earlier", report.earlier);
    number("partial", report.partial);
    number("failed", report.failed);
    number("not_started", report.not_started);
    json += ",\n  \"seconds\": " + json_number(report.seconds);
    number("threads", report.threads);
    number("memory_budget", report.memory_budget);
    number("credits", report.credits);
    number("peak_credits", report.peak_credits);
    number("peak_resident", report.peak_resident);
    return json + ",\n  \"counts\": " + json_counts(report) + ",\n  \"stages\": " + json_stages(report);
}

using Row = std::vector<std::string>;

/// Columns wide enough for what they hold; the first aligned to the left, numbers to the right.
std::string aligned(const std::vector<Row>& rows) {
    std::vector<std::size_t> widths(rows.front().size());
    for (const auto& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    std::string text;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string space(widths[i] - row[i].size(), ' ');
            line += i == 0 ? "  " + row[i] + space : "  " + space + row[i];
        }
        text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return text;
}

std::string summary(const RunReport& report) {
    std::string text = std::to_string(report.done) + " of " + std::to_string(report.inputs) +
                       (report.inputs == 1 ? " input done" : " inputs done");
    const auto mention = [&](std::uint64_t count, const char* what) {
        if (count > 0) text += ", " + std::to_string(count) + " " + what;
    };
    mention(report.earlier, "of them earlier");
    mention(report.partial, "of them in part");
    mention(report.failed, "failed");
    mention(report.not_started, "not done yet");
    return text;
}

/// Below a millisecond in microseconds.
std::string call_time_text(double seconds) {
    if (seconds < 1e-3) return format("%.0f us", seconds * 1e6);
    if (seconds < 1) return format(seconds < 1e-2 ? "%.1f ms" : "%.0f ms", seconds * 1e3);
    return seconds_text(seconds);
}

Row stage_row(const StageReport& stage) {
    const auto share = [&](double seconds) {
        const double percent = stage.wall > 0 ? 100 * seconds / stage.wall : 0;
        return percent < 0.05 ? std::string("-") : format("%.1f %%", percent);
    };
    const auto bytes = [](std::uint64_t amount) { return amount > 0 ? readable(amount) : std::string("-"); };
    return {in_one_line(stage.name),
            std::to_string(stage.calls),
            std::to_string(std::max(stage.items_in, stage.items_out)),
            bytes(stage.bytes_out),
            bytes(stage.peak_bytes),
            seconds_text(stage.busy),
            share(stage.busy),
            share(stage.waiting_for_input),
            share(stage.waiting_for_room),
            share(stage.waiting_for_resource),
            share(stage.waiting_for_batch),
            share(stage.waiting_for_thread),
            stage.calls > 0 ? call_time_text(stage.call_times.median) : "-",
            stage.calls > 0 ? call_time_text(stage.call_times.p99) : "-"};
}

std::vector<Row> stage_rows(const RunReport& report) {
    const Row titles{"stage", "calls", "items",    "given", "at once", "time",   "busy",
                     "input", "room",  "resource", "batch", "thread",  "median", "99 %"};
    std::vector<Row> all{titles};
    for (const auto& stage : report.stages) all.push_back(stage_row(stage));
    // Columns in which nothing is said are left out.
    std::vector<Row> rows(all.size());
    for (std::size_t column = 0; column < titles.size(); ++column) {
        const bool said =
            std::any_of(all.begin() + 1, all.end(), [&](const Row& row) { return row[column] != "-"; });
        for (std::size_t i = 0; said && i < all.size(); ++i) rows[i].push_back(all[i][column]);
    }
    if (report.stages.empty()) rows.front() = titles;
    return rows;
}

}  // namespace

std::string report_json(const Plan& plan, const RunReport& report) {
    std::string json = "{\n  " + json_totals(plan, report) + ",\n  \"failures\": [";
    for (std::size_t i = 0; i < report.failures.size(); ++i)
        json += std::string(i ? "," : "") + "\n    " + json_line(report.failures[i]);
    json += std::string(report.failures.empty() ? "" : "\n  ") +
            "],\n  \"warnings\": " + json_list(report.warnings);
    return json + ",\n  \"printed\": " + json_list(report.printed) + "\n}\n";
}

std::string status_json(const Plan& plan, const RunReport& report, const Progress& progress, bool ended) {
    return "{\n  \"state\": " + json_string(ended ? "ended" : "running") +
           ",\n  \"items\": " + std::to_string(progress.items) +
           ",\n  \"items_expected\": " + std::to_string(progress.items_expected) +
           ",\n  \"note\": " + json_string(progress.note) + ",\n  " + json_totals(plan, report) + "\n}\n";
}

std::string report_table(const RunReport& report) {
    std::string text = summary(report) + " in " + seconds_text(report.seconds) + "\n";
    std::string counts;
    for (const auto& [what, amount] : report.counts)
        counts += (counts.empty() ? "" : ", ") + counted(amount, in_one_line(what));
    if (!counts.empty()) text += counts + "\n";
    text += "\n" + aligned(stage_rows(report));
    text += "\n" + std::to_string(report.threads) + (report.threads == 1 ? " thread" : " threads") +
            "; payloads took at most " + readable(report.peak_credits) + " of " + readable(report.credits) +
            ", the process " + readable(report.peak_resident) + " of " + readable(report.memory_budget) +
            "\n";
    if (!report.message.empty()) text += "\n" + in_lines(report.message) + "\n";
    return text;
}

}  // namespace figurant::pipeline
