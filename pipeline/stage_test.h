#pragma once
// For tests of stages: runs one stage on given items, on the framework's own scheduler, as a graph would.
//
//     StageTest test(R"(
//         type = "shrink"
//         factor = 0.5
//         execution = { on_error = "skip_item" }
//     )");
//     test.give("a", Picture{…}).give("a", Picture{…}).give("b", Picture{…});
//     for (const int threads : {1, 8}) {
//         const auto result = test.run(threads);
//         assert(result.all<Picture>("small") == expected);
//         assert(result.report.failures.empty());
//     }

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "pipeline/registry.h"
#include "pipeline/run.h"

namespace figurant::pipeline {

/// What came out of the stage for one item: a payload for each of its output ports, in their order.
struct StageTestItem {
    std::string input;  ///< the name that it was given under; behind a regroup: of the first it was made of
    std::vector<Payload> payloads;
};

struct StageTestResult {
    /// In lineage order: as given, then as an expand made them. Of inputs that failed: nothing.
    std::vector<StageTestItem> items;
    /// As a run's: failures, counts, warnings, what was printed, the exit code.
    RunReport report;
    std::vector<PortDeclaration> ports;  ///< the stage's outputs

    /// All payloads of one output port. Error(Cause::internal) for a port that is not there, or of another
    /// type.
    template <class T>
    std::vector<T> all(std::string_view port) const {
        std::vector<T> values;
        const std::size_t index = port_index(port, payload_type<T>());
        for (const auto& item : items)
            values.push_back(*static_cast<const T*>(item.payloads[index].data.get()));
        return values;
    }

  private:
    std::size_t port_index(std::string_view port, const PayloadType& type) const;
};

class StageTest {
  public:
    /// `toml`: the lines of the stage's table in a graph file, without `from` and `group`. GraphError with
    /// all problems; its places are lines of this text. The stage's library, if it has one, is loaded before
    /// (plugins.h).
    explicit StageTest(const std::string& toml);

    /// An item: a payload for each input port, in their order. Items given under one name belong to one input
    /// of the run, which fails as a whole; to a gather they are one group. A source is given nothing.
    template <class... T>
    StageTest& give(const std::string& input, T... payloads) {
        give_item(input, {payload(std::move(payloads))...});
        return *this;
    }

    /// Runs the stage on the items, as often as wanted. Throws as `run` (run.h) does before anything ran.
    StageTestResult run(int threads = 1) const;

    const StageType& type() const { return *type_; }

  private:
    struct Input {
        std::string name;
        std::vector<std::vector<Payload>> items;
    };
    friend struct StageTestPlan;

    template <class T>
    static Payload payload(T value) {
        if constexpr (std::is_convertible_v<T, const char*>)
            return Payload::of(std::string(value));
        else
            return Payload::of(std::move(value));
    }
    void give_item(const std::string& input, std::vector<Payload> payloads);

    const StageType* type_ = nullptr;
    ParameterValues values_;
    Execution execution_;
    std::vector<Input> inputs_;
};

}  // namespace figurant::pipeline
