// The disk fails at every step of a run in turn: the run says so and ends, nothing that is done is lost, and
// once the disk is well again the run can be resumed.
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
    FailingDisk(std::int64_t step, Kind kind, int error) : step_(step), kind_(kind), error_(error) {
        watch_disk(this);
    }
    ~FailingDisk() override { watch_disk(nullptr); }

    Verdict before(const DiskAction& action) override {
        const auto now = count_++;
        if (kind_ == Kind::short_write) {
            // A write that takes some of the bytes, and fails when it goes on.
            if (now == step_ && action.step == DiskStep::write && action.bytes > 1) {
                torn_ = action.path.string();
                return {0, action.bytes / 2};
            }
            if (torn_.empty() || action.step != DiskStep::write || action.path.string() != torn_) return {};
            torn_.clear();
            note(action);
            return {error_};
        }
        if (kind_ == Kind::once ? now != step_ : now < step_) return {};
        note(action);
        return {error_};
    }
    void after(const DiskAction&, bool) override {}
    std::int64_t count() const { return count_; }
    /// The path of the first step that failed; empty: none did.
    std::string hit() const {
        const std::scoped_lock lock(mutex_);
        return hit_;
    }

  private:
    void note(const DiskAction& action) {
        const std::scoped_lock lock(mutex_);
        if (hit_.empty()) hit_ = action.path.string();
    }

    std::int64_t step_;
    Kind kind_;
    int error_;
    std::atomic<std::int64_t> count_{0};
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
    bool run(std::int64_t step, FailingDisk::Kind kind, int error) const {
        CAPTURE(step);
        CAPTURE(error);
        CAPTURE(static_cast<int>(kind));
        FileRun troubled;
        troubled.output = folder.path / "out";
        fs::remove_all(troubled.output);
        std::string hit;
        {
            const FailingDisk disk(step, kind, error);
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
    std::int64_t steps = 0;
    {
        const FailingDisk disk(-1, FailingDisk::Kind::once, 0);
        CHECK(outcome_of(untroubled).code == 3);
        steps = disk.count();
    }
    REQUIRE(steps > 150);
    const Trial trial{folder, results(untroubled.output)};
    // No space, no more quota, an I/O error, a disk that turned read-only.
    constexpr std::array errors{ENOSPC, EIO, EROFS, EDQUOT};
    std::map<int, int> points;  // by error
    const auto attempt = [&](std::int64_t step, FailingDisk::Kind kind, std::size_t which) {
        const int error = errors[which % errors.size()];
        if (trial.run(step, kind, error)) ++points[error];
    };
    int short_writes = 0;
    for (std::int64_t step = 0; step < steps; ++step) {
        const auto which = static_cast<std::size_t>(step);
        attempt(step, FailingDisk::Kind::once, which);
        if (step % 3 == 0) attempt(step, FailingDisk::Kind::from_then_on, which / 3);
        if (trial.run(step, FailingDisk::Kind::short_write, ENOSPC)) ++short_writes;
    }
    int all = short_writes;
    for (const int error : errors) {
        MESSAGE(points[error], " steps failed with: ", std::string(std::strerror(error)));
        CHECK(points[error] >= 40);
        all += points[error];
    }
    MESSAGE(short_writes, " writes were cut short; ", all, " points of runs of ", steps, " steps");
    CHECK(short_writes >= 20);
    CHECK(all >= 200);
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
