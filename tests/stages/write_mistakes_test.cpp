#include "base/file_writer.h"
#include "tests/stages/coco_pairs.h"

using namespace figurant;
using namespace figurant::stages::test;

TEST_CASE("mistakes.json holds the mistakes, under its name only once the run's input is done") {
    const ScratchFolder folder;
    const auto mistakes = metrics::find_mistakes(some_truth(), some_results());
    StageRun write("write_mistakes", {{"folder", one(folder / "out")}});
    auto part = write.part({payload(mistakes)});
    part->flush();
    CHECK_FALSE(std::filesystem::exists(folder / "out/mistakes.json"));
    part.reset();
    CHECK(files_below(folder.path()).empty());
    write.sink({payload(mistakes)});
    CHECK(files_below(folder.path()) == std::vector<std::string>{"out/mistakes.json"});
    CHECK(read_file(folder / "out/mistakes.json") == metrics::to_json(mistakes));
}
