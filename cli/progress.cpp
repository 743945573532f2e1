#include "cli/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <mutex>

#include "pipeline/report_text.h"

namespace figurant::cli {

namespace {

constexpr double seconds_between_lines = 10;

/// Whether the time left can be told by what is done. Items count from when the last stage takes them, and
/// the first are slower than those that follow.
bool tells_time_left(std::uint64_t done, double share, double seconds) {
    return seconds >= 10 && share < 1 && (share >= 0.05 || done >= 20);
}

/// Of what this run has to do: what an earlier one did took no time of it.
double share_of_this_run(const pipeline::Progress& progress) {
    if (progress.inputs == progress.earlier) return 1;
    double share = static_cast<double>(progress.finished - progress.earlier) /
                   static_cast<double>(progress.inputs - progress.earlier);
    if (progress.items_expected)
        share = std::max(share,
                         static_cast<double>(progress.items) / static_cast<double>(progress.items_expected));
    return std::min(share, 1.0);
}

std::size_t terminal_width() {
    winsize size{};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) return size.ws_col;
    return 80;
}

std::string rate_text(double rate) {
    char buffer[32];
    if (rate >= 1 || rate == 0)
        std::snprintf(buffer, sizeof buffer, "%.1f/s", rate);
    else if (rate * 60 >= 1)
        std::snprintf(buffer, sizeof buffer, "%.1f/min", rate * 60);
    else
        std::snprintf(buffer, sizeof buffer, "%.1f/h", rate * 3600);
    return buffer;
}

/// At most `width` columns; a cut inside a character of several bytes takes the whole character away.
std::string cut(std::string text, std::size_t width) {
    std::size_t columns = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if ((text[i] & 0xC0) == 0x80) continue;
        if (columns++ == width) return text.substr(0, i);
    }
    return text;
}

}  // namespace

ProgressStyle progress_style(const std::string& name) {
    if (name == "bar") return ProgressStyle::bar;
    if (name == "lines") return ProgressStyle::lines;
    if (name == "none") return ProgressStyle::none;
    return isatty(STDERR_FILENO) ? ProgressStyle::bar : ProgressStyle::lines;
}

double progress_share(const pipeline::Progress& progress) {
    if (progress.inputs == 0) return 0;
    const auto inputs = static_cast<double>(progress.inputs), earlier = static_cast<double>(progress.earlier);
    const double share = (earlier + (inputs - earlier) * share_of_this_run(progress)) / inputs;
    // Items that are all under way are not yet done.
    return std::min(share, progress.finished >= progress.inputs ? 1.0 : 0.99);
}

std::string duration_text(double seconds) {
    const long whole = std::lround(std::max(0.0, seconds));
    char buffer[48];
    if (whole >= 3600)
        std::snprintf(buffer, sizeof buffer, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
    else
        std::snprintf(buffer, sizeof buffer, "%ld:%02ld", whole / 60, whole % 60);
    return buffer;
}

std::string progress_text(const pipeline::Progress& progress) {
    const auto number = [](std::uint64_t value) { return std::to_string(value); };
    std::string text = number(progress.finished) + "/" + number(progress.inputs) + " inputs";
    if (progress.items && progress.items_expected)
        text += ", " + number(progress.items) + "/" + number(progress.items_expected) + " items";
    else if (progress.items)
        text += ", " + number(progress.items) + " items";
    if (progress.failed) text += ", " + number(progress.failed) + " failed";
    const auto done = progress.items ? progress.items : progress.finished - progress.earlier;
    // Too early, a rate says nothing.
    if (progress.seconds >= 1 && done) text += ", " + rate_text(static_cast<double>(done) / progress.seconds);
    if (const double share = std::min(share_of_this_run(progress), progress_share(progress));
        share > 0 && tells_time_left(done, share, progress.seconds))
        text += ", " + duration_text(progress.seconds * (1 - share) / share) + " left";
    if (!progress.note.empty()) text += ", " + pipeline::in_one_line(progress.note);
    return text;
}

std::string progress_bar(const pipeline::Progress& progress, std::size_t width) {
    constexpr std::size_t cells = 20;
    const double share = progress_share(progress);
    const auto full = static_cast<std::size_t>(share * cells);
    std::string bar(full, '=');
    if (full < cells) bar += '>';
    bar.resize(cells, ' ');
    char percent[8];
    std::snprintf(percent, sizeof percent, "%3d%%", static_cast<int>(share * 100));
    return cut("[" + bar + "] " + percent + "  " + progress_text(progress), width);
}

struct ProgressDisplay::State {
    ProgressStyle style;
    std::ostream& out;
    std::mutex mutex;
    bool shown = false;
    double last_line = 0;
};

ProgressDisplay::ProgressDisplay(ProgressStyle style, std::ostream& out)
    : state_(new State{style, out, {}, false, 0}) {}

ProgressDisplay::~ProgressDisplay() { clear(); }

void ProgressDisplay::update(const pipeline::Progress& progress) {
    const std::lock_guard lock(state_->mutex);
    if (state_->style == ProgressStyle::bar) {
        state_->out << "\r\033[K" << progress_bar(progress, terminal_width() - 1) << std::flush;
        state_->shown = true;
    } else if (state_->style == ProgressStyle::lines &&
               progress.seconds - state_->last_line >= seconds_between_lines) {
        state_->last_line = progress.seconds;
        state_->out << duration_text(progress.seconds) << "  " << progress_text(progress) << std::endl;
    }
}

void ProgressDisplay::clear() {
    const std::lock_guard lock(state_->mutex);
    if (state_->shown) state_->out << "\r\033[K" << std::flush;
    state_->shown = false;
}

}  // namespace figurant::cli
