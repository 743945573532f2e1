// What a user may get wrong: damaged maps among good ones, and runs that cannot begin.

#include "data_formats/coco_json/coco_json.h"
#include "tests/end_to_end/program.h"

using namespace figurant;
using namespace figurant::end_to_end;

namespace {

/// Three good maps, and what becomes of them.
class Clean {
  public:
    const ScratchFolder folder;
    std::map<std::string, std::string> out;
    Clean() {
        synthesize(folder / "data", 3, 7);
        std::filesystem::rename(folder / "data/images", folder / "maps");
        // A model with random weights would do as well; the embedded one is what a newcomer takes.
        program(0, {"run", "evaluate", "--maps", folder / "maps", "--output", folder / "out"});
        out = results(folder / "out");
    }
};

const Clean& clean() {
    static const Clean once;
    return once;
}

/// Nothing was begun: no output folder.
Outcome refused(int code, const ScratchFolder& folder, const std::vector<Word>& words) {
    auto all = words;
    all.push_back("--output");
    all.push_back(folder / "out");
    const auto outcome = program(code, all);
    CHECK_FALSE(std::filesystem::exists(folder / "out"));
    CHECK_FALSE(outcome.err.empty());
    CHECK(outcome.out.empty());
    return outcome;
}

}  // namespace

TEST_CASE("good maps give a picture each and one list of figures") {
    CHECK(names(clean().out) == std::vector<std::string>{"coco_results.json", "map_000000.png",
                                                         "map_000001.png", "map_000002.png"});
    CHECK_NOTHROW(data_formats::read_coco_results(clean().folder / "out/coco_results.json"));
}

TEST_CASE(
    "damaged maps among good ones: each is named with reason and next step, the good ones are as ever") {
    const ScratchFolder folder;
    std::filesystem::copy(clean().folder / "maps", folder / "maps");
    const std::string good = contents(folder / "maps/map_000000.png");
    // Names that come after the good ones', so that image ids stay the same.
    const std::vector<std::string> bad = {"x_cut.png", "x_empty.png", "x_letter.tif", "x_misnamed.jpg"};
    folder.put("maps/x_cut.png", good.substr(0, good.size() / 2));
    folder.put("maps/x_empty.png", "");
    folder.put("maps/x_letter.tif", "Dear sir, this is no picture at all, though it is called so.");
    folder.put("maps/x_misnamed.jpg", good);
    const auto outcome =
        program(3, {"run", "evaluate", "--maps", folder / "maps", "--output", folder / "out"});
    auto out = results(folder / "out");
    REQUIRE(out.contains("failures.jsonl"));
    const auto failures = lines(out.at("failures.jsonl"));
    REQUIRE(failures.size() == bad.size());
    for (std::size_t i = 0; i < bad.size(); ++i) {
        INFO(failures[i]);
        CHECK(contains(failures[i], "\"input\": \"" + bad[i] + "\""));
        CHECK(contains(failures[i], "\"cause\": \"input\""));
        CHECK_FALSE(contains(failures[i], "\"reason\": \"\""));
        CHECK_FALSE(contains(failures[i], "\"next_step\": \"\""));
        CHECK(contains(outcome.err, bad[i]));
    }
    out.erase("failures.jsonl");
    check_same(clean().out, out);
}

TEST_CASE("a folder of damaged maps alone is finished, too, with nothing found") {
    const ScratchFolder folder;
    folder.put("maps/letter.png", "Dear sir");
    program(3, {"run", "evaluate", "--maps", folder / "maps", "--output", folder / "out"});
    CHECK(lines(results(folder / "out").at("failures.jsonl")).size() == 1);
    CHECK(data_formats::read_coco_results(folder / "out/coco_results.json").empty());
}

TEST_CASE("a run after a failed one begins anew: the failures are gone when the maps are mended") {
    const ScratchFolder folder;
    std::filesystem::copy(clean().folder / "maps", folder / "maps");
    folder.put("maps/map_000001.png", "Dear sir");
    program(3, {"run", "evaluate", "--maps", folder / "maps", "--output", folder / "out"});
    CHECK(results(folder / "out").contains("failures.jsonl"));
    std::filesystem::copy_file(clean().folder / "maps/map_000001.png", folder / "maps/map_000001.png",
                               std::filesystem::copy_options::overwrite_existing);
    program(0, {"run", "evaluate", "--maps", folder / "maps", "--output", folder / "out"});
    check_same(clean().out, results(folder / "out"));
}

TEST_CASE("no map at all: said at once, nothing begun") {
    const ScratchFolder folder;
    std::filesystem::create_directories(folder / "empty");
    CHECK(contains(refused(2, folder, {"run", "evaluate", "--maps", folder / "empty"}).err, "empty"));
    CHECK(contains(refused(2, folder, {"run", "evaluate", "--maps", folder / "nowhere"}).err, "nowhere"));
    CHECK(contains(refused(2, folder, {"run", "evaluate"}).err, "maps"));
}

TEST_CASE("a model that is none, or of another kind: said at once, nothing begun") {
    const ScratchFolder folder;
    const auto letter = folder.put("letter.h5", "Dear sir, this is no model.");
    const auto maps = clean().folder / "maps";
    const auto first = refused(5, folder, {"run", "evaluate", "--maps", maps, "--model", letter});
    CHECK(contains(first.err, "letter.h5"));
    CHECK(contains(
        refused(5, folder, {"run", "evaluate", "--maps", maps, "--model", folder / "nowhere.h5"}).err,
        "nowhere.h5"));
    CHECK(contains(
        refused(5, folder, {"run", "evaluate", "--maps", maps, "--model", maps / "map_000000.png"}).err,
        "map_000000.png"));
}

TEST_CASE("a graph with typos: all told at once, each with its place and the nearest right name") {
    const ScratchFolder folder;
    std::string graph = contents("graphs/detect_figures.toml");
    const auto replace = [&](const std::string& from, const std::string& to) {
        REQUIRE(contains(graph, from));
        graph.replace(graph.find(from), from.size(), to);
    };
    replace("type = \"tile\"", "type = \"tyle\"");
    replace("group = \"tiles\"", "group = \"tils\"");
    const auto file = folder.put("mine.toml", graph);
    const auto outcome = refused(2, folder, {"run", file, "--maps", clean().folder / "maps"});
    CHECK(contains(outcome.err, "mine.toml:"));
    CHECK(contains(outcome.err, "\"tyle\""));
    CHECK(contains(outcome.err, "\"tile\""));
    CHECK(contains(outcome.err, "\"tils\""));
    CHECK(lines(outcome.err).size() >= 2);
    const auto set = refused(
        2, folder, {"run", "detect_figures", "--maps", clean().folder / "maps", "--set", "tiles.sise=3"});
    CHECK(contains(set.err, "tiles.sise=3"));
    CHECK(contains(set.err, "\"size\""));
    CHECK(contains(refused(2, folder, {"run", "evaluat", "--maps", "x"}).err, "evaluate"));
    CHECK(contains(refused(2, folder, {"run", "evaluate", "--mapps", "x"}).err, "--maps"));
    CHECK(contains(refused(2, folder, {"run", "evaluate", "--maps", "x", "--score-threshold", "2"}).err,
                   "score"));
}

TEST_CASE("an output that is a file, or lies below one: said at once, and the file left alone") {
    const ScratchFolder folder;
    const auto file = folder.put("taken", "mine");
    for (const auto& output : {file, file / "deeper"}) {
        const auto outcome =
            program(4, {"run", "evaluate", "--maps", clean().folder / "maps", "--output", output});
        CHECK(contains(outcome.err, "taken"));
    }
    CHECK(contents(file) == "mine");
}

TEST_CASE("a budget that nothing can be done with: said at once, with the least that would do") {
    const ScratchFolder folder;
    const auto outcome = program(7, {"run", "evaluate", "--maps", clean().folder / "maps", "--memory", "1M",
                                     "--output", folder / "out"});
    CHECK(contains(outcome.err, "--memory"));
    CHECK_FALSE(std::filesystem::exists(folder / "out"));
}
