#include "pipeline/monitor.h"

#include <pthread.h>

#include "base/file_writer.h"
#include "pipeline/guarded.h"
#include "pipeline/scheduler.h"

namespace figurant::pipeline {

namespace {

using std::chrono::milliseconds;
constexpr milliseconds between_looks{50}, between_progress{200}, between_status{1000};

}  // namespace

Monitor::Monitor(const Plan& plan, Scheduler& scheduler, const RunOptions& options)
    : plan_(plan),
      scheduler_(scheduler),
      options_(options),
      progress_told_(Clock::now()),
      status_written_(progress_told_),
      moved_(progress_told_),
      patience_(std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.patience))),
      answered_(options.asked ? options.asked->load() : 0) {
    if (!options.status.empty()) write_status();
    const bool needed = options.on_progress || options.on_asked || options.on_standstill ||
                        options.trace_file || !options.status.empty();
    scheduler.trace_counters(nanoseconds_of(progress_told_));
    if (needed) thread_ = std::thread([this] { watch(); });
}

Monitor::~Monitor() {
    if (!thread_.joinable()) return;
    {
        const std::scoped_lock lock(mutex_);
        end_ = true;
    }
    ended_.notify_one();
    thread_.join();
    scheduler_.trace_counters(nanoseconds_now());
}

void Monitor::watch() {
    // So that whoever counts the threads that compute can leave it out.
    ::pthread_setname_np(::pthread_self(), "figurant-watch");
    std::unique_lock lock(mutex_);
    while (!ended_.wait_for(lock, between_looks, [this] { return end_; })) look(Clock::now());
}

void Monitor::look(Clock::time_point now) {
    scheduler_.trace_counters(nanoseconds_of(now));
    if (options_.on_progress && now - progress_told_ >= between_progress) {
        progress_told_ = now;
        options_.on_progress(scheduler_.progress());
    }
    if (options_.asked && options_.on_asked && options_.asked->load() != answered_) {
        answered_ = options_.asked->load();
        options_.on_asked(scheduler_.report_now());
    }
    if (!options_.status.empty() && now - status_written_ >= between_status) {
        status_written_ = now;
        try {
            write_status();
        } catch (const Error&) {
            // How a run stands is worth no run.
        }
    }
    if (options_.on_standstill) look_for_standstill(now);
}

void Monitor::write_status() const {
    write_file(options_.status, status_json(plan_, scheduler_.report_now(), scheduler_.progress(), false));
}

void Monitor::look_for_standstill(Clock::time_point now) {
    const std::uint64_t ended = scheduler_.calls_ended();
    if (ended != calls_ended_ || scheduler_.runs_sub_graph()) {
        calls_ended_ = ended;
        moved_ = now;
        patience_ =
            std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options_.patience));
        return;
    }
    if (now - moved_ < patience_) return;
    patience_ *= 2;
    const auto seconds = std::chrono::duration<double>(now - moved_).count();
    options_.on_standstill("no call has come to its end for " +
                           std::to_string(static_cast<std::int64_t>(seconds)) + " s" +
                           scheduler_.where_it_stands());
}

}  // namespace figurant::pipeline
