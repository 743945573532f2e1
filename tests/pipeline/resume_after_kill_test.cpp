// Runs that are killed, at random and at every kind of step, and resumed: the folder is that of a run that
// was never killed.
#include <signal.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "base/random.h"
#include "tests/pipeline/books.h"
#include "tests/pipeline/file_run.h"
#include "tests/pipeline/run_child.h"
#include "tests/pipeline/sanitized.h"

using namespace figurant;
using namespace figurant::pipeline;
using namespace figurant::pipeline::test;

namespace {

constexpr int kills = scaled(100);
constexpr int finished = 3;  // the exit code: one input fails

class KilledRuns {
  public:
    explicit KilledRuns(const std::string& name) : folder_(name) {
        ChildRun run{.output = folder_.path / "whole", .opened = folder_.path / "opened_whole"};
        const auto begun = std::chrono::steady_clock::now();
        REQUIRE(run_child(run) == finished);
        seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
        whole_ = results(run.output);
        done_ = read_file(run.output / ".figurant/done.jsonl");
        std::ifstream(run.opened.string() + ".steps") >> steps_;
        REQUIRE(steps_ > 150);
        CHECK(whole_.contains("all.txt"));
        CHECK(done_inputs(run.output).size() == 5);
    }
    double seconds() const { return seconds_; }  ///< that a whole run took
    std::int64_t steps() const { return steps_; }

    ChildRun begin() const {
        for (const char* left : {"out", "opened", "attic"}) fs::remove_all(folder_.path / left);
        return {.output = folder_.path / "out", .opened = folder_.path / "opened"};
    }

    /// After a kill: what the journal promises is there. Then goes on with it.
    void resume(ChildRun run) const {
        const auto done = done_inputs(run.output);
        const auto found = results(run.output);
        for (const auto& name : done)
            for (const auto& file : {"lists/" + name + ".txt", "sum_" + name})
                CHECK_MESSAGE((found.contains(file) && found.at(file) == whole_.at(file)), file,
                              " was marked done, and is not whole");
        const auto opened_before = whole_lines(run.opened);
        fs::remove(run.opened);
        fs::remove_all(folder_.path / "attic");
        run.resume = true;
        if (run_child(run) != (run.step < 0 ? finished : -1)) CHECK(run.step >= 0);
        int again = 0;
        for (const auto& name : whole_lines(run.opened)) {
            CHECK_MESSAGE(!done.contains(name), name, " was done, and was opened again");
            again += static_cast<int>(std::count(opened_before.begin(), opened_before.end(), name));
        }
        CHECK(again <= 6);  // what was in flight, and what had failed
    }

    void check_whole(const ChildRun& run) const {
        CHECK(difference(whole_, results(run.output)) == "");
        CHECK(read_file(run.output / ".figurant/done.jsonl") == done_);
    }

  private:
    QuickFolder folder_;
    std::map<std::string, std::string> whole_;
    std::string done_;
    std::int64_t steps_ = 0;
    double seconds_ = 0;
};

/// Killed at steps spread over the whole run; some of the resumed runs are killed as well.
int kill_at_steps(const KilledRuns& runs, int count, bool lossy, std::uint64_t seed) {
    Random random(seed);
    int killed = 0;
    for (int i = 0; i < count; ++i) {
        ChildRun run = runs.begin();
        run.step = (i * runs.steps() + random.below(runs.steps())) / count;
        run.moment = std::array{"before", "after", "torn"}[static_cast<std::size_t>(i) % 3];
        run.lossy = lossy;
        run.seed = random.next();
        CAPTURE(run.step);
        CAPTURE(run.moment);
        CAPTURE(run.seed);
        if (run_child(run) == -1) ++killed;
        if (i % 4 == 0) {
            run.step = random.below(runs.steps());
            run.seed = random.next();
            runs.resume(run);
        }
        run.step = -1;
        run.lossy = false;
        runs.resume(run);
        runs.check_whole(run);
    }
    return killed;
}

}  // namespace

TEST_CASE(
    "killed before, after and in the middle of a step on the disk, a run is resumed to the same folder") {
    const KilledRuns runs("killed_at_steps");
    CHECK(kill_at_steps(runs, kills, false, 20) >= kills - 3);  // the last steps may not come to pass
}

TEST_CASE("killed at any moment, a run is resumed to the same folder") {
    const KilledRuns runs("killed_at_random");
    Random random(21);
    int killed = 0;
    for (int i = 0; i < kills; ++i) {
        ChildRun run = runs.begin();
        run.delay = random.below(3) * 300;
        const double wait = random.uniform(0, 1.3 * runs.seconds());
        const int process = start(run);
        std::this_thread::sleep_for(std::chrono::duration<double>(wait));
        ::kill(process, SIGKILL);
        const int code = wait_for(process);
        CHECK((code == -1 || code == finished));
        if (code == -1) ++killed;
        CAPTURE(i);
        runs.resume(run);
        runs.check_whole(run);
    }
    MESSAGE(killed, " of ", kills, " runs were killed before their end");
}

TEST_CASE("when the machine stops and what was not flushed is lost, nothing marked done is missing") {
    const KilledRuns runs("lossy_kills");
    CHECK(kill_at_steps(runs, kills, true, 22) >= kills - 3);
}
