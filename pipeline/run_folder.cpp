#include "pipeline/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/file_writer.h"
#include "pipeline/json_text.h"

namespace figurant::pipeline {
namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const fs::path& path, const std::string& what, int code) {
    throw Error(Cause::output,
                path.string() + ": " + what + (code ? std::string(": ") + std::strerror(code) : ""),
                "check the folder, its permissions and the space left, or choose another --output");
}

void append_line(int descriptor, const fs::path& path, const std::string& line) {
    const std::string text = line + "\n";
    std::size_t written = 0;
    while (written < text.size()) {
        const auto count = ::write(descriptor, text.data() + written, text.size() - written);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail(path, "writing failed", errno);
        written += static_cast<std::size_t>(count);
    }
}

int open_lock(const fs::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0) fail(path, "cannot be written", errno);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
    const int code = errno;
    ::close(descriptor);
    if (code != EWOULDBLOCK) fail(path, "cannot be locked", code);
    throw Error(Cause::output,
                path.parent_path().parent_path().string() + ": another run is using this folder",
                "wait for it to end, or choose another --output");
}

std::string run_record(const Plan& plan, const RunSettings& settings,
                       std::span<const InputReference> inputs) {
    std::string json = "{\n  \"title\": " + json_string(plan.title) +
                       ",\n  \"graph\": " + json_string(plan.file.string()) +
                       ",\n  \"digest\": " + json_string(plan.digest) +
                       ",\n  \"parameters\": " + json_object(plan.parameters) +
                       ",\n  \"threads\": " + std::to_string(settings.threads) +
                       ",\n  \"memory\": " + std::to_string(settings.memory) +
                       ",\n  \"device\": " + json_string(settings.device) + ",\n  \"stages\": [";
    for (std::size_t i = 0; i < plan.stages.size(); ++i) {
        const auto& stage = plan.stages[i];
        json += std::string(i ? "," : "") + "\n    {\"name\": " + json_string(stage.name) +
                ", \"type\": " + json_string(stage.type->name) +
                ", \"parameters\": " + json_object(stage.values) + "}";
    }
    json += "\n  ],\n  \"inputs\": [";
    for (std::size_t i = 0; i < inputs.size(); ++i)
        json += std::string(i ? "," : "") + "\n    {\"name\": " + json_string(inputs[i].name) +
                ", \"digest\": " + json_string(inputs[i].digest) + "}";
    return json + "\n  ]\n}\n";
}

std::string joined(const std::map<std::size_t, std::string>& lines) {
    std::string text;
    for (const auto& [place, line] : lines) text += line + "\n";
    return text;
}

}  // namespace

std::string json_line(const Failure& failure) {
    return "{\"input\": " + json_string(failure.input) + ", \"stage\": " + json_string(failure.stage) +
           ", \"cause\": " + json_string(cause_name(failure.cause)) +
           ", \"reason\": " + json_string(failure.reason) +
           ", \"next_step\": " + json_string(failure.next_step) + "}";
}

void RunFolder::check(const fs::path& output) {
    std::error_code ignored;
    if (fs::exists(output, ignored) && !fs::is_directory(output, ignored))
        throw Error(Cause::output, output.string() + ": is a file, not a folder for results",
                    "choose another --output");
    for (auto parent = fs::absolute(output).parent_path(); !parent.empty(); parent = parent.parent_path()) {
        if (fs::exists(parent, ignored)) {
            if (!fs::is_directory(parent, ignored))
                throw Error(Cause::output,
                            output.string() + ": " + parent.string() + " is a file, not a folder",
                            "choose another --output");
            return;
        }
        if (parent == parent.parent_path()) return;
    }
}

RunFolder::RunFolder(const Plan& plan, const RunSettings& settings, std::span<const InputReference> inputs)
    : output_(plan.output), book_(plan.output / ".figurant") {
    std::error_code failed;
    fs::create_directories(book_ / "parts", failed);
    if (failed) fail(book_, "the folder cannot be made", failed.value());
    lock_ = open_lock(book_ / "lock");
    try {
        fs::remove_all(book_ / "parts");
        fs::create_directories(book_ / "parts");
        fs::remove(output_ / "failures.jsonl");
        write_file(book_ / "run.json", run_record(plan, settings, inputs));
        done_ =
            ::open((book_ / "done.jsonl").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
        if (done_ < 0) fail(book_ / "done.jsonl", "cannot be written", errno);
    } catch (const fs::filesystem_error& error) {
        ::close(lock_);
        fail(error.path1(), "cannot be replaced", error.code().value());
    } catch (...) {
        ::close(lock_);
        throw;
    }
}

RunFolder::~RunFolder() {
    if (done_ >= 0) ::close(done_);
    ::close(lock_);  // and so unlocks
}

void RunFolder::append_done(const InputReference& input, bool partial) {
    std::string line = "{\"input\": " + json_string(input.name) +
                       ", \"digest\": " + json_string(input.digest) +
                       ", \"partial\": " + (partial ? "true" : "false") + "}";
    append_line(done_, book_ / "done.jsonl", line);
    done_lines_[input.place] = std::move(line);
}

void RunFolder::append_failure(const Failure& failure) {
    const auto path = output_ / "failures.jsonl";
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (descriptor < 0) fail(path, "cannot be written", errno);
    try {
        append_line(descriptor, path, json_line(failure));
    } catch (...) {
        ::close(descriptor);
        throw;
    }
    ::close(descriptor);
}

fs::path RunFolder::part_path(std::size_t stage, std::size_t place) const {
    return book_ / "parts" / (std::to_string(stage) + "-" + std::to_string(place));
}

void RunFolder::store_parts(std::size_t stage, std::size_t place, const std::vector<std::string>& items) {
    FileWriter writer(part_path(stage, place));
    for (const auto& item : items) {
        const std::uint64_t size = item.size();
        writer.write(std::as_bytes(std::span(&size, 1)));
        writer.write(item);
    }
    writer.commit();
}

std::vector<std::string> RunFolder::load_parts(std::size_t stage, std::size_t place) const {
    const auto path = part_path(stage, place);
    const std::string bytes = read_file(path);
    std::vector<std::string> items;
    for (std::size_t at = 0; at < bytes.size();) {
        std::uint64_t size = 0;
        const std::size_t left = bytes.size() - at;
        if (left >= sizeof(size)) std::memcpy(&size, bytes.data() + at, sizeof(size));
        if (left < sizeof(size) || size > left - sizeof(size))
            throw Error(Cause::input, path.string() + ": is damaged at byte " + std::to_string(at),
                        "run again into a new --output");
        items.push_back(bytes.substr(at + sizeof(size), size));
        at += sizeof(size) + size;
    }
    return items;
}

void RunFolder::finish_lists(std::span<const Failure> failures) {
    write_file(book_ / "done.jsonl", joined(done_lines_));
    std::string text;
    for (const auto& failure : failures) text += json_line(failure) + "\n";
    if (!text.empty())
        write_file(output_ / "failures.jsonl", text);
    else {
        std::error_code ignored;
        fs::remove(output_ / "failures.jsonl", ignored);
    }
}

}  // namespace figurant::pipeline
