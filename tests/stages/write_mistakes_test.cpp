#include "base/file_writer.h"
#include "data_formats/csv/csv.h"
#include "tests/stages/coco_pairs.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::CocoPair;

namespace {

/// Both inputs of the stage's one item.
std::unique_ptr<Part> part_of(StageRun& write, const CocoPair& pair) {
    return write.part_of_ports({payload(metrics::find_mistakes(pair.truth, pair.results)), payload(pair)});
}

}  // namespace

TEST_CASE("mistakes.json holds the mistakes, under its name only once the run's input is done") {
    const ScratchFolder folder;
    const CocoPair pair{some_truth(), some_results()};
    StageRun write("write_mistakes", {{"folder", one(folder / "out")}});
    auto part = part_of(write, pair);
    part->flush();
    CHECK_FALSE(std::filesystem::exists(folder / "out/mistakes.json"));
    part.reset();
    CHECK(files_below(folder.path()).empty());
    part = part_of(write, pair);
    part->flush();
    part->commit();
    CHECK(files_below(folder.path()) == std::vector<std::string>{"out/mistakes.csv", "out/mistakes.json"});
    CHECK(read_file(folder / "out/mistakes.json") ==
          metrics::to_json(metrics::find_mistakes(pair.truth, pair.results)));
}

TEST_CASE("mistakes.csv has a line for each mistake: of boxes, then of masks") {
    const ScratchFolder folder;
    CocoPair pair{some_truth(), some_results()};
    pair.truth.images[0].file_name = "a \"far\" west, 1650.png";
    pair.results[1].bbox.reset();  // 50 x 60 at (60, 20): its mask tells where it is
    pair.results[1].segmentation = ellipse(70, 20, 40, 30).mask.on_image(90, 120);
    StageRun write("write_mistakes", {{"folder", one(folder / "out")}});
    auto part = part_of(write, pair);
    part->flush();
    part->commit();
    const auto lines = data_formats::parse_csv(read_file(folder / "out/mistakes.csv"), "mistakes.csv");
    REQUIRE(lines.size() == 5);
    using Line = std::vector<std::string>;
    CHECK(lines[0] ==
          Line{"part", "kind", "image", "score", "overlap", "x", "y", "width", "height", "figure"});
    CHECK(lines[1] == Line{"bbox", "localization", "a \"far\" west, 1650.png", "0.6", "0.4", "70", "20", "40",
                           "30", "2"});  // 40 x 30 of 50 x 60
    CHECK(lines[2] == Line{"bbox", "missed", "east.png", "", "", "80", "10", "30", "70", "5"});
    CHECK(lines[3][0] == "segm");
    CHECK(lines[3][1] == "localization");
    CHECK(lines[4][1] == "missed");
}
