#pragma once
// The trace of a run: Chrome's trace events as JSON, which Perfetto (ui.perfetto.dev) opens. Internal to the
// framework.
//
// A row for each worker, a slice for each call (named after its stage), an arrow for each item from the call
// that emitted it to each call that took it, a chain of arrows through the calls of one expand's cursor and
// of one gather's fold, and counters: bytes of payloads, calls that wait at each stage. A sub-run is a
// process of its own in the viewer.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/file_writer.h"
#include "pipeline/layout.h"

namespace figurant::pipeline {

/// The file; shared by a run and its sub-runs. Thread-safe.
class TraceFile {
  public:
    /// Error(Cause::output) when it cannot be written.
    explicit TraceFile(const std::filesystem::path& path);
    int new_process() { return processes_.fetch_add(1) + 1; }
    /// Whole events, each ending in ",\n". What cannot be written is told by `commit`.
    void append(std::string_view events);
    /// Under its final name. Error(Cause::output).
    void commit();
    /// Nanoseconds of the steady clock at time 0 of the trace.
    std::int64_t origin() const { return origin_; }

  private:
    std::mutex mutex_;
    FileWriter writer_;
    std::optional<Error> error_;
    std::atomic<int> processes_{0};
    std::int64_t origin_;
};

/// The events of one run. Each worker writes into a text of its own, which is emptied into the file when it
/// is full; so the trace takes no more memory the longer a run is.
class Tracer {
  public:
    Tracer(TraceFile& file, const Layout& layout, const std::string& title, std::size_t workers);
    /// Writes what is left.
    ~Tracer();
    Tracer(const Tracer&) = delete;
    Tracer& operator=(const Tracer&) = delete;

    /// A number for an item, a cursor or a fold, never 0; by the worker that makes it.
    std::uint64_t new_mark(std::size_t worker);
    /// A call, from `begun` to `ended` (nanoseconds of the steady clock); `input` is what it opens, if any.
    /// Its arrows follow it.
    void call(std::size_t worker, std::uint32_t stage, const Lineage& lineage, std::int64_t begun,
              std::int64_t ended, std::string_view input);
    /// An arrow to the last call from the one that emitted the item, and from the last call to consumers.
    void took(std::size_t worker, std::uint32_t stage, std::uint64_t mark);
    void gave(std::size_t worker, std::uint32_t consumer, std::uint64_t mark);
    /// The last call is one of the calls of a cursor or fold: its first, its last or one between.
    enum class Link { first, next, last };
    void linked(std::size_t worker, Link link, std::uint64_t mark);

    /// The value of a counter from now on; called by one thread.
    void counter(std::string_view name, std::int64_t value, std::int64_t now);

  private:
    struct alignas(128) Page {
        std::string text;
        std::uint64_t marks = 0;
        std::int64_t begun = 0, ended = 0;  ///< of the last call
    };
    void flow(Page& page, std::size_t worker, char phase, std::uint64_t id, std::int64_t at,
              const char* kind);
    void write_if_full(Page& page);
    void append_time(std::string& text, std::int64_t nanoseconds) const;
    std::string process_field() const { return "\"pid\":" + std::to_string(process_); }

    TraceFile& file_;
    int process_;
    std::size_t stages_;
    std::vector<Page> pages_;
    std::vector<std::string> slices_, arrows_;  ///< beginnings of events, by stage and by worker
};

}  // namespace figurant::pipeline
