#include "pipeline/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/disk_steps.h"
#include "base/lost_trouble.h"
#include "pipeline/json_text.h"
#include "pipeline/version_lines.h"

namespace figurant::pipeline {
namespace fs = std::filesystem;

namespace {

/// As many as tell what is the matter.
constexpr std::size_t most_shown = 5;

[[noreturn]] void fail(const fs::path& path, const std::string& what, int code) {
    throw Error(Cause::output,
                path.string() + ": " + what + (code ? std::string(": ") + std::strerror(code) : ""),
                "check the folder, its permissions and the space left, or choose another --output");
}

int open_lock(const fs::path& path) {
    const int descriptor = disk::open_to_append(path);
    if (descriptor < 0) fail(path, "cannot be written", errno);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
    const int code = errno;
    ::close(descriptor);
    if (code != EWOULDBLOCK) fail(path, "cannot be locked", code);
    throw Error(Cause::output,
                path.parent_path().parent_path().string() + ": another run is using this folder",
                "wait for it to end, or choose another --output");
}

bool is_locked(const fs::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (descriptor < 0) return false;
    const bool locked = ::flock(descriptor, LOCK_EX | LOCK_NB) != 0;
    ::close(descriptor);
    return locked;
}

/// Removes what a killed run had begun to write, but nothing of a run that goes on in a folder below.
void remove_asides(const fs::path& folder, bool own) {
    std::error_code ignored;
    if (!own && is_locked(folder / ".figurant/lock")) return;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        if (entry.is_symlink(ignored)) continue;
        if (entry.is_directory(ignored)) remove_asides(entry.path(), false);
        if (entry.is_regular_file(ignored) && is_aside(entry.path())) remove_file(entry.path());
    }
}

void remove_files(const fs::path& folder) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) remove_file(entry.path());
}

std::string joined(const std::map<std::size_t, std::string>& lines) {
    std::string text;
    for (const auto& [place, line] : lines) text += line + "\n";
    return text;
}

[[noreturn]] void refuse(const fs::path& output, std::vector<std::string> problems) {
    std::string text = output.string() + ": the run in this folder cannot be resumed:";
    const std::size_t more = problems.size() - std::min(problems.size(), most_shown);
    problems.resize(problems.size() - more);
    for (const auto& problem : problems) text += "\n  " + problem;
    if (more > 0) text += "\n  … and " + std::to_string(more) + " more";
    throw Error(
        Cause::configuration, text,
        "run again as it was run then; or without --resume, to begin afresh; or into another --output");
}

bool has_regroup(const Plan& plan) {
    return std::any_of(plan.stages.begin(), plan.stages.end(),
                       [](const auto& stage) { return stage.type->kind == Kind::regroup; });
}

std::string listing(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), most_shown); ++i) text += (i ? ", " : "") + names[i];
    return names.size() > most_shown ? text + ", …" : text;
}

}  // namespace

fs::path state_folder(const fs::path& output) { return output / ".figurant/state"; }

std::string json_line(const Failure& failure) {
    return "{\"input\": " + json_string(failure.input) + ", \"stage\": " + json_string(failure.stage) +
           ", \"cause\": " + json_string(cause_name(failure.cause)) +
           ", \"reason\": " + json_string(failure.reason) +
           ", \"next_step\": " + json_string(failure.next_step) + "}";
}

void RunFolder::check(const Plan& plan, const RunSettings& settings, const RunOptions& options) {
    check_place(plan.output);
    if (options.begin != Begin::resume) return;
    const auto own = EarlierRun::read(plan.output);
    if (!own) return;
    auto problems = differences(own->record.facts, run_facts(plan, settings));
    if (!problems.empty()) refuse(plan.output, std::move(problems));
}

void RunFolder::check_place(const fs::path& output) {
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

std::vector<RunInput> inputs_to_replay(std::vector<InputReference> listed, const RunOptions& options) {
    std::vector<std::string> added, problems;
    if (options.only_failed.empty()) return place_inputs(std::move(listed), {}, false, added, problems);
    const auto replayed = EarlierRun::read(options.only_failed);
    if (!replayed) recorded_command(options.only_failed);  // throws
    return place_inputs(std::move(listed), {nullptr, &*replayed, false}, false, added, problems);
}

RunFolder::RunFolder(const Plan& plan, const RunSettings& settings, const RunOptions& options,
                     std::vector<InputReference> listed)
    : output_(plan.output), book_(plan.output / ".figurant") {
    make_folders(book_ / "parts");
    lock_ = open_lock(book_ / "lock");
    try {
        const PlanFacts facts = run_facts(plan, settings);
        std::optional<EarlierRun> own, replayed;
        if (!options.only_failed.empty()) {
            replayed = EarlierRun::read(options.only_failed);
            if (!replayed) recorded_command(options.only_failed);  // throws
        }
        std::error_code ignored;
        const bool in_place = replayed && fs::equivalent(options.only_failed, output_, ignored);
        const Begin begin = in_place && options.begin == Begin::afresh ? Begin::resume : options.begin;
        if (begin != Begin::afresh) own = EarlierRun::read(output_);
        take_inputs(plan, facts, begin, std::move(listed), own,
                    {nullptr, replayed ? &*replayed : nullptr, in_place});
        const auto folders = folder_digests(plan);
        if (own) tell_changed(own->record.folders, folders);
        own ? keep_books(*own) : clear_books();
        write_record(plan, settings, facts, folders);
        done_ = std::make_unique<LineJournal>(book_ / "done.jsonl");
    } catch (...) {
        ::close(lock_);
        throw;
    }
}

RunFolder::~RunFolder() { ::close(lock_); }  // and so unlocks

/// Decides what is run. `own` is given up where the earlier run is another, and that is allowed.
void RunFolder::take_inputs(const Plan& plan, const PlanFacts& facts, Begin begin,
                            std::vector<InputReference> listed, std::optional<EarlierRun>& own,
                            EarlierRuns earlier) {
    const bool regroups = has_regroup(plan);
    if (begin == Begin::resume && !own)
        warnings_.push_back(output_.string() + " holds no run yet: nothing is resumed, all inputs are run");
    std::vector<std::string> added, problems;
    if (own) {
        problems = differences(own->record.facts, facts);
        if (problems.empty()) {
            earlier.own = &*own;
            inputs_ = place_inputs(listed, earlier, regroups, added, problems);
        }
        if (!problems.empty() && begin == Begin::resume) refuse(output_, std::move(problems));
        if (!problems.empty()) own.reset();
    }
    if (!own) {
        added.clear();
        inputs_ =
            place_inputs(std::move(listed), {nullptr, earlier.replayed, false}, regroups, added, problems);
        return;
    }
    if (!added.empty())
        warnings_.push_back(std::to_string(added.size()) + " inputs were added: " + listing(added));
    nothing_left_ = own->complete && regroups &&
                    std::all_of(inputs_.begin(), inputs_.end(),
                                [](const auto& input) { return input.standing == Standing::done; });
    if (nothing_left_) told_ = own->told;
    const auto libraries = VersionLines::global().deciding();
    if (own->record.libraries != libraries)
        warnings_.push_back("libraries have other versions than when the run began, so results may differ: " +
                            listing(libraries));
}

void RunFolder::tell_changed(const FolderDigests& then, const FolderDigests& now) {
    for (const auto& [folder, digest] : now) {
        const auto before = then.find(as_booked(folder));
        if (before != then.end() && before->second != digest)
            warnings_.push_back("the folder " + folder +
                                " has changed since the run began; what was done then stays as it is");
    }
}

/// Nothing of the earlier run counts any more. The journal goes first: without it the other books promise
/// nothing.
void RunFolder::clear_books() {
    remove_file(book_ / "done.jsonl");
    remove_file(book_ / "complete");
    if (disk::flush_folder(book_) != 0) fail(book_, "flushing the folder failed", errno);
    remove_file(output_ / "failures.jsonl");
    remove_files(book_ / "parts");
    remove_files(state_folder(output_));
    remove_asides(output_, true);
}

/// What counts of the earlier run's books, without unfinished lines.
void RunFolder::keep_books(const EarlierRun& own) {
    if (nothing_left_) {
        for (const auto& input : inputs_)
            done_lines_[input.reference.place] = own.done.at(as_booked(input.reference.name)).line;
        return;
    }
    remove_file(book_ / "complete");
    std::string failures;
    for (const auto& input : inputs_) {
        const std::string name = as_booked(input.reference.name);
        if (input.standing == Standing::done) {
            done_lines_[input.reference.place] = own.done.at(name).line;
        } else if (const auto failed = own.failed.find(name); failed != own.failed.end()) {
            failed_lines_[input.reference.place] = failed->second;
        }
    }
    write_file(book_ / "done.jsonl", joined(done_lines_));
    write_failures(joined(failed_lines_));
    remove_asides(output_, true);
}

void RunFolder::write_record(const Plan& plan, const RunSettings& settings, const PlanFacts& facts,
                             const FolderDigests& folders) {
    std::vector<RunRecord::Input> inputs;
    for (const auto& input : inputs_)
        if (input.standing != Standing::absent)
            inputs.push_back({input.reference.name, input.reference.digest, input.reference.place});
    write_file(book_ / "run.json", run_record_text(plan, settings, facts, folders, inputs));
}

void RunFolder::write_failures(const std::string& lines) {
    if (lines.empty())
        remove_file(output_ / "failures.jsonl");
    else
        write_file(output_ / "failures.jsonl", lines);
}

void RunFolder::append_done(const InputReference& input, bool partial, const Records& records) {
    std::string line = "{\"input\": " + json_string(input.name) +
                       ", \"digest\": " + json_string(input.digest) +
                       ", \"partial\": " + (partial ? "true" : "false") + json_members(records) + "}";
    const std::scoped_lock lock(done_mutex_);
    done_->append(line);
    done_lines_[input.place] = std::move(line);
}

void RunFolder::append_failure(const Failure& failure) {
    if (!failures_) failures_ = std::make_unique<LineJournal>(output_ / "failures.jsonl");
    failures_->append(json_line(failure));
}

fs::path RunFolder::part_path(std::size_t stage, std::size_t place) const {
    return book_ / "parts" / (std::to_string(stage) + "-" + std::to_string(place));
}

void RunFolder::store_parts(std::size_t stage, std::size_t place, const std::vector<std::string>& items) {
    std::string bytes;
    for (const auto& item : items) {
        const std::uint64_t size = item.size();
        bytes.append(reinterpret_cast<const char*>(&size), sizeof size);
        bytes += item;
    }
    write_file(part_path(stage, place), bytes);
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

void RunFolder::finish_lists(const std::map<std::size_t, Failure>& failures, std::span<const Failure> others,
                             const Told* complete) {
    done_.reset();
    failures_.reset();
    if (const auto lost = take_lost_trouble()) throw Error(*lost);
    // Of earlier failures those remain that were not tried again.
    for (const auto& [place, line] : done_lines_) failed_lines_.erase(place);
    for (const auto& [place, failure] : failures) failed_lines_[place] = json_line(failure);
    std::string text = joined(failed_lines_);
    for (const auto& failure : others) text += json_line(failure) + "\n";
    write_failures(text);
    write_file(book_ / "done.jsonl", joined(done_lines_));
    if (!complete || !text.empty()) return;
    write_file(book_ / "complete", told_text(*complete));
    remove_files(state_folder(output_));
}

}  // namespace figurant::pipeline
