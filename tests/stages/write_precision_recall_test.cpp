#include "base/file_writer.h"
#include "data_formats/csv/csv.h"
#include "tests/stages/coco_pairs.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::CocoPair;

TEST_CASE("a line for each threshold and part, and one for each true figure, under their names once done") {
    const ScratchFolder folder;
    CocoPair pair{some_truth(), some_results()};
    pair.truth.images[0].file_name = "a \"far\" west, 1650.png";
    StageRun write("write_precision_recall", {{"folder", one(folder / "out")}});
    auto part =
        write.part_of_ports({payload(metrics::precision_recall(pair.truth, pair.results)), payload(pair)});
    part->flush();
    CHECK_FALSE(std::filesystem::exists(folder / "out/precision_recall.csv"));
    part->commit();
    CHECK(files_below(folder.path()) ==
          std::vector<std::string>{"out/figures.csv", "out/precision_recall.csv"});

    using Line = std::vector<std::string>;
    const auto points =
        data_formats::parse_csv(read_file(folder / "out/precision_recall.csv"), "precision_recall.csv");
    REQUIRE(points.size() == 1 + 2 * 101);
    CHECK(points[0] == Line{"part", "score", "finds", "right", "precision", "recall", "f1"});
    CHECK(points[1] == Line{"bbox", "0", "4", "4", "1", "0.8", "0.8888888888888888"});
    CHECK(points[101] == Line{"bbox", "1", "0", "0", "", "0", "0"});
    CHECK(points[102][0] == "segm");

    const auto figures = data_formats::parse_csv(read_file(folder / "out/figures.csv"), "figures.csv");
    REQUIRE(figures.size() == 1 + 2 * 5);
    CHECK(figures[0] == Line{"part", "image", "image_id", "category_id", "figure", "x", "y", "width",
                             "height", "area", "covered", "score", "overlap"});
    const auto area = std::to_string(pair.truth.annotations[1].segmentation->area());
    CHECK(figures[2] == Line{"bbox", "a \"far\" west, 1650.png", "11", "1", "2", "60", "20", "50", "60", area,
                             "0", "0.6", "1"});
    CHECK(figures[5][11].empty());
    CHECK(figures[5][12].empty());
}
