#pragma once
// A checked graph, ready to run: graphs inlined, parameters resolved, ports bound. Made by graph_file.h, run
// by run.h.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/parameters.h"
#include "pipeline/registry.h"

namespace figurant::pipeline {

enum class OnError { fail_input, skip_item, retry, stop };

/// Whether a stage of this kind may run again on an item: it has given, written or taken in nothing of it
/// when it fails.
bool can_retry(Kind kind);

/// The reserved table `execution` of a stage.
struct Execution {
    std::int64_t concurrency = 0;         ///< calls at once at the most; 0: as many as there are threads
    std::int64_t batch = 0;               ///< items a call at the most; 0: what the stage likes best
    std::string on_error = "fail_input";  ///< "fail_input", "skip_item", "retry", "stop"
    std::int64_t retries = 2;             ///< for "retry"
    bool ordered = false;                 ///< inputs are delivered in lineage order
    static const ParameterList<Execution>& parameters();
    OnError policy() const;
};

/// Where an input port gets its items: an output port of another stage.
struct PortSource {
    std::size_t stage = 0;
    std::size_t port = 0;
};

/// What a for_each_graph stage runs for each item.
struct SubGraph {
    std::filesystem::path file;
    ParameterValues
        parameters;  ///< texts may hold ${item.NAME}, filled from the item (PayloadTraits::values)
};

struct PlannedStage {
    std::string name;  ///< dotted through inlined graphs: "figures.tiles"
    const StageType* type = nullptr;
    ParameterValues values;  ///< every parameter of the type, defaults filled in
    Execution execution;
    std::vector<PortSource> inputs;     ///< one for each input port of the type
    std::optional<std::size_t> group;   ///< gather: the expand whose group it closes
    std::optional<SubGraph> sub_graph;  ///< for_each_graph

    /// The groups open around this stage's *output* items, outermost first: indices of expands. A stage runs
    /// once for each item of the longest scope among its inputs; all its inputs' scopes are prefixes of that
    /// one.
    std::vector<std::size_t> scope;
    /// The regroup that these items come from, if any: lineage roots count its outputs instead of the run's
    /// inputs.
    std::optional<std::size_t> regroup;
};

/// What decides the results of a run: each thing in words ("stage \"tiles\": size"), and its value.
using PlanFacts = std::vector<std::pair<std::string, std::string>>;
/// Before the name of a file whose content is a fact; the value is its digest.
inline constexpr std::string_view file_fact = "the file ";

struct Plan {
    std::string title;
    std::filesystem::path file;
    ParameterValues parameters;        ///< the graph's own, resolved
    std::vector<std::string> set;      ///< the overrides, as they were given
    std::vector<PlannedStage> stages;  ///< in the file's order, inlined graphs in place; exactly one source
    std::filesystem::path output;      ///< the value of the parameter `output`; empty without one
    std::vector<std::filesystem::path> library;  ///< folders of shipped graphs, for sub-runs
    PlanFacts facts;     ///< all that decides the results (not threads, memory, batch, nor which inputs)
    std::string digest;  ///< of the facts
};

}  // namespace figurant::pipeline
