#pragma once
// A run's folder: its lock, and the bookkeeping in .figurant/. Internal to the framework.
//
//     OUTPUT/.figurant/lock         held while a run uses the folder
//     OUTPUT/.figurant/run.json     the resolved graph, its digest, the inputs
//     OUTPUT/.figurant/done.jsonl   a line for each finished input, after all its sinks are committed
//     OUTPUT/.figurant/parts/       what finish stages keep of each input
//     OUTPUT/failures.jsonl         absent when nothing failed
//
// A run into the folder of an earlier one starts afresh: the earlier bookkeeping is removed, results of the
// same names are replaced as they become whole, and other files are left as they are.

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "pipeline/plan.h"
#include "pipeline/run.h"

namespace figurant::pipeline {

class RunFolder {
  public:
    /// Error(Cause::output) at once when `output` cannot become a folder; touches nothing.
    static void check(const std::filesystem::path& output);

    /// Makes the folder, locks it, removes an earlier run's bookkeeping, writes run.json.
    /// Error(Cause::output), also when another run holds the lock.
    RunFolder(const Plan& plan, const RunSettings& settings, std::span<const InputReference> inputs);
    ~RunFolder();
    RunFolder(const RunFolder&) = delete;
    RunFolder& operator=(const RunFolder&) = delete;

    /// Appends to done.jsonl. Error(Cause::output).
    void append_done(const InputReference& input, bool partial);
    /// Appends to failures.jsonl, for whoever looks while the run goes on.
    void append_failure(const Failure& failure);

    /// What a finish stage keeps of one input: stored, read again when the run ends.
    void store_parts(std::size_t stage, std::size_t place, const std::vector<std::string>& items);
    std::vector<std::string> load_parts(std::size_t stage, std::size_t place) const;

    /// Both lists once more, in source order; failures.jsonl goes if there are none.
    void finish_lists(std::span<const Failure> failures);

  private:
    std::filesystem::path part_path(std::size_t stage, std::size_t place) const;

    std::filesystem::path output_, book_;
    int lock_ = -1, done_ = -1;
    std::map<std::size_t, std::string> done_lines_;  ///< by place
};

std::string json_line(const Failure& failure);

}  // namespace figurant::pipeline
