#include "pipeline/trace.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/disk_steps.h"
#include "base/file_writer.h"
#include "pipeline/json_text.h"

namespace figurant::pipeline {

namespace {

/// Small enough to stay in a core's own cache from an event's text to its writing.
constexpr std::size_t page_size = 64 << 10;
/// Of one event, without names: numbers and fixed words.
constexpr std::size_t most_without_names = 512;

constexpr auto two_digits = [] {
    std::array<char, 200> digits{};
    for (std::size_t i = 0; i < 100; ++i) {
        digits[2 * i] = static_cast<char>('0' + i / 10);
        digits[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return digits;
}();

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

/// The text of one event, put at the end of a page without looking at its length each time. The page is
/// written first where it has no room for it.
class Tracer::Event {
  public:
    /// `names`: bytes of the names that will be put into it.
    Event(Tracer& tracer, Page& page, std::size_t names) : page_(page) {
        const std::size_t most = most_without_names + names;
        if (page.size + most > page.text.size()) {
            tracer.write(page);
            if (page.text.size() < most) page.text.resize(std::max(most, page_size));
        }
        at_ = page.text.data() + page.size;
    }
    ~Event() { page_.size = static_cast<std::size_t>(at_ - page_.text.data()); }
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    Event& operator+=(std::string_view piece) {
        std::memcpy(at_, piece.data(), piece.size());
        at_ += piece.size();
        return *this;
    }
    Event& operator+=(char piece) {
        *at_++ = piece;
        return *this;
    }
    Event& operator+=(std::uint64_t number) {
        std::array<char, 20> digits;
        std::size_t at = digits.size();
        for (; number >= 100; number /= 100) std::memcpy(&digits[at -= 2], &two_digits[number % 100 * 2], 2);
        if (number >= 10)
            std::memcpy(&digits[at -= 2], &two_digits[number * 2], 2);
        else
            digits[--at] = static_cast<char>('0' + number);
        return *this += std::string_view(digits.data() + at, digits.size() - at);
    }
    /// In microseconds, as the format wants it.
    void add_time(std::int64_t nanoseconds) {
        const auto time = static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds, 0));
        *this += time / 1000;
        const auto rest = time % 1000;
        at_[0] = '.';
        at_[1] = static_cast<char>('0' + rest / 100);
        std::memcpy(at_ + 2, &two_digits[rest % 100 * 2], 2);
        at_ += 4;
    }

  private:
    Page& page_;
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
    // An event without a comma behind it, for readers who insist.
    append("{\"ph\":\"M\",\"pid\":0,\"name\":\"process_labels\",\"args\":{\"labels\":\"\"}}\n]\n");
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
      pages_(workers) {
    bind(layout, batched);
    const std::string process = process_field();
    std::string names = "{\"ph\":\"M\"," + process + ",\"name\":\"process_name\",\"args\":{\"name\":" +
                        json_string(title.empty() ? "run" : title) + "}},\n";
    for (std::size_t i = 0; i < workers; ++i) {
        const std::string thread = process + ",\"tid\":" + std::to_string(i + 1);
        names += "{\"ph\":\"M\"," + thread + ",\"name\":\"thread_name\",\"args\":{\"name\":\"worker " +
                 std::to_string(i + 1) + "\"}},\n";
        arrows_.push_back("\"," + thread + ",\"id\":");
        pages_[i].text.resize(page_size);
    }
    for (const auto& stage : layout.stages)
        for (std::size_t i = 0; i < workers; ++i)
            slices_.push_back("{\"ph\":\"X\"," + process + ",\"tid\":" + std::to_string(i + 1) +
                              ",\"name\":" + json_string(stage.planned->name) + ",\"ts\":");
    file_.append(names);
}

Tracer::~Tracer() {
    for (auto& page : pages_) write(page);
    write(counters_);
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

void Tracer::write(Page& page) {
    file_.append({page.text.data(), page.size});
    page.size = 0;
}

void Tracer::call(std::size_t worker, const Slice& slice) {
    Page& page = pages_[worker];
    page.begun = slice.begun;
    page.ended = slice.ended;
    page.mark = slice.mark;
    const std::string& beginning = slices_[slice.stage * pages_.size() + worker];
    std::string input;
    if (!slice.input.empty()) input = json_string(slice.input);
    Event event(*this, page, beginning.size() + input.size());
    event += beginning;
    event.add_time(slice.begun - file_.origin());
    event += ",\"dur\":";
    event.add_time(slice.ended - slice.begun);
    if (slice.mark) {
        event += ",\"bind_id\":";
        event += first_number_ + slice.mark;
        if (slice.in) event += ",\"flow_in\":true";
        if (slice.out) event += ",\"flow_out\":true";
    }
    event += ",\"args\":{\"item\":\"";
    event += std::uint64_t{slice.lineage.root()};
    for (std::size_t level = 0; level < slice.lineage.depth(); ++level) {
        event += '.';
        event += std::uint64_t{slice.lineage.ordinal(level)};
    }
    event += '"';
    if (!input.empty()) {
        event += ",\"input\":";
        event += input;
    }
    event += "}},\n";
}

/// At the end of the last call: calls that follow from each other may begin in any order (a call begins where
/// the worker's last one ended), but they end in theirs, and an arrow's end before its beginning is left out.
void Tracer::flow(std::size_t worker, char phase, std::uint64_t id, std::string_view kind) {
    Page& page = pages_[worker];
    Event event(*this, page, 0);
    event += "{\"ph\":\"";
    event += phase;
    event += arrows_[worker];
    event += first_number_ + id;
    event += ",\"ts\":";
    event.add_time(std::max(page.begun, page.ended - 1) - file_.origin());
    event += kind;
}

// Numbers of items and of links must not meet: a link's is that of an item and the stage after the last.

void Tracer::took(std::size_t worker, std::uint32_t stage, std::uint64_t mark) {
    flow(worker, 'f', mark * (stages_ + 1) + stage, ",\"bp\":\"e\",\"name\":\"item\",\"cat\":\"item\"},\n");
}

void Tracer::gave(std::size_t worker, std::uint32_t consumer, std::uint64_t mark) {
    flow(worker, 's', mark * (stages_ + 1) + consumer, ",\"name\":\"item\",\"cat\":\"item\"},\n");
}

void Tracer::linked(std::size_t worker, Link link, std::uint64_t mark) {
    const char phase = link == Link::first ? 's' : link == Link::next ? 't' : 'f';
    flow(worker, phase, mark * (stages_ + 1) + stages_,
         ",\"bp\":\"e\",\"name\":\"group\",\"cat\":\"group\"},\n");
}

void Tracer::counter(std::string_view name, std::int64_t value, std::int64_t now) {
    const std::string text = json_string(name);
    Event event(*this, counters_, text.size());
    event += "{\"ph\":\"C\",";
    event += process_field();
    event += ",\"name\":";
    event += text;
    event += ",\"ts\":";
    event.add_time(now - file_.origin());
    event += ",\"args\":{\"value\":";
    event += std::to_string(value);
    event += "}},\n";
}

}  // namespace figurant::pipeline
