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
    return "{\"name\": " + json_string(stage.name) + ", \"type\": " + json_string(stage.type) +
           ", \"calls\": " + std::to_string(stage.calls) +
           ", \"items_in\": " + std::to_string(stage.items_in) +
           ", \"items_out\": " + std::to_string(stage.items_out) +
           ", \"skipped\": " + std::to_string(stage.skipped) +
           ", \"retried\": " + std::to_string(stage.retried) + ", \"busy\": " + json_number(stage.busy) +
           ", \"waiting_for_room\": " + json_number(stage.waiting_for_room) +
           ", \"waiting_for_worker\": " + json_number(stage.waiting_for_worker) +
           ", \"peak_bytes\": " + std::to_string(stage.peak_bytes) + "}";
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

std::vector<Row> stage_rows(const RunReport& report) {
    std::vector<Row> rows{{"stage", "calls", "items", "busy", "share", "room wait", "worker wait"}};
    double all = 0;
    for (const auto& stage : report.stages) all += stage.busy;
    for (const auto& stage : report.stages) {
        const double share = all > 0 ? 100 * stage.busy / all : 0;
        const auto wait = [](double seconds) {
            return seconds < 0.005 ? std::string("-") : seconds_text(seconds);
        };
        rows.push_back({stage.name, std::to_string(stage.calls),
                        std::to_string(std::max(stage.items_in, stage.items_out)), seconds_text(stage.busy),
                        format("%.1f %%", share), wait(stage.waiting_for_room),
                        wait(stage.waiting_for_worker)});
    }
    return rows;
}

}  // namespace

std::string report_json(const Plan& plan, const RunReport& report) {
    std::string json = "{\n  \"title\": " + json_string(plan.title) +
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
    json += ",\n  \"counts\": {";
    bool first = true;
    for (const auto& [what, amount] : report.counts) {
        json += (first ? "" : ", ") + json_string(what) + ": " + std::to_string(amount);
        first = false;
    }
    json += "},\n  \"stages\": [";
    for (std::size_t i = 0; i < report.stages.size(); ++i)
        json += std::string(i ? "," : "") + "\n    " + json_stage(report.stages[i]);
    json += "\n  ],\n  \"failures\": [";
    for (std::size_t i = 0; i < report.failures.size(); ++i)
        json += std::string(i ? "," : "") + "\n    " + json_line(report.failures[i]);
    json += std::string(report.failures.empty() ? "" : "\n  ") +
            "],\n  \"warnings\": " + json_list(report.warnings);
    return json + ",\n  \"printed\": " + json_list(report.printed) + "\n}\n";
}

std::string report_table(const RunReport& report) {
    std::string text = summary(report) + " in " + seconds_text(report.seconds) + "\n";
    std::string counts;
    for (const auto& [what, amount] : report.counts)
        counts += (counts.empty() ? "" : ", ") + std::to_string(amount) + " " + what;
    if (!counts.empty()) text += counts + "\n";
    text += "\n" + aligned(stage_rows(report));
    text += "\n" + std::to_string(report.threads) + (report.threads == 1 ? " thread" : " threads") +
            "; payloads took at most " + readable(report.peak_credits) + " of " + readable(report.credits) +
            ", the process " + readable(report.peak_resident) + " of " + readable(report.memory_budget) +
            "\n";
    if (!report.message.empty()) text += "\n" + report.message + "\n";
    return text;
}

}  // namespace figurant::pipeline
