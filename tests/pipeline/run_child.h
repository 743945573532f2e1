#pragma once
// A FileRun in a process of its own, which can be killed at a chosen step on the disk.

#include <cstdint>
#include <filesystem>
#include <string>

namespace figurant::pipeline::test {

struct ChildRun {
    std::filesystem::path output, opened;
    bool resume = false;
    int delay = 0;  ///< microseconds that an item takes
    /// The step at which it kills itself, from 0; less than 0: at none.
    std::int64_t step = -1;
    /// "before" the step, "after" it, "torn": a write after half its bytes.
    std::string moment = "before";
    /// What was not flushed is lost with it.
    bool lossy = false;
    std::uint64_t seed = 1;  ///< of what is lost
    bool nested = false;     ///< a NestedRun, whose folder `output` is; else a FileRun
};

/// Starts it; to be waited for.
int start(const ChildRun& run);

/// Its exit code; -1: killed.
int wait_for(int process);

inline int run_child(const ChildRun& run) { return wait_for(start(run)); }

}  // namespace figurant::pipeline::test
