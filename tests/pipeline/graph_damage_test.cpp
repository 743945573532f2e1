#include <doctest/doctest.h>

#include <chrono>
#include <random>

#include "tests/pipeline/graph_test_folder.h"
#include "tests/pipeline/graph_test_stages.h"

using namespace figurant;
using namespace figurant::pipeline;
using namespace figurant::pipeline::test;

TEST_CASE("a damaged graph file is checked or refused, whatever bytes it has") {
    const GraphFolder folder("damage");
    const std::string whole = read_file("tests/error_gallery/parts/sums.toml") +
                              "[stages.runs]\ntype = \"for_each_graph\"\nfile = \"inner\"\nfrom = \"sum\"\n"
                              "maps = \"${item.value}\"\noutput = \"${output}/$${x}\"\n";
    folder.add("inner.toml", read_file("tests/error_gallery/parts/sums.toml"));
    const unsigned seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 generator(seed);
    const auto random = [&] { return static_cast<unsigned>(generator()); };
    const std::string letters = "\"'[]{}.,=#$\n\\ax0-\x01\xff";
    int sound = 0;
    for (int round = 0; round < 600; ++round) {
        std::string text = whole;
        for (unsigned damage = 1 + random() % 3; damage > 0; --damage) {
            const std::size_t at = random() % text.size();
            if (random() % 3 == 0)
                text.erase(at, 1 + random() % 20);
            else if (random() % 2)
                text[at] = letters[random() % letters.size()];
            else
                text.insert(at, text.substr(random() % text.size(), random() % 30));
        }
        CAPTURE(text);
        const auto file = folder.path / "graph.toml";
        write_file(file, text);
        try {
            draw(check_graph(file, {}, {}, {}), Drawing::svg);
            ++sound;
        } catch (const Error& error) {
            CHECK(error.cause() == Cause::configuration);
        }
    }
    MESSAGE(sound << " of 600 were still sound");
}

TEST_CASE("graphs that multiply inside each other are refused before they fill the memory") {
    const GraphFolder folder("bomb");
    folder.add("g0.toml", read_file("tests/error_gallery/parts/sums.toml"));
    for (int level = 1; level < 12; ++level) {
        std::string text = "[outputs]\n";
        for (int i = 0; i < 10; ++i)
            text += "sum_" + std::to_string(i) + " = \"g" + std::to_string(i) + ".sum" +
                    (level > 1 ? "_0" : "") + "\"\n";
        for (int i = 0; i < 10; ++i)
            text += "[stages.g" + std::to_string(i) + "]\ntype = \"graph\"\nfile = \"g" +
                    std::to_string(level - 1) + "\"\n" + (level == 1 ? "maps = \"a\"\n" : "");
        folder.add("g" + std::to_string(level) + ".toml", text);
    }
    std::string text;
    for (int i = 0; i < 10; ++i)
        text += "[stages.s" + std::to_string(i) + "]\ntype = \"total_numbers\"\nfrom = \"g.sum_" +
                std::to_string(i) + "\"\n";
    const auto file = folder.add("bomb.toml", "[stages.g]\ntype = \"graph\"\nfile = \"g11\"\n" + text);
    CHECK(messages_of([&] { check_graph(file, {}, {}, {}); }) != "");
}

TEST_CASE("a graph of usual size is checked within a tenth of a second") {
    const auto begin = std::chrono::steady_clock::now();
    CHECK(check_graph("tests/error_gallery/parts/sums.toml", {}, {}, {}).stages.size() == 5);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    CHECK(taken.count() < 0.1);
}
