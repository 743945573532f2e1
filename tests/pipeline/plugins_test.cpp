// Libraries of stages: those that fit are loaded, others are refused before anything in them has run.

#include "pipeline/plugins.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <random>

#include "pipeline/abi_note.h"
#include "pipeline/graph_file.h"
#include "pipeline/registry.h"
#include "pipeline/stage_test.h"
#include "tests/pipeline/graph_test_folder.h"
#include "tests/pipeline/graph_test_stages.h"

using namespace figurant;
using namespace figurant::pipeline;
namespace fs = std::filesystem;

// What the program says of itself, as the header of a package that both include would.
FIGURANT_NOTE(shared, library, "a library of both: 2.0")

namespace {

const fs::path plugins = FIGURANT_TEST_PLUGINS;

bool has(const std::string& text, const std::string& piece) { return text.find(piece) != std::string::npos; }

/// The message with which a library is refused; "" when it is loaded. `ran` tells whether its code did.
struct Loaded {
    std::string message;
    bool ran = false;
};

Loaded load(const test::GraphFolder& folder, const fs::path& library) {
    const fs::path mark = folder.path / "ran";
    fs::remove(mark);
    setenv("FIGURANT_TEST_RAN", mark.c_str(), 1);
    Loaded loaded;
    loaded.message = test::messages_of([&] { load_plugin(library); });
    unsetenv("FIGURANT_TEST_RAN");
    loaded.ran = fs::exists(mark);
    return loaded;
}

}  // namespace

TEST_CASE("a library that fits is loaded once, and its stages are there") {
    const test::GraphFolder folder("plugin_good");
    const auto first = load(folder, plugins / "good.so");
    CHECK(first.message == "");
    const auto* type = Registry::global().find("plugin_length");
    REQUIRE(type);
    CHECK(type->family == "good.so");
    CHECK(type->plugin == fs::canonical(plugins / "good.so"));
    CHECK_FALSE(load(folder, plugins / "." / "good.so").ran);
    const auto stamps = plugin_stamps(plugins / "good.so");
    REQUIRE(stamps.size() == 1);
    CHECK(stamps[0] == own_stamp());
}

TEST_CASE("the initialisation of a library that fits does run, so that the next case can tell") {
    const test::GraphFolder folder("plugin_ran");
    fs::copy_file(plugins / "good.so", folder.path / "copy.so");
    const auto loaded = load(folder, folder.path / "copy.so");
    CHECK(loaded.ran);
    // The original is loaded by the case above, or this is the first: then the name is free.
    CHECK((loaded.message == "" || has(loaded.message, "\"plugin_length\" is registered twice")));
}

TEST_CASE("a library that was built for another program is refused before anything in it has run") {
    const test::GraphFolder folder("plugin_refused");
    const auto refused = [&](const std::string& name, const std::string& why) {
        const auto loaded = load(folder, plugins / name);
        INFO(loaded.message);
        CHECK(has(loaded.message, name));
        CHECK(has(loaded.message, why));
        CHECK_FALSE(loaded.ran);
    };
    refused("without_stamp.so", "carries no stamp of figurant; nothing in it was run");
    refused("other_library.so", "was built for another program: standard library: libstdc++ ");
    refused("other_library.so", "strings of before C++11 (here libstdc++ ");
    refused("other_version.so", "was built for another program: version: figurant 0.0.7 (here figurant ");
    refused("other_shared.so", "was built for another program: a library of both: 1.9 (here 2.0)");
    refused("missing_symbol.so", "cannot be loaded: ");
    refused("missing_symbol.so", "defined_nowhere");
}

TEST_CASE("a library whose stages cannot be taken leaves none behind") {
    const test::GraphFolder folder("plugin_broken");
    load(folder, plugins / "good.so");
    const auto refused = [&](const std::string& name, const std::string& why) {
        const auto loaded = load(folder, plugins / name);
        INFO(loaded.message);
        CHECK(has(loaded.message, name));
        CHECK(has(loaded.message, why));
        CHECK(load(folder, plugins / name).message == loaded.message);  // and so it stays
    };
    refused("same_name.so", "stage type \"plugin_length\" is registered twice, first by ");
    CHECK_FALSE(Registry::global().find("plugin_same_name_first"));
    refused("other_payload.so",
            "whose payload, \"text\", is another C++ type than the payload of that name of");
    CHECK_FALSE(Registry::global().find("plugin_other_payload"));
    refused("throws.so", "cannot be used: no such list");
    refused("no_stages.so", "it registers no stages");
    refused("nowhere.so", "there is no such library");
}

TEST_CASE("files that are no libraries of this machine are told as what they are") {
    const test::GraphFolder folder("plugin_kinds");
    std::string bytes = read_file(plugins / "good.so");
    const auto message = [&](const std::string& contents) {
        return test::messages_of([&] { load_plugin(folder.add("some.so", contents)); });
    };
    CHECK(has(message(""), "is no shared library"));
    CHECK(has(message("#!/bin/sh\necho I am a script, and longer than a header of ELF would be\n"),
              "is no shared library"));
    std::string other = bytes;
    other[18] = char(other[18] ^ 1);  // e_machine
    CHECK(has(test::messages_of([&] { load_plugin(folder.add("machine.so", other)); }),
              "is a library for another kind of machine"));
    CHECK(has(test::messages_of([&] { load_plugin(folder.path); }), "is no shared library"));
}

TEST_CASE("damaged libraries are refused, or read as before, whatever byte is wrong") {
    const test::GraphFolder folder("plugin_damage");
    const std::string sound = read_file(plugins / "good.so");
    const std::size_t note = sound.find(std::string("figurant\0\0\0\0version: ", 21));
    REQUIRE(note != std::string::npos);
    std::size_t refused = 0, read = 0, seed = 20261123;
    MESSAGE("seed ", seed);
    std::mt19937_64 random(seed);
    const fs::path file = folder.path / "damaged.so";
    const auto attempt = [&](const std::string& bytes) {
        std::ofstream(file, std::ios::binary) << bytes;
        try {
            for (const auto& stamp : plugin_stamps(file)) CHECK(stamp.size() < bytes.size());
            ++read;
        } catch (const Error& error) {
            CHECK(error.cause() == Cause::configuration);
            ++refused;
        }
    };
    // The rest of the file is not looked at: pieces are enough, and quick.
    const std::string head = sound.substr(0, std::max<std::size_t>(note + 400, 4096));
    for (std::size_t at = 0; at < 64 + 56 * 12; ++at)
        for (const int flip : {0x01, 0x80, 0xff}) {
            std::string bytes = head;
            bytes[at] = char(bytes[at] ^ flip);
            attempt(bytes);
        }
    for (std::size_t at = note - 12; at < note + 300; ++at) {
        std::string bytes = head;
        bytes[at] = char(random());
        attempt(bytes);
    }
    for (std::size_t size = 0; size < head.size(); size += 1 + random() % 24) attempt(head.substr(0, size));
    for (int round = 0; round < 500; ++round) {
        std::string bytes = head;
        for (int k = 0; k < 8; ++k) bytes[random() % 800] = char(random());
        attempt(bytes);
    }
    CHECK(refused > 200);
    CHECK(read > 100);
}

TEST_CASE("a graph names its libraries relative to itself, and all that is wrong is told at once") {
    const test::GraphFolder folder("plugin_graph");
    test::link_graph_test_stages();
    fs::create_directories(folder.path / "lib");
    fs::copy_file(plugins / "good.so", folder.path / "lib" / "good.so");
    load(folder, plugins / "good.so");
    const std::string stages =
        "[stages.read]\ntype = \"read_numbers\"\npaths = [\"a\"]\n[outputs]\nn = \"read\"\n";
    const auto link = folder.path / "lib" / "linked.so";
    fs::create_symlink(fs::canonical(plugins / "good.so"), link);
    CHECK_NOTHROW(
        check_graph(folder.add("good.toml", "plugins = [\"lib/linked.so\"]\n" + stages), {}, {}, {}));
    const auto broken = folder.add("broken.toml",
                                   "plugins = [\"lib/nowhere.so\", 3]\n"
                                   "[stages.greet]\ntype = \"of_that_library\"\n"
                                   "[stages.read]\ntype = \"read_numbres\"\n");
    const auto messages = test::messages_of([&] { check_graph(broken, {}, {}, {}); });
    INFO(messages);
    CHECK(has(messages, "broken.toml:1:12: error: "));
    CHECK(has(messages, "lib/nowhere.so cannot be read: there is no such library"));
    CHECK(has(messages, "broken.toml:1:30: error: \"plugins\" takes names of files; found an int, 3"));
    CHECK(has(messages, "did you mean \"read_numbers\"?"));
    CHECK_FALSE(has(messages, "of_that_library"));  // what follows from a library that is not there
    const auto text = folder.add("text.toml", "plugins = \"lib/good.so\"\n" + stages);
    CHECK(
        has(test::messages_of([&] { check_graph(text, {}, {}, {}); }), "\"plugins\" takes a list of files"));
}

TEST_CASE("a library's stage runs in a test of its own, on one thread and on eight") {
    const test::GraphFolder folder("plugin_run");
    load(folder, plugins / "good.so");
    StageTest length("type = \"plugin_length\"\nunit = \"characters\"");
    length.give("a", "four").give("b", "").give("c", "sixsix");
    for (const int threads : {1, 8}) {
        const auto result = length.run(threads);
        CHECK(result.all<std::string>("length") == std::vector<std::string>{"4 characters", "6 characters"});
        REQUIRE(result.report.failures.size() == 1);
        CHECK(result.report.failures[0].reason == "the text is empty");
    }
}
