// What the commands that compute nothing take: `check` on every shipped graph and on every broken graph of
// the error gallery, and the lists, help, versions and completion. Each is a process of its own, the files
// are warm. Wanted: less than 100 ms, of the clock and of the processor. Run from the top of the source tree.
// usage: check [PROGRAM]

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr int repetitions = 7;
constexpr double wanted_ms = 100;

struct Taken {
    double wall_ms = 0, processor_ms = 0;
    int code = -1;
};

double milliseconds(const timeval& time) {
    return 1e3 * static_cast<double>(time.tv_sec) + 1e-3 * static_cast<double>(time.tv_usec);
}

Taken run_once(const std::string& program, const Words& words) {
    std::vector<std::string> texts{program};
    texts.insert(texts.end(), words.begin(), words.end());
    std::vector<char*> arguments;
    for (auto& text : texts) arguments.push_back(text.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    const auto start = std::chrono::steady_clock::now();
    pid_t process = 0;
    const int failed = posix_spawn(&process, program.c_str(), &files, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    int status = 0;
    rusage usage{};
    if (failed != 0 || wait4(process, &status, 0, &usage) != process) return {};
    const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - start;
    return {wall.count(), milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime),
            WIFEXITED(status) ? WEXITSTATUS(status) : -1};
}

/// Medians of the times; the code of the last run.
Taken measured(const std::string& program, const Words& words) {
    std::vector<double> wall, processor;
    Taken last;
    for (int i = 0; i < repetitions; ++i) {
        last = run_once(program, words);
        wall.push_back(last.wall_ms);
        processor.push_back(last.processor_ms);
    }
    std::sort(wall.begin(), wall.end());
    std::sort(processor.begin(), processor.end());
    return {wall[wall.size() / 2], processor[processor.size() / 2], last.code};
}

std::vector<fs::path> graphs_in(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.path().extension() == ".toml") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

/// The slowest of a group of commands.
class Group {
  public:
    Group(std::string name, int code) : name_(std::move(name)), code_(code) {}

    void add(const std::string& program, const Words& words) {
        const Taken taken = measured(program, words);
        std::string text = "figurant";
        for (const auto& word : words) text += " " + word;
        if (taken.code != code_) {
            std::printf("%s: exit code %d, not %d\n", text.c_str(), taken.code, code_);
            sound_ = false;
        }
        ++count_;
        wall_sum_ += taken.wall_ms;
        processor_sum_ += taken.processor_ms;
        if (taken.wall_ms > slowest_.wall_ms) slowest_ = taken, slowest_text_ = text;
        dearest_ = std::max(dearest_, taken.processor_ms);
    }
    bool print() const {
        std::printf(
            "%-22s %4d  wall %5.1f ms in the mean, %5.1f at most (%s); processor %5.1f, %5.1f at most\n",
            name_.c_str(), count_, wall_sum_ / count_, slowest_.wall_ms, slowest_text_.c_str(),
            processor_sum_ / count_, dearest_);
        return sound_ && slowest_.wall_ms < wanted_ms && dearest_ < wanted_ms;
    }

  private:
    std::string name_;
    int code_;
    int count_ = 0;
    double wall_sum_ = 0, processor_sum_ = 0, dearest_ = 0;
    Taken slowest_;
    std::string slowest_text_;
    bool sound_ = true;
};

}  // namespace

int main(int count, char** words) {
    const std::string program = count > 1 ? words[1] : "build/figurant";
    Group shipped("check, shipped graphs", 0), broken("check, broken graphs", 2), others("other commands", 0);
    for (const auto& file : graphs_in("graphs")) shipped.add(program, {"check", file.stem().string()});
    for (const auto& file : graphs_in("tests/error_gallery")) broken.add(program, {"check", file.string()});
    for (const Words& each : std::vector<Words>{{"show", "evaluate"},
                                                {"graphs"},
                                                {"stages"},
                                                {"stages", "detect"},
                                                {"schema"},
                                                {"run", "evaluate", "--help"},
                                                {"--help"},
                                                {"--version"},
                                                {"completion", "bash"}})
        others.add(program, each);
    bool good = true;
    for (const auto* group : {&shipped, &broken, &others}) good = group->print() && good;
    std::printf("wanted: less than %.0f ms each\n", wanted_ms);
    return good ? 0 : 1;
}
