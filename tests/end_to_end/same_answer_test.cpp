// Threads and budgets change the time, never a byte.

#include "data_formats/coco_json/coco_json.h"
#include "tests/end_to_end/program.h"

using namespace figurant;
using namespace figurant::end_to_end;

namespace {

/// Maps of several sizes, one of them large enough for a dozen tiles, one damaged.
class Maps {
  public:
    const ScratchFolder folder;
    Maps() {
        synthesize(folder / "small", 2, 5);
        program(0, {"run", "synthesize_maps", "--output", folder / "large", "--count", 1, "--width", 700,
                    "--height", 420});
        std::filesystem::create_directories(folder / "maps/deep");
        std::filesystem::rename(folder / "small/images", folder / "maps/deep/small");
        std::filesystem::rename(folder / "large/images/map_000000.jpg", folder / "maps/large.jpg");
        const std::string whole = contents(folder / "maps/large.jpg");
        folder.put("maps/cut.jpg", whole.substr(0, whole.size() / 3));
    }
    std::map<std::string, std::string> evaluated(const std::vector<Word>& options) const {
        const ScratchFolder out;
        // A low threshold, for many figures; small tiles, for many tiles.
        std::vector<Word> words = {"run",
                                   "evaluate",
                                   "--maps",
                                   folder / "maps",
                                   "--score-threshold",
                                   "0.01",
                                   "--set",
                                   "figures.tiles.size=256",
                                   "--output",
                                   out / "out"};
        words.insert(words.end(), options.begin(), options.end());
        program(3, words);
        return results(out / "out");
    }
};

}  // namespace

TEST_CASE(
    "the same batch with 1, 2, 8 and 32 threads, little and much memory, and random delays: the same bytes") {
    const Maps maps;
    const auto reference = maps.evaluated({"--threads", 1});
    CHECK(names(reference) == std::vector<std::string>{"coco_results.json", "deep/small/map_000000.png",
                                                       "deep/small/map_000001.png", "failures.jsonl",
                                                       "large.png"});
    const auto found =
        data_formats::parse_coco_results(reference.at("coco_results.json"), "coco_results.json");
    CHECK_FALSE(found.empty());
    check_same(reference, maps.evaluated({"--threads", 2}));
    check_same(reference, maps.evaluated({"--threads", 8, "--memory", "4G"}));
    check_same(reference, maps.evaluated({"--threads", 2, "--memory", "400M"}));
    const Disturbance disturbance(17);
    check_same(reference, maps.evaluated({"--threads", 32, "--memory", "4G"}));
}
