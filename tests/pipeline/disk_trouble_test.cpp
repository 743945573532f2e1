// The disk fails at every step of a run in turn: the run says so and ends, nothing that is done is lost, and
// once the disk is well again the run can be resumed.
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>

#include "base/disk_steps.h"
#include "tests/pipeline/books.h"
#include "tests/pipeline/file_run.h"

using namespace figurant;
using namespace figurant::pipeline;
using namespace figurant::pipeline::test;

namespace {

/// Counts the steps, and lets one of them fail, or all from it on.
class FailingDisk : public DiskWatcher {
  public:
    enum class Kind { once, from_then_on, short_write };
    /// `step`: counted over all steps; of a short write over the writes of more than one byte, of which it
    /// takes `part` (0 to 1; at least one byte, not all).
    FailingDisk(std::int64_t step, Kind kind, int error, double part = 0.5)
        : step_(step), kind_(kind), error_(error), part_(part) {
        watch_disk(this);
    }
    ~FailingDisk() override { watch_disk(nullptr); }

    Verdict before(const DiskAction& action) override {
        const auto now = count_++;
        if (kind_ == Kind::short_write) return cut_short(action);
        if (kind_ == Kind::once ? now != step_ : now < step_) return {};
        note(action);
        return {error_};
    }
    void after(const DiskAction&, bool) override {}
    std::int64_t count() const { return count_; }
    std::int64_t writes() const { return writes_; }
    /// The path of the first step that failed; empty: none did.
    std::string hit() const {
        const std::scoped_lock lock(mutex_);
        return hit_;
    }

  private:
    /// A write that takes some of the bytes, and fails when it goes on.
    Verdict cut_short(const DiskAction& action) {
        if (action.step != DiskStep::write) return {};
        const std::scoped_lock lock(mutex_);
        if (action.path.string() == torn_) {
            torn_.clear();
            hit_ = action.path.string();
            return {error_};
        }
        if (action.bytes < 2 || writes_++ != step_) return {};
        torn_ = action.path.string();
        const auto taken = static_cast<std::size_t>(part_ * static_cast<double>(action.bytes));
        return {0, std::clamp<std::size_t>(taken, 1, action.bytes - 1)};
    }

    void note(const DiskAction& action) {
        const std::scoped_lock lock(mutex_);
        if (hit_.empty()) hit_ = action.path.string();
    }

    std::int64_t step_;
    Kind kind_;
    int error_;
    double part_;
    std::atomic<std::int64_t> count_{0}, writes_{0};
    mutable std::mutex mutex_;
    std::string hit_;
    std::string torn_;
};

struct Outcome {
    int code = 0;
    std::string said;
};

Outcome outcome_of(FileRun& run) {
    try {
        const auto report = run.run();
        std::string said = report.message;
        for (const auto& failure : report.failures) said += "\n" + failure.reason;
        return {report.exit_code, said};
    } catch (const Error& error) {
        return {exit_code(error.cause()), error.what()};
    }
}

struct Trial {
    const QuickFolder& folder;
    std::map<std::string, std::string> whole;  ///< what the untroubled run gives

    void check_finished(const fs::path& output) const {
        const auto found = results(output);
        for (const auto& name : done_inputs(output))
            for (const auto& file : {"lists/" + name + ".txt", "sum_" + name}) {
                REQUIRE_MESSAGE(found.contains(file), file, " of a finished input is missing");
                CHECK_MESSAGE((found.at(file) == whole.at(file)), file, " of a finished input is not whole");
            }
        for (const auto& [name, bytes] : found)
            if (!is_aside(name) && name != "failures.jsonl")
                CHECK_MESSAGE((whole.contains(name) && whole.at(name) == bytes), name, " is not whole");
    }

    /// Whether anything failed.
    bool run(std::int64_t step, FailingDisk::Kind kind, int error, double part = 0.5) const {
        CAPTURE(step);
        CAPTURE(error);
        CAPTURE(static_cast<int>(kind));
        FileRun troubled;
        troubled.output = folder.path / "out";
        fs::remove_all(troubled.output);
        std::string hit;
        {
            const FailingDisk disk(step, kind, error, part);
            const auto outcome = outcome_of(troubled);
            hit = disk.hit();
            CHECK_MESSAGE(outcome.code == (hit.empty() ? 3 : 4), outcome.said);
            if (!hit.empty()) check_message(outcome.said, hit, kind, error);
        }
        check_finished(troubled.output);
        FileRun resumed;
        resumed.output = troubled.output;
        resumed.options.begin = Begin::resume;
        CHECK(outcome_of(resumed).code == 3);
        CHECK(difference(whole, results(resumed.output)) == "");
        return !hit.empty();
    }

    /// Path and cause, in one line. Of several steps that fail on two threads at once it may be any; of one
    /// it is that one's path: of a rename the name that was to be, of a folder's names the folder.
    void check_message(const std::string& said, const std::string& path, FailingDisk::Kind kind,
                       int error) const {
        const std::string cause = std::string(": ") + std::strerror(error);
        std::string about = folder.path.string();
        if (kind != FailingDisk::Kind::from_then_on) {
            const fs::path file = path;
            about = is_aside(file) ? (file.parent_path() / file.stem()).string() : path;
        }
        bool told = false;
        for (std::size_t at = 0; at < said.size(); at = said.find('\n', at) + 1) {
            const std::string line = said.substr(at, said.find('\n', at) - at);
            told = told || (line.find(about) != std::string::npos && line.find(cause) != std::string::npos);
            if (said.find('\n', at) == std::string::npos) break;
        }
        CHECK_MESSAGE(told, "the step's path is ", path, ", and this was said: ", said);
    }
};

}  // namespace

TEST_CASE(
    "every step on the disk may fail: exit code 4, path and cause told, finished results whole, resumable") {
    const QuickFolder folder("disk_trouble");
    FileRun untroubled;
    untroubled.output = folder.path / "out";
    std::int64_t steps = 0, writes = 0;
    {
        // No step has the number -1: these only count.
        const FailingDisk disk(-1, FailingDisk::Kind::once, 0);
        CHECK(outcome_of(untroubled).code == 3);
        steps = disk.count();
    }
    {
        const FailingDisk disk(-1, FailingDisk::Kind::short_write, 0);
        CHECK(outcome_of(untroubled).code == 3);
        writes = disk.writes();
    }
    REQUIRE(steps > 150);
    REQUIRE(writes > 30);
    const Trial trial{folder, results(untroubled.output)};
    // No space, no more quota, an I/O error, a disk that turned read-only.
    constexpr std::array errors{ENOSPC, EIO, EROFS, EDQUOT};
    for (const int error : errors) {
        int points = 0;
        for (std::int64_t step = 0; step < steps; ++step) {
            points += trial.run(step, FailingDisk::Kind::once, error);
            if (step % 4 == error % 4) points += trial.run(step, FailingDisk::Kind::from_then_on, error);
        }
        MESSAGE(points, " steps failed with: ", std::string(std::strerror(error)));
        CHECK(points >= 200);
    }
    int short_writes = 0;
    for (std::int64_t write = 0; write < writes; ++write)
        for (const double part : {0.0, 0.5, 1.0})
            for (const int error : {ENOSPC, EIO})
                short_writes += trial.run(write, FailingDisk::Kind::short_write, error, part);
    MESSAGE(short_writes, " writes were cut short");
    CHECK(short_writes >= 200);
}

TEST_CASE("a short write that can go on loses nothing") {
    const QuickFolder folder("short_writes");
    class Slow : public DiskWatcher {
      public:
        Slow() { watch_disk(this); }
        ~Slow() override { watch_disk(nullptr); }
        Verdict before(const DiskAction&) override { return {0, 3}; }
        void after(const DiskAction&, bool) override {}
    };
    FileRun plain, slow;
    plain.output = folder.path / "plain";
    slow.output = folder.path / "slow";
    plain.run();
    {
        const Slow disk;
        slow.run();
    }
    CHECK(difference(results(plain.output), results(slow.output)) == "");
}
