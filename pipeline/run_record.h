#pragma once
// What a run folder's books say of the run that wrote them: .figurant/run.json and done.jsonl,
// failures.jsonl. Internal to the framework.

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/plan.h"
#include "pipeline/records.h"
#include "pipeline/run.h"

namespace figurant::pipeline {

/// Digests of folders, by path.
using FolderDigests = std::map<std::string, std::string>;

/// run.json: what the run was.
struct RunRecord {
    struct Input {
        std::string name, digest;
        std::size_t place = 0;
    };
    PlanFacts facts;  ///< the plan's, and the device, the program's version, the files that parameters name
    std::vector<std::string> libraries;  ///< their versions
    FolderDigests folders;               ///< that parameters name: their digests
    RecordedCommand command;
    std::vector<Input> inputs;
};

/// The facts that decide a run's results, files that its parameters name read and digested.
PlanFacts run_facts(const Plan& plan, const RunSettings& settings);

/// The digests of the folders that path parameters name, but of what the run itself writes. Into some of them
/// other programs or stages write: what has changed there is worth a warning.
FolderDigests folder_digests(const Plan& plan);

/// run.json's text.
std::string run_record_text(const Plan& plan, const RunSettings& settings, const PlanFacts& facts,
                            const FolderDigests& folders, std::span<const RunRecord::Input> inputs);

/// What differs, a sentence each; empty: nothing.
std::vector<std::string> differences(const PlanFacts& then, const PlanFacts& now);

/// `text` as it comes back from a book: JSON holds no bytes that are not UTF-8.
std::string as_booked(std::string_view text);

/// What a whole run told: totals, warnings and texts in their order.
struct Told {
    std::map<std::string, std::int64_t> counts;
    std::vector<std::string> warnings, printed;
};
std::string told_text(const Told& told);

/// An earlier run, by its books. Lines that a kill left unfinished are not there.
struct EarlierRun {
    struct Done {
        std::string digest, line;
        bool partial = false;
        Records records;
    };
    RunRecord record;
    std::map<std::string, Done> done;           ///< by the input's name
    std::map<std::string, std::string> failed;  ///< their lines, by name; none of those done
    bool complete = false;                      ///< all was done, with nothing left over, finish stages too
    Told told;                                  ///< complete: what the whole run told

    /// Nothing where `folder` holds no run.json. Error(Cause::configuration) for one that is damaged.
    static std::optional<EarlierRun> read(const std::filesystem::path& folder);
};

}  // namespace figurant::pipeline
