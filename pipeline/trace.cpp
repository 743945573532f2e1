#include "pipeline/trace.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>

#include "base/disk_steps.h"
#include "base/file_writer.h"
#include "pipeline/json_text.h"

namespace figurant::pipeline {

namespace {

/// Words of a worker's notes: of some thousand calls.
constexpr std::size_t page_size = 16 << 10;
/// Bytes of text; small enough to stay in a core's own cache until they are written.
constexpr std::size_t text_size = 64 << 10;
/// Of the notes of a run that goes on; a run that is killed leaves out those of its last second.
constexpr std::int64_t longest_kept = 1'000'000'000;
/// Of one event, without names: numbers and fixed words.
constexpr std::size_t most_without_names = 512;

Error trouble_with(const std::filesystem::path& path) {
    return Error(Cause::output, path.string() + ": the trace cannot be written: " + std::strerror(errno),
                 "check the disk, the folder and its permissions, or run without --trace");
}

std::int64_t steady_now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

}  // namespace

class Tracer::Text {
  public:
    explicit Text(TraceFile& file) : file_(file), text_(text_size), at_(text_.data()) {}

    /// Room for one event with so many bytes of names: what is added to it is not looked at for its length.
    void begin(std::size_t names) {
        const std::size_t most = most_without_names + names;
        if (used() + most <= text_.size()) return;
        write();
        if (text_.size() < most) text_.resize(most);
        at_ = text_.data();
    }
    template <std::size_t size>
    void add(const char (&word)[size]) {
        std::memcpy(at_, word, size - 1);
        at_ += size - 1;
    }
    void add(std::string_view piece) {
        std::memcpy(at_, piece.data(), piece.size());
        at_ += piece.size();
    }
    void add(char piece) { *at_++ = piece; }
    void add_number(std::uint64_t number) { at_ = std::to_chars(at_, at_ + 20, number).ptr; }
    /// In microseconds, as the format wants it.
    void add_time(std::int64_t nanoseconds) {
        const auto time = static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds, 0));
        const auto whole = time / 1000, rest = time % 1000;
        add_number(whole);
        at_[0] = '.';
        at_[1] = static_cast<char>('0' + rest / 100);
        at_[2] = static_cast<char>('0' + rest / 10 % 10);
        at_[3] = static_cast<char>('0' + rest % 10);
        at_ += 4;
    }
    void write() {
        file_.append({text_.data(), used()});
        at_ = text_.data();
    }

  private:
    std::size_t used() const { return static_cast<std::size_t>(at_ - text_.data()); }

    TraceFile& file_;
    std::vector<char> text_;
    char* at_;
};

TraceFile::TraceFile(const std::filesystem::path& path) : path_(path), origin_(steady_now()) {
    make_folders(path_.parent_path());
    descriptor_ = disk::open_to_write(path_);
    if (descriptor_ < 0) throw trouble_with(path_);
    append("[\n");
    if (!error_) return;
    disk::close(descriptor_, path_);
    throw Error(*error_);
}

TraceFile::~TraceFile() {
    if (descriptor_ >= 0) disk::close(descriptor_, path_);
}

void TraceFile::append(std::string_view events) {
    const std::scoped_lock lock(mutex_);
    while (!events.empty() && !error_) {
        const auto written = disk::write(descriptor_, path_, events);
        if (written == 0) errno = ENOSPC;
        if (written <= 0)
            error_ = trouble_with(path_);  // the run goes on without
        else
            events.remove_prefix(static_cast<std::size_t>(written));
    }
}

void TraceFile::commit() {
    // An event without a comma behind it, for readers who insist. Of the first process: Perfetto would make
    // one of any other number.
    append("{\"ph\":\"M\",\"pid\":1,\"name\":\"process_labels\",\"args\":{\"labels\":\"\"}}\n]\n");
    const std::scoped_lock lock(mutex_);
    if (disk::close(std::exchange(descriptor_, -1), path_) != 0 && !error_) error_ = trouble_with(path_);
    if (error_) throw Error(*error_);
}

Tracer::Tracer(TraceFile& file, const Layout& layout, const std::string& title, std::size_t workers,
               const std::vector<bool>& batched)
    : file_(file),
      process_(file.new_process()),
      first_number_(static_cast<std::uint64_t>(process_) << 40),
      stages_(layout.stages.size()),
      pages_(workers),
      counters_(std::make_unique<Text>(file)) {
    bind(layout, batched);
    const std::string process = "\"pid\":" + std::to_string(process_);
    std::string names = "{\"ph\":\"M\"," + process + ",\"name\":\"process_name\",\"args\":{\"name\":" +
                        json_string(title.empty() ? "run" : title) + "}},\n";
    for (std::size_t i = 0; i < workers; ++i) {
        const std::string thread = process + ",\"tid\":" + std::to_string(i + 1);
        names += "{\"ph\":\"M\"," + thread + ",\"name\":\"thread_name\",\"args\":{\"name\":\"worker " +
                 std::to_string(i + 1) + "\"}},\n";
        arrows_.push_back("\"," + thread + ",\"id\":");
        pages_[i].notes.resize(page_size);
        pages_[i].text = std::make_unique<Text>(file);
    }
    for (const auto& stage : layout.stages)
        for (std::size_t i = 0; i < workers; ++i)
            slices_.push_back("{\"ph\":\"X\"," + process + ",\"tid\":" + std::to_string(i + 1) +
                              ",\"name\":" + json_string(stage.planned->name) + ",\"ts\":");
    file_.append(names);
}

Tracer::~Tracer() {
    for (std::size_t i = 0; i < pages_.size(); ++i) write(i);
    counters_->write();
}

/// From the last stage to the first. What a slice can be bound to is one number: of the item it takes, or of
/// what it emits, or of both, where a map hands on the number of an item that nobody else has.
void Tracer::bind(const Layout& layout, const std::vector<bool>& batched) {
    bound_.resize(stages_);
    const auto one_item = [&](const StageLayout& stage) {
        const auto used = std::count_if(stage.consumers.begin(), stage.consumers.end(),
                                        [](const auto& port) { return !port.empty(); });
        return used == 1 && !batched[stage.index] && stage.kind != Kind::regroup;
    };
    for (auto at = layout.topological.rbegin(); at != layout.topological.rend(); ++at) {
        const auto& stage = layout.stages[*at];
        auto& bound = bound_[stage.index];
        if (one_item(stage))
            for (const auto& port : stage.consumers)
                for (const auto& edge : port) bound.gives = bound.gives || bound_[edge.stage].takes;
        if (stage.kind == Kind::source || stage.joined || batched[stage.index]) continue;
        const auto& from = layout.stages[stage.planned->inputs.front().stage];
        // An expand and a gather take and emit in calls of their own.
        const bool apart = !bound.gives || stage.kind == Kind::expand || stage.kind == Kind::gather;
        bound.takes = one_item(from) && (apart || (stage.consumer_count == 1 && from.consumer_count == 1));
    }
}

std::uint64_t Tracer::new_mark(std::size_t worker) { return ++pages_[worker].marks * pages_.size() + worker; }

/// Where to note so many words.
inline std::uint64_t* Tracer::room(std::size_t worker, std::size_t words) {
    Page& page = pages_[worker];
    if (page.size + words > page.notes.size()) write(worker);
    return page.notes.data() + std::exchange(page.size, page.size + words);
}

void Tracer::call(std::size_t worker, const Slice& slice) {
    const Lineage& lineage = slice.lineage;
    const auto depth = lineage.depth();
    Page& page = pages_[worker];
    if (slice.ended - page.written > longest_kept) {
        write(worker);
        page.written = slice.ended;
    }
    std::uint64_t* at = room(worker, 5 + depth / 2);
    page.mark = slice.mark;
    const bool opens = !slice.input.empty();
    if (opens) page.inputs.emplace_back(slice.input);
    at[0] = std::bit_cast<std::uint64_t>(Head{opens ? Note::opening : Note::call,
                                              static_cast<std::uint8_t>(depth), slice.in, slice.out,
                                              slice.stage});
    at[1] = static_cast<std::uint64_t>(slice.begun);
    at[2] = static_cast<std::uint64_t>(slice.ended);
    at[3] = slice.mark;
    at[4] = lineage.root();
    for (std::size_t level = 0; level < depth; ++level)
        if (level % 2 == 0)
            at[4 + level / 2] |= std::uint64_t{lineage.ordinal(level)} << 32;
        else
            at[5 + level / 2] = lineage.ordinal(level);
}

inline void Tracer::note_arrow(std::size_t worker, Note note, std::uint32_t stage, std::uint64_t mark) {
    std::uint64_t* at = room(worker, 2);
    at[0] = std::bit_cast<std::uint64_t>(Head{.note = note, .stage = stage});
    at[1] = mark;
}

void Tracer::took(std::size_t worker, std::uint32_t stage, std::uint64_t mark) {
    note_arrow(worker, Note::took, stage, mark);
}

void Tracer::gave(std::size_t worker, std::uint32_t consumer, std::uint64_t mark) {
    note_arrow(worker, Note::gave, consumer, mark);
}

void Tracer::linked(std::size_t worker, Link link, std::uint64_t mark) {
    constexpr std::array notes{Note::first_linked, Note::next_linked, Note::last_linked};
    note_arrow(worker, notes[static_cast<std::size_t>(link)], static_cast<std::uint32_t>(stages_), mark);
}

/// The notes of a page, as text.
void Tracer::write(std::size_t worker) {
    Page& page = pages_[worker];
    const std::uint64_t* at = page.notes.data();
    const std::uint64_t* const end = at + std::exchange(page.size, 0);
    while (at != end) {
        const auto head = std::bit_cast<Head>(at[0]);
        if (head.note == Note::call || head.note == Note::opening) {
            write_call(worker, head, at + 1);
            at += 5 + head.depth / 2;
        } else {
            write_arrow(worker, head, at[1]);
            at += 2;
        }
    }
    page.text->write();
}

void Tracer::write_call(std::size_t worker, const Head& head, const std::uint64_t* words) {
    Page& page = pages_[worker];
    page.begun = static_cast<std::int64_t>(words[0]);
    page.ended = static_cast<std::int64_t>(words[1]);
    const std::uint64_t mark = words[2];
    std::string input;
    if (head.note == Note::opening) {
        input = json_string(page.inputs.front());
        page.inputs.pop_front();
    }
    const std::string& beginning = slices_[head.stage * pages_.size() + worker];
    Text& text = *page.text;
    text.begin(beginning.size() + input.size());
    text.add(beginning);
    text.add_time(page.begun - file_.origin());
    text.add(",\"dur\":");
    text.add_time(page.ended - page.begun);
    if (mark) {
        text.add(",\"bind_id\":");
        text.add_number(first_number_ + mark);
        if (head.in) text.add(",\"flow_in\":true");
        if (head.out) text.add(",\"flow_out\":true");
    }
    text.add(",\"args\":{\"item\":\"");
    text.add_number(words[3] & 0xffffffff);
    for (std::size_t level = 0; level < head.depth; ++level) {
        text.add('.');
        const std::uint64_t pair = words[3 + (level + 1) / 2];
        text.add_number(level % 2 == 0 ? pair >> 32 : pair & 0xffffffff);
    }
    text.add('"');
    if (!input.empty()) {
        text.add(",\"input\":");
        text.add(input);
    }
    text.add("}},\n");
}

/// At the end of the call before it: calls that follow from each other may begin in any order (a call begins
/// where the worker's last one ended), but they end in theirs, and an arrow's end before its beginning is
/// left out.
void Tracer::write_arrow(std::size_t worker, const Head& head, std::uint64_t mark) {
    const Page& page = pages_[worker];
    const bool begins = head.note == Note::gave || head.note == Note::first_linked;
    Text& text = *page.text;
    text.begin(arrows_[worker].size());
    text.add("{\"ph\":\"");
    text.add(begins ? 's' : head.note == Note::next_linked ? 't' : 'f');
    text.add(arrows_[worker]);
    // Numbers of items and of links must not meet: a link's is that of an item and the stage after the last.
    text.add_number(first_number_ + mark * (stages_ + 1) + head.stage);
    text.add(",\"ts\":");
    text.add_time(std::max(page.begun, page.ended - 1) - file_.origin());
    if (head.note != Note::gave) text.add(",\"bp\":\"e\"");
    if (head.stage < stages_)
        text.add(",\"name\":\"item\",\"cat\":\"item\"},\n");
    else
        text.add(",\"name\":\"group\",\"cat\":\"group\"},\n");
}

void Tracer::counter(std::string_view name, std::int64_t value, std::int64_t now) {
    // Counters are the process's; without a thread's number Perfetto takes the process's for one.
    const std::string beginning = "{\"ph\":\"C\",\"pid\":" + std::to_string(process_) +
                                  ",\"tid\":1,\"name\":" + json_string(name) + ",\"ts\":";
    Text& text = *counters_;
    text.begin(beginning.size());
    text.add(beginning);
    text.add_time(now - file_.origin());
    text.add(",\"args\":{\"value\":");
    text.add(std::to_string(value));
    text.add("}},\n");
    if (now - counters_written_ <= longest_kept) return;
    text.write();
    counters_written_ = now;
}

}  // namespace figurant::pipeline
