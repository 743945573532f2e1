#pragma once
// A folder of graph files that is gone after the test, and values for their parameters.

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/file_writer.h"
#include "pipeline/graph_file.h"

namespace figurant::pipeline::test {

struct GraphFolder {
    std::filesystem::path path;
    explicit GraphFolder(const std::string& name)
        : path(std::filesystem::temp_directory_path() /
               ("figurant_graphs_" + name + "_" + std::to_string(getpid()))) {
        std::filesystem::remove_all(path);
        std::filesystem::create_directories(path);
    }
    ~GraphFolder() { std::filesystem::remove_all(path); }
    GraphFolder(const GraphFolder&) = delete;
    GraphFolder& operator=(const GraphFolder&) = delete;
    std::filesystem::path add(const std::string& name, const std::string& text) const {
        write_file(path / name, text);
        return path / name;
    }
};

inline ParameterValue text_value(const std::string& value) { return Scalar(value); }
inline ParameterValue int_value(std::int64_t value) { return Scalar(value); }
inline ParameterValue texts_value(const std::vector<std::string>& values) {
    std::vector<Scalar> list(values.begin(), values.end());
    return ParameterValue(std::move(list));
}

inline const PlannedStage& stage_of(const Plan& plan, const std::string& name) {
    for (const auto& stage : plan.stages)
        if (stage.name == name) return stage;
    FAIL("no stage " << name);
    return plan.stages.front();
}

inline std::vector<std::string> names_of(const Plan& plan) {
    std::vector<std::string> names;
    for (const auto& stage : plan.stages) names.push_back(stage.name);
    return names;
}

/// The messages of a graph that is refused, or "".
template <class Body>
std::string messages_of(Body body) {
    try {
        body();
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

}  // namespace figurant::pipeline::test
