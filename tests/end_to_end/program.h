#pragma once
// Runs the program itself, as a user would, and keeps what it said.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "tests/data_formats/scratch_folder.h"

namespace figurant::end_to_end {

inline std::string contents(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

struct Outcome {
    int code = -1;  ///< the exit code; -1: ended by a signal
    std::string out, err;
};

/// A word of a command line: text, path or number.
struct Word {
    std::string text;
    Word(const char* word) : text(word) {}                            // NOLINT: a word is what it says
    Word(std::string word) : text(std::move(word)) {}                 // NOLINT
    Word(const std::filesystem::path& path) : text(path.string()) {}  // NOLINT
    Word(int number) : text(std::to_string(number)) {}                // NOLINT
};

/// figurant WORDS…, in the working folder of the tests, as it runs.
class Running {
  public:
    explicit Running(const std::vector<Word>& words) {
        const std::string out = (said_ / "out").string(), err = (said_ / "err").string();
        std::vector<std::string> texts{FIGURANT_PROGRAM};
        for (const auto& word : words) texts.push_back(word.text);
        std::vector<char*> arguments;
        for (auto& text : texts) arguments.push_back(text.data());
        arguments.push_back(nullptr);
        posix_spawn_file_actions_t files;
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT, 0600);
        posix_spawn_file_actions_addopen(&files, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT, 0600);
        const int failed =
            posix_spawn(&process_, FIGURANT_PROGRAM, &files, nullptr, arguments.data(), environ);
        posix_spawn_file_actions_destroy(&files);
        REQUIRE_MESSAGE(failed == 0, FIGURANT_PROGRAM, " cannot be started");
    }
    void signal(int number) const { ::kill(process_, number); }
    pid_t process() const { return process_; }
    /// Until it has ended, whether or not `end` was called.
    bool alive() const {
        siginfo_t state{};
        return waitid(P_PID, static_cast<id_t>(process_), &state, WEXITED | WNOHANG | WNOWAIT) == 0 &&
               state.si_pid == 0;
    }
    /// Waits for its end; once.
    Outcome end() const {
        int status = 0;
        REQUIRE(waitpid(process_, &status, 0) == process_);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents(said_ / "out"),
                contents(said_ / "err")};
    }

  private:
    ScratchFolder said_;
    pid_t process_ = 0;
};

inline Outcome program(const std::vector<Word>& words) { return Running(words).end(); }

/// The same, and it must end with this exit code.
inline Outcome program(int code, const std::vector<Word>& words) {
    const Outcome outcome = program(words);
    std::string line = "figurant";
    for (const auto& word : words) line += " " + word.text;
    REQUIRE_MESSAGE(outcome.code == code, line, "\n", outcome.err);
    return outcome;
}

inline bool contains(const std::string& text, const std::string& piece) {
    return text.find(piece) != std::string::npos;
}

/// All results below an output folder, by their relative path; the bookkeeping left out.
inline std::map<std::string, std::string> results(const std::filesystem::path& folder) {
    std::map<std::string, std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        const auto name = entry.path().lexically_relative(folder).generic_string();
        if (contains("/" + name, "/.figurant/") || !entry.is_regular_file()) continue;
        all[name] = contents(entry.path());
    }
    return all;
}

inline std::vector<std::string> names(const std::map<std::string, std::string>& files) {
    std::vector<std::string> all;
    for (const auto& [name, bytes] : files) all.push_back(name);
    return all;
}

/// Keeps two files that should be one for whoever looks into it, and says where they part.
inline std::string keep_both(const std::string& name, const std::string& a, const std::string& b) {
    const auto length = std::min(a.size(), b.size());
    const auto place = std::mismatch(a.data(), a.data() + length, b.data()).first - a.data();
    const auto kept = std::filesystem::temp_directory_path() / "figurant_differing_files";
    std::filesystem::create_directories(kept);
    const auto file = std::filesystem::path(name).filename().string();
    std::ofstream(kept / ("a_" + file), std::ios::binary) << a;
    std::ofstream(kept / ("b_" + file), std::ios::binary) << b;
    return "from byte " + std::to_string(place) + " on; kept in " + kept.string();
}

/// Says which files differ, instead of printing them.
inline void check_same(const std::map<std::string, std::string>& a,
                       const std::map<std::string, std::string>& b) {
    CHECK(names(a) == names(b));
    for (const auto& [name, bytes] : a)
        if (const auto other = b.find(name); other != b.end()) {
            const bool equal = bytes == other->second;
            CHECK_MESSAGE(equal, name, " differs ", equal ? "" : keep_both(name, bytes, other->second));
        }
}

inline std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> all;
    std::size_t at = 0;
    for (auto end = text.find('\n'); end != std::string::npos; at = end + 1, end = text.find('\n', at))
        all.push_back(text.substr(at, end - at));
    if (at < text.size()) all.push_back(text.substr(at));
    return all;
}

/// While it lives, programs that are started park and delay their sources, expands and sinks at random.
class Disturbance {
  public:
    explicit Disturbance(int seed) { ::setenv("FIGURANT_DISTURB", std::to_string(seed).c_str(), 1); }
    ~Disturbance() { ::unsetenv("FIGURANT_DISTURB"); }
    Disturbance(const Disturbance&) = delete;
    Disturbance& operator=(const Disturbance&) = delete;
};

/// Small maps of ours, with their truth: `count` of 256 x 192 pixels, PNG.
inline void synthesize(const std::filesystem::path& folder, int count, int seed = 1) {
    program(0, {"run", "synthesize_maps", "--output", folder, "--count", count, "--seed", seed, "--width",
                256, "--height", 192, "--largest", 120, "--figures-most", 6, "--format", "png"});
}

/// A network that is trained in seconds, and finds next to nothing.
constexpr const char* tiny_network = R"(
[network]
pixel_means = [127.5, 127.5, 127.5]
pixel_scale = 0.0157
scope = "tiny"
conv1_depth = 8
block_units = [1, 1, 1]
block_bottleneck_depths = [8, 8, 8]
block_depths = [16, 16, 16]
normalization = "batch_norm"
rpn_depth = 16
anchor_base = 64
anchor_scales = [0.5, 1.0]
anchor_aspect_ratios = [0.5, 1.0]
proposals = 20
training_proposals = 20
rpn_minibatch = 32
second_stage_minibatch = 8
second_stage_units = 1
second_stage_bottleneck_depth = 8
second_stage_depth = 16
mask_size = 15
mask_conv_depth = 8
mask_convs = 2

[training]
optimizer = "adamw"
learning_rate = 0.002
schedule = "cosine"
warm_up_steps = 1
gradient_clip = "global"
head_initializer = "variance_scaling"
resize = "keep"
batch_size = 2
microbatch = 1
)";

}  // namespace figurant::end_to_end
