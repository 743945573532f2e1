// What users read about stages and graphs comes from their declarations: none may be missing.

#include <doctest/doctest.h>

#include <filesystem>

#include "base/file_writer.h"
#include "base/shipped_files.h"
#include "mask_rcnn/config.h"
#include "pipeline/graph_file.h"
#include "pipeline/registry.h"

using namespace figurant;
namespace fs = std::filesystem;

namespace {

/// A sentence: begins with a capital or a quotation mark, or explains in small letters; never empty, never
/// cut off.
void check_sentence(std::string_view sentence, const std::string& of) {
    CHECK_MESSAGE(sentence.size() >= 8, of, ": \"", sentence, "\"");
    CHECK_MESSAGE((sentence.empty() || (sentence.front() != ' ' && sentence.back() != ' ')), of);
}

}  // namespace

TEST_CASE("every stage, port and parameter has its sentence") {
    const auto types = pipeline::Registry::global().all();
    CHECK(types.size() >= 20);
    for (const auto* type : types) {
        check_sentence(type->sentence, type->name);
        CHECK_MESSAGE((type->sentence.empty() || type->sentence.back() == '.'), type->name,
                      " ends without a full stop");
        for (const auto& port : type->inputs)
            check_sentence(port.sentence, type->name + "." + std::string(port.name));
        for (const auto& port : type->outputs)
            check_sentence(port.sentence, type->name + "." + std::string(port.name));
        for (const auto& parameter : type->parameters)
            check_sentence(parameter.sentence, type->name + "." + parameter.name);
    }
}

TEST_CASE("a stage's file is called as the stage, in the folder of its family") {
    for (const auto* type : pipeline::Registry::global().all()) {
        if (type->kind == pipeline::Kind::graph || type->kind == pipeline::Kind::for_each_graph) continue;
        CHECK_MESSAGE(fs::exists(fs::path("stages") / type->family / (type->name + ".cpp")), type->family,
                      "/", type->name);
        CHECK_MESSAGE(fs::exists(fs::path("tests/stages") / (type->name + "_test.cpp")), type->name,
                      " has no test");
    }
}

TEST_CASE("every shipped graph passes the check, and each of its parameters has its sentence") {
    const fs::path folder = "graphs";
    std::size_t graphs = 0;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() != ".toml") continue;
        ++graphs;
        INFO(entry.path().string());
        CHECK_NOTHROW(pipeline::check_graph(entry.path(), {}, {}, {{folder}}));
        const auto header = pipeline::read_graph_header(entry.path());
        check_sentence(header.title, "the title");
        for (const auto& parameter : header.parameters) check_sentence(parameter.sentence, parameter.name);
    }
    CHECK(graphs >= 5);
}

TEST_CASE("every shipped configuration is valid") {
    for (const auto& entry : fs::directory_iterator("configs")) {
        if (entry.path().extension() != ".toml") continue;
        INFO(entry.path().string());
        CHECK_NOTHROW(mask_rcnn::parse_config(read_file(entry.path()), entry.path().string()));
    }
}
