#include "tests/pipeline/run_child.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <mutex>
#include <sstream>

#include "base/disk_steps.h"
#include "base/random.h"
#include "tests/pipeline/file_run.h"
#include "tests/pipeline/nested_run.h"

using namespace figurant;
using namespace figurant::pipeline;
using namespace figurant::pipeline::test;

namespace {

constexpr const char* variable = "FIGURANT_TEST_CHILD";

/// A disk that has on it only what was flushed. Everything else is undone, or not, at `lose`.
class ForgetfulDisk {
  public:
    ForgetfulDisk(fs::path attic, std::uint64_t seed) : attic_(std::move(attic)), random_(seed) {
        fs::create_directories(attic_);
    }

    void before(const DiskAction& action) {
        if (action.step == DiskStep::rename) keep(action.to);
        if (action.step == DiskStep::remove) keep(action.path);
        existed_ = fs::exists(action.path);
    }

    void after(const DiskAction& action) {
        const std::string path = action.path.string();
        switch (action.step) {
            case DiskStep::make_folder:
            case DiskStep::open:
                if (!existed_) names_.push_back({action.step, action.path, action.path, {}});
                if (action.step == DiskStep::open)
                    flushed_[path] = existed_ && !action.makes ? fs::file_size(path) : 0;
                break;
            case DiskStep::flush:
                flushed_[path] = fs::file_size(path);
                break;
            case DiskStep::rename:
                names_.push_back({action.step, action.path, action.to, std::exchange(kept_, {})});
                flushed_[action.to.string()] = flushed_[path];
                flushed_.erase(path);
                break;
            case DiskStep::remove:
                names_.push_back({action.step, action.path, action.path, std::exchange(kept_, {})});
                flushed_.erase(path);
                break;
            case DiskStep::flush_folder:
                std::erase_if(names_, [&](const Name& name) { return parent(name.to) == action.path; });
                break;
            default:
                break;
        }
    }

    /// The crash of the machine.
    void lose() {
        const bool all = random_.below(2) == 0;
        for (const auto& [path, size] : flushed_) lose_bytes(path, size, all);
        for (auto name = names_.rbegin(); name != names_.rend(); ++name)
            if (all || random_.below(2) == 0) undo(*name);
    }

  private:
    struct Name {
        DiskStep step;
        fs::path path, to;
        fs::path kept;  ///< what had the name `to` before; empty: nothing
    };

    static fs::path parent(const fs::path& path) {
        return path.parent_path().empty() ? fs::path(".") : path.parent_path();
    }

    void keep(const fs::path& path) {
        kept_.clear();
        if (!fs::is_regular_file(path)) return;
        kept_ = attic_ / std::to_string(count_++);
        fs::create_hard_link(path, kept_);
    }

    void lose_bytes(const fs::path& path, std::uintmax_t flushed, bool all) {
        std::error_code ignored;
        const auto size = fs::file_size(path, ignored);
        if (ignored || size <= flushed) return;
        const auto lost = static_cast<std::int64_t>(size - flushed);
        const auto left = flushed + static_cast<std::uintmax_t>(all ? 0 : random_.below(lost + 1));
        fs::resize_file(path, left);
        // A file may have its length on the disk before its content.
        if (random_.below(2) == 0) fs::resize_file(path, size);
    }

    static void undo(const Name& name) {
        std::error_code ignored;
        if (name.step == DiskStep::rename) fs::rename(name.to, name.path, ignored);
        if (name.step == DiskStep::open) fs::remove(name.path, ignored);
        if (name.step == DiskStep::make_folder) fs::remove_all(name.path, ignored);
        if (!name.kept.empty()) fs::create_hard_link(name.kept, name.to, ignored);
    }

    fs::path attic_;
    Random random_;
    std::map<std::string, std::uintmax_t> flushed_;
    std::vector<Name> names_;
    fs::path kept_;
    bool existed_ = false;
    int count_ = 0;
};

/// Kills the process at its step. Steps are taken one at a time, so that none is under way at that moment.
class DeadlyDisk : public DiskWatcher {
  public:
    explicit DeadlyDisk(const ChildRun& run) : run_(run) {
        if (run.lossy)
            forgetful_.emplace((run.nested ? run.output : run.output.parent_path()) / "attic", run.seed);
        watch_disk(this);
    }
    ~DeadlyDisk() override { watch_disk(nullptr); }
    DeadlyDisk(const DeadlyDisk&) = delete;
    DeadlyDisk& operator=(const DeadlyDisk&) = delete;

    Verdict before(const DiskAction& action) override {
        one_at_a_time_.lock();
        const bool now = count_++ == run_.step;
        if (now && run_.moment == "before") die();
        if (forgetful_) forgetful_->before(action);
        const bool torn = now && run_.moment == "torn" && action.step == DiskStep::write;
        return torn ? Verdict{0, action.bytes / 2} : Verdict{};
    }
    void after(const DiskAction& action, bool done) override {
        if (forgetful_ && done) forgetful_->after(action);
        if (count_ == run_.step + 1) die();
        one_at_a_time_.unlock();
    }
    std::int64_t count() const { return count_; }

  private:
    [[noreturn]] void die() {
        if (forgetful_) forgetful_->lose();
        for (;;) ::kill(::getpid(), SIGKILL);
    }

    const ChildRun& run_;
    std::optional<ForgetfulDisk> forgetful_;
    std::mutex one_at_a_time_;
    std::int64_t count_ = 0;
};

std::string text_of(const ChildRun& run) {
    std::ostringstream text;
    text << run.output.string() << " " << run.opened.string() << " " << run.resume << " " << run.delay << " "
         << run.step << " " << run.moment << " " << run.lossy << " " << run.seed << " " << run.nested;
    return text.str();
}

ChildRun from_text(const std::string& words) {
    std::istringstream text(words);
    ChildRun run;
    std::string output, opened;
    text >> output >> opened >> run.resume >> run.delay >> run.step >> run.moment >> run.lossy >> run.seed >>
        run.nested;
    run.output = output;
    run.opened = opened;
    return run;
}

RunReport report_of(const ChildRun& child) {
    if (child.nested) {
        NestedRun run;
        run.folder = child.output;
        run.opened = child.opened;
        run.options.begin = child.resume ? Begin::resume : Begin::afresh;
        return run.run();
    }
    FileRun run;
    run.output = child.output;
    run.opened = child.opened;
    run.delay = child.delay;
    run.options.begin = child.resume ? Begin::resume : Begin::afresh;
    return run.run();
}

int run_here(const ChildRun& child) {
    const DeadlyDisk disk(child);
    try {
        const int code = report_of(child).exit_code;
        std::ofstream(child.opened.string() + ".steps") << disk.count();
        return code;
    } catch (const Error& error) {
        std::cerr << error.what() << "\n";
        return exit_code(error.cause());
    }
}

}  // namespace

// Only for `start`.
TEST_CASE("a run in a process of its own" * doctest::skip()) {
    const char* words = std::getenv(variable);
    REQUIRE(words != nullptr);
    std::_Exit(run_here(from_text(words)));
}

namespace figurant::pipeline::test {

int start(const ChildRun& run) {
    ::setenv(variable, text_of(run).c_str(), 1);
    const std::string program = "/proc/self/exe";
    std::string name = "pipeline_tests", skipped = "--no-skip", wanted = "-tc=a run in a process of its own";
    char* arguments[] = {name.data(), skipped.data(), wanted.data(), nullptr};
    pid_t process = 0;
    REQUIRE(posix_spawn(&process, program.c_str(), nullptr, nullptr, arguments, environ) == 0);
    return process;
}

int wait_for(int process) {
    int status = 0;
    REQUIRE(waitpid(process, &status, 0) == process);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace figurant::pipeline::test
