#include "pipeline/trace.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstring>

#include "pipeline/json_text.h"

namespace figurant::pipeline {

namespace {

constexpr std::size_t page_size = 256 << 10;

/// The text of one event, put together without looking at its length each time.
class Event {
  public:
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
        at_ = std::to_chars(at_, text_.data() + text_.size(), number).ptr;
        return *this;
    }
    /// In microseconds, as the format wants it.
    void add_time(std::int64_t nanoseconds) {
        const auto time = static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds, 0));
        *this += time / 1000;
        const auto rest = time % 1000;
        *this += '.';
        *this += static_cast<char>('0' + rest / 100);
        *this += static_cast<char>('0' + rest / 10 % 10);
        *this += static_cast<char>('0' + rest % 10);
    }
    operator std::string_view() const { return {text_.data(), at_}; }  // NOLINT

  private:
    // Numbers and fixed words; names, which may be long, are not put together here.
    std::array<char, 512> text_;
    char* at_ = text_.data();
};

std::int64_t steady_now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

}  // namespace

TraceFile::TraceFile(const std::filesystem::path& path) : writer_(path), origin_(steady_now()) {
    writer_.write("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n");
}

void TraceFile::append(std::string_view events) {
    const std::scoped_lock lock(mutex_);
    if (error_) return;
    try {
        writer_.write(events);
    } catch (const Error& error) {
        error_ = error;  // the run goes on without
    }
}

void TraceFile::commit() {
    const std::scoped_lock lock(mutex_);
    if (error_) throw Error(*error_);
    // An event without a comma behind it, for readers who insist.
    writer_.write("{\"ph\":\"M\",\"pid\":0,\"name\":\"process_labels\",\"args\":{\"labels\":\"\"}}\n]}\n");
    writer_.commit();
}

Tracer::Tracer(TraceFile& file, const Layout& layout, const std::string& title, std::size_t workers)
    : file_(file), process_(file.new_process()), stages_(layout.stages.size()), pages_(workers) {
    const std::string process = process_field();
    std::string names = "{\"ph\":\"M\"," + process + ",\"name\":\"process_name\",\"args\":{\"name\":" +
                        json_string(title.empty() ? "run" : title) + "}},\n";
    for (std::size_t i = 0; i < workers; ++i) {
        const std::string thread = process + ",\"tid\":" + std::to_string(i + 1);
        names += "{\"ph\":\"M\"," + thread + ",\"name\":\"thread_name\",\"args\":{\"name\":\"worker " +
                 std::to_string(i + 1) + "\"}},\n";
        arrows_.push_back("\"," + thread + ",\"id\":");
        pages_[i].text.reserve(page_size + 4096);
    }
    for (const auto& stage : layout.stages)
        slices_.push_back("{\"ph\":\"X\"," + process + ",\"name\":" + json_string(stage.planned->name) +
                          ",\"tid\":");
    file_.append(names);
}

Tracer::~Tracer() {
    for (auto& page : pages_) file_.append(page.text);
}

std::uint64_t Tracer::new_mark(std::size_t worker) { return ++pages_[worker].marks * pages_.size() + worker; }

void Tracer::write_if_full(Page& page) {
    if (page.text.size() < page_size) return;
    file_.append(page.text);
    page.text.clear();
}

void Tracer::append_time(std::string& text, std::int64_t nanoseconds) const {
    Event time;
    time.add_time(nanoseconds);
    text += std::string_view(time);
}

void Tracer::call(std::size_t worker, std::uint32_t stage, const Lineage& lineage, std::int64_t begun,
                  std::int64_t ended, std::string_view input) {
    Page& page = pages_[worker];
    write_if_full(page);
    page.begun = begun;
    page.ended = ended;
    page.text += slices_[stage];
    Event event;
    event += std::uint64_t{worker + 1};
    event += ",\"ts\":";
    event.add_time(begun - file_.origin());
    event += ",\"dur\":";
    event.add_time(ended - begun);
    event += ",\"args\":{\"item\":\"";
    event += std::uint64_t{lineage.root()};
    for (std::size_t level = 0; level < lineage.depth(); ++level) {
        event += '.';
        event += std::uint64_t{lineage.ordinal(level)};
    }
    event += '"';
    page.text += std::string_view(event);
    if (!input.empty()) page.text += ",\"input\":" + json_string(input);
    page.text += "}},\n";
}

void Tracer::flow(Page& page, std::size_t worker, char phase, std::uint64_t id, std::int64_t at,
                  const char* kind) {
    Event event;
    event += "{\"ph\":\"";
    event += phase;
    event += arrows_[worker];
    event += id;
    event += ",\"ts\":";
    event.add_time(at - file_.origin());
    event += kind;
    page.text += std::string_view(event);
}

// Numbers of items and of links must not meet: a link's is that of an item and the stage after the last.

void Tracer::took(std::size_t worker, std::uint32_t stage, std::uint64_t mark) {
    Page& page = pages_[worker];
    flow(page, worker, 'f', mark * (stages_ + 1) + stage, page.begun,
         ",\"bp\":\"e\",\"name\":\"item\",\"cat\":\"item\"},\n");
}

void Tracer::gave(std::size_t worker, std::uint32_t consumer, std::uint64_t mark) {
    Page& page = pages_[worker];
    flow(page, worker, 's', mark * (stages_ + 1) + consumer, std::max(page.begun, page.ended - 1),
         ",\"name\":\"item\",\"cat\":\"item\"},\n");
}

void Tracer::linked(std::size_t worker, Link link, std::uint64_t mark) {
    Page& page = pages_[worker];
    const char phase = link == Link::first ? 's' : link == Link::next ? 't' : 'f';
    flow(page, worker, phase, mark * (stages_ + 1) + stages_, page.begun,
         ",\"bp\":\"e\",\"name\":\"group\",\"cat\":\"group\"},\n");
}

void Tracer::counter(std::string_view name, std::int64_t value, std::int64_t now) {
    std::string text = "{\"ph\":\"C\"," + process_field() + ",\"name\":" + json_string(name) + ",\"ts\":";
    append_time(text, now - file_.origin());
    file_.append(text + ",\"args\":{\"value\":" + std::to_string(value) + "}},\n");
}

}  // namespace figurant::pipeline
