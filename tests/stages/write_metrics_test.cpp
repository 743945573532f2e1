#include "base/file_writer.h"
#include "tests/stages/coco_pairs.h"

using namespace figurant;
using namespace figurant::stages::test;

TEST_CASE("metrics.json holds the figures, under its name only once the run's input is done") {
    const ScratchFolder folder;
    const auto figures = metrics::evaluate_coco(some_truth(), some_results());
    StageRun write("write_metrics", {{"folder", one(folder / "out")}});
    auto part = write.part({payload(figures)});
    part->flush();
    CHECK_FALSE(std::filesystem::exists(folder / "out/metrics.json"));
    part.reset();
    CHECK(files_below(folder.path()).empty());
    write.sink({payload(figures)});
    CHECK(files_below(folder.path()) == std::vector<std::string>{"out/metrics.json"});
    CHECK(read_file(folder / "out/metrics.json") == metrics::to_json(figures));
}
