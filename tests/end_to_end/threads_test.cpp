// One pool: threads that compute never exceed --threads, all libraries together.

#include <chrono>
#include <ios>
#include <map>
#include <set>
#include <thread>

#include "tests/end_to_end/program.h"

using namespace figurant;
using namespace figurant::end_to_end;

namespace {

/// The run's own watch, which sleeps but for a few times a second.
constexpr const char* watch = "figurant-watch";
/// What a thread may take to be begun, to find nothing to do, and to end. With one thread no other is begun;
/// one that computes takes a tenth of a second here.
constexpr std::int64_t not_computing = 20'000'000;  // nanoseconds

/// Empty where the thread has ended meanwhile, be it between opening the file and reading it.
std::string of_thread(const std::filesystem::path& file) {
    try {
        return contents(file);
    } catch (const std::ios_base::failure&) {
        return {};
    }
}

struct Threads {
    std::size_t computed = 0;  ///< that ever took processor time worth the name
    std::size_t at_once = 0;   ///< that were seen running at one moment, at the most
    std::string text;
};

/// Looks at all threads of a running program until it ends.
Threads observe(const Running& run) {
    const std::filesystem::path tasks = "/proc/" + std::to_string(run.process()) + "/task";
    std::map<std::string, std::int64_t> times;
    std::map<std::string, std::string> names;
    std::set<std::set<std::string>> moments;
    std::set<std::string> watches;  ///< they get their name a moment after they begin
    Threads threads;
    while (run.alive()) {
        std::set<std::string> running;
        std::error_code gone;
        for (const auto& task : std::filesystem::directory_iterator(tasks, gone)) {
            const std::string stat = of_thread(task.path() / "stat");
            const auto open = stat.find('('), close = stat.rfind(')');
            if (close == std::string::npos || close + 2 >= stat.size()) continue;
            const std::string name = stat.substr(open + 1, close - open - 1);
            const std::string id = task.path().filename();
            if (name == watch) watches.insert(id);
            names[id] = name;
            const std::string time = of_thread(task.path() / "schedstat");
            if (!time.empty()) times[id] = std::stoll(time);
            if (stat[close + 2] == 'R') running.insert(id);
        }
        moments.insert(running);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    const auto computes = [&](const std::string& id) {
        return times[id] > not_computing && !watches.contains(id);
    };
    for (const auto& moment : moments)
        threads.at_once = std::max(
            threads.at_once, static_cast<std::size_t>(std::count_if(moment.begin(), moment.end(), computes)));
    for (const auto& [id, time] : times) {
        if (computes(id)) ++threads.computed;
        threads.text += names[id] + " " + id + ": " + std::to_string(time / 1'000'000) + " ms\n";
    }
    return threads;
}

void check(std::size_t threads, std::vector<Word> words) {
    words.insert(words.end(), {"--threads", static_cast<int>(threads)});
    const Running run(words);
    const auto seen = observe(run);
    const auto outcome = run.end();
    CAPTURE(outcome.err);
    CAPTURE(seen.text);
    CHECK(outcome.code == 0);
    CHECK(seen.computed <= threads);
    CHECK(seen.at_once <= threads);
    CHECK(seen.computed >= 1);
}

}  // namespace

TEST_CASE("no more than --threads threads compute: composing, reading, the network, drawing, writing") {
    const ScratchFolder folder;
    for (const std::size_t threads : {1, 3}) {
        const auto data = folder / ("data_" + std::to_string(threads));
        check(threads, {"run", "synthesize_maps", "--output", data, "--count", 6, "--width", 512, "--height",
                        384, "--format", "png"});
        check(threads,
              {"run", "evaluate", "--maps", data / "images", "--truth", data / "coco_ground_truth.json",
               "--output", folder / ("out_" + std::to_string(threads)), "--set", "figures.tiles.size=256"});
    }
}

TEST_CASE("no more than --threads threads compute: training, with a validation inside it") {
    const ScratchFolder folder;
    synthesize(folder / "data", 4);
    const auto config = folder.put("tiny.toml", tiny_network);
    for (const std::size_t threads : {1, 3})
        check(threads, {"run", "train_and_validate", "--dataset", folder / "data", "--validation",
                        folder / "data", "--config", config, "--eval-steps", 4, "--batch-size", 4, "--crop",
                        128, "--output", folder / ("out_" + std::to_string(threads))});
}
