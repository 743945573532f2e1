#pragma once
// A run's folder: its lock, and the bookkeeping in .figurant/. Internal to the framework.
//
//     OUTPUT/.figurant/lock         held while a run uses the folder
//     OUTPUT/.figurant/run.json     the resolved graph, its digest, the inputs
//     OUTPUT/.figurant/done.jsonl   a line for each finished input, after all its sinks are committed, with
//                                   what its stages told of it
//     OUTPUT/.figurant/parts/       what finish stages keep of each input
//     OUTPUT/.figurant/state/       what stages keep for themselves until the run is complete
//     OUTPUT/failures.jsonl         absent when nothing failed
//
//     OUTPUT/.figurant/complete     there when all was done, without a failure; of a graph with a regroup,
//     what
//                                   the run told
//
// A run into the folder of an earlier one starts afresh: the earlier bookkeeping is removed, results of the
// same names are replaced as they become whole, and other files are left as they are. Resumed, it goes on:
// what the journal names is done, all else is run; whatever a killed run left aside is removed.

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file_writer.h"
#include "pipeline/plan.h"
#include "pipeline/run.h"
#include "pipeline/run_inputs.h"

namespace figurant::pipeline {

class RunFolder {
  public:
    /// Before anything is loaded: Error(Cause::output) when the output cannot become a folder,
    /// Error(Cause::configuration) when it holds another run than the one to be resumed. Touches nothing.
    static void check(const Plan& plan, const RunSettings& settings, const RunOptions& options);

    /// Makes the folder and locks it, decides which of the inputs `listed` are run, brings the books into the
    /// state that the run begins with. Error(Cause::output), also when another run holds the lock;
    /// Error(Cause::configuration) when an earlier run cannot be resumed.
    RunFolder(const Plan& plan, const RunSettings& settings, const RunOptions& options,
              std::vector<InputReference> listed);
    ~RunFolder();
    RunFolder(const RunFolder&) = delete;
    RunFolder& operator=(const RunFolder&) = delete;

    const std::vector<RunInput>& inputs() const { return inputs_; }  ///< by place
    /// The earlier run has done all that could be done, and what it did cannot be done again in part.
    bool nothing_left() const { return nothing_left_; }
    const std::vector<std::string>& warnings() const { return warnings_; }

    /// What the earlier run told, where nothing is left of it.
    const Told& told() const { return told_; }

    /// Appends to done.jsonl. Error(Cause::output). For any thread.
    void append_done(const InputReference& input, bool partial, const Records& records);
    /// Appends to failures.jsonl, for whoever looks while the run goes on. One thread at a time.
    void append_failure(const Failure& failure);

    /// What a finish stage keeps of one input: stored, read again when the run ends.
    void store_parts(std::size_t stage, std::size_t place, const std::vector<std::string>& items);
    std::vector<std::string> load_parts(std::size_t stage, std::size_t place) const;

    /// Both lists once more, in source order; failures.jsonl goes if there are none. `failures` by place,
    /// `others` belong to no input; `complete`: nothing is left to do, and this was told.
    void finish_lists(const std::map<std::size_t, Failure>& failures, std::span<const Failure> others,
                      const Told* complete);

  private:
    static void check_place(const std::filesystem::path& output);
    void take_inputs(const Plan& plan, const PlanFacts& facts, Begin begin,
                     std::vector<InputReference> listed, std::optional<EarlierRun>& own, EarlierRuns earlier);
    void tell_changed(const FolderDigests& then, const FolderDigests& now);
    void clear_books();
    void keep_books(const EarlierRun& own);
    void write_record(const Plan& plan, const RunSettings& settings, const PlanFacts& facts,
                      const FolderDigests& folders);
    void write_failures(const std::string& lines);
    std::filesystem::path part_path(std::size_t stage, std::size_t place) const;

    std::filesystem::path output_, book_;
    int lock_ = -1;
    std::vector<RunInput> inputs_;
    std::vector<std::string> warnings_;
    bool nothing_left_ = false;
    Told told_;
    std::mutex done_mutex_;
    std::unique_ptr<LineJournal> done_, failures_;
    std::map<std::size_t, std::string> done_lines_;    ///< by place
    std::map<std::size_t, std::string> failed_lines_;  ///< of an earlier run, by place
};

/// The inputs of a run without a folder.
std::vector<RunInput> inputs_to_replay(std::vector<InputReference> listed, const RunOptions& options);

/// RunSettings::state.
std::filesystem::path state_folder(const std::filesystem::path& output);

std::string json_line(const Failure& failure);

}  // namespace figurant::pipeline
