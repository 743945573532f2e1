// A training that is killed goes on from where it was, and one that has ended is continued in another
// session.

#include <chrono>
#include <regex>
#include <thread>

#include "tests/end_to_end/program.h"

using namespace figurant;
using namespace figurant::end_to_end;
namespace fs = std::filesystem;

namespace {

/// A data folder, a tiny network, and the command to train it.
class Session {
  public:
    const ScratchFolder folder;
    Session() {
        synthesize(folder / "data", 4);
        // The same learning rate throughout: so that what is learned does not depend on where training ends.
        std::string config = tiny_network;
        const std::string from = "schedule = \"cosine\"";
        config.replace(config.find(from), from.size(), "schedule = \"steps\"");
        folder.put("tiny.toml", config);
    }
    std::vector<Word> words(const fs::path& log, const std::vector<Word>& eval_steps,
                            const std::vector<Word>& more = {}) const {
        std::vector<Word> all{"run",          "train_and_validate",
                              "--dataset",    folder / "data",
                              "--validation", folder / "data",
                              "--config",     folder / "tiny.toml",
                              "--batch-size", 2,
                              "--crop",       128,
                              "--output",     log,
                              "--set",        "train.save_seconds=0",
                              "--eval-steps"};
        all.insert(all.end(), eval_steps.begin(), eval_steps.end());
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
};

void wait_for(const fs::path& file, const Running& run) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(3);
    while (!fs::exists(file) && run.alive() && std::chrono::steady_clock::now() < end)
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

/// Batches that the stage "train" took, by the run's report.
int batches(const std::string& report) {
    std::smatch found;
    const std::regex pattern(R"re("name": "train",[^}]*?"items_in": (\d+))re");
    REQUIRE(std::regex_search(report, found, pattern));
    return std::stoi(found[1]);
}

}  // namespace

TEST_CASE("a training that is killed again and again goes on from its last state, to the same bytes") {
    const Session session;
    const auto log = session.folder / "log", books = log / ".figurant/state";
    program(0, session.words(session.folder / "whole", {2, 5, 6}, {"--threads", 2}));
    const auto whole = results(session.folder / "whole");
    CHECK_FALSE(fs::exists(session.folder / "whole/.figurant/state/training.h5"));  // needed no more
    auto resumed = session.words(log, {2, 5, 6}, {"--threads", 1, "--resume"});
    // In the middle of a stretch, behind an eval step, in a validation, in the next stretch.
    for (const auto& file : {books / "training.h5", books / "saved-2.csv",
                             log / "eval/step_2/.figurant/done.jsonl", log / "eval/step_2/metrics.json"}) {
        const Running run(resumed);
        wait_for(file, run);
        run.signal(SIGKILL);
        run.end();
        REQUIRE(fs::exists(file));
    }
    // By then two steps are saved at least, and none of them is taken again.
    for (const Word& word : {Word("--report"), Word(session.folder / "report.json")}) resumed.push_back(word);
    program(0, resumed);
    check_same(whole, results(log));
    const auto report = contents(session.folder / "report.json");
    CHECK(batches(report) <= 4);
    CHECK(contains(report, "\"steps\": 6"));
}

TEST_CASE("a training that was killed when all but its last validation was done, learns nothing again") {
    const Session session;
    const auto log = session.folder / "log";
    const auto words = session.words(log, {1, 2});
    {
        const Running run(words);
        wait_for(log / ".figurant/state/saved-2.csv", run);
        run.signal(SIGKILL);
        run.end();
    }
    auto resumed = words;
    for (const Word& word : {Word("--resume"), Word("--report"), Word(session.folder / "report.json")})
        resumed.push_back(word);
    program(0, resumed);
    CHECK(batches(contents(session.folder / "report.json")) == 1);  // which it only looks at
    program(0, session.words(session.folder / "whole", {1, 2}));
    check_same(results(session.folder / "whole"), results(log));
}

TEST_CASE("a training goes on from an earlier session's checkpoint as if it had not ended") {
    const Session session;
    const auto log = [&](const char* name) { return session.folder / name; };
    program(0, session.words(log("whole"), {2, 4}));
    program(0, session.words(log("first"), {2}));
    program(0, session.words(log("second"), {4}, {"--initial", log("first") / "checkpoint-2.h5"}));
    const auto whole = results(log("whole")), second = results(log("second"));
    for (const std::string file : {"checkpoint-4.h5", "model-4.h5", "eval/step_4/coco_results.json"})
        CHECK_MESSAGE((whole.at(file) == second.at(file)), file, " differs");
    CHECK(lines(second.at("losses.csv")).size() == 3);  // its own steps
    CHECK(lines(second.at("losses.csv"))[2] == lines(whole.at("losses.csv"))[4]);
    const auto ended =
        program(2, session.words(log("third"), {2}, {"--initial", log("first") / "checkpoint-2.h5"}));
    CHECK(contains(ended.err, "has learned for 2 steps, and training is to end at 2"));
    // A model gives its weights, and no more.
    program(0, session.words(log("fourth"), {1}, {"--initial", log("first") / "model-2.h5"}));
    CHECK(results(log("fourth")).at("model-1.h5") != whole.at("model-2.h5"));
}
