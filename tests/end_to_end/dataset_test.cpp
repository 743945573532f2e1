// From maps to a dataset file, to a training, and back to a folder and records: as a user goes.

#include "tests/end_to_end/program.h"

using namespace figurant;
using namespace figurant::end_to_end;

namespace {

/// Everything of a folder but what the run of synthesize_maps keeps there.
std::map<std::string, std::string> data_of(const std::filesystem::path& folder) {
    auto files = results(folder);
    std::erase_if(files, [](const auto& file) {
        return file.first == "dataset.record" || contains(file.first, "keypoints/");
    });
    return files;
}

}  // namespace

TEST_CASE("a data folder becomes a dataset file, the network learns from it, and the folder comes back") {
    const ScratchFolder folder;
    synthesize(folder / "data", 4);
    const auto imported = program(0, {"run", "import_dataset", "--dataset", folder / "data", "--output",
                                      folder / "in", "--crops", "true"});
    CHECK(contains(imported.out, "number_of_examples: 4\nnumber_of_boxes: "));
    const auto boxes = std::stoul(imported.out.substr(imported.out.find("number_of_boxes: ") + 17));
    CHECK(results(folder / "in").size() == boxes + 1);

    folder.put("tiny.toml", tiny_network);
    program(0, {"run", "train_and_validate", "--dataset", folder / "in/dataset.h5", "--validation",
                folder / "data", "--output", folder / "log", "--config", folder / "tiny.toml", "--eval-steps",
                2, "--batch-size", 2, "--crop", 64});
    program(0, {"run", "train_and_validate", "--dataset", folder / "data", "--validation", folder / "data",
                "--output", folder / "log_of_folder", "--config", folder / "tiny.toml", "--eval-steps", 2,
                "--batch-size", 2, "--crop", 64});
    CHECK(contents(folder / "log/losses.csv") == contents(folder / "log_of_folder/losses.csv"));

    program(0, {"run", "export_dataset", "--dataset", folder / "in/dataset.h5", "--output", folder / "back",
                "--records", "true"});
    check_same(data_of(folder / "data"), data_of(folder / "back"));
    program(0, {"run", "import_dataset", "--dataset", folder / "back", "--output", folder / "again"});
    CHECK((contents(folder / "in/dataset.h5") == contents(folder / "again/dataset.h5")));
    const auto records = program(0, {"run", "import_dataset", "--dataset", folder / "back/dataset.record",
                                     "--output", folder / "records"});
    CHECK(records.out == imported.out);
}

TEST_CASE("bad examples among good ones fail alone, each with its reason, and the others are imported") {
    const ScratchFolder folder;
    synthesize(folder / "data", 5);
    std::filesystem::remove(folder / "data/masks/map_000001.png");
    folder.put("data/images/map_000002.png", contents(folder / "data/images/map_000002.png").substr(0, 4000));
    folder.put("data/keypoints/map_000003.json", "[{\"16\": [1, 2]}]");
    const auto outcome =
        program(3, {"run", "import_dataset", "--dataset", folder / "data", "--output", folder / "in"});
    CHECK(contains(outcome.out, "number_of_examples: 2\n"));
    const auto failures = lines(contents(folder / "in/failures.jsonl"));
    REQUIRE(failures.size() == 3);
    CHECK(contains(failures[0], "masks/map_000001.png: is missing"));
    CHECK(contains(failures[1], "map_000002.png"));
    CHECK(contains(failures[2], "keypoints/map_000003.json"));
    // Repaired, the rest goes on where it was.
    synthesize(folder / "whole", 5);
    for (const char* file : {"masks/map_000001.png", "images/map_000002.png", "keypoints/map_000003.json"})
        std::filesystem::copy_file(folder / "whole" / file, folder / "data" / file,
                                   std::filesystem::copy_options::overwrite_existing);
    program(0,
            {"run", "import_dataset", "--dataset", folder / "data", "--output", folder / "in", "--resume"});
    program(0, {"run", "import_dataset", "--dataset", folder / "whole", "--output", folder / "at_once"});
    CHECK((contents(folder / "in/dataset.h5") == contents(folder / "at_once/dataset.h5")));
}
