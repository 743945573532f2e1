#include "tests/stages/coco_pairs.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::CocoPair;

namespace {

ParameterValues files(const std::filesystem::path& truth, const std::filesystem::path& results) {
    return {{"truth", one(truth)}, {"results", one(results)}};
}

}  // namespace

TEST_CASE("both files are one input, and what was read is what they hold") {
    const ScratchFolder folder;
    data_formats::write_coco_truth(folder / "truth.json", some_truth());
    data_formats::write_coco_results(folder / "results.json", some_results());
    StageRun read("read_coco_pair", files(folder / "truth.json", folder / "results.json"));
    const auto inputs = read.inputs();
    REQUIRE(inputs.size() == 1);
    CHECK(inputs[0].name == "results.json");
    const auto out = read.open(inputs[0]);
    const auto& pair = get<CocoPair>(out);
    CHECK(data_formats::coco_truth_text(pair.truth) == data_formats::coco_truth_text(some_truth()));
    CHECK(data_formats::coco_results_text(pair.results) == data_formats::coco_results_text(some_results()));
    CHECK(read.context.counts["images"] == 2);
    CHECK(read.context.counts["true figures"] == 5);
    CHECK(read.context.counts["found figures"] == 4);
}

TEST_CASE("a change of either file is a change of the input") {
    const ScratchFolder folder;
    const auto digest = [&] {
        return StageRun("read_coco_pair", files(folder / "truth.json", folder / "results.json"))
            .inputs()[0]
            .digest;
    };
    data_formats::write_coco_truth(folder / "truth.json", some_truth());
    data_formats::write_coco_results(folder / "results.json", some_results());
    const auto first = digest();
    auto results = some_results();
    results.pop_back();
    data_formats::write_coco_results(folder / "results.json", results);
    const auto second = digest();
    auto truth = some_truth();
    truth.annotations.pop_back();
    data_formats::write_coco_truth(folder / "truth.json", truth);
    CHECK(first != second);
    CHECK(second != digest());
}

TEST_CASE(
    "a truth that is none and results that do not fit it are told with file and place, before the run") {
    const ScratchFolder folder;
    data_formats::write_coco_truth(folder / "truth.json", some_truth());
    data_formats::write_coco_results(folder / "results.json", some_results());
    folder.put("broken.json", "{\"images\": [");
    const auto truth = error_of(Cause::truth, [&] {
        StageRun("read_coco_pair", files(folder / "broken.json", folder / "results.json"));
    });
    CHECK(contains(truth.what(), "broken.json"));
    const auto missing = error_of(Cause::truth, [&] {
        StageRun("read_coco_pair", files(folder / "none.json", folder / "results.json"));
    });
    CHECK(contains(missing.what(), "none.json"));
    auto results = some_results();
    results[2].image_id = 99;
    data_formats::write_coco_results(folder / "strange.json", results);
    const auto strange = error_of(Cause::input, [&] {
        StageRun("read_coco_pair", files(folder / "truth.json", folder / "strange.json"));
    });
    CHECK(contains(strange.what(), "strange.json"));
    CHECK(contains(strange.what(), "[2]"));
}
