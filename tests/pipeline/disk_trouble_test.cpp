// The disk fails at every step of a run in turn: the run says so and ends, nothing that is done is lost, and
// once the disk is well again the run can be resumed.
#include <atomic>
#include <cerrno>
#include <cstring>

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
            hit_ = true;
            return {error_};
        }
        if (kind_ == Kind::once ? now != step_ : now < step_) return {};
        // What was given up, and cannot even be removed, is swept up by the next run; what is flushed already
        // may be closed as it likes. Neither takes anything from the results.
        (action.step == DiskStep::close || (is_aside(action.path) && action.step == DiskStep::remove)
             ? may_
             : hit_) = true;
        return {error_};
    }
    void after(const DiskAction&, bool) override {}
    std::int64_t count() const { return count_; }
    bool hit() const { return hit_; }  ///< a step failed that must be told of
    bool may() const { return may_; }  ///< one that need not be

  private:
    std::int64_t step_;
    Kind kind_;
    int error_;
    std::atomic<std::int64_t> count_{0};
    std::atomic<bool> hit_{false}, may_{false};
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
        bool hit = false;
        {
            const FailingDisk disk(step, kind, error);
            const auto outcome = outcome_of(troubled);
            hit = disk.hit();
            const bool told = hit || (disk.may() && outcome.code != 3);
            CHECK_MESSAGE(outcome.code == (told ? 4 : 3), outcome.said);
            if (told) {
                CHECK_MESSAGE(outcome.said.find(std::strerror(error)) != std::string::npos, outcome.said);
                CHECK_MESSAGE(outcome.said.find(folder.path.string()) != std::string::npos, outcome.said);
            }
        }
        check_finished(troubled.output);
        FileRun resumed;
        resumed.output = troubled.output;
        resumed.options.begin = Begin::resume;
        CHECK(outcome_of(resumed).code == 3);
        CHECK(difference(whole, results(resumed.output)) == "");
        return hit;
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
    constexpr std::array errors{ENOSPC, EIO, EROFS, EDQUOT};
    int points = 0;
    for (std::int64_t step = 0; step < steps; ++step)
        points +=
            trial.run(step, FailingDisk::Kind::once, errors[static_cast<std::size_t>(step) % errors.size()]);
    for (std::int64_t step = 0; step < steps; step += 3)
        points += trial.run(step, FailingDisk::Kind::from_then_on,
                            errors[static_cast<std::size_t>(step) % errors.size()]);
    for (std::int64_t step = 0; step < steps; ++step)
        points += trial.run(step, FailingDisk::Kind::short_write, ENOSPC);
    MESSAGE(points, " steps failed of runs of ", steps, " steps");
    CHECK(points >= 200);
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
