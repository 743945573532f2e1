#pragma once
// The plan as the scheduler walks it: who consumes what, at which depth, in which order of a serial run.
// Internal to the framework.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pipeline/plan.h"

namespace figurant::pipeline {

/// An input port that gets the items of some output port.
struct Edge {
    std::uint32_t stage = 0, port = 0;
};

/// In which order, and by whom, a stage's executions happen.
enum class Sequencing {
    none,  ///< any order, side by side
    fold,  ///< in order, one after the other, within a group (gather)
    part,  ///< in order, one after the other, within an input (sink of several items)
    run,   ///< in order, one after the other, over the whole run (regroup, ordered = true)
};

/// The moment of an execution in a serial, depth-first run of one input. Two executions that depend on each
/// other compare as they must; so "what comes before the first failure" is the same however threads
/// interleave.
struct Moment {
    std::array<std::uint32_t, 2 * Lineage::most_depth + 2> steps{};
    std::uint8_t size = 0;

    void push(std::uint32_t step) { steps[size++] = step; }
    static Moment last() {
        Moment moment;
        moment.push(UINT32_MAX);
        return moment;
    }
    auto operator<=>(const Moment& other) const {
        for (std::size_t i = 0; i < size && i < other.size; ++i)
            if (const auto order = steps[i] <=> other.steps[i]; order != 0) return order;
        return size <=> other.size;
    }
    bool operator==(const Moment& other) const { return (*this <=> other) == 0; }
};

struct StageLayout {
    const PlannedStage* planned = nullptr;
    const StageType* type = nullptr;
    Kind kind = Kind::map;
    OnError policy = OnError::fail_input;
    std::uint32_t index = 0;
    std::uint32_t rank = 0;           ///< place in a topological order
    std::uint32_t domain = 0;         ///< of what it receives: 0 the run's inputs, else a regroup's outputs
    std::uint32_t output_domain = 0;  ///< differs from domain for a regroup
    std::size_t depth = 0;            ///< of the lineages it executes on
    std::size_t output_depth = 0;
    std::vector<std::size_t> scope;  ///< expands open around its executions
    std::vector<std::size_t> port_depths;
    bool joined = false;  ///< several input ports
    Sequencing sequencing = Sequencing::none;
    std::size_t slot = 0;  ///< of a gather in its expand's groups; of a sink or finish in its domain
    std::vector<std::vector<Edge>> consumers;  ///< by output port
    std::int64_t consumer_count = 0;
    std::optional<Edge> only_consumer;  ///< of a stage with one output port that one stage takes

    // of an expand
    std::vector<std::size_t> gathers;    ///< that close its groups
    std::vector<std::size_t> sequenced;  ///< stages that must learn the size of each of its groups
    std::vector<std::size_t> joins;      ///< that hold an outer item until a group of it is closed

    /// Counts of crossings between a level and the levels inside it, on the way here (see Moment).
    std::array<std::uint32_t, Lineage::most_depth + 2> crossings{}, output_crossings{};
};

struct Layout {
    std::vector<StageLayout> stages;
    std::vector<std::size_t> topological;
    std::size_t source = 0;
    std::vector<std::size_t> regroups;                      ///< regroups[d - 1] makes the roots of domain d
    std::vector<std::vector<std::size_t>> sinks, finishes;  ///< by domain

    /// Error(Cause::internal) when the plan breaks its own promises.
    explicit Layout(const Plan& plan);

    Moment moment(const StageLayout& stage, const Lineage& lineage) const;
    /// Of what a stage emits: an expand's next item, a gather's end; else as `moment`.
    Moment output_moment(const StageLayout& stage, const Lineage& lineage) const;
};

}  // namespace figurant::pipeline
