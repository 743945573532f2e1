#pragma once
// The trace of a run: Chrome's trace events as a JSON array, which Perfetto (ui.perfetto.dev) opens. Internal
// to the framework.
//
// A row for each worker, a slice for each call (named after its stage), an arrow for each item from the call
// that emitted it to each call that took it, a chain of arrows through the calls of one expand's cursor and
// of one gather's fold, and counters: bytes of payloads, calls that wait at each stage. A sub-run is a
// process of its own in the viewer.
//
// Most arrows cost no event of their own: a slice may be bound to one number, as an end of its arrows or a
// step in them, and a chain of maps hands one number on from item to item. Where a call has arrows of
// several numbers (a join, a batch, several consumers behind a map), the others are events beside it.

#include <atomic>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "pipeline/layout.h"

namespace figurant::pipeline {

/// The file; shared by a run and its sub-runs. Thread-safe. It grows under its final name, unlike results: of
/// a run that is killed it holds what was written till then, which viewers read though the array has no end.
class TraceFile {
  public:
    /// Error(Cause::output) when it cannot be written.
    explicit TraceFile(const std::filesystem::path& path);
    ~TraceFile();
    TraceFile(const TraceFile&) = delete;
    TraceFile& operator=(const TraceFile&) = delete;
    int new_process() { return processes_.fetch_add(1) + 1; }
    /// Whole events, each ending in ",\n". What cannot be written is told by `commit`.
    void append(std::string_view events);
    /// Ends the array. Error(Cause::output) of whatever went wrong.
    void commit();
    /// Nanoseconds of the steady clock at time 0 of the trace.
    std::int64_t origin() const { return origin_; }

  private:
    void write(std::string_view text);

    std::filesystem::path path_;
    std::mutex mutex_;
    int descriptor_ = -1;
    std::optional<Error> error_;
    std::atomic<int> processes_{0};
    std::int64_t origin_;
};

/// The events of one run. A worker only notes the few numbers of an event, in a page of its own. When that is
/// full, or a second old, its notes are made into text and put into the file. So the trace takes no more
/// memory the longer a run is; and the system's write, of which the first after a while takes most of the
/// time, is called several times in a row.
class Tracer {
  public:
    /// `batched`, by stage: a call may take several items.
    Tracer(TraceFile& file, const Layout& layout, const std::string& title, std::size_t workers,
           const std::vector<bool>& batched);
    /// Writes what is left.
    ~Tracer();
    Tracer(const Tracer&) = delete;
    Tracer& operator=(const Tracer&) = delete;

    /// How the slices of a stage are bound.
    struct Bound {
        bool takes = false;  ///< the call that takes an item: to the item's number
        bool gives = false;  ///< the call that emits: to the number of what it emits
        bool both() const { return takes && gives; }
    };
    const Bound& bound(std::uint32_t stage) const { return bound_[stage]; }

    /// A number for an item, a cursor or a fold, never 0; by the worker that makes it.
    std::uint64_t new_mark(std::size_t worker);
    struct Slice {
        std::uint32_t stage = 0;
        Lineage lineage;
        std::int64_t begun = 0, ended = 0;  ///< nanoseconds of the steady clock
        std::string_view input;             ///< what it opens, if anything
        std::uint64_t mark = 0;             ///< that it is bound to; 0: none
        bool in = false, out = false;       ///< arrows of that number end here, begin here
    };
    /// A call. Its arrows follow it.
    void call(std::size_t worker, const Slice& slice);
    /// The number that the last call is bound to.
    std::uint64_t last_mark(std::size_t worker) const { return pages_[worker].mark; }
    /// An arrow to the last call from the one that emitted the item, and from the last call to consumers;
    /// where it is not bound to it.
    void took(std::size_t worker, std::uint32_t stage, std::uint64_t mark);
    void gave(std::size_t worker, std::uint32_t consumer, std::uint64_t mark);
    /// The last call is one of the calls of a cursor or fold: its first, its last or one between.
    enum class Link { first, next, last };
    void linked(std::size_t worker, Link link, std::uint64_t mark);

    /// The value of a counter from now on; by one thread at a time.
    void counter(std::string_view name, std::int64_t value, std::int64_t now);

  private:
    enum class Note : std::uint8_t { call, opening, took, gave, first_linked, next_linked, last_linked };
    /// The first word of a note. Then come, of a call: when it began and ended, its mark, its lineage, two
    /// numbers a word; of an arrow: its mark.
    struct Head {
        Note note = Note::call;
        std::uint8_t depth = 0;  ///< of the lineage
        bool in = false, out = false;
        std::uint32_t stage = 0;
    };
    /// Text of events. It is put into the file before there is no room left in it.
    class Text;
    struct alignas(128) Page {
        std::vector<std::uint64_t> notes;
        std::size_t size = 0;            ///< of `notes`, in use
        std::int64_t written = 0;        ///< when they last were
        std::deque<std::string> inputs;  ///< of the calls that open one
        std::uint64_t marks = 0;
        std::uint64_t mark = 0;             ///< of the last call
        std::int64_t begun = 0, ended = 0;  ///< of the call whose arrows are made into text
        std::unique_ptr<Text> text;
    };
    void bind(const Layout& layout, const std::vector<bool>& batched);
    void note_arrow(std::size_t worker, Note note, std::uint32_t stage, std::uint64_t mark);
    std::uint64_t* room(std::size_t worker, std::size_t words);
    void write(std::size_t worker);
    void write_call(std::size_t worker, const Head& head, const std::uint64_t* words);
    void write_arrow(std::size_t worker, const Head& head, std::uint64_t mark);

    TraceFile& file_;
    int process_;
    /// Of the arrows in the file: numbers hold for all of it, so those of sub-runs must not meet. Below 2^53,
    /// as viewers in JavaScript read them; and above all that Perfetto counts (from 0, in 32 bits), which
    /// gives numbers of its own to arrows that are events and keeps them in one table with those that slices
    /// are bound to.
    std::uint64_t first_number_;
    std::size_t stages_;
    std::vector<Page> pages_;
    std::unique_ptr<Text> counters_;
    std::int64_t counters_written_ = 0;
    std::vector<Bound> bound_;
    std::vector<std::string> slices_;  ///< beginnings of events, by stage and worker
    std::vector<std::string> arrows_;  ///< by worker
};

}  // namespace figurant::pipeline
